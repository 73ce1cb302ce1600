use std::sync::Arc;

use jiff::Timestamp;

use crate::conformance::stamp::assert_is;
use crate::conformance::{StoreFixture, samples};
use crate::domain::{
    Description, Genre, Language, Movie, MovieDetails, MovieFilter, ReviewSummary, SearchText, Title, Version,
};
use crate::ports::{AddError, Catalog, ChangeError};

use super::read_all;

fn retitled(movie: &Movie, title: &str) -> Movie {
    Movie {
        version: movie.version.next(),
        details: MovieDetails {
            title: Title::parse(title).unwrap(),
            ..movie.details.clone()
        },
        ..movie.clone()
    }
}

async fn added(catalog: &dyn Catalog, movie: Movie) -> Movie {
    catalog.add_movie(&movie).await.unwrap();
    movie
}

async fn stored(catalog: &dyn Catalog, movie: &Movie) -> Option<Movie> {
    catalog.movie(movie.id).await.unwrap().map(Arc::unwrap_or_clone)
}

async fn titles(catalog: &dyn Catalog, filter: &MovieFilter) -> Vec<String> {
    let key = |movie: &Arc<Movie>| (movie.details.title.as_str().to_owned(), movie.id.0);
    let movies = read_all(|page| async move { catalog.movies(filter, &page).await }, key).await;
    movies
        .iter()
        .map(|movie| movie.details.title.as_str().to_owned())
        .collect()
}

/// A film is kept as it was given, with everything it has and everything it lacks.
pub async fn a_film_is_kept(fixture: &impl StoreFixture) {
    let catalog = &*fixture.catalog();
    let full = added(catalog, samples::movie("Full")).await;
    let mut bare = samples::movie("Bare");
    bare.details.description = Description::parse("").unwrap();
    (bare.details.rating, bare.details.end_date, bare.details.poster_url) = (None, None, None);
    let bare = added(catalog, bare).await;
    assert_eq!(stored(catalog, &full).await, Some(full));
    assert_eq!(stored(catalog, &bare).await, Some(bare));
    assert_eq!(stored(catalog, &samples::movie("Unknown")).await, None);
}

/// Adding never overwrites.
pub async fn a_film_is_added_once(fixture: &impl StoreFixture) {
    let catalog = &*fixture.catalog();
    let movie = added(catalog, samples::movie("First")).await;
    let again = Movie {
        version: Version::FIRST,
        ..retitled(&movie, "Second")
    };
    assert_is!(catalog.add_movie(&again).await, Err(AddError::Exists));
    assert_is!(catalog.add_movie(&movie).await, Err(AddError::Exists));
    assert_eq!(stored(catalog, &movie).await, Some(movie));
}

/// A change is written if it was decided on the stored version, and not otherwise.
pub async fn a_film_is_changed_from_its_version_only(fixture: &impl StoreFixture) {
    let catalog = &*fixture.catalog();
    let first = added(catalog, samples::movie("First")).await;
    let second = retitled(&first, "Second");
    catalog.change_movie(&second, first.version).await.unwrap();
    assert_eq!(stored(catalog, &first).await.as_ref(), Some(&second));
    let stale = catalog.change_movie(&retitled(&first, "Stale"), first.version).await;
    assert_is!(stale, Err(ChangeError::Stale));
    let early = Movie {
        version: Version(8),
        ..retitled(&first, "Early")
    };
    assert_is!(catalog.change_movie(&early, Version(7)).await, Err(ChangeError::Stale));
    let unknown = retitled(&samples::movie("Unknown"), "Unknown");
    assert_is!(
        catalog.change_movie(&unknown, Version::FIRST).await,
        Err(ChangeError::NotFound)
    );
    assert_eq!(stored(catalog, &first).await, Some(second));
    assert_eq!(stored(catalog, &unknown).await, None);
}

/// A film's reviews belong to the reviews, whatever a change says.
pub async fn a_change_leaves_the_reviews_of_a_film(fixture: &impl StoreFixture) {
    let scene = crate::conformance::store_fixture::Scene::new(fixture).await;
    scene
        .reviews
        .add(&samples::review(&scene.hall, scene.ann, 4))
        .await
        .unwrap();
    let claimed = ReviewSummary { count: 99, stars: 495 };
    let changed = Movie {
        reviews: claimed,
        ..retitled(&scene.hall.movie, "Changed")
    };
    scene
        .catalog
        .change_movie(&changed, scene.hall.movie.version)
        .await
        .unwrap();
    let expected = Movie {
        reviews: ReviewSummary { count: 1, stars: 4 },
        ..changed
    };
    assert_eq!(stored(&*scene.catalog, &expected).await, Some(expected));
}

/// Titles compare byte by byte; equal ones are ordered by id.
pub async fn films_are_listed_by_title_then_id(fixture: &impl StoreFixture) {
    let catalog = &*fixture.catalog();
    for title in ["apple", "Zebra", "Äpfel", "Apple", "Apple pie", "10"] {
        added(catalog, samples::movie(title)).await;
    }
    let twin = added(catalog, samples::movie("Zebra")).await;
    let all = MovieFilter::default();
    let expected = ["10", "Apple", "Apple pie", "Zebra", "Zebra", "apple", "Äpfel"];
    assert_eq!(titles(catalog, &all).await, expected);
    let page = catalog
        .movies(&all, &crate::domain::PageRequest::first())
        .await
        .unwrap();
    assert_eq!(page.items[4].id, twin.id, "the greater id comes last");
}

/// Genre and language match without regard to case, as a whole, and all filters must match.
pub async fn films_are_filtered_by_genre_and_language(fixture: &impl StoreFixture) {
    let catalog = &*fixture.catalog();
    for (title, genres, language) in [
        ("A", &["Drama", "Science Fiction"][..], "English"),
        ("B", &["Comedy"][..], "Français"),
        ("C", &["Melodrama"][..], "english"),
    ] {
        let mut movie = samples::movie(title);
        movie.details.genres = samples::genres(genres);
        movie.details.language = Language::parse(language).unwrap();
        added(catalog, movie).await;
    }
    let by = |genre: Option<&str>, language: Option<&str>| MovieFilter {
        genre: genre.map(|genre| Genre::parse(genre).unwrap()),
        language: language.map(|language| Language::parse(language).unwrap()),
        ..MovieFilter::default()
    };
    assert_eq!(titles(catalog, &by(Some("dRAMA"), None)).await, ["A"]);
    assert_eq!(titles(catalog, &by(Some("science fiction"), None)).await, ["A"]);
    assert_eq!(titles(catalog, &by(None, Some("ENGLISH"))).await, ["A", "C"]);
    assert_eq!(titles(catalog, &by(None, Some("FRANÇAIS"))).await, ["B"]);
    assert_eq!(titles(catalog, &by(Some("melodrama"), Some("English"))).await, ["C"]);
    assert_eq!(titles(catalog, &by(Some("comedy"), Some("English"))).await, [""; 0]);
}

/// Words are found in the title and in the description, without regard to case, and signs mean themselves.
pub async fn films_are_found_by_words(fixture: &impl StoreFixture) {
    let catalog = &*fixture.catalog();
    for (title, description) in [
        ("The Hidden Door", "A carpenter opens it."),
        ("Carpenters", "Nobody opens anything."),
        ("100% Sure", "Or not_at all \\ ever."),
    ] {
        let mut movie = samples::movie(title);
        movie.details.description = Description::parse(description).unwrap();
        added(catalog, movie).await;
    }
    let by = |words| MovieFilter {
        search: Some(SearchText::parse(words).unwrap()),
        ..MovieFilter::default()
    };
    assert_eq!(titles(catalog, &by("hidden")).await, ["The Hidden Door"]);
    assert_eq!(
        titles(catalog, &by("CARPENTER")).await,
        ["Carpenters", "The Hidden Door"]
    );
    assert_eq!(titles(catalog, &by("hidden door")).await, ["The Hidden Door"]);
    assert_eq!(titles(catalog, &by("100%")).await, ["100% Sure"]);
    assert_eq!(titles(catalog, &by("%")).await, ["100% Sure"]);
    assert_eq!(titles(catalog, &by("_")).await, ["100% Sure"]);
    assert_eq!(titles(catalog, &by("\\")).await, ["100% Sure"]);
    assert_eq!(titles(catalog, &by("absent")).await, [""; 0]);
}

/// A day is the theater's day: half past eleven in the evening there is tomorrow in Greenwich.
pub async fn films_are_filtered_by_the_theaters_day(fixture: &impl StoreFixture) {
    let catalog = &*fixture.catalog();
    let evening: Timestamp = "2027-03-06T04:30:00Z".parse().unwrap();
    let hall = samples::Hall::open(catalog, evening).await;
    let cancelled = samples::Hall::open(catalog, evening).await;
    cancelled.cancel(catalog).await;
    added(catalog, samples::movie("Never shown")).await;
    let on = |day| MovieFilter {
        showing_on: Some(jiff::civil::date(2027, 3, day)),
        ..MovieFilter::default()
    };
    assert_eq!(titles(catalog, &on(5)).await, [hall.movie.details.title.as_str()]);
    assert_eq!(
        titles(catalog, &on(6)).await,
        [""; 0],
        "it is still the fifth in Albany"
    );
    assert_eq!(titles(catalog, &on(4)).await, [""; 0]);
}
