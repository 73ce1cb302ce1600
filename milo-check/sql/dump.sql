-- The booking path's tables in one snapshot, as milo-check reads them.
select json_build_object(
    'settled', $1::boolean,
    'showtimes', (select coalesce(json_agg(json_build_object(
        'id', id, 'status', status, 'screen_id', screen_id)), '[]') from showtimes),
    'seats', (select coalesce(json_agg(json_build_object('screen_id', screen_id, 'id', id)), '[]') from seats),
    'reservations', (select coalesce(json_agg(to_jsonb(reservations)), '[]') from reservations),
    'reserved_seats', (select coalesce(json_agg(to_jsonb(reserved_seats)), '[]') from reserved_seats),
    'payments', (select coalesce(json_agg(to_jsonb(payments) - 'token'), '[]') from payments),
    'reservation_events', (select coalesce(json_agg(to_jsonb(reservation_events)), '[]') from reservation_events),
    'payment_ops', (select coalesce(json_agg(to_jsonb(payment_ops)), '[]') from payment_ops),
    'outbox', (select coalesce(json_agg(to_jsonb(outbox)), '[]') from outbox),
    'reservation_keys', (select coalesce(json_agg(to_jsonb(reservation_keys) - 'fingerprint'), '[]')
        from reservation_keys),
    'showtime_cancellations', (select coalesce(json_agg(to_jsonb(showtime_cancellations)), '[]')
        from showtime_cancellations)
)::text
