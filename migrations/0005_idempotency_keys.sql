-- Answers by idempotency key, for the requests whose effect does not carry its own record.

create table idempotency_keys (
    user_id uuid not null,
    key text collate "C" not null check (key ~ '^[ -~]{1,255}$'),
    fingerprint bytea not null check (octet_length(fingerprint) = 32),
    -- Who works on the request, and until when nobody else may.
    ticket uuid not null,
    claimed_until timestamptz not null,
    -- The answer, once there is one.
    status integer check (status between 0 and 65535),
    location text,
    etag text,
    body bytea,
    ends_at timestamptz not null,
    primary key (user_id, key),
    constraint idempotency_keys_answer check (
        (status is null) = (body is null) and (status is not null or (location is null and etag is null))
    )
);

create index idempotency_keys_end on idempotency_keys (ends_at);

-- Claims a key, or tells what became of it: claimed, answered, in_use or reused.
create function milo_claim_key(
    in_user uuid,
    in_key text,
    in_fingerprint bytea,
    in_ticket uuid,
    in_lease interval,
    -- How long a claim is remembered whose request never ended.
    in_abandoned_kept interval
) returns table (state text, status integer, location text, etag text, body bytea)
language plpgsql set plan_cache_mode = force_generic_plan
as $$
declare
    known idempotency_keys;
    at timestamptz;
begin
    -- A key that is in the way may be given back before it is looked at; nobody does that forever.
    for attempt in 1..10 loop
        at := clock_timestamp();
        insert into idempotency_keys as kept (user_id, key, fingerprint, ticket, claimed_until, ends_at)
            values (
                in_user, in_key, in_fingerprint, in_ticket, at + in_lease, at + in_lease + in_abandoned_kept
            )
            on conflict on constraint idempotency_keys_pkey do update
                set fingerprint = excluded.fingerprint,
                    ticket = excluded.ticket,
                    claimed_until = excluded.claimed_until,
                    ends_at = excluded.ends_at,
                    status = null,
                    location = null,
                    etag = null,
                    body = null
                where kept.ends_at <= at
                    or (
                        kept.fingerprint = excluded.fingerprint
                        and kept.status is null
                        and (kept.ticket = excluded.ticket or kept.claimed_until <= at)
                    );
        if found then
            state := 'claimed';
            return next;
            return;
        end if;
        select * into known
            from idempotency_keys
            where idempotency_keys.user_id = in_user and idempotency_keys.key = in_key;
        if found then
            if known.fingerprint <> in_fingerprint then
                state := 'reused';
            elsif known.status is not null then
                state := 'answered';
                status := known.status;
                location := known.location;
                etag := known.etag;
                body := known.body;
            else
                state := 'in_use';
            end if;
            return next;
            return;
        end if;
    end loop;
    raise exception 'the key changed hands too often' using errcode = 'serialization_failure';
end
$$;
