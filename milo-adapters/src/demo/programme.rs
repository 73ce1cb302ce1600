//! Which hall shows what and when: pure, so that any moment and any zone can be tried.

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{RoundMode, SignedDuration, Timestamp, ToSpan, Unit, Zoned, ZonedRound};

use super::films::Film;
use super::houses::{HOUSES, Hall};

/// One film on one hall's screen.
#[derive(Debug)]
pub(super) struct Showing {
    /// Which of the houses.
    pub(super) house: usize,
    /// Which of its halls.
    pub(super) hall: usize,
    pub(super) film: &'static str,
    /// In the theater's own time.
    pub(super) starts_at: Zoned,
}

/// How many days are planned, today included.
const DAYS: i64 = 7;
/// Enough time to look around and book before the first film begins.
const LEAD: SignedDuration = SignedDuration::from_mins(20);
/// If nothing begins within this, the smallest hall opens at an odd hour.
const PATIENCE: SignedDuration = SignedDuration::from_mins(90);
/// The smallest hall: where nobody minds an odd hour.
const ODD_HOURS: (usize, usize) = (0, 2);

/// Every showing of the next days. On one screen none begins before the one before it is over and the hall is clean
/// again, `cleaning` later.
pub(super) fn programme(now: Timestamp, cleaning: SignedDuration) -> Vec<Showing> {
    let plan = |(house, hall), free_from| {
        Calendar {
            now,
            cleaning,
            house,
            hall,
        }
        .plan(free_from)
    };
    let halls = HOUSES
        .iter()
        .enumerate()
        .flat_map(|(house, plan)| (0..plan.screens.len()).map(move |hall| (house, hall)));
    let mut showings: Vec<Showing> = halls.flat_map(|place| plan(place, None)).collect();
    let patience_ends = after(now, PATIENCE);
    if !showings
        .iter()
        .any(|showing| showing.starts_at.timestamp() <= patience_ends)
    {
        showings.retain(|showing| (showing.house, showing.hall) != ODD_HOURS);
        showings.extend(plan(ODD_HOURS, Some(now)));
    }
    showings.sort_by_key(|showing| (showing.starts_at.timestamp(), showing.house, showing.hall));
    showings
}

struct Calendar {
    now: Timestamp,
    cleaning: SignedDuration,
    house: usize,
    hall: usize,
}

impl Calendar {
    /// A week of one hall. With an odd hour given, it opens then as well, for one film.
    fn plan(&self, odd_hour: Option<Timestamp>) -> Vec<Showing> {
        let house = &HOUSES[self.house];
        let (hall, zone) = (&house.screens[self.hall], house.zone().rules());
        let mut showings = Vec::new();
        let mut free_from = after(self.now, LEAD);
        if odd_hour.is_some() {
            let film = Film::by_title(hall.films[0]);
            free_from = self.show(film, whole_minutes(5, &free_from.to_zoned(zone.clone())), &mut showings);
        }
        let today = self.now.to_zoned(zone.clone()).date();
        for day in 0..DAYS {
            let date = today.saturating_add(day.days());
            let (opens, last_start) = (on(date, hall.opens, &zone), on(date, last_start(date.weekday()), &zone));
            for turn in 0.. {
                let free = free_from.to_zoned(zone.clone());
                let starts_at = if free <= opens {
                    opens.clone()
                } else {
                    whole_minutes(if turn == 0 { 5 } else { 15 }, &free)
                };
                if starts_at > last_start {
                    break;
                }
                let film = Film::by_title(film_of(hall, day, turn));
                free_from = self.show(film, starts_at, &mut showings);
            }
        }
        showings
    }

    /// Adds a showing; answers when its hall is free again.
    fn show(&self, film: &Film, starts_at: Zoned, showings: &mut Vec<Showing>) -> Timestamp {
        let over = after(
            starts_at.timestamp(),
            SignedDuration::from_mins(i64::from(film.minutes)),
        );
        showings.push(Showing {
            house: self.house,
            hall: self.hall,
            film: film.title,
            starts_at,
        });
        after(over, self.cleaning)
    }
}

/// Each day begins one film further on, so that every film gets its evenings.
fn film_of(hall: &Hall, day: i64, turn: usize) -> &'static str {
    let day = usize::try_from(day).unwrap_or(0);
    hall.films[(day + turn) % hall.films.len()]
}

fn last_start(weekday: Weekday) -> Time {
    match weekday {
        Weekday::Friday | Weekday::Saturday => Time::constant(23, 15, 0, 0),
        _ => Time::constant(22, 15, 0, 0),
    }
}

/// That time of that day; where a change of the clocks leaves it out or repeats it, the zone's rules decide.
fn on(date: jiff::civil::Date, time: Time, zone: &TimeZone) -> Zoned {
    date.to_datetime(time)
        .to_zoned(zone.clone())
        .unwrap_or_else(|_| Timestamp::MAX.to_zoned(zone.clone()))
}

/// The next time whose minutes are a multiple of `step`.
fn whole_minutes(step: i64, time: &Zoned) -> Zoned {
    let up = ZonedRound::new()
        .smallest(Unit::Minute)
        .increment(step)
        .mode(RoundMode::Ceil);
    time.round(up).unwrap_or_else(|_| time.clone())
}

fn after(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}
