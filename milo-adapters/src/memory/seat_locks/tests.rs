use std::time::Duration;

use milo_core::conformance::samples::{hold_request, id, seats};
use milo_core::domain::SeatClaim;

use super::*;
use crate::memory::ManualClock;

const BRIEF: Duration = Duration::from_secs(60);

struct Scene {
    clock: ManualClock,
    locks: MemorySeatLocks,
    showtime: ShowtimeId,
    seats: Vec<SeatId>,
    ann: UserId,
}

impl Scene {
    async fn warm() -> Self {
        let clock = ManualClock::default();
        let scene = Self {
            locks: MemorySeatLocks::new(Arc::new(clock.clone())),
            clock,
            showtime: id(),
            seats: seats(4),
            ann: id(),
        };
        scene.locks.warm(scene.showtime, &[]).await.unwrap();
        scene
    }

    fn request(&self, seats: &[SeatId]) -> HoldRequest {
        hold_request(self.showtime, self.ann, seats, BRIEF)
    }

    async fn take(&self, reservation: ReservationId) {
        let take = self
            .locks
            .take(self.showtime, reservation, self.ann, id(), &self.seats[..1]);
        take.await.unwrap();
    }

    async fn free(&self, reservation: ReservationId) {
        self.locks
            .free(self.showtime, reservation, &self.seats[..1])
            .await
            .unwrap();
    }

    async fn snapshot(&self) -> SeatSnapshot {
        self.locks.snapshot(self.showtime).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a_wipe_loses_every_hold_and_leaves_every_showtime_cold() {
    let scene = Scene::warm().await;
    let request = scene.request(&scene.seats);
    scene.locks.acquire(&request).await.unwrap();
    scene.locks.wipe();
    assert_eq!(scene.locks.snapshot(scene.showtime).await.unwrap(), None);
    assert!(matches!(
        scene.locks.find(request.id, scene.ann).await,
        Err(HoldError::Unknown)
    ));
    assert!(matches!(scene.locks.acquire(&request).await, Err(AcquireError::Cold)));
}

#[tokio::test]
async fn a_wipe_never_gives_a_version_out_twice() {
    let scene = Scene::warm().await;
    scene.locks.acquire(&scene.request(&scene.seats[..1])).await.unwrap();
    let before = scene.snapshot().await.version;
    scene.locks.wipe();
    scene.locks.warm(scene.showtime, &[]).await.unwrap();
    scene.locks.acquire(&scene.request(&scene.seats[1..2])).await.unwrap();
    assert!(scene.snapshot().await.version > before);
}

#[tokio::test]
async fn the_version_rises_when_a_hold_lapses() {
    let scene = Scene::warm().await;
    scene.locks.acquire(&scene.request(&scene.seats)).await.unwrap();
    let held = scene.snapshot().await;
    scene.clock.advance(BRIEF);
    let lapsed = scene.snapshot().await;
    assert_eq!((held.claims.len(), lapsed.claims.len()), (4, 0));
    assert!(lapsed.version > held.version);
    assert_eq!(scene.locks.sweep(10).await.unwrap(), Swept { holds: 1, seats: 4 });
}

#[tokio::test]
async fn a_seat_that_was_sold_again_stays_sold_whichever_message_comes_last() {
    let (first, second): (ReservationId, ReservationId) = (id(), id());
    for late_repeat in [false, true] {
        let scene = Scene::warm().await;
        scene.take(first).await;
        scene.take(second).await;
        if late_repeat {
            scene.take(first).await;
        }
        scene.free(first).await;
        let owned = SeatClaim::Taken { reservation: second };
        assert_eq!(scene.snapshot().await.claims, [(scene.seats[0], owned)]);
        scene.free(second).await;
        assert_eq!(scene.snapshot().await.claims, []);
    }
}

#[tokio::test]
async fn what_ended_is_forgotten_in_time() {
    let scene = Scene::warm().await;
    for _ in 0..20 {
        let request = scene.request(&scene.seats[..1]);
        scene.locks.acquire(&request).await.unwrap();
        let reservation = id();
        let taken = scene
            .locks
            .take(scene.showtime, reservation, scene.ann, request.id, &scene.seats[..1]);
        taken.await.unwrap();
        scene.locks.settle(scene.showtime, reservation).await.unwrap();
        scene.free(reservation).await;
        // Settled before it was taken, and never taken: a message that lost its race with a wipe.
        scene.locks.settle(scene.showtime, id()).await.unwrap();
    }
    scene.clock.advance(RESERVATION_KEPT);
    scene.locks.sweep(100).await.unwrap();
    let state = lock(&scene.locks.state);
    assert!(state.holds.is_empty());
    assert!(state.reservation_ends.is_empty());
    assert!(state.showtimes[&scene.showtime].remembers_nothing());
}
