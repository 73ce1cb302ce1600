-- Reservations, the seats they own, their payments and their history.
--
-- Every key of the booking path begins with the showtime, so the tables can be partitioned or distributed by it; no
-- transaction spans two showtimes. People are not referenced: whoever embeds Milo may keep them elsewhere.

-- What a seat's foreign key needs to prove that the seat is one of the showtime's screen.
alter table showtimes add constraint showtimes_id_on_screen unique (id, screen_id);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '%: %', tg_table_name, tg_argv[0]
        using errcode = 'restrict_violation', table = tg_table_name, constraint = tg_name;
end
$$;

create table reservations (
    showtime_id uuid not null constraint reservations_showtime references showtimes on delete restrict,
    id uuid not null,
    version bigint not null check (version between 1 and 4294967295),
    code text collate "C" not null check (code ~ '^[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}$'),
    user_id uuid not null,
    hold_id uuid not null,
    status text not null check (
        status in ('pending_payment', 'paying', 'confirmed', 'expired', 'cancelled', 'payment_failed')
    ),
    seat_count integer not null check (seat_count between 1 and 10),
    total_minor bigint not null check (total_minor between 1 and 1000000000000),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    -- What it was quoted at, and the limit of open seats that it was placed under.
    price_version bigint not null check (price_version between 1 and 4294967295),
    user_seats_max bigint not null check (user_seats_max between seat_count and 4294967295),
    cancel_requested text check (cancel_requested in ('owner', 'showtime_cancelled')),
    expires_at timestamptz not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (showtime_id, id),
    constraint reservations_hold_once unique (showtime_id, hold_id),
    -- The one unique index that the showtime does not lead: a code is drawn for all of Milo. Distributed by showtime,
    -- codes would be a table of their own.
    constraint reservations_code_once unique (code),
    constraint reservations_expire_later check (expires_at >= created_at)
);

create index reservations_by_id on reservations (id);
create index reservations_by_hold on reservations (hold_id);
create index reservations_of_user on reservations (user_id, id);
-- Small, whatever the past is: only what is still open is in them.
create index reservations_to_expire on reservations (expires_at, id) where status = 'pending_payment';
create index reservations_open on reservations (showtime_id, user_id) where status in ('pending_payment', 'paying');

create trigger reservations_move_by_one
    before update on reservations
    for each row
    when (new.version <> old.version + 1)
    execute function refuse_change('every change is one version');

create trigger reservations_end_once
    before update of status on reservations
    for each row
    when (old.status in ('expired', 'cancelled', 'payment_failed') and new.status <> old.status)
    execute function refuse_change('what has ended stays so');

-- A seat as it was sold. A row stays when the seat is released: it is the history of who owned it.
create table reserved_seats (
    showtime_id uuid not null,
    reservation_id uuid not null,
    seat_id uuid not null,
    screen_id uuid not null,
    row_label text not null check (row_label ~ '^[A-Z0-9]{1,3}$'),
    number integer not null check (number between 1 and 65535),
    kind text not null check (kind in ('regular', 'premium', 'recliner', 'wheelchair', 'companion')),
    -- In the reservation's currency.
    price_minor bigint not null check (price_minor between 1 and 100000000),
    released_at timestamptz,
    primary key (showtime_id, reservation_id, seat_id),
    constraint reserved_seats_reservation foreign key (showtime_id, reservation_id) references reservations,
    constraint reserved_seats_in_showtime foreign key (showtime_id, screen_id) references showtimes (id, screen_id),
    constraint reserved_seats_on_screen foreign key (screen_id, seat_id) references seats
);

-- Who owns a seat. This index decides every sale; whatever else refuses a seat is courtesy.
create unique index seat_owner on reserved_seats (showtime_id, seat_id) where released_at is null;

create trigger reserved_seats_keep_history
    before update on reserved_seats
    for each row
    when (
        old.released_at is not null
        or (old.showtime_id, old.reservation_id, old.seat_id, old.screen_id)
            <> (new.showtime_id, new.reservation_id, new.seat_id, new.screen_id)
        or (old.row_label, old.number, old.kind, old.price_minor)
            <> (new.row_label, new.number, new.kind, new.price_minor)
    )
    execute function refuse_change('a seat is released once, and nothing else changes');

create trigger reserved_seats_stay
    before delete on reserved_seats
    for each row
    execute function refuse_change('the history of a seat stays');

-- One row for each buyer of a showtime, made with the first reservation: locking it puts a buyer's placements in a row,
-- so that the limit on unpaid seats holds.
create table showtime_buyers (
    showtime_id uuid not null references showtimes on delete cascade,
    user_id uuid not null,
    last_try_at timestamptz not null,
    primary key (showtime_id, user_id)
);

-- The one payment of a reservation. It is also the queue of record: work is due when next_attempt_at has come and
-- nobody's lease is in force.
create table payments (
    showtime_id uuid not null,
    id uuid not null,
    reservation_id uuid not null,
    status text not null check (
        status in (
            'created', 'authorizing', 'capturing', 'captured', 'voiding',
            'voided', 'declined', 'dropped', 'refunding', 'refunded'
        )
    ),
    amount_minor bigint not null check (amount_minor between 1 and 1000000000000),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    method text not null check (
        method in ('credit_card', 'debit_card', 'paypal', 'bank_transfer', 'mobile_payment')
    ),
    -- What the provider gave the client; never card data.
    token text not null check (token ~ '^[!-~]{1,255}$'),
    attempts bigint not null check (attempts between 0 and 4294967295),
    tries bigint not null check (tries between 0 and 4294967295),
    failure text check (failure ~ '^[a-z0-9_]{1,64}$'),
    needs_review boolean not null,
    began_at timestamptz,
    next_attempt_at timestamptz,
    -- Counts the claims. The lease is in force until lease_until.
    lease_epoch bigint not null check (lease_epoch between 0 and 4294967295),
    lease_until timestamptz,
    primary key (showtime_id, id),
    constraint payments_reservation foreign key (showtime_id, reservation_id) references reservations,
    constraint payments_one_each unique (showtime_id, reservation_id),
    -- A captured payment is due as well when somebody had wished to cancel; that wish is the reservation's.
    constraint payments_due_while_there_is_work check (
        case
            when status in ('created', 'authorizing', 'capturing', 'voiding', 'refunding')
                then next_attempt_at is not null
            when status <> 'captured' then next_attempt_at is null
            else true
        end
    ),
    constraint payments_leased_while_due check (lease_until is null or next_attempt_at is not null),
    constraint payments_begin_once check ((began_at is null) = (status in ('created', 'dropped')))
);

create trigger payments_stay
    before delete on payments
    for each row
    execute function refuse_change('payments stay');

create index payments_by_id on payments (id);
create index payments_due on payments (next_attempt_at, id) where next_attempt_at is not null;

-- Every step of a reservation and its payment, numbered as the versions it made.
create table reservation_events (
    showtime_id uuid not null,
    reservation_id uuid not null,
    seq bigint not null check (seq between 1 and 4294967295),
    from_status text,
    from_payment_status text,
    to_status text not null,
    to_payment_status text not null,
    actor text not null check (actor in ('owner', 'payment_worker', 'expiry', 'showtime_cancellation')),
    cause text not null check (cause <> ''),
    at timestamptz not null,
    primary key (showtime_id, reservation_id, seq),
    constraint reservation_events_reservation foreign key (showtime_id, reservation_id) references reservations,
    constraint reservation_events_begin check (
        case
            when seq = 1 then
                num_nonnulls(from_status, from_payment_status) = 0
                and (to_status, to_payment_status) = ('pending_payment', 'created')
            else num_nulls(from_status, from_payment_status) = 0
        end
    ),
    constraint reservation_events_follow_the_state_machine check (
        from_status is null
        or from_status = to_status
        or (from_status, to_status) in (
            ('pending_payment', 'paying'), ('pending_payment', 'expired'), ('pending_payment', 'cancelled'),
            ('paying', 'confirmed'), ('paying', 'payment_failed'), ('paying', 'cancelled'), ('confirmed', 'cancelled')
        )
    ),
    constraint reservation_events_follow_the_payment_machine check (
        from_payment_status is null
        or from_payment_status = to_payment_status
        or (from_payment_status, to_payment_status) in (
            ('created', 'authorizing'), ('created', 'dropped'), ('authorizing', 'declined'),
            ('authorizing', 'capturing'), ('authorizing', 'voiding'), ('capturing', 'voiding'), ('voiding', 'voided'),
            ('capturing', 'captured'), ('captured', 'refunding'), ('refunding', 'refunded')
        )
    ),
    constraint reservation_events_go_together check (
        case to_status
            when 'pending_payment' then to_payment_status = 'created'
            when 'paying' then to_payment_status in ('authorizing', 'capturing', 'voiding')
            when 'confirmed' then to_payment_status = 'captured'
            when 'expired' then to_payment_status = 'dropped'
            when 'payment_failed' then to_payment_status in ('declined', 'voided')
            else to_payment_status in ('dropped', 'declined', 'voided', 'refunding', 'refunded')
        end
    ),
    constraint reservation_events_only_the_payment_machine_leaves_paying check (
        from_status <> 'paying' or to_status = 'paying' or actor = 'payment_worker'
    )
);

create trigger reservation_events_are_appended_only
    before update or delete on reservation_events
    for each row
    execute function refuse_change('events are appended only');

create trigger reservation_events_stay
    before truncate on reservation_events
    execute function refuse_change('events are appended only');

-- What a gateway was asked and answered, one row at most for each step.
create table payment_ops (
    showtime_id uuid not null,
    reservation_id uuid not null,
    step bigint not null,
    payment_id uuid not null,
    -- The operation's key at the gateway: the same for every attempt.
    op_key text not null check (op_key <> ''),
    outcome text not null check (
        outcome in ('authorized', 'declined', 'captured', 'refused', 'closed', 'refunded', 'unknown')
    ),
    amount_minor bigint not null check (amount_minor between 1 and 1000000000000),
    at timestamptz not null,
    primary key (showtime_id, reservation_id, step),
    constraint payment_ops_step foreign key (showtime_id, reservation_id, step) references reservation_events,
    constraint payment_ops_payment foreign key (showtime_id, payment_id) references payments
);

-- An operation has one effect, however often it was asked.
create unique index payment_ops_one_effect on payment_ops (showtime_id, op_key)
    where outcome not in ('refused', 'unknown');

create trigger payment_ops_are_appended_only
    before update or delete on payment_ops
    for each row
    execute function refuse_change('answers are appended only');

create trigger payment_ops_stay
    before truncate on payment_ops
    execute function refuse_change('answers are appended only');

-- Messages that were written with a step, until they are delivered and for ever after.
create table outbox (
    showtime_id uuid not null,
    id uuid not null,
    reservation_id uuid not null,
    step bigint not null,
    payload jsonb not null,
    topic text not null generated always as (payload ->> 'topic') stored check (
        topic in ('payment_due', 'payment_dead', 'seats_taken', 'seats_settled', 'seats_freed', 'notify')
    ),
    written_at timestamptz not null,
    -- When it may be taken (again).
    available_at timestamptz not null,
    failures bigint not null default 0 check (failures between 0 and 4294967295),
    parked_at timestamptz,
    delivered_at timestamptz,
    primary key (showtime_id, id),
    constraint outbox_step foreign key (showtime_id, reservation_id, step) references reservation_events,
    constraint outbox_parked_or_delivered check (parked_at is null or delivered_at is null)
);

create index outbox_waiting on outbox (written_at, id) where delivered_at is null and parked_at is null;
create index outbox_undelivered on outbox (id) where delivered_at is null;
create index outbox_parked on outbox (parked_at) where parked_at is not null;

create trigger outbox_delivers_once
    before update on outbox
    for each row
    when (
        old.delivered_at is not null
        or (old.showtime_id, old.id, old.reservation_id, old.step, old.payload, old.written_at)
            <> (new.showtime_id, new.id, new.reservation_id, new.step, new.payload, new.written_at)
    )
    execute function refuse_change('what was delivered stays so, and no message changes');

-- What the idempotency keys of placements were used for. A key belongs to a user, whatever the showtime.
create table reservation_keys (
    user_id uuid not null,
    key text collate "C" not null check (key ~ '^[ -~]{1,255}$'),
    fingerprint bytea not null check (octet_length(fingerprint) = 32),
    showtime_id uuid not null,
    reservation_id uuid not null,
    ends_at timestamptz not null,
    primary key (user_id, key),
    constraint reservation_keys_reservation foreign key (showtime_id, reservation_id) references reservations
);

create index reservation_keys_end on reservation_keys (ends_at);

-- Cancelled showtimes whose reservations have not all been reached yet, so that looking for those does not cost more
-- with every showtime that was ever cancelled. Kept by this trigger; see milo_stranded for when a row goes.
create table showtime_cancellations (
    showtime_id uuid primary key references showtimes on delete cascade,
    at timestamptz not null
);

create function note_showtime_cancellation() returns trigger language plpgsql as $$
begin
    if new.status = 'cancelled' then
        insert into showtime_cancellations (showtime_id, at) values (new.id, clock_timestamp()) on conflict do nothing;
    else
        delete from showtime_cancellations where showtime_cancellations.showtime_id = new.id;
    end if;
    return null;
end
$$;

create trigger showtimes_note_cancellation
    after update of status on showtimes
    for each row
    when (old.status <> new.status)
    execute function note_showtime_cancellation();
