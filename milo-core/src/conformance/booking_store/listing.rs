use std::collections::HashSet;

use crate::conformance::store_fixture::Scene;
use crate::conformance::{BRIEF, LONG, StoreFixture, TICK, later, samples};
use crate::domain::{Actor, Booking, CancelReason, PageRequest, Placement, ReservationId};
use crate::ports::Backlog;

fn ids(bookings: &[Booking]) -> Vec<ReservationId> {
    bookings.iter().map(|booking| booking.reservation.id).collect()
}

/// A user's own bookings only, newest first, page by page, none lost and none twice.
pub async fn bookings_are_listed_newest_first(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let mut mine = Vec::new();
    for seat in 0..5 {
        let booking = samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, seat..seat + 1)).await;
        mine.push(booking.reservation.id);
        samples::placed(&*scene.bookings, &scene.hall.placement(scene.bob, 10 + seat..11 + seat)).await;
    }
    mine.reverse();
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let request = PageRequest::parse(2, after).unwrap();
        let page = scene.bookings.bookings_of(scene.ann, &request).await.unwrap();
        assert!(!page.items.is_empty() && page.items.len() <= 2);
        seen.extend(ids(&page.items));
        let Some(next) = page.next else { break };
        assert_eq!(
            (next.key.as_str(), next.id),
            ("", seen[seen.len() - 1].0),
            "the sort key is empty"
        );
        after = Some(next);
    }
    assert_eq!(seen, mine);
    let whole = scene
        .bookings
        .bookings_of(scene.ann, &PageRequest::parse(5, None).unwrap())
        .await
        .unwrap();
    assert_eq!(
        (ids(&whole.items), whole.next),
        (mine, None),
        "no page follows an exactly full one"
    );
    let nobody = scene
        .bookings
        .bookings_of(samples::id(), &PageRequest::first())
        .await
        .unwrap();
    assert_eq!(nobody.items, []);
}

/// Pending bookings only, after their time only, the longest overdue first.
pub async fn expired_bookings_are_listed_longest_overdue_first(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let place = async |seats, pay_within| {
        let placement = Placement {
            pay_within,
            ..scene.hall.placement(scene.ann, seats)
        };
        samples::placed(&*scene.bookings, &placement).await
    };
    let second = place(0..1, BRIEF).await;
    let first = place(1..2, BRIEF / 2).await;
    let paying = place(2..3, BRIEF).await;
    samples::begun(&*scene.bookings, &paying).await;
    let withdrawn = place(3..4, BRIEF).await;
    samples::withdrawn(&*scene.bookings, &withdrawn).await;
    place(4..5, LONG).await;
    if fixture.is_manual() {
        assert_eq!(scene.bookings.expired(10).await.unwrap(), []);
    }
    fixture.advance(BRIEF).await;

    assert_eq!(
        scene.bookings.expired(10).await.unwrap(),
        [first.clone(), second.clone()]
    );
    assert_eq!(scene.bookings.expired(1).await.unwrap(), std::slice::from_ref(&first));
    scene.bookings.apply(&samples::to_expire(&first)).await.unwrap();
    assert_eq!(scene.bookings.expired(10).await.unwrap(), [second]);
}

/// Only what is left to do after a showtime was cancelled: no wish yet, and seats still owned.
pub async fn stranded_bookings_are_those_of_cancelled_showtimes(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let evening = scene.hall.again(&*scene.catalog, scene.hall.showtime.ends_at).await;
    let place = async |seats| samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, seats)).await;
    let pending = place(0..1).await;
    let paying = samples::begun(&*scene.bookings, &place(1..2).await).await;
    let confirmed = samples::confirmed(&*scene.bookings, &place(2..3).await).await;
    let wished = samples::begun(&*scene.bookings, &place(3..4).await).await;
    samples::withdrawn(&*scene.bookings, &wished).await;
    samples::withdrawn(&*scene.bookings, &place(4..5).await).await;
    samples::placed(&*scene.bookings, &scene.hall.placement_in(&evening, scene.ann, 0..1)).await;
    assert_eq!(scene.bookings.stranded(10).await.unwrap(), []);
    scene.hall.cancel(&*scene.catalog).await;

    let stranded = scene.bookings.stranded(10).await.unwrap();
    let expected: HashSet<_> = ids(&[pending.clone(), paying.clone(), confirmed.clone()])
        .into_iter()
        .collect();
    assert_eq!(stranded.len(), 3);
    assert_eq!(ids(&stranded).into_iter().collect::<HashSet<_>>(), expected);
    assert_eq!(scene.bookings.stranded(2).await.unwrap().len(), 2);
    for booking in stranded {
        let cancel = samples::decide(&booking, Actor::ShowtimeCancellation, None, |step| {
            step.cancel(CancelReason::ShowtimeCancelled)
        });
        scene.bookings.apply(&cancel).await.unwrap();
    }
    assert_eq!(scene.bookings.stranded(10).await.unwrap(), []);
}

/// To have watched a film takes a confirmed reservation of a showtime that has started.
pub async fn only_a_confirmed_and_started_showtime_was_watched(fixture: &impl StoreFixture) {
    let scene = Scene::starting(fixture, later(fixture.now().await, BRIEF)).await;
    let other = samples::Hall::open(&*scene.catalog, later(fixture.now().await, 100 * LONG)).await;
    let (watcher, absent) = (scene.ann, scene.bob);
    let later_watcher = samples::person(&*scene.accounts).await;
    let place = async |user, seats| samples::placed(&*scene.bookings, &scene.hall.placement(user, seats)).await;
    samples::confirmed(&*scene.bookings, &place(watcher, 0..1).await).await;
    samples::begun(&*scene.bookings, &place(absent, 1..2).await).await;
    let cancelled = samples::confirmed(&*scene.bookings, &place(absent, 2..3).await).await;
    samples::withdrawn(&*scene.bookings, &cancelled).await;
    let booking = samples::placed(&*scene.bookings, &other.placement(later_watcher, 0..1)).await;
    samples::confirmed(&*scene.bookings, &booking).await;
    let watched = async |user, hall: &samples::Hall| scene.bookings.has_watched(user, hall.movie.id).await.unwrap();

    if fixture.is_manual() {
        assert!(!watched(watcher, &scene.hall).await, "it has not started");
    }
    fixture.advance(BRIEF).await;
    assert!(watched(watcher, &scene.hall).await);
    assert!(!watched(absent, &scene.hall).await, "not confirmed");
    assert!(!watched(later_watcher, &scene.hall).await, "another film");
    assert!(!watched(later_watcher, &other).await, "not started");
    assert!(!watched(watcher, &other).await);
}

/// The backlog counts what is overdue and needs work, and how long the longest has waited.
pub async fn the_backlog_counts_overdue_payments(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    assert_eq!(scene.bookings.payment_backlog().await.unwrap(), Backlog::default());
    let place = async |seats| samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, seats)).await;
    let first = place(0..1).await;
    fixture.advance(BRIEF).await;
    let second = place(1..2).await;
    fixture.advance(TICK).await;
    let backlog = scene.bookings.payment_backlog().await.unwrap();
    assert_eq!(backlog.count, 2);
    assert!(backlog.oldest >= BRIEF + TICK);
    if fixture.is_manual() {
        assert_eq!(backlog.oldest, BRIEF + TICK);
    }

    samples::confirmed(&*scene.bookings, &first).await;
    let begun = samples::begun(&*scene.bookings, &second).await;
    let unknown = samples::answer(&begun, "auth", "unknown");
    let retry = samples::decide(&begun, Actor::PaymentWorker, None, |step| {
        step.retry(LONG, false, unknown)
    });
    scene.bookings.apply(&retry).await.unwrap();
    assert_eq!(
        scene.bookings.payment_backlog().await.unwrap(),
        Backlog::default(),
        "paid, or due later"
    );
}
