//! Many buyers at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use milo_core::conformance::{LONG, Task, at_once, samples};
use milo_core::domain::{HoldId, HoldRequest, SeatClaim, SeatId, ShowtimeId};
use milo_core::ports::{AcquireError, SeatLocks};

use super::engine::RedisEngine;

const BUYERS: usize = 200;

/// Two hundred buyers want overlapping rows of a hall of thirty: a seat is claimed if and only if its buyer has all.
async fn all_or_nothing_leaves_no_leaked_seat(engine: RedisEngine) {
    let locks = Arc::new(engine.seat_locks());
    let (showtime, hall): (ShowtimeId, Vec<SeatId>) = (samples::id(), samples::seats(30));
    locks.warm(showtime, &[]).await.unwrap();
    let requests: Vec<HoldRequest> = (0..BUYERS)
        .map(|buyer| {
            let (first, count) = (buyer * 7 % 26, 1 + buyer % 5);
            let seats = &hall[first..(first + count).min(hall.len())];
            samples::hold_request(showtime, samples::id(), seats, LONG)
        })
        .collect();
    let spawn = |task: Task| drop(tokio::spawn(task));
    let results = at_once(
        &spawn,
        requests.into_iter().map(|request| {
            let locks = Arc::clone(&locks);
            async move {
                let result = locks.acquire(&request).await;
                (request, result)
            }
        }),
    )
    .await;

    let mut owners: BTreeMap<SeatId, HoldId> = BTreeMap::new();
    let mut winners = Vec::new();
    for (request, result) in results {
        match result {
            Ok(hold) => {
                for seat in hold.seat_ids() {
                    assert_eq!(owners.insert(seat, hold.id), None, "{seat} was held twice");
                }
                winners.push(request);
            }
            Err(AcquireError::Unavailable(_)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    let snapshot = locks.snapshot(showtime).await.unwrap().unwrap();
    let claimed: BTreeMap<SeatId, HoldId> = snapshot
        .claims
        .into_iter()
        .map(|(seat, claim)| match claim {
            SeatClaim::Held { hold, .. } => (seat, hold),
            SeatClaim::Taken { .. } => panic!("{seat} was not sold"),
        })
        .collect();
    assert_eq!(claimed, owners, "losers claim nothing");

    for winner in winners {
        locks.release(winner.id, winner.user).await.unwrap();
    }
    let left = engine.keys().await;
    for kind in ["seats", "holds", "lapses", "users"] {
        let leaked = left.iter().find(|key| key.ends_with(&format!("}}:{kind}")));
        assert_eq!(leaked, None, "something of a released hold was left");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_buyers_leave_no_leaked_seat_on_a_single_server() {
    all_or_nothing_leaves_no_leaked_seat(RedisEngine::node().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_buyers_leave_no_leaked_seat_on_a_cluster() {
    all_or_nothing_leaves_no_leaked_seat(RedisEngine::cluster().await).await;
}
