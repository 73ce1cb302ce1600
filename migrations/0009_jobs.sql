-- What the jobs ask for.

-- Claims one payment, if it is due and nobody's lease is in force.
create function milo_claim_payment(in_payment uuid, in_lease interval)
returns table (lease_epoch bigint, claimed_at timestamptz, booking bookings)
language plpgsql set plan_cache_mode = force_generic_plan
as $$
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
returns table (lease_epoch bigint, claimed_at timestamptz, booking bookings)
language plpgsql set plan_cache_mode = force_generic_plan
as $$
declare
    moment timestamptz := clock_timestamp();
    showtime_ids uuid[];
    payment_ids uuid[];
begin
    select array_agg(due.showtime_id), array_agg(due.id)
        into showtime_ids, payment_ids
        from (
            select payments.showtime_id, payments.id
            from payments
            where payments.next_attempt_at <= moment
                and (payments.lease_until is null or payments.lease_until <= moment)
            order by payments.next_attempt_at, payments.id
            limit in_limit
            for no key update skip locked
        ) as due;
    -- Statements of their own: the one above may have locked rows that are newer than what it saw.
    update payments
        set lease_epoch = payments.lease_epoch + 1, lease_until = moment + in_lease
        from unnest(showtime_ids, payment_ids) as due (showtime_id, id)
        where payments.showtime_id = due.showtime_id and payments.id = due.id;
    return query
        select payments.lease_epoch, moment, held
        from unnest(showtime_ids, payment_ids) as due (showtime_id, id)
            join payments on payments.showtime_id = due.showtime_id and payments.id = due.id
            join bookings as held
                on held.showtime_id = payments.showtime_id and held.id = payments.reservation_id
        order by payments.next_attempt_at, payments.id;
end
$$;

-- Bookings of cancelled showtimes that still own seats and carry no wish to cancel.
--
-- A cancelled showtime makes no reservations, and a wish is never taken back: once there is nothing left to reach,
-- there never will be, and the showtime is forgotten.
create function milo_stranded(in_limit bigint) returns setof bookings
language plpgsql set plan_cache_mode = force_generic_plan
as $$
declare
    showtime_ids uuid[];
    reservation_ids uuid[];
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
    select array_agg(stranded.showtime_id), array_agg(stranded.id)
        into showtime_ids, reservation_ids
        from (
            select standing.showtime_id, standing.id
            from showtime_cancellations as cancelled
                cross join lateral (
                    select reservations.showtime_id, reservations.id
                    from reservations
                    where reservations.showtime_id = cancelled.showtime_id
                        and reservations.status in ('pending_payment', 'paying', 'confirmed')
                        and reservations.cancel_requested is null
                    order by reservations.id
                    limit in_limit
                ) as standing
            order by cancelled.at, standing.showtime_id, standing.id
            limit in_limit
        ) as stranded;
    return query
        select stranded.*
        from unnest(showtime_ids, reservation_ids) with ordinality as found (showtime_id, id, place)
            join bookings as stranded on stranded.showtime_id = found.showtime_id and stranded.id = found.id
        order by found.place;
end
$$;
