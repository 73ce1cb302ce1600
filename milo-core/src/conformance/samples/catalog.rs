use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::{
    Address, City, Currency, Description, Genre, Genres, Language, LayoutPlan, Money, Movie, MovieDetails, PlaceName,
    PostalCode, Prices, Rating, Region, ReviewSummary, RowLabel, RowPattern, RunningTime, Screen, ScreenDetails,
    ScreenId, ScreenKind, SeatId, SeatKind, SeatLayout, Showtime, ShowtimeStatus, Theater, TheaterDetails, TheaterId,
    Title, Version, WebAddress, ZoneName,
};
use crate::ports::Catalog;

use super::{id, number};

/// Between a sample film and the next showtime.
pub const CLEANING: SignedDuration = SignedDuration::from_mins(20);

/// A new film with this title, of 100 minutes.
pub fn movie(title: &str) -> Movie {
    Movie {
        id: id(),
        version: Version::FIRST,
        details: MovieDetails {
            title: Title::parse(title).unwrap(),
            description: Description::parse("Two people meet in a cinema.\nNobody speaks.").unwrap(),
            genres: genres(&["Drama", "Comedy"]),
            duration: RunningTime::parse(100).unwrap(),
            rating: Some(Rating::parse("PG-13").unwrap()),
            language: Language::parse("English").unwrap(),
            release_date: jiff::civil::date(2026, 1, 15),
            end_date: Some(jiff::civil::date(2028, 1, 15)),
            poster_url: Some(WebAddress::parse("https://example.org/poster.jpg").unwrap()),
            backdrop_url: None,
            trailer_url: None,
        },
        reviews: ReviewSummary::default(),
    }
}

/// Genres by name.
pub fn genres(names: &[&str]) -> Genres {
    Genres::parse(names.iter().map(|name| Genre::parse(name).unwrap()).collect()).unwrap()
}

/// A new active theater with this name, in Albany, New York.
pub fn theater(name: &str) -> Theater {
    Theater {
        id: id(),
        version: Version::FIRST,
        details: TheaterDetails {
            name: PlaceName::parse(name).unwrap(),
            address: Address::parse("1 State Street").unwrap(),
            city: City::parse("Albany").unwrap(),
            state: Region::parse("New York").unwrap(),
            postal_code: PostalCode::parse("12207").unwrap(),
            time_zone: ZoneName::parse("America/New_York").unwrap(),
            is_active: true,
        },
    }
}

/// A new active screen of a theater, without seats.
pub fn screen(theater: TheaterId, name: &str) -> Screen {
    Screen {
        id: id(),
        theater,
        version: Version::FIRST,
        details: ScreenDetails {
            name: PlaceName::parse(name).unwrap(),
            kind: ScreenKind::Imax,
            is_active: true,
        },
        capacity: 0,
    }
}

/// A plan of rows, each a label and a pattern.
pub fn plan(rows: &[(&str, &str)]) -> LayoutPlan {
    let row = |(label, pattern): &(&str, &str)| (RowLabel::parse(label).unwrap(), RowPattern::parse(pattern).unwrap());
    LayoutPlan::parse(rows.iter().map(row).collect()).unwrap()
}

/// A layout of `screen`; seats that `before` has too keep their ids.
pub fn layout(screen: ScreenId, rows: &[(&str, &str)], before: Option<&SeatLayout>) -> SeatLayout {
    plan(rows).lay_out(screen, before, id)
}

/// So many cents of a dollar.
pub fn dollars(cents: i64) -> Money {
    Money::parse(cents, Currency::USD).unwrap()
}

/// A price for every kind of seat; the ordinary one costs `cents`.
pub fn prices(cents: i64) -> Prices {
    let of = |kind| {
        (
            kind,
            dollars(if kind == SeatKind::Premium { cents + 500 } else { cents }),
        )
    };
    Prices::parse(BTreeMap::from(SeatKind::ALL.map(of))).unwrap()
}

/// A new showtime of `movie` on `screen`.
pub fn showtime(movie: &Movie, screen: &Screen, starts_at: Timestamp) -> Showtime {
    Showtime {
        id: id(),
        version: Version::FIRST,
        movie: movie.id,
        screen: screen.id,
        theater: screen.theater,
        starts_at,
        ends_at: Showtime::ends_at(starts_at, movie.details.duration, CLEANING).unwrap(),
        status: ShowtimeStatus::Scheduled,
        prices: prices(1000),
        price_version: Version::FIRST,
    }
}

/// The same showtime, moved by `by`, one version on.
#[must_use]
pub fn moved(showtime: &Showtime, by: Duration) -> Showtime {
    Showtime {
        version: showtime.version.next(),
        starts_at: showtime.starts_at.checked_add(by).unwrap(),
        ends_at: showtime.ends_at.checked_add(by).unwrap(),
        ..showtime.clone()
    }
}

/// The same showtime, cancelled, one version on.
#[must_use]
pub fn cancelled(showtime: &Showtime) -> Showtime {
    Showtime {
        version: showtime.version.next(),
        status: ShowtimeStatus::Cancelled,
        ..showtime.clone()
    }
}

/// The same showtime at other prices, one version on.
#[must_use]
pub fn repriced(showtime: &Showtime, cents: i64) -> Showtime {
    Showtime {
        version: showtime.version.next(),
        prices: prices(cents),
        price_version: showtime.price_version.next(),
        ..showtime.clone()
    }
}

/// A film and one showtime of it on a screen of 44 seats, as a catalogue keeps them.
#[derive(Clone, Debug)]
pub struct Hall {
    /// The film.
    pub movie: Movie,
    /// The theater.
    pub theater: Theater,
    /// The screen, after it was laid out.
    pub screen: Screen,
    /// Its seats.
    pub layout: SeatLayout,
    /// The showtime.
    pub showtime: Showtime,
}

impl Hall {
    /// The rows of every hall.
    pub const ROWS: [(&'static str, &'static str); 4] = [
        ("A", "RRRRRR_RRRRRR"),
        ("B", "RRRRRR_RRRRRR"),
        ("C", "PPPPPP_PPPPPP"),
        ("D", "WC__LLLLLL"),
    ];

    /// Adds a hall to the catalogue.
    pub async fn open(catalog: &dyn Catalog, starts_at: Timestamp) -> Self {
        let number = number();
        let movie = movie(&format!("Film {number}"));
        catalog.add_movie(&movie).await.unwrap();
        let theater = theater(&format!("Theater {number}"));
        catalog.add_theater(&theater).await.unwrap();
        let mut screen = screen(theater.id, "Screen 1");
        catalog.add_screen(&screen).await.unwrap();
        let layout = layout(screen.id, &Self::ROWS, None);
        catalog.change_layout(&layout, screen.version).await.unwrap();
        screen.version = screen.version.next();
        screen.capacity = layout.capacity();
        let showtime = showtime(&movie, &screen, starts_at);
        catalog.add_showtime(&showtime).await.unwrap();
        Self {
            movie,
            theater,
            screen,
            layout,
            showtime,
        }
    }

    /// Adds another showtime of the film on the screen.
    pub async fn again(&self, catalog: &dyn Catalog, starts_at: Timestamp) -> Showtime {
        let showtime = showtime(&self.movie, &self.screen, starts_at);
        catalog.add_showtime(&showtime).await.unwrap();
        showtime
    }

    /// Some seats, counted from 0, ascending by id.
    pub fn seats(&self, range: Range<usize>) -> Vec<SeatId> {
        let mut seats: Vec<SeatId> = self.layout.seats().map(|seat| seat.id).collect();
        seats.sort_unstable();
        seats[range].to_vec()
    }

    /// Cancels the showtime.
    pub async fn cancel(&self, catalog: &dyn Catalog) {
        catalog
            .change_showtime(&cancelled(&self.showtime), self.showtime.version)
            .await
            .unwrap();
    }
}
