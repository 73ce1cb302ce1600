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
) returns table (outcome text, booking bookings)
language plpgsql set plan_cache_mode = force_generic_plan
as $$
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
