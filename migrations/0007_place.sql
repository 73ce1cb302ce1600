-- Writes a reservation with all that belongs to it, or nothing.
--
-- outcome: new, same_key, same_hold (with the booking as it stands); key_reused, foreign_hold, closed, price_changed,
-- sold (with the seats in the way), too_many, code_taken, id_used.
--
-- It looks first, so that a refusal writes nothing and locks nothing; then it locks and looks again; then it writes.
-- What a racing placement can still take away, a unique index gives to one of the two, and the other looks again.
create function milo_place(
    in_showtime uuid,
    in_reservation uuid,
    in_payment uuid,
    in_code text,
    in_user uuid,
    in_hold uuid,
    in_total_minor bigint,
    in_currency text,
    in_price_version bigint,
    in_user_seats_max bigint,
    in_pay_within interval,
    in_method text,
    in_token text,
    in_key text,
    in_fingerprint bytea,
    in_key_kept interval,
    in_seat_ids uuid[],
    in_seat_rows text[],
    in_seat_numbers integer[],
    in_seat_kinds text[],
    in_seat_prices_minor bigint[],
    in_message_ids uuid[],
    in_payloads jsonb[]
) returns table (outcome text, sold uuid[], booking bookings)
language plpgsql set plan_cache_mode = force_generic_plan
as $$
declare
    seen record;
    is_locked boolean := false;
    races_left integer := 3;
begin
    loop
        -- The clock is read by the statement itself, so no commit that it sees is later.
        with clock as materialized (select clock_timestamp() as at)
        select
            clock.at,
            showtimes.screen_id,
            in_the_way.seats as sold,
            case
                when known_key.fingerprint <> in_fingerprint then 'key_reused'
                when known_key.fingerprint is not null then 'same_key'
                when known_hold.user_id <> in_user then 'foreign_hold'
                when known_hold.id is not null then 'same_hold'
                when showtimes.status is distinct from 'scheduled' or showtimes.starts_at <= clock.at then 'closed'
                when showtimes.price_version <> in_price_version then 'price_changed'
                when in_the_way.seats is not null then 'sold'
                when cardinality(in_seat_ids) + (
                    select coalesce(sum(reservations.seat_count), 0)
                    from reservations
                    where reservations.showtime_id = in_showtime
                        and reservations.user_id = in_user
                        and reservations.status in ('pending_payment', 'paying')
                ) > in_user_seats_max then 'too_many'
                when exists (select from reservations where reservations.code = in_code) then 'code_taken'
                when exists (select from reservations where reservations.id = in_reservation)
                    or exists (select from payments where payments.id = in_payment)
                    or exists (
                        select from outbox where outbox.showtime_id = in_showtime and outbox.id = any (in_message_ids)
                    ) then 'id_used'
            end as outcome,
            coalesce(known_key.showtime_id, in_showtime) as known_showtime,
            coalesce(known_key.reservation_id, known_hold.id) as known_reservation
        into seen
        from clock
            left join reservation_keys as known_key
                on known_key.user_id = in_user and known_key.key = in_key and known_key.ends_at > clock.at
            left join reservations as known_hold
                on known_hold.showtime_id = in_showtime and known_hold.hold_id = in_hold
            left join showtimes on showtimes.id = in_showtime
            cross join lateral (
                select array_agg(asked.id order by asked.id) as seats
                from unnest(in_seat_ids) as asked (id)
                    left join seats
                        on seats.screen_id = showtimes.screen_id and seats.id = asked.id and seats.removed_at is null
                    left join reserved_seats as owned
                        on owned.showtime_id = in_showtime and owned.seat_id = asked.id and owned.released_at is null
                where seats.id is null or owned.seat_id is not null
            ) as in_the_way;

        if seen.outcome is not null then
            outcome := seen.outcome;
            if outcome = 'sold' then
                sold := seen.sold;
            elsif outcome in ('same_key', 'same_hold') then
                select found_booking.* into booking
                    from bookings as found_booking
                    where found_booking.showtime_id = seen.known_showtime
                        and found_booking.id = seen.known_reservation;
            end if;
            return next;
            return;
        end if;

        if not is_locked then
            -- Against a cancellation, other prices, another time and another layout.
            perform from showtimes where showtimes.id = in_showtime for share;
            -- Against other placements of the same buyer.
            insert into showtime_buyers as buyer (showtime_id, user_id, last_try_at)
                values (in_showtime, in_user, seen.at)
                on conflict on constraint showtime_buyers_pkey do update set last_try_at = excluded.last_try_at;
            is_locked := true;
            continue;
        end if;

        begin
            insert into reservations (
                showtime_id, id, version, code, user_id, hold_id, status, seat_count, total_minor, currency,
                price_version, user_seats_max, expires_at, created_at, updated_at
            ) values (
                in_showtime, in_reservation, 1, in_code, in_user, in_hold, 'pending_payment',
                cardinality(in_seat_ids), in_total_minor, in_currency, in_price_version, in_user_seats_max,
                seen.at + in_pay_within, seen.at, seen.at
            );
            -- In the order of the seats, so that two placements cannot wait for one another.
            insert into reserved_seats (
                showtime_id, reservation_id, seat_id, screen_id, row_label, number, kind, price_minor
            )
                select in_showtime, in_reservation, seat.id, seen.screen_id, seat.row_label, seat.number, seat.kind,
                    seat.price_minor
                from unnest(in_seat_ids, in_seat_rows, in_seat_numbers, in_seat_kinds, in_seat_prices_minor)
                    as seat (id, row_label, number, kind, price_minor)
                order by seat.id;
            insert into payments (
                showtime_id, id, reservation_id, status, amount_minor, currency, method, token, attempts, tries,
                needs_review, next_attempt_at, lease_epoch
            ) values (
                in_showtime, in_payment, in_reservation, 'created', in_total_minor, in_currency, in_method, in_token,
                0, 0, false, seen.at, 0
            );
            insert into reservation_events (
                showtime_id, reservation_id, seq, to_status, to_payment_status, actor, cause, at
            ) values (
                in_showtime, in_reservation, 1, 'pending_payment', 'created', 'owner', 'reserved', seen.at
            );
            insert into outbox (showtime_id, id, reservation_id, step, payload, written_at, available_at)
                select in_showtime, message.id, in_reservation, 1, message.payload, seen.at, seen.at
                from unnest(in_message_ids, in_payloads) as message (id, payload);
            if in_key is not null then
                insert into reservation_keys as kept (
                    user_id, key, fingerprint, showtime_id, reservation_id, ends_at
                ) values (
                    in_user, in_key, in_fingerprint, in_showtime, in_reservation, seen.at + in_key_kept
                )
                    on conflict on constraint reservation_keys_pkey do update
                        set fingerprint = excluded.fingerprint,
                            showtime_id = excluded.showtime_id,
                            reservation_id = excluded.reservation_id,
                            ends_at = excluded.ends_at
                        where kept.ends_at <= seen.at;
                if not found then
                    raise unique_violation using message = 'the key was used meanwhile';
                end if;
            end if;
        exception when unique_violation then
            races_left := races_left - 1;
            if races_left = 0 then
                raise exception 'every race was lost' using errcode = 'serialization_failure';
            end if;
            continue;
        end;

        outcome := 'new';
        select made.* into booking
            from bookings as made
            where made.showtime_id = in_showtime and made.id = in_reservation;
        return next;
        return;
    end loop;
end
$$;
