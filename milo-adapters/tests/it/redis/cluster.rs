//! Several processes on one cluster, where a hold's id does not say where its showtime lies.

use milo_core::conformance::{LONG, samples};
use milo_core::domain::{HoldId, HoldRequest, ShowtimeId, UserId};
use milo_core::ports::{AcquireError, HoldError, SeatLocks, Swept};

use super::engine::RedisEngine;

struct Show {
    id: ShowtimeId,
    seats: Vec<milo_core::domain::SeatId>,
}

impl Show {
    async fn warm(locks: &dyn SeatLocks) -> Self {
        let show = Self {
            id: samples::id(),
            seats: samples::seats(4),
        };
        locks.warm(show.id, &[]).await.unwrap();
        show
    }

    fn request(&self, id: HoldId, user: UserId) -> HoldRequest {
        let request = samples::hold_request(self.id, user, &self.seats[..2], LONG);
        HoldRequest { id, ..request }
    }
}

#[tokio::test]
async fn another_process_finds_and_uses_a_hold() {
    let engine = RedisEngine::cluster().await;
    let show = Show::warm(&engine.seat_locks()).await;
    let ann: UserId = samples::id();
    let request = show.request(samples::id(), ann);
    let hold = engine.seat_locks().acquire(&request).await.unwrap();
    assert_eq!(engine.seat_locks().find(hold.id, ann).await.unwrap(), hold);
    let promoted = engine.seat_locks().promote(hold.id, ann, LONG * 2).await.unwrap();
    assert!(promoted.expires_at > hold.expires_at);
    engine
        .seat_locks()
        .extend(hold.id, ann, LONG * 3, LONG * 4)
        .await
        .unwrap();
    engine.seat_locks().release(hold.id, ann).await.unwrap();
    let gone = engine.seat_locks().find(hold.id, ann).await;
    assert!(matches!(gone, Err(HoldError::Lapsed)), "{gone:?}");
}

/// Whoever acquires claims the id first; that must not use it up.
#[tokio::test]
async fn an_id_that_was_refused_in_one_showtime_may_be_used_in_another() {
    let engine = RedisEngine::cluster().await;
    let locks = engine.seat_locks();
    let (sold_out, other) = (Show::warm(&locks).await, Show::warm(&locks).await);
    locks
        .acquire(&sold_out.request(samples::id(), samples::id()))
        .await
        .unwrap();
    let (id, ann): (HoldId, UserId) = (samples::id(), samples::id());
    let refused = locks.acquire(&sold_out.request(id, ann)).await;
    assert!(matches!(refused, Err(AcquireError::Unavailable(_))), "{refused:?}");

    let hold = locks.acquire(&other.request(id, ann)).await.unwrap();
    assert_eq!(engine.seat_locks().find(id, ann).await.unwrap(), hold);
}

/// What a process remembers of a hold may be old.
#[tokio::test]
async fn a_hold_that_was_forgotten_and_made_anew_elsewhere_is_found() {
    let engine = RedisEngine::cluster().await;
    let locks = engine.seat_locks();
    let (before, after) = (Show::warm(&locks).await, Show::warm(&locks).await);
    let (id, ann): (HoldId, UserId) = (samples::id(), samples::id());
    locks.acquire(&before.request(id, ann)).await.unwrap();
    engine.wipe().await;
    locks.warm(after.id, &[]).await.unwrap();
    let hold = engine.seat_locks().acquire(&after.request(id, ann)).await.unwrap();
    assert_eq!(locks.find(id, ann).await.unwrap(), hold);
}

#[tokio::test]
async fn a_sweep_forgets_showtimes_of_which_nothing_is_left() {
    for engine in [RedisEngine::cluster().await, RedisEngine::node().await] {
        let locks = engine.seat_locks();
        let (gone, left) = (Show::warm(&locks).await, Show::warm(&locks).await);
        let mut lose = redis::cmd("DEL");
        lose.arg(format!("{}{{{}}}", engine.settings.key_prefix, gone.id));
        let _: () = engine.ask(&lose).await;
        assert_eq!(locks.sweep(10).await.unwrap(), Swept::default());
        let mut all = redis::cmd("ZRANGE");
        all.arg(format!("{}showtimes", engine.settings.key_prefix))
            .arg(0)
            .arg(-1);
        let known: Vec<String> = engine.ask(&all).await;
        assert_eq!(known, [format!("{}{{{}}}", engine.settings.key_prefix, left.id)]);
    }
}
