-- Reviews, and the summary of them that every film carries.

create table reviews (
    id uuid constraint reviews_id_unique primary key,
    version bigint not null check (version between 1 and 4294967295),
    movie_id uuid not null constraint reviews_movie references movies on delete cascade,
    -- Not a reference: whoever embeds Milo may know people that have no account here.
    author_id uuid not null,
    author_name text not null check (char_length(author_name) between 1 and 100),
    stars smallint not null check (stars between 1 and 5),
    text text not null check (char_length(text) between 1 and 4000),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint reviews_one_each unique (movie_id, author_id)
);

create index reviews_of_movie on reviews (movie_id, created_at, id);
create index reviews_of_author on reviews (author_id, created_at, id);

-- Whatever writes a review, the film's summary follows in the same act.
create function keep_review_summary() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        update movies
            set review_count = review_count - 1, review_stars = review_stars - old.stars
            where movies.id = old.movie_id;
    end if;
    if tg_op <> 'DELETE' then
        update movies
            set review_count = review_count + 1, review_stars = review_stars + new.stars
            where movies.id = new.movie_id;
    end if;
    return null;
end
$$;

create trigger reviews_keep_summary
    after insert or delete or update of movie_id, stars on reviews
    for each row
    execute function keep_review_summary();
