//! Redis forgets.

use std::sync::Arc;

use milo_core::conformance::{LONG, samples};
use milo_core::domain::{HoldRequest, ReservationId, SeatClaim, ShowtimeId};
use milo_core::ports::{AcquireError, HoldError, SeatLocks};

use super::engine::RedisEngine;

async fn a_wiped_redis_is_cold_and_nothing_is_held_twice_after_it_was_warmed(engine: RedisEngine) {
    let locks: Arc<dyn SeatLocks> = Arc::new(engine.seat_locks());
    let (showtime, reservation): (ShowtimeId, ReservationId) = (samples::id(), samples::id());
    let seats = samples::seats(6);
    let sold = samples::taken(&seats[..2], reservation, samples::id(), true);
    locks.warm(showtime, &sold).await.unwrap();
    let lost = samples::hold_request(showtime, samples::id(), &seats[2..4], LONG);
    locks.acquire(&lost).await.unwrap();
    let before = locks.snapshot(showtime).await.unwrap().unwrap();

    engine.wipe().await;

    assert!(locks.snapshot(showtime).await.unwrap().is_none());
    assert!(matches!(locks.find(lost.id, lost.user).await, Err(HoldError::Unknown)));
    let request = |range| samples::hold_request(showtime, samples::id(), &seats[range], LONG);
    let refused = locks.acquire(&request(2..4)).await;
    assert!(matches!(refused, Err(AcquireError::Cold)), "{refused:?}");

    locks.warm(showtime, &sold).await.unwrap();
    let refused = locks.acquire(&request(0..3)).await;
    assert!(matches!(refused, Err(AcquireError::Unavailable(taken)) if taken == seats[..2]));
    // The loser of the lost hold and somebody else go for its seats: one of them gets them.
    let (again, other) = tokio::join!(async { locks.acquire(&lost).await }, async {
        locks.acquire(&request(2..4)).await
    });
    assert!(again.is_ok() != other.is_ok(), "{again:?} {other:?}");
    let after = locks.snapshot(showtime).await.unwrap().unwrap();
    assert!(after.version > before.version, "a version never comes back");
    let taken = SeatClaim::Taken { reservation };
    assert_eq!(after.claims.iter().filter(|(_, claim)| *claim == taken).count(), 2);
}

#[tokio::test]
async fn a_wiped_server_is_cold_and_nothing_is_held_twice() {
    a_wiped_redis_is_cold_and_nothing_is_held_twice_after_it_was_warmed(RedisEngine::node().await).await;
}

#[tokio::test]
async fn a_wiped_cluster_is_cold_and_nothing_is_held_twice() {
    a_wiped_redis_is_cold_and_nothing_is_held_twice_after_it_was_warmed(RedisEngine::cluster().await).await;
}

/// A hold whose showtime was lost in part is no hold any more, although it is remembered.
#[tokio::test]
async fn a_hold_whose_claims_were_lost_cannot_be_used() {
    let engine = RedisEngine::node().await;
    let locks = engine.seat_locks();
    let showtime: ShowtimeId = samples::id();
    locks.warm(showtime, &[]).await.unwrap();
    let request = samples::hold_request(showtime, samples::id(), &samples::seats(2), LONG);
    locks.acquire(&request).await.unwrap();
    let mut lose = redis::cmd("DEL");
    lose.arg(format!("{}{{{showtime}}}:seats", engine.settings.key_prefix));
    let _: () = engine.ask(&lose).await;
    let promoted = locks.promote(request.id, request.user, LONG).await;
    assert!(matches!(promoted, Err(HoldError::Lapsed)), "{promoted:?}");
}

async fn every_act(locks: &dyn SeatLocks) {
    let showtime: ShowtimeId = samples::id();
    let seats = samples::seats(4);
    let reservation: ReservationId = samples::id();
    let hold = |seats| -> HoldRequest { samples::hold_request(showtime, samples::id(), seats, LONG) };
    let (kept, dropped) = (hold(&seats[..2]), hold(&seats[2..]));
    locks.warm(showtime, &[]).await.unwrap();
    locks.acquire(&kept).await.unwrap();
    locks.acquire(&dropped).await.unwrap();
    locks.find(kept.id, kept.user).await.unwrap();
    locks.promote(kept.id, kept.user, LONG).await.unwrap();
    locks.extend(kept.id, kept.user, LONG * 2, LONG * 3).await.unwrap();
    locks.release(dropped.id, dropped.user).await.unwrap();
    locks
        .take(showtime, reservation, kept.user, kept.id, &seats[..2])
        .await
        .unwrap();
    locks.settle(showtime, reservation).await.unwrap();
    assert_eq!(locks.snapshot(showtime).await.unwrap().unwrap().claims.len(), 2);
    assert_eq!(locks.tally(&[showtime]).await.unwrap()[0].unwrap().taken, 2);
    locks.free(showtime, reservation, &seats[..2]).await.unwrap();
    locks.sweep(10).await.unwrap();
}

async fn acts_survive_the_loss_of_the_scripts(engine: RedisEngine) {
    let locks = engine.seat_locks();
    every_act(&locks).await;
    let mut flush = redis::cmd("SCRIPT");
    flush.arg("FLUSH");
    engine.ask_all::<()>(&flush).await;
    every_act(&locks).await;
}

#[tokio::test]
async fn scripts_survive_a_flush_on_a_single_server() {
    let server = milo_testkit::private::redis().await;
    acts_survive_the_loss_of_the_scripts(RedisEngine::at(vec![server.url()]).await).await;
}

#[tokio::test]
async fn scripts_survive_a_flush_on_a_cluster() {
    acts_survive_the_loss_of_the_scripts(RedisEngine::cluster().await).await;
}
