use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp, Zoned};
use milo_core::Milo;
use milo_core::catalog::{CatalogWriteError, ScheduleShowtime};
use milo_core::domain::{Admin, ScreenId, SeatId, SeatKind, SeatLayout, ShowtimeId};

use super::films::FILMS;
use super::houses::HOUSES;
use super::prices::prices;
use super::programme::{Showing, programme};

/// What was made.
#[derive(Clone, Debug)]
pub struct Demo {
    /// The number of films.
    pub films: usize,
    /// The number of theaters.
    pub theaters: usize,
    /// The number of screens.
    pub screens: usize,
    /// The number of showtimes.
    pub showtimes: usize,
    /// Something to book.
    pub sample: SampleBooking,
}

/// Two good seats of a showtime that is a few days off, so that it can be booked for as long as anybody runs a demo.
#[derive(Clone, Debug)]
pub struct SampleBooking {
    /// The showtime.
    pub showtime: ShowtimeId,
    /// The film.
    pub film: &'static str,
    /// When it starts, in the theater's own time.
    pub starts_at: Zoned,
    /// The seats, beside each other.
    pub seats: [SeatId; 2],
}

/// How far off the sample is.
const SAMPLE_AHEAD: SignedDuration = SignedDuration::from_hours(72);
/// The sample's hall: the first, whose best seats are the premium ones.
const SAMPLE_HALL: (usize, usize) = (0, 0);

/// Fills an empty catalogue with films, theaters and a week of showtimes. The first ones start soon after `now`,
/// whatever the hour.
///
/// # Errors
/// See [`CatalogWriteError`]; what was made before the error stays. On a catalogue that has been seeded, a second set
/// is made beside the first.
pub async fn seed(milo: &Milo, admin: Admin, now: Timestamp) -> Result<Demo, CatalogWriteError> {
    let catalog = milo.catalog();
    let today = now.to_zoned(HOUSES[0].zone().rules()).date();
    let mut films = HashMap::new();
    for film in &FILMS {
        let movie = catalog.add_movie(admin, film.details(today), None).await?;
        films.insert(film.title, movie.id);
    }

    let mut halls: HashMap<(usize, usize), ScreenId> = HashMap::new();
    let mut sample_seats = None;
    for (house_index, house) in HOUSES.iter().enumerate() {
        let theater = catalog.add_theater(admin, house.details(), None).await?;
        for (hall_index, hall) in house.screens.iter().enumerate() {
            let screen = catalog.add_screen(admin, theater.id, hall.details(), None).await?;
            let layout = catalog.change_layout(admin, screen.id, &hall.plan(), None).await?;
            halls.insert((house_index, hall_index), screen.id);
            if (house_index, hall_index) == SAMPLE_HALL {
                sample_seats = Some(two_good_seats(&layout));
            }
        }
    }

    let cleaning = SignedDuration::try_from(milo.policy().cleaning_gap).unwrap_or(SignedDuration::MAX);
    let showings = programme(now, cleaning);
    let showtimes = showings.len();
    let mut sample = None;
    for Showing {
        house,
        hall,
        film,
        starts_at,
    } in showings
    {
        let (place, kind) = ((house, hall), HOUSES[house].screens[hall].kind);
        let request = ScheduleShowtime {
            movie: films[film],
            screen: halls[&place],
            starts_at: starts_at.timestamp(),
            prices: prices(HOUSES[house].currency(), kind, &starts_at),
        };
        let view = catalog.add_showtime(admin, request, None).await?;
        let is_far = starts_at.timestamp().duration_since(now) >= SAMPLE_AHEAD;
        if place == SAMPLE_HALL && is_far && sample.is_none() {
            sample = Some((view.showtime.id, film, starts_at));
        }
    }

    let (showtime, film, starts_at) = sample.expect("the first hall plays every day");
    Ok(Demo {
        films: FILMS.len(),
        theaters: HOUSES.len(),
        screens: halls.len(),
        showtimes,
        sample: SampleBooking {
            showtime,
            film,
            starts_at,
            seats: sample_seats.expect("the first hall was made"),
        },
    })
}

/// The two premium seats in the middle of their row.
fn two_good_seats(layout: &SeatLayout) -> [SeatId; 2] {
    let rows = layout.rows.iter().map(|row| {
        let premium = row.seats.iter().filter(|seat| seat.kind == SeatKind::Premium);
        premium.map(|seat| seat.id).collect::<Vec<_>>()
    });
    let row = rows.max_by_key(Vec::len).unwrap_or_default();
    let middle = row.len() / 2;
    [row[middle - 1], row[middle]]
}
