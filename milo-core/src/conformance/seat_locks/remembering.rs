use crate::conformance::stamp::assert_is;
use crate::conformance::{BRIEF, LONG, samples};
use crate::domain::{Hold, HoldRequest, SeatClaim};
use crate::ports::{AcquireError, HoldError, Swept};

use super::{SeatLocksFixture, Show, user};

async fn assert_repeat_claims_nothing(show: &Show, request: &HoldRequest, first: &Hold) {
    let before = show.snapshot().await;
    assert_eq!(&show.locks.acquire(request).await.unwrap(), first);
    assert_eq!(show.snapshot().await, before);
}

/// A repeat finds its hold, claims nothing, and is not a change.
pub async fn a_repeated_hold_is_the_same_hold(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let request = show.request(user(), &show.seats[..10], LONG);
    let first = show.locks.acquire(&request).await.unwrap();
    assert_repeat_claims_nothing(&show, &request, &first).await;
    assert_repeat_claims_nothing(&show, &request, &first).await;
}

/// Neither a promotion nor an extension changes what a repeat is told.
pub async fn a_repeat_after_an_extension_gives_the_hold_as_first_made(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let request = show.request(user(), &show.seats[..2], BRIEF);
    let first = show.locks.acquire(&request).await.unwrap();
    let promoted = show.locks.promote(first.id, first.user, LONG).await.unwrap();
    assert!(promoted.expires_at > first.expires_at);
    assert_repeat_claims_nothing(&show, &request, &first).await;
    let extended = show
        .locks
        .extend(first.id, first.user, 2 * LONG, 3 * LONG)
        .await
        .unwrap();
    assert!(extended.expires_at > promoted.expires_at);
    assert_repeat_claims_nothing(&show, &request, &first).await;
    assert_eq!(show.locks.find(first.id, first.user).await.unwrap(), extended);
}

/// A repeat that comes after the hold lapsed cannot win the seats back, even from nobody.
pub async fn a_late_repeat_of_a_lapsed_hold_claims_nothing(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let request = show.request(user(), &show.seats[..2], BRIEF);
    let first = show.locks.acquire(&request).await.unwrap();
    fixture.advance(BRIEF).await;
    assert_repeat_claims_nothing(&show, &request, &first).await;
    assert!(show.claimed().await.is_empty());
    let others = show.hold(user(), &show.seats[..1]).await;
    assert_repeat_claims_nothing(&show, &request, &first).await;
    assert_eq!(show.locks.find(others.id, others.user).await.unwrap(), others);
    assert_is!(show.locks.find(first.id, first.user).await, Err(HoldError::Lapsed));
}

/// A repeat that comes after a release claims nothing.
pub async fn a_late_repeat_of_a_released_hold_claims_nothing(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let request = show.request(user(), &show.seats[..2], LONG);
    let first = show.locks.acquire(&request).await.unwrap();
    show.locks.release(first.id, first.user).await.unwrap();
    assert_repeat_claims_nothing(&show, &request, &first).await;
    assert_is!(show.locks.find(first.id, first.user).await, Err(HoldError::Lapsed));
}

/// A repeat that comes after the hold became a reservation claims nothing, even when that was freed again.
pub async fn a_late_repeat_of_a_used_hold_claims_nothing(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let (ann, reservation) = (user(), samples::id());
    let request = show.request(ann, &show.seats[..2], LONG);
    let first = show.locks.acquire(&request).await.unwrap();
    show.locks
        .take(show.id, reservation, ann, first.id, &first.seat_ids())
        .await
        .unwrap();
    assert_repeat_claims_nothing(&show, &request, &first).await;
    show.locks.free(show.id, reservation, &first.seat_ids()).await.unwrap();
    assert_repeat_claims_nothing(&show, &request, &first).await;
    assert!(show.claimed().await.is_empty());
}

/// Sweeping takes the claims away, not the memory.
pub async fn a_swept_hold_is_still_remembered(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let request = show.request(user(), &show.seats[..2], BRIEF);
    let first = show.locks.acquire(&request).await.unwrap();
    fixture.advance(BRIEF).await;
    assert_eq!(show.locks.sweep(10).await.unwrap(), Swept { holds: 1, seats: 2 });
    assert_repeat_claims_nothing(&show, &request, &first).await;
    assert!(show.claimed().await.is_empty());
    assert_is!(show.locks.find(first.id, first.user).await, Err(HoldError::Lapsed));
    assert_is!(show.locks.release(first.id, first.user).await, Err(HoldError::Lapsed));
}

async fn assert_id_reused(show: &Show, request: &HoldRequest) {
    let before = show.snapshot().await;
    assert_is!(show.locks.acquire(request).await, Err(AcquireError::IdReused));
    assert_eq!(show.snapshot().await, before);
}

/// An id stands for its first request: other seats, another user or another showtime are refused.
pub async fn an_id_used_for_another_request_is_refused(fixture: &impl SeatLocksFixture) {
    let (show, other) = (Show::warm(fixture).await, Show::warm(fixture).await);
    let request = show.request(user(), &show.seats[..2], LONG);
    let first = show.locks.acquire(&request).await.unwrap();
    let id = request.id;

    for seats in [&show.seats[..1], &show.seats[..3], &show.seats[1..3], &show.seats[4..6]] {
        assert_id_reused(
            &show,
            &HoldRequest {
                id,
                ..show.request(request.user, seats, LONG)
            },
        )
        .await;
    }
    assert_id_reused(
        &show,
        &HoldRequest {
            id,
            ..show.request(user(), &show.seats[..2], LONG)
        },
    )
    .await;
    let elsewhere = HoldRequest {
        showtime: other.id,
        ..request.clone()
    };
    assert_id_reused(&other, &elsewhere).await;
    assert!(other.claimed().await.is_empty());
    assert_eq!(show.locks.find(id, request.user).await.unwrap(), first);
}

/// An id stays used after its hold has ended.
pub async fn the_id_of_an_ended_hold_is_refused_for_another_request(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let request = show.request(user(), &show.seats[..2], BRIEF);
    let id = show.locks.acquire(&request).await.unwrap().id;
    fixture.advance(BRIEF).await;
    assert_id_reused(
        &show,
        &HoldRequest {
            id,
            ..show.request(user(), &show.seats[..2], LONG)
        },
    )
    .await;
    assert_id_reused(
        &show,
        &HoldRequest {
            id,
            ..show.request(request.user, &show.seats[2..4], LONG)
        },
    )
    .await;
    assert!(show.claimed().await.is_empty());
}

/// The sweep is bounded, counts what it removes, and leaves live holds alone.
pub async fn a_sweep_removes_up_to_its_limit_of_lapsed_holds(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    for pair in show.seats[..6].chunks(2) {
        show.hold_for(user(), pair, BRIEF).await;
    }
    let live = show.hold(user(), &show.seats[6..9]).await;
    assert_eq!(
        show.locks.sweep(10).await.unwrap(),
        Swept::default(),
        "nothing has lapsed yet"
    );
    fixture.advance(BRIEF).await;

    assert_eq!(show.locks.sweep(2).await.unwrap(), Swept { holds: 2, seats: 4 });
    assert_eq!(show.locks.sweep(2).await.unwrap(), Swept { holds: 1, seats: 2 });
    assert_eq!(show.locks.sweep(2).await.unwrap(), Swept::default());
    let claim = SeatClaim::Held {
        hold: live.id,
        user: live.user,
    };
    let expected: Vec<_> = live.seat_ids().into_iter().map(|seat| (seat, claim)).collect();
    assert_eq!(show.snapshot().await.claims, expected);
}

/// Sweeping a lapsed hold never touches the seats that others have claimed since.
pub async fn a_sweep_never_frees_seats_of_others(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    show.hold_for(user(), &show.seats[..4], BRIEF).await;
    fixture.advance(BRIEF).await;
    let hold = show.hold(user(), &show.seats[..2]).await;
    show.take(samples::id(), user(), &show.seats[2..3]).await;
    show.locks.sweep(10).await.unwrap();
    assert_eq!(show.claimed().await, show.seats[..3]);
    assert_eq!(show.locks.find(hold.id, hold.user).await.unwrap(), hold);
    show.assert_room(hold.user, 8).await;
}
