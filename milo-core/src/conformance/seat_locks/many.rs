use std::collections::HashMap;

use crate::conformance::{LONG, Spawn, at_once, samples};
use crate::domain::{HoldId, HoldRequest, ReservationId, SeatClaim, SeatId, UserId};
use crate::ports::{AcquireError, HoldError};

use super::{SeatLocksFixture, Show, user};

/// Sixty-four buyers of overlapping rows: every seat has one holder at most, and every winner holds all its seats.
pub async fn overlapping_holds_at_once_never_share_or_split(fixture: &impl SeatLocksFixture, spawn: &dyn Spawn) {
    let show = Show::warm(fixture).await;
    let requests: Vec<HoldRequest> = (0..64)
        .map(|buyer| {
            let (first, count) = (buyer % 9, 1 + buyer % 4);
            // Half of them name their seats from the back; the request sorts them.
            let mut seats = show.seats[first..(first + count).min(12)].to_vec();
            if buyer % 2 == 1 {
                seats.reverse();
            }
            show.request(user(), &seats, LONG)
        })
        .collect();
    let results = at_once(
        spawn,
        requests.into_iter().map(|request| {
            let locks = show.locks.clone();
            async move {
                let result = locks.acquire(&request).await;
                (request, result)
            }
        }),
    )
    .await;

    let mut owners: HashMap<SeatId, HoldId> = HashMap::new();
    for (request, result) in &results {
        match result {
            Ok(hold) => {
                assert_eq!(hold.seats, request.seats);
                for seat in hold.seat_ids() {
                    assert_eq!(owners.insert(seat, hold.id), None, "{seat} was held twice");
                }
            }
            Err(AcquireError::Unavailable(seats)) => {
                assert!(!seats.is_empty() && seats.iter().all(|seat| request.seats.iter().any(|own| own.id == *seat)));
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(!owners.is_empty());
    let claims = show.snapshot().await.claims;
    assert_eq!(claims.len(), owners.len(), "losers hold nothing");
    for (seat, claim) in claims {
        assert!(matches!(claim, SeatClaim::Held { hold, .. } if owners[&seat] == hold));
    }
}

/// Of many buyers of one seat, exactly one holds it.
pub async fn one_of_many_buyers_holds_a_seat(fixture: &impl SeatLocksFixture, spawn: &dyn Spawn) {
    let show = Show::warm(fixture).await;
    let results = at_once(
        spawn,
        (0..64).map(|_| {
            let (locks, request) = (show.locks.clone(), show.request(user(), &show.seats[..2], LONG));
            async move { locks.acquire(&request).await }
        }),
    )
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(show.claimed().await, show.seats[..2]);
}

/// One request sent many times at once is one hold.
pub async fn the_same_hold_at_once_is_one_hold(fixture: &impl SeatLocksFixture, spawn: &dyn Spawn) {
    let show = Show::warm(fixture).await;
    let request = show.request(user(), &show.seats[..10], LONG);
    let results = at_once(
        spawn,
        (0..50).map(|_| {
            let (locks, request) = (show.locks.clone(), request.clone());
            async move { locks.acquire(&request).await.unwrap() }
        }),
    )
    .await;
    assert!(results.iter().all(|hold| *hold == results[0]));
    assert_eq!(show.claimed().await, show.seats[..10]);
}

/// However many tabs a user has, the limit holds exactly.
pub async fn the_limit_holds_against_many_at_once(fixture: &impl SeatLocksFixture, spawn: &dyn Spawn) {
    let show = Show::warm(fixture).await;
    let ann = user();
    let seats = samples::seats(30);
    let results = at_once(
        spawn,
        seats.iter().map(|seat| {
            let (locks, request) = (show.locks.clone(), show.request(ann, &[*seat], LONG));
            async move { locks.acquire(&request).await }
        }),
    )
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 10);
    let refused = |result: &&Result<_, AcquireError>| matches!(result, Err(AcquireError::TooManySeats));
    assert_eq!(results.iter().filter(refused).count(), 20);
    assert_eq!(show.claimed().await.len(), 10);
}

/// A hold is released by one caller, whoever else tries.
pub async fn one_of_many_releases_wins(fixture: &impl SeatLocksFixture, spawn: &dyn Spawn) {
    let show = Show::warm(fixture).await;
    let hold = show.hold(user(), &show.seats[..3]).await;
    let results = at_once(
        spawn,
        (0..32).map(|_| {
            let locks = show.locks.clone();
            async move { locks.release(hold.id, hold.user).await }
        }),
    )
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let lapsed = |result: &&Result<_, HoldError>| matches!(result, Err(HoldError::Lapsed));
    assert_eq!(results.iter().filter(lapsed).count(), 31);
    assert!(show.claimed().await.is_empty());
}

/// A hold is extended by one caller, whoever else tries.
pub async fn one_of_many_extensions_wins(fixture: &impl SeatLocksFixture, spawn: &dyn Spawn) {
    let show = Show::warm(fixture).await;
    let hold = show.hold(user(), &show.seats[..3]).await;
    let results = at_once(
        spawn,
        (0..32).map(|_| {
            let locks = show.locks.clone();
            async move { locks.extend(hold.id, hold.user, 2 * LONG, 3 * LONG).await }
        }),
    )
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let at_limit = |result: &&Result<_, HoldError>| matches!(result, Err(HoldError::AtLimit));
    assert_eq!(results.iter().filter(at_limit).count(), 31);
}

/// Sales, their ends and new holds, all at once and repeated: freed seats are never lost.
pub async fn messages_at_once_in_any_order_lose_no_seat(fixture: &impl SeatLocksFixture, spawn: &dyn Spawn) {
    let show = Show::warm(fixture).await;
    let sales: Vec<(ReservationId, UserId, HoldId)> = (0..12).map(|_| (samples::id(), user(), samples::id())).collect();
    at_once(
        spawn,
        (0..72).map(|turn: usize| {
            let (locks, showtime) = (show.locks.clone(), show.id);
            let ((reservation, user, hold), seat) = (sales[turn % 12], show.seats[turn % 12]);
            async move {
                match turn % 5 {
                    0 | 3 => locks.take(showtime, reservation, user, hold, &[seat]).await,
                    1 => locks.settle(showtime, reservation).await,
                    _ => locks.free(showtime, reservation, &[seat]).await,
                }
                .unwrap();
            }
        }),
    )
    .await;
    for ((reservation, _, _), seat) in sales.iter().zip(&show.seats) {
        show.locks.free(show.id, *reservation, &[*seat]).await.unwrap();
    }
    assert_eq!(show.claimed().await, []);
    show.hold(user(), &show.seats[..10]).await;
}

/// Cold or warm, sold or not: warming while seats are bought never frees a sold seat.
pub async fn warming_at_once_with_sales_keeps_every_sale(fixture: &impl SeatLocksFixture, spawn: &dyn Spawn) {
    let show = Show::cold(fixture);
    let sold = samples::taken(&show.seats[..6], samples::id(), user(), false);
    at_once(
        spawn,
        (0..30).map(|turn: usize| {
            let (locks, showtime, sold) = (show.locks.clone(), show.id, sold.clone());
            let request = show.request(user(), &show.seats[turn % 12..=turn % 12], LONG);
            let seat = show.seats[6 + turn % 6];
            async move {
                match turn % 3 {
                    0 => locks.warm(showtime, &sold).await.unwrap(),
                    1 => locks
                        .take(showtime, samples::id(), samples::id(), samples::id(), &[seat])
                        .await
                        .unwrap(),
                    _ => drop(locks.acquire(&request).await),
                }
            }
        }),
    )
    .await;
    let claims: HashMap<SeatId, SeatClaim> = show.snapshot().await.claims.into_iter().collect();
    for seat in &show.seats[..6] {
        assert!(
            matches!(claims.get(seat), Some(SeatClaim::Taken { .. })),
            "{seat} was sold"
        );
    }
    for turn in (0..30).filter(|turn| turn % 3 == 1) {
        let seat = show.seats[6 + turn % 6];
        assert!(
            matches!(claims.get(&seat), Some(SeatClaim::Taken { .. })),
            "{seat} was sold"
        );
    }
}
