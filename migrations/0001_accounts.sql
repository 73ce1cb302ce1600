-- People and their signed-in sessions.

create table accounts (
    id uuid primary key,
    email text not null,
    display_name text not null check (char_length(display_name) between 1 and 100),
    phone text check (char_length(phone) between 5 and 32),
    is_admin boolean not null,
    -- A PHC string; never the password.
    password_hash text not null check (password_hash <> ''),
    created_at timestamptz not null,
    -- Kept in lower case, so that addresses compare without case.
    constraint accounts_email_form check (email = lower(email) and char_length(email) between 3 and 254),
    constraint accounts_email_unique unique (email)
);

create table sessions (
    id uuid primary key,
    user_id uuid not null references accounts on delete cascade,
    -- The token that the session began with: a repeated request is known by it.
    first_token bytea not null check (octet_length(first_token) = 32),
    -- The one token that is not spent. Whoever renews locks the session's row, so this is always the last word.
    current_token bytea not null check (octet_length(current_token) = 32),
    expires_at timestamptz not null
);

create index sessions_user on sessions (user_id);
create index sessions_end on sessions (expires_at);

-- Every token that a live session ever had, as its SHA-256. A row never changes.
create table refresh_tokens (
    hash bytea constraint refresh_tokens_unique primary key check (octet_length(hash) = 32),
    session_id uuid not null references sessions on delete cascade
);

create index refresh_tokens_session on refresh_tokens (session_id);
