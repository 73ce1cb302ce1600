-- The books of the simulated payment gateway: a stand-in for a provider, for development, tests and integrators.
--
-- A provider's books are not ours. They have a schema of their own, nothing in the booking store joins with them, and a
-- deployment with a real gateway leaves them empty.

create schema simulated_gateway;

-- One row a payment that the gateway was asked about. Each call locks it, so calls for one payment come one after the other.
create table simulated_gateway.accounts (
    payment uuid primary key,
    status text not null check (status in ('unknown', 'authorized', 'declined', 'captured', 'closed', 'refunded')),
    -- The authorization as it was first asked for; absent when the payment was closed before there was one.
    asked_key text,
    amount_minor bigint check (amount_minor >= 0),
    currency text check (currency ~ '^[A-Z]{3}$'),
    method_kind text,
    method_token text,
    reservation uuid,
    showtime uuid,
    -- When a slow authorization is decided, as long as it is not.
    decided_at timestamptz,
    -- How often each operation was asked for: authorize, capture, close, refund.
    calls bigint[] not null default '{0,0,0,0}' check (cardinality(calls) = 4),
    constraint asked_for_as_a_whole check (
        num_nonnulls(asked_key, amount_minor, currency, method_kind, method_token, reservation, showtime) in (0, 7)
    )
);

-- What the gateway was asked, in order. An entry has an effect when the call changed something.
create table simulated_gateway.ledger (
    sequence bigint generated always as identity primary key,
    payment uuid not null references simulated_gateway.accounts,
    key text not null,
    operation text not null check (operation in ('auth', 'capture', 'close', 'refund')),
    amount_minor bigint check (amount_minor >= 0),
    currency text check (currency ~ '^[A-Z]{3}$'),
    reservation uuid,
    showtime uuid,
    effect boolean not null,
    at timestamptz not null default clock_timestamp(),
    constraint amount_with_its_currency check (num_nonnulls(amount_minor, currency) in (0, 2))
);

-- However often an operation is asked for, it has one effect.
create unique index one_effect_of_a_key on simulated_gateway.ledger (key) where effect;
create index ledger_of_a_payment on simulated_gateway.ledger (payment, sequence);
