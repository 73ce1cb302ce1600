-- Films, theaters, screens, seats and showtimes.
--
-- Lists compare byte by byte, hence collate "C". Columns that end in _folded hold what filters look at, in lower case as
-- the application makes it: the database's own lower() would depend on its locale.

-- A screen's number and a range of times in one exclusion constraint.
create extension if not exists btree_gist;

create table movies (
    id uuid primary key,
    version bigint not null check (version between 1 and 4294967295),
    title text collate "C" not null check (char_length(title) between 1 and 200),
    title_folded text collate "C" not null,
    description text not null check (char_length(description) <= 5000),
    description_folded text collate "C" not null,
    genres text[] not null check (cardinality(genres) between 1 and 10 and array_position(genres, null) is null),
    genres_folded text[] not null,
    duration_minutes integer not null check (duration_minutes between 1 and 900),
    rating text check (char_length(rating) between 1 and 16),
    language text not null check (char_length(language) between 1 and 40),
    language_folded text collate "C" not null,
    release_date date not null,
    end_date date,
    poster_url text check (char_length(poster_url) between 1 and 2048),
    backdrop_url text check (char_length(backdrop_url) between 1 and 2048),
    trailer_url text check (char_length(trailer_url) between 1 and 2048),
    -- Kept by the reviews; see there.
    review_count bigint not null default 0 check (review_count between 0 and 4294967295),
    review_stars bigint not null default 0,
    constraint movies_genres_are_folded check (cardinality(genres_folded) = cardinality(genres)),
    constraint movies_end_after_release check (end_date >= release_date),
    constraint movies_review_summary check (review_stars between review_count and 5 * review_count)
);

create index movies_by_title on movies (title, id);

create table theaters (
    id uuid primary key,
    version bigint not null check (version between 1 and 4294967295),
    name text collate "C" not null check (char_length(name) between 1 and 120),
    address text not null check (char_length(address) between 1 and 200),
    city text not null check (char_length(city) between 1 and 100),
    city_folded text collate "C" not null,
    state text not null check (char_length(state) between 1 and 100),
    state_folded text collate "C" not null,
    postal_code text not null check (char_length(postal_code) between 1 and 16),
    -- An IANA name. Days are worked out by the application, whose time zone database it is a name of.
    time_zone text not null check (time_zone <> ''),
    is_active boolean not null
);

create index theaters_by_name on theaters (name, id);

create table screens (
    id uuid primary key,
    theater_id uuid not null references theaters on delete cascade,
    version bigint not null check (version between 1 and 4294967295),
    name text collate "C" not null check (char_length(name) between 1 and 120),
    kind text not null check (kind in ('regular', 'imax', 'three_d')),
    is_active boolean not null,
    -- The number of seats that are there.
    capacity integer not null default 0 check (capacity between 0 and 2000),
    -- So that a showtime cannot name a screen and another one's theater.
    constraint screens_in_theater unique (id, theater_id)
);

create index screens_by_name on screens (theater_id, name, id);

-- How a screen's rows are drawn, from the screen to the back.
create table layout_rows (
    screen_id uuid not null references screens on delete cascade,
    place integer not null check (place between 1 and 60),
    label text not null check (label ~ '^[A-Z0-9]{1,3}$'),
    pattern text not null check (pattern ~ '^[RPLWC_]{1,100}$'),
    primary key (screen_id, place),
    unique (screen_id, label)
);

-- Every seat that a screen ever had: what was sold keeps its seat, also after a new layout took it away.
create table seats (
    screen_id uuid not null references screens on delete cascade,
    id uuid not null,
    row_label text not null check (row_label ~ '^[A-Z0-9]{1,3}$'),
    number integer not null check (number between 1 and 100),
    column_number integer not null,
    kind text not null check (kind in ('regular', 'premium', 'recliner', 'wheelchair', 'companion')),
    -- When a new layout took it away; none while it is there.
    removed_at timestamptz,
    primary key (screen_id, id),
    -- Gaps are counted, so a seat is drawn at its number or further right.
    constraint seats_column check (column_number between number and 100)
);

create unique index seats_place on seats (screen_id, row_label, number) where removed_at is null;

create table showtimes (
    id uuid primary key,
    version bigint not null check (version between 1 and 4294967295),
    movie_id uuid not null constraint showtimes_movie references movies on delete cascade,
    screen_id uuid not null,
    theater_id uuid not null,
    starts_at timestamptz not null,
    -- When the screen is free again; not part of the showtime.
    ends_at timestamptz not null,
    status text not null check (status in ('scheduled', 'cancelled')),
    -- In minor units, by kind of seat; a kind without a price is not sold.
    price_regular bigint check (price_regular between 1 and 100000000),
    price_premium bigint check (price_premium between 1 and 100000000),
    price_recliner bigint check (price_recliner between 1 and 100000000),
    price_wheelchair bigint check (price_wheelchair between 1 and 100000000),
    price_companion bigint check (price_companion between 1 and 100000000),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    price_version bigint not null check (price_version between 1 and 4294967295),
    constraint showtimes_screen foreign key (screen_id, theater_id) references screens (id, theater_id) on delete cascade,
    constraint showtimes_last check (ends_at > starts_at),
    constraint showtimes_are_priced check (
        num_nonnulls(price_regular, price_premium, price_recliner, price_wheelchair, price_companion) > 0
    ),
    -- One may start the moment that another ends.
    constraint showtimes_never_overlap exclude using gist (
        screen_id with =,
        tstzrange(starts_at, ends_at) with &&
    ) where (status = 'scheduled')
);

create index showtimes_by_start on showtimes (starts_at, id);
create index showtimes_of_movie on showtimes (movie_id, starts_at, id);
create index showtimes_of_theater on showtimes (theater_id, starts_at, id);
create index showtimes_on_screen on showtimes (screen_id, starts_at, id);

-- The locks that the two sides of a race agree on:
--   * a sale locks its showtime FOR SHARE, and looks at the screen's seats only after that, with a new snapshot;
--   * a change of a showtime locks its screen, then the showtime FOR NO KEY UPDATE, which excludes sales;
--   * a new layout locks the screen, then the showtimes to come in the same way.
-- So a sale sees all of a change or nothing of it, and nobody waits in a circle.

-- A showtime that was ever reserved keeps its times: somebody was told them. Runs after the row was locked, so that it
-- sees every reservation that the change waited for.
create function showtime_keeps_its_times() returns trigger language plpgsql as $$
begin
    if exists (select from reservations where reservations.showtime_id = new.id) then
        raise exception 'a reserved showtime does not move'
            using errcode = 'restrict_violation', constraint = 'showtimes_reserved_stay', table = 'showtimes';
    end if;
    return null;
end
$$;

create trigger showtimes_reserved_stay
    after update of starts_at, ends_at on showtimes
    for each row
    when ((old.starts_at, old.ends_at) is distinct from (new.starts_at, new.ends_at))
    execute function showtime_keeps_its_times();

-- Replaces the layout of a screen whose version is the expected one, unless a seat would vanish that is owned in a
-- showtime to come. The seats come as one array a column.
--
-- known: whether there is such a screen; changed: whether the layout was replaced; in_use: the seats in the way.
create function milo_change_layout(
    in_screen uuid,
    in_expected bigint,
    in_labels text[],
    in_patterns text[],
    in_seats uuid[],
    in_rows text[],
    in_numbers integer[],
    in_columns integer[],
    in_kinds text[],
    out known boolean,
    out changed boolean,
    out in_use uuid[]
) language plpgsql as $$
declare
    stored_version bigint;
begin
    select version into stored_version from screens where screens.id = in_screen for update;
    known := found;
    changed := found and stored_version = in_expected;
    in_use := '{}';
    if not changed then
        return;
    end if;
    -- Sales that are on their way end first; those that come later wait for this layout.
    perform from showtimes
        where showtimes.screen_id = in_screen and showtimes.starts_at > now()
        order by showtimes.id
        for no key update;

    select coalesce(array_agg(distinct owned.seat_id order by owned.seat_id), '{}') into in_use
    from showtimes
        join reserved_seats as owned on owned.showtime_id = showtimes.id and owned.released_at is null
        join seats on seats.screen_id = in_screen and seats.id = owned.seat_id and seats.removed_at is null
    where showtimes.screen_id = in_screen
        and showtimes.starts_at > now()
        and not exists (select from unnest(in_seats) as kept (id) where kept.id = owned.seat_id);
    if cardinality(in_use) > 0 then
        changed := false;
        return;
    end if;

    update screens
        set version = in_expected + 1, capacity = cardinality(in_seats)
        where screens.id = in_screen;
    update seats set removed_at = now()
        where seats.screen_id = in_screen
            and seats.removed_at is null
            and not exists (select from unnest(in_seats) as kept (id) where kept.id = seats.id);
    insert into seats (screen_id, id, row_label, number, column_number, kind)
        select in_screen, seat.id, seat.row_label, seat.number, seat.column_number, seat.kind
        from unnest(in_seats, in_rows, in_numbers, in_columns, in_kinds)
            as seat (id, row_label, number, column_number, kind)
        on conflict (screen_id, id) do update
            set row_label = excluded.row_label,
                number = excluded.number,
                column_number = excluded.column_number,
                kind = excluded.kind,
                removed_at = null;
    delete from layout_rows where layout_rows.screen_id = in_screen;
    insert into layout_rows (screen_id, place, label, pattern)
        select in_screen, drawn.place, drawn.label, drawn.pattern
        from unnest(in_labels, in_patterns) with ordinality as drawn (label, pattern, place);
end
$$;
