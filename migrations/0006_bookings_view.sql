-- This view, and the functions of the files that follow: the acts on bookings, one round trip each. A function runs in
-- one transaction, and each statement inside it sees what was committed before that statement.
--
-- Binaries of two versions run side by side: a function whose meaning or parameters change gets a new name.
-- Parameters begin with in_; times are read from the clock after the rows were locked.
--
-- The plans are made once a connection (force_generic_plan): they are the same whatever the parameters are, and making
-- one takes several times as long as running it.

-- A reservation, its payment and its seats, ascending by id, as the application reads them.
create view bookings as
select
    reservations.showtime_id,
    reservations.id,
    reservations.version,
    reservations.code,
    reservations.user_id,
    reservations.hold_id,
    reservations.status,
    reservations.total_minor,
    reservations.currency,
    reservations.cancel_requested,
    reservations.expires_at,
    reservations.created_at,
    reservations.updated_at,
    seats.ids as seat_ids,
    seats.row_labels as seat_rows,
    seats.numbers as seat_numbers,
    seats.kinds as seat_kinds,
    seats.prices_minor as seat_prices_minor,
    payments.id as payment_id,
    payments.status as payment_status,
    payments.amount_minor,
    payments.currency as payment_currency,
    payments.method,
    payments.token,
    payments.attempts,
    payments.tries,
    payments.failure,
    payments.needs_review,
    payments.began_at,
    payments.next_attempt_at
from reservations
    join payments
        on payments.showtime_id = reservations.showtime_id and payments.reservation_id = reservations.id
    cross join lateral (
        select
            array_agg(seat.seat_id) as ids,
            array_agg(seat.row_label) as row_labels,
            array_agg(seat.number) as numbers,
            array_agg(seat.kind) as kinds,
            array_agg(seat.price_minor) as prices_minor
        from (
            select *
            from reserved_seats
            where reserved_seats.showtime_id = reservations.showtime_id
                and reserved_seats.reservation_id = reservations.id
            order by reserved_seats.seat_id
        ) as seat
    ) as seats;
