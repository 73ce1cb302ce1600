-- The acts on bookings, one round trip each. A function runs in one transaction, and each statement inside it sees what
-- was committed before that statement, which one statement alone does not.
--
-- Binaries of two versions run side by side: a function whose meaning or parameters change gets a new name.
-- Parameters begin with in_; times are read from the clock after the rows were locked.

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

-- Writes a reservation with all that belongs to it, or nothing.
--
-- outcome: new, same_key, same_hold (with the booking as it stands); key_reused, foreign_hold, closed, price_changed,
-- sold (with the seats in the way), too_many, code_taken, id_used.
--
-- It looks first, so that a refusal writes nothing and locks nothing; then it locks and looks again; then it writes.
-- Whatever else a racing placement can still take away, a unique index gives to one of the two, and the other looks again.
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
) returns table (outcome text, sold uuid[], booking bookings) language plpgsql as $$
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

-- Moves a reservation and its payment one step, or does nothing.
--
-- outcome: moved (with the booking after the step), stale, guard_failed. in_wait is how long the payment waits for its
-- next attempt; without it, there is none, unless the step in_continues.
create function milo_apply(
    in_showtime uuid,
    in_reservation uuid,
    in_version bigint,
    in_lease_epoch bigint,
    in_guard text,
    in_from_status text,
    in_from_payment_status text,
    in_to_status text,
    in_to_payment_status text,
    in_cancel_requested text,
    in_attempts bigint,
    in_tries bigint,
    in_failure text,
    in_needs_review boolean,
    in_continues boolean,
    in_wait interval,
    in_releases_seats boolean,
    in_actor text,
    in_cause text,
    in_op_key text,
    in_op_outcome text,
    in_message_ids uuid[],
    in_payloads jsonb[]
) returns table (outcome text, booking bookings) language plpgsql as $$
declare
    held record;
    showtime_status text;
    showtime_starts_at timestamptz;
    is_allowed boolean;
    moved_at timestamptz;
begin
    select reservations.expires_at, payments.id as payment_id, payments.amount_minor
        into held
        from reservations
            join payments
                on payments.showtime_id = reservations.showtime_id and payments.reservation_id = reservations.id
        where reservations.showtime_id = in_showtime
            and reservations.id = in_reservation
            and reservations.version = in_version
            and reservations.status = in_from_status
            and payments.status = in_from_payment_status
            and (in_lease_epoch is null or payments.lease_epoch = in_lease_epoch)
        for no key update;
    if not found then
        outcome := 'stale';
        return next;
        return;
    end if;
    if in_guard in ('showtime_open', 'showtime_not_started') then
        select showtimes.status, showtimes.starts_at
            into showtime_status, showtime_starts_at
            from showtimes
            where showtimes.id = in_showtime
            for share;
    end if;
    moved_at := clock_timestamp();
    is_allowed := case in_guard
        when 'none' then true
        when 'not_expired' then moved_at < held.expires_at
        when 'expired' then moved_at >= held.expires_at
        when 'showtime_open' then moved_at < showtime_starts_at and showtime_status = 'scheduled'
        when 'showtime_not_started' then moved_at < showtime_starts_at
    end;
    if not is_allowed then
        outcome := 'guard_failed';
        return next;
        return;
    end if;

    update reservations
        set version = reservations.version + 1,
            status = in_to_status,
            cancel_requested = in_cancel_requested,
            updated_at = moved_at
        where reservations.showtime_id = in_showtime and reservations.id = in_reservation;
    update payments
        set status = in_to_payment_status,
            attempts = in_attempts,
            tries = in_tries,
            failure = in_failure,
            needs_review = in_needs_review,
            began_at = case
                when in_from_payment_status = 'created' and in_to_payment_status = 'authorizing' then moved_at
                else payments.began_at
            end,
            next_attempt_at = case
                when in_continues then coalesce(payments.next_attempt_at, moved_at)
                else moved_at + in_wait
            end,
            lease_until = case when in_continues then payments.lease_until end
        where payments.showtime_id = in_showtime and payments.id = held.payment_id;
    if in_releases_seats then
        update reserved_seats
            set released_at = moved_at
            where reserved_seats.showtime_id = in_showtime
                and reserved_seats.reservation_id = in_reservation
                and reserved_seats.released_at is null;
    end if;
    insert into reservation_events (
        showtime_id, reservation_id, seq, from_status, from_payment_status, to_status, to_payment_status, actor, cause,
        at
    ) values (
        in_showtime, in_reservation, in_version + 1, in_from_status, in_from_payment_status, in_to_status,
        in_to_payment_status, in_actor, in_cause, moved_at
    );
    if in_op_key is not null then
        insert into payment_ops (
            showtime_id, reservation_id, step, payment_id, op_key, outcome, amount_minor, at
        ) values (
            in_showtime, in_reservation, in_version + 1, held.payment_id, in_op_key, in_op_outcome, held.amount_minor,
            moved_at
        );
    end if;
    insert into outbox (showtime_id, id, reservation_id, step, payload, written_at, available_at)
        select in_showtime, message.id, in_reservation, in_version + 1, message.payload, moved_at, moved_at
        from unnest(in_message_ids, in_payloads) as message (id, payload);

    outcome := 'moved';
    select moved.* into booking
        from bookings as moved
        where moved.showtime_id = in_showtime and moved.id = in_reservation;
    return next;
end
$$;

-- Claims one payment, if it is due and nobody's lease is in force.
create function milo_claim_payment(in_payment uuid, in_lease interval)
returns table (lease_epoch bigint, claimed_at timestamptz, booking bookings) language plpgsql as $$
declare
    claimed record;
begin
    claimed_at := clock_timestamp();
    update payments
        set lease_epoch = payments.lease_epoch + 1, lease_until = claimed_at + in_lease
        where payments.id = in_payment
            and payments.next_attempt_at <= claimed_at
            and (payments.lease_until is null or payments.lease_until <= claimed_at)
        returning payments.showtime_id, payments.reservation_id, payments.lease_epoch
        into claimed;
    if not found then
        return;
    end if;
    lease_epoch := claimed.lease_epoch;
    select held.* into booking
        from bookings as held
        where held.showtime_id = claimed.showtime_id and held.id = claimed.reservation_id;
    return next;
end
$$;

-- Claims due payments, the longest overdue first; passes over those that somebody else is just claiming or moving.
create function milo_claim_due_payments(in_limit bigint, in_lease interval)
returns table (lease_epoch bigint, claimed_at timestamptz, booking bookings) language plpgsql as $$
declare
    moment timestamptz := clock_timestamp();
    showtimes_claimed uuid[];
    reservations_claimed uuid[];
    lease_epochs bigint[];
begin
    with due as materialized (
        select payments.showtime_id, payments.id
        from payments
        where payments.next_attempt_at <= moment
            and (payments.lease_until is null or payments.lease_until <= moment)
        order by payments.next_attempt_at, payments.id
        limit in_limit
        for no key update skip locked
    ), claimed as (
        update payments
            set lease_epoch = payments.lease_epoch + 1, lease_until = moment + in_lease
            from due
            where payments.showtime_id = due.showtime_id and payments.id = due.id
            returning payments.showtime_id, payments.reservation_id, payments.lease_epoch
    )
    select array_agg(claimed.showtime_id), array_agg(claimed.reservation_id), array_agg(claimed.lease_epoch)
        into showtimes_claimed, reservations_claimed, lease_epochs
        from claimed;
    -- Read by a statement of its own: the one above may have locked rows that are newer than what it saw.
    return query
        select claim.epoch, moment, held
        from unnest(showtimes_claimed, reservations_claimed, lease_epochs) as claim (showtime_id, reservation_id, epoch)
            join bookings as held on held.showtime_id = claim.showtime_id and held.id = claim.reservation_id
        order by held.next_attempt_at, held.payment_id;
end
$$;

-- Bookings of cancelled showtimes that still own seats and carry no wish to cancel.
--
-- A cancelled showtime makes no reservations, and a wish is never taken back: once there is nothing left to reach, there
-- never will be, and the showtime is forgotten.
create function milo_stranded(in_limit bigint) returns setof bookings language plpgsql as $$
begin
    delete from showtime_cancellations
        where showtime_cancellations.showtime_id in (
            select cancelled.showtime_id
            from showtime_cancellations as cancelled
            where not exists (
                select from reservations
                where reservations.showtime_id = cancelled.showtime_id
                    and reservations.status in ('pending_payment', 'paying', 'confirmed')
                    and reservations.cancel_requested is null
            )
            order by cancelled.showtime_id
            for update skip locked
        );
    return query
        select stranded.*
        from showtime_cancellations
            join bookings as stranded on stranded.showtime_id = showtime_cancellations.showtime_id
        where stranded.status in ('pending_payment', 'paying', 'confirmed') and stranded.cancel_requested is null
        order by showtime_cancellations.at, stranded.showtime_id, stranded.id
        limit in_limit;
end
$$;
