use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use milo_adapters::demo::seed;
use milo_core::Milo;
use milo_core::booking::{Reserve, ReserveSource, Reserved};
use milo_core::conformance::samples;
use milo_core::domain::{
    Caller, MovieFilter, PageRequest, PaymentKind, PaymentMethod, PaymentToken, ScreenId, SeatKind, SeatSelection,
    Showtime, TheaterFilter, TheaterId,
};

use super::{empty, showtimes, somebody, time};

async fn seeded(now: Timestamp) -> Milo {
    let milo = empty(now);
    seed(&milo, somebody(), now).await.unwrap();
    milo
}

async fn zones(milo: &Milo) -> HashMap<TheaterId, jiff::tz::TimeZone> {
    let theaters = milo
        .catalog()
        .theaters(&TheaterFilter::default(), &PageRequest::first())
        .await
        .unwrap();
    let zone = |theater: &milo_core::domain::Theater| theater.details.time_zone.rules();
    theaters
        .items
        .iter()
        .map(|theater| (theater.id, zone(theater)))
        .collect()
}

fn by_screen(showtimes: &[Showtime]) -> HashMap<ScreenId, Vec<&Showtime>> {
    let mut screens: HashMap<ScreenId, Vec<&Showtime>> = HashMap::new();
    for showtime in showtimes {
        screens.entry(showtime.screen).or_default().push(showtime);
    }
    screens
}

#[tokio::test]
async fn the_numbers_it_tells_are_those_of_the_catalogue() {
    let now = time("2026-11-23T15:00:00Z");
    let milo = empty(now);
    let demo = seed(&milo, somebody(), now).await.unwrap();
    let movies = milo
        .catalog()
        .movies(&MovieFilter::default(), &PageRequest::first())
        .await
        .unwrap();
    let shows = showtimes(&milo).await;
    assert_eq!(demo.films, movies.items.len());
    assert_eq!(demo.theaters, zones(&milo).await.len());
    assert_eq!(demo.screens, by_screen(&shows).len());
    assert_eq!(demo.showtimes, shows.len());
    assert!(
        (8, 2, 5, 120) <= (demo.films, demo.theaters, demo.screens, demo.showtimes),
        "{demo:?}"
    );
}

#[tokio::test]
async fn screens_have_different_shapes_and_every_kind_of_seat_is_somewhere() {
    let milo = seeded(time("2026-11-23T15:00:00Z")).await;
    let (mut capacities, mut kinds) = (HashSet::new(), HashSet::new());
    for screen in by_screen(&showtimes(&milo).await).into_keys() {
        let layout = milo.catalog().layout(screen).await.unwrap();
        capacities.insert(layout.capacity());
        let of_kind = |kind| layout.seats().filter(|seat| seat.kind == kind).count();
        assert!(of_kind(SeatKind::Wheelchair) >= 2);
        assert_eq!(
            of_kind(SeatKind::Wheelchair),
            of_kind(SeatKind::Companion),
            "each bay has its companion"
        );
        kinds.extend(layout.seats().map(|seat| seat.kind));
    }
    assert_eq!(capacities.len(), 5);
    assert!(
        capacities.iter().any(|seats| (36..=44).contains(seats)),
        "{capacities:?}"
    );
    assert!(
        capacities.iter().any(|seats| (280..=310).contains(seats)),
        "{capacities:?}"
    );
    assert_eq!(kinds.len(), SeatKind::ALL.len());
}

#[tokio::test]
async fn every_seat_of_every_showtime_has_a_price() {
    let milo = seeded(time("2026-11-23T15:00:00Z")).await;
    let mut regular = HashSet::new();
    for showtime in showtimes(&milo).await {
        let layout = milo.catalog().layout(showtime.screen).await.unwrap();
        assert!(layout.seats().all(|seat| showtime.prices.of(seat.kind).is_some()));
        regular.extend(showtime.prices.of(SeatKind::Regular));
    }
    assert!(regular.len() >= 6, "prices vary by screen and hour: {regular:?}");
}

#[tokio::test]
async fn whatever_the_hour_something_starts_soon_but_not_at_once() {
    let midnight = time("2026-11-23T00:00:00Z");
    for half_hours in 0..48 {
        let now = midnight
            .checked_add(SignedDuration::from_mins(30 * half_hours))
            .unwrap();
        let shows = showtimes(&seeded(now).await).await;
        let wait = shows[0].starts_at.duration_since(now);
        let soon = SignedDuration::from_mins(20)..=SignedDuration::from_mins(90);
        assert!(soon.contains(&wait), "at {now} the first showtime starts in {wait:?}");
    }
}

#[tokio::test]
async fn showtimes_begin_at_civil_hours_of_their_own_zone_for_a_week() {
    // A Monday morning in New York, a Tuesday in Sydney.
    let milo = seeded(time("2026-11-23T15:00:00Z")).await;
    let zones = zones(&milo).await;
    for (screen, shows) in by_screen(&showtimes(&milo).await) {
        let local: Vec<_> = shows
            .iter()
            .map(|show| show.starts_at.to_zoned(zones[&show.theater].clone()))
            .collect();
        let days: HashSet<_> = local.iter().map(jiff::Zoned::date).collect();
        // Sydney's first day was over before the seeding.
        assert!((6..=7).contains(&days.len()), "screen {screen} plays on {days:?}");
        for start in &local {
            let time = start.time();
            let civil = jiff::civil::time(10, 0, 0, 0)..=jiff::civil::time(23, 15, 0, 0);
            assert!(civil.contains(&time) && time.minute() % 5 == 0, "{start}");
        }
        assert!(local.iter().any(|start| start.hour() < 13), "matinees");
        assert!(local.iter().any(|start| start.hour() >= 20), "late shows");
    }
}

#[tokio::test]
async fn nothing_overlaps_when_clocks_change() {
    // The weeks in which New York or Sydney go to summer or winter time, and two hours at which odd ones open.
    for start in [
        "2026-10-29T05:00:00Z",
        "2027-03-11T12:30:00Z",
        "2026-10-01T03:00:00Z",
        "2027-04-01T11:45:00Z",
    ] {
        let milo = seeded(time(start)).await;
        let zones = zones(&milo).await;
        for shows in by_screen(&showtimes(&milo).await).into_values() {
            for pair in shows.windows(2) {
                assert!(pair[0].ends_at <= pair[1].starts_at, "{pair:?}");
            }
            let opens = |show: &&&Showtime| show.starts_at.to_zoned(zones[&show.theater].clone()).time();
            let mut firsts: HashMap<_, Vec<_>> = HashMap::new();
            for show in shows
                .iter()
                .skip_while(|show| show.starts_at < time(start) + SignedDuration::from_hours(24))
            {
                let date = show.starts_at.to_zoned(zones[&show.theater].clone()).date();
                firsts.entry(date).or_default().push(show);
            }
            let earliest: HashSet<_> = firsts
                .values()
                .filter(|day| day.len() >= 5)
                .map(|day| opens(&day[0]))
                .collect();
            assert!(
                earliest.len() <= 1,
                "the first film begins at the same local time each day: {earliest:?}"
            );
        }
    }
}

#[tokio::test]
async fn the_sample_can_be_booked() {
    let now = time("2026-11-23T08:00:00Z");
    let milo = empty(now);
    let demo = seed(&milo, somebody(), now).await.unwrap();
    let ann = Caller {
        user: samples::id(),
        session: samples::id(),
        is_admin: false,
    };
    let seats = SeatSelection::parse(demo.sample.seats).unwrap();
    let hold = milo
        .booking()
        .hold(ann, demo.sample.showtime, &seats, None)
        .await
        .unwrap();
    assert!(hold.seats.iter().all(|seat| seat.kind == SeatKind::Premium));
    assert_eq!(hold.seats[0].row, hold.seats[1].row);
    assert_eq!(hold.seats[0].number.abs_diff(hold.seats[1].number), 1);
    let method = PaymentMethod {
        kind: PaymentKind::CreditCard,
        token: PaymentToken::parse("tok_ok").unwrap(),
    };
    let request = Reserve {
        source: ReserveSource::Hold(hold.id),
        method,
        key: None,
    };
    assert!(matches!(
        milo.booking().reserve(ann, request).await,
        Ok(Reserved::New(_))
    ));
}
