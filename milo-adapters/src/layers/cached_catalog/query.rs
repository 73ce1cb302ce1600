//! What is cached under which name, and what a name depends on.

use std::fmt;

use milo_core::domain::{
    Fingerprint, MovieFilter, MovieId, PageRequest, ScreenId, ShowtimeFilter, ShowtimeId, TheaterFilter, TheaterId,
};

/// A part of the catalogue that changes as one. Its generation is part of the name of everything that shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    /// Removals take other records along, so they make everything new.
    Everything,
    /// One film, with its reviews' summary.
    Movie(MovieId),
    /// The lists of films.
    Movies,
    /// One theater.
    Theater(TheaterId),
    /// The lists of theaters, and their time zones.
    Theaters,
    /// One screen and its layout.
    Screen(ScreenId),
    /// The lists of screens.
    Screens,
    /// One showtime.
    Showtime(ShowtimeId),
    /// The lists of showtimes.
    Showtimes,
}

impl Scope {
    /// Where its generation is kept.
    pub(super) fn name(self) -> String {
        format!("catalog:v1:generation:{self}")
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("everything"),
            Self::Movie(id) => write!(f, "movie:{id}"),
            Self::Movies => f.write_str("movies"),
            Self::Theater(id) => write!(f, "theater:{id}"),
            Self::Theaters => f.write_str("theaters"),
            Self::Screen(id) => write!(f, "screen:{id}"),
            Self::Screens => f.write_str("screens"),
            Self::Showtime(id) => write!(f, "showtime:{id}"),
            Self::Showtimes => f.write_str("showtimes"),
        }
    }
}

/// A question to the catalogue whose answer is cached.
#[derive(Clone, Copy, Debug)]
pub(super) enum Query<'a> {
    Movie(MovieId),
    Movies(&'a MovieFilter),
    Theater(TheaterId),
    Theaters(&'a TheaterFilter),
    Screen(ScreenId),
    Screens(TheaterId),
    Layout(ScreenId),
    Showtime(ShowtimeId),
    Showtimes(&'a ShowtimeFilter),
}

impl Query<'_> {
    /// What the answer depends on.
    pub(super) fn scopes(self) -> Vec<Scope> {
        let mut scopes = vec![Scope::Everything];
        match self {
            Self::Movie(id) => scopes.push(Scope::Movie(id)),
            Self::Movies(filter) => {
                scopes.push(Scope::Movies);
                if filter.showing_on.is_some() {
                    scopes.extend([Scope::Showtimes, Scope::Theaters]);
                }
            }
            Self::Theater(id) => scopes.push(Scope::Theater(id)),
            Self::Theaters(_) => scopes.push(Scope::Theaters),
            Self::Screen(id) | Self::Layout(id) => scopes.push(Scope::Screen(id)),
            Self::Screens(_) => scopes.push(Scope::Screens),
            Self::Showtime(id) => scopes.push(Scope::Showtime(id)),
            Self::Showtimes(_) => scopes.push(Scope::Showtimes),
        }
        scopes
    }

    /// The name of the answer, still without generations; `limit` is that of a list's page. Two different questions
    /// never have one name: the kind comes first, ids are typed, and filters are told apart by SHA-256.
    pub(super) fn name(self, limit: usize) -> String {
        match self {
            Self::Movie(id) => format!("catalog:v1:movie:{id}"),
            Self::Movies(filter) => format!("catalog:v1:movies:{limit}:{}", told_apart(filter)),
            Self::Theater(id) => format!("catalog:v1:theater:{id}"),
            Self::Theaters(filter) => format!("catalog:v1:theaters:{limit}:{}", told_apart(filter)),
            Self::Screen(id) => format!("catalog:v1:screen:{id}"),
            Self::Screens(theater) => format!("catalog:v1:screens:{limit}:{theater}"),
            Self::Layout(screen) => format!("catalog:v1:layout:{screen}"),
            Self::Showtime(id) => format!("catalog:v1:showtime:{id}"),
            Self::Showtimes(filter) => format!("catalog:v1:showtimes:{limit}:{}", told_apart(filter)),
        }
    }
}

/// The derived `Debug` names every field and quotes every text, so two filters that differ print differently.
fn told_apart(filter: &impl fmt::Debug) -> String {
    let digest = Fingerprint::of([format!("{filter:?}").as_bytes()]).0;
    uuid::Uuid::from_slice(&digest[..16])
        .unwrap_or_default()
        .simple()
        .to_string()
}

/// Whether a page of a list is cached. Later pages and searches are asked for too rarely to be worth it, and anybody
/// can make up as many of them as they like.
pub(super) fn is_common(page: &PageRequest) -> bool {
    page.after.is_none()
}
