use std::time::Duration;

use crate::conformance::stamp::assert_is;
use crate::conformance::{BRIEF, LONG, earlier, later, samples};
use crate::domain::{SeatClaim, SeatId, SeatSnapshot, ShowtimeId};
use crate::ports::{AcquireError, HoldError};

use super::{MILLISECOND, SeatLocksFixture, Show, user};

/// Until somebody says what is sold, nothing is held and nothing is known.
pub async fn a_cold_showtime_refuses_until_it_is_warmed(fixture: &impl SeatLocksFixture) {
    let show = Show::cold(fixture);
    let request = show.request(user(), &show.seats[..2], LONG);
    assert_is!(show.locks.acquire(&request).await, Err(AcquireError::Cold));
    assert_eq!(show.locks.snapshot(show.id).await.unwrap(), None);
    assert_is!(show.locks.find(request.id, request.user).await, Err(HoldError::Unknown));

    show.locks.warm(show.id, &[]).await.unwrap();
    assert!(show.claimed().await.is_empty(), "the refused hold claimed nothing");
    show.locks.acquire(&request).await.unwrap();
}

/// Warmth belongs to one showtime.
pub async fn warming_one_showtime_leaves_others_cold(fixture: &impl SeatLocksFixture) {
    let (warm, cold) = (Show::warm(fixture).await, Show::cold(fixture));
    let refused = cold.locks.acquire(&cold.request(user(), &cold.seats[..1], LONG)).await;
    assert_is!(refused, Err(AcquireError::Cold));
    warm.hold(user(), &warm.seats[..1]).await;
}

/// What was asked is what is held, for as long as was asked.
pub async fn a_hold_claims_every_seat_that_was_asked(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let request = show.request(user(), &show.seats[2..5], LONG);
    let before = fixture.now().await;
    let hold = show.locks.acquire(&request).await.unwrap();
    let after = fixture.now().await;

    assert_eq!(
        (
            hold.id,
            hold.user,
            hold.showtime,
            &hold.seats,
            hold.total,
            hold.price_version
        ),
        (
            request.id,
            request.user,
            show.id,
            &request.seats,
            request.total,
            request.price_version
        )
    );
    let lifetimes = earlier(later(before, LONG), MILLISECOND)..=later(after, LONG + MILLISECOND);
    assert!(lifetimes.contains(&hold.expires_at), "the lifetime is what was asked");

    let claim = SeatClaim::Held {
        hold: hold.id,
        user: hold.user,
    };
    let expected: Vec<_> = show.seats[2..5].iter().map(|seat| (*seat, claim)).collect();
    assert_eq!(show.snapshot().await.claims, expected);
    assert_eq!(show.locks.find(hold.id, hold.user).await.unwrap(), hold);
}

fn seats_of(snapshot: &SeatSnapshot) -> Vec<SeatId> {
    snapshot.claims.iter().map(|(seat, _)| *seat).collect()
}

/// One seat in the way refuses the whole hold, and the rest stays free for others.
pub async fn a_refused_hold_claims_nothing(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let (ann, bob) = (user(), user());
    show.hold(ann, &[show.seats[1], show.seats[3]]).await;
    let before = show.snapshot().await;

    let refused = show.locks.acquire(&show.request(bob, &show.seats[0..5], LONG)).await;
    assert_is!(refused, Err(AcquireError::Unavailable(seats)) if seats == [show.seats[1], show.seats[3]]);
    assert_eq!(show.snapshot().await, before);
    let free: Vec<SeatId> = show
        .seats
        .iter()
        .copied()
        .filter(|seat| !seats_of(&before).contains(seat))
        .collect();
    show.hold(bob, &free).await;
}

/// A refused request left no trace: its id may still be used.
pub async fn a_refused_hold_does_not_use_up_its_id(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let (ann, bob) = (user(), user());
    let in_the_way = show.hold(ann, &show.seats[..1]).await;
    let request = show.request(bob, &show.seats[..2], LONG);
    assert_is!(show.locks.acquire(&request).await, Err(AcquireError::Unavailable(_)));
    assert_is!(show.locks.find(request.id, bob).await, Err(HoldError::Unknown));

    show.locks.release(in_the_way.id, ann).await.unwrap();
    assert_eq!(show.locks.acquire(&request).await.unwrap().id, request.id);
}

/// Two tabs of one person are two buyers.
pub async fn a_user_cannot_hold_a_seat_twice(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let ann = user();
    show.hold(ann, &show.seats[..1]).await;
    let refused = show.locks.acquire(&show.request(ann, &show.seats[..2], LONG)).await;
    assert_is!(refused, Err(AcquireError::Unavailable(seats)) if seats == show.seats[..1]);
}

/// A sold seat and a held one are both in the way.
pub async fn a_sold_seat_cannot_be_held(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    show.take(samples::id(), user(), &show.seats[4..5]).await;
    show.hold(user(), &show.seats[2..3]).await;
    let refused = show.locks.acquire(&show.request(user(), &show.seats[..6], LONG)).await;
    assert_is!(refused, Err(AcquireError::Unavailable(seats)) if seats == [show.seats[2], show.seats[4]]);
}

/// A lapsed hold is in nobody's way, although nobody swept it.
pub async fn a_lapsed_hold_counts_as_free_at_once(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let (ann, bob) = (user(), user());
    let lapsed = show.hold_for(ann, &show.seats[..3], BRIEF).await;
    fixture.advance(BRIEF).await;

    assert!(show.claimed().await.is_empty());
    show.assert_room(ann, 10).await;
    let hold = show.hold(bob, &show.seats[..3]).await;
    assert_eq!(show.locks.find(hold.id, bob).await.unwrap(), hold);
    assert_is!(show.locks.find(lapsed.id, ann).await, Err(HoldError::Lapsed));
}

/// On a clock that can be moved exactly: not a millisecond early, and parts of a millisecond count as a whole one.
pub async fn lifetimes_are_whole_milliseconds_rounded_up(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let ann = user();
    let before = fixture.now().await;
    let hold = show
        .hold_for(ann, &show.seats[..1], BRIEF + Duration::from_micros(1))
        .await;
    assert!(hold.expires_at > later(before, BRIEF), "rounded up, not down");
    if fixture.is_manual() {
        fixture.advance(BRIEF).await;
        assert_eq!(show.locks.find(hold.id, ann).await.unwrap(), hold);
        assert_eq!(show.claimed().await, show.seats[..1]);
        fixture.advance(MILLISECOND).await;
        assert_is!(show.locks.find(hold.id, ann).await, Err(HoldError::Lapsed));
        assert!(show.claimed().await.is_empty());
    }
}

/// The limit is on seats, not on holds, and a refusal claims nothing.
pub async fn the_limit_counts_held_seats(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let ann = user();
    show.hold(ann, &show.seats[..6]).await;
    let before = show.snapshot().await;
    let refused = show.locks.acquire(&show.request(ann, &show.seats[6..11], LONG)).await;
    assert_is!(refused, Err(AcquireError::TooManySeats));
    assert_eq!(show.snapshot().await, before);
    show.assert_room(ann, 4).await;
}

/// Seats of a reservation whose payment is open count like held ones, and no longer once it is paid.
pub async fn the_limit_counts_pending_seats_until_they_are_settled(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let (ann, reservation) = (user(), samples::id());
    show.hold(ann, &show.seats[..2]).await;
    show.take(reservation, ann, &show.seats[2..7]).await;
    show.assert_room(ann, 3).await;
    show.locks.settle(show.id, reservation).await.unwrap();
    let rest = show.hold(ann, &show.seats[7..12]).await;
    show.locks.release(rest.id, ann).await.unwrap();
    let taken = show.claimed().await;
    assert_eq!(taken, show.seats[..7], "settled seats stay taken");
}

/// A hold that becomes a reservation is counted once.
pub async fn a_used_hold_counts_once(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let ann = user();
    let hold = show.hold(ann, &show.seats[..6]).await;
    show.locks
        .take(show.id, samples::id(), ann, hold.id, &hold.seat_ids())
        .await
        .unwrap();
    show.assert_room(ann, 4).await;
}

/// What is given back may be held again.
pub async fn the_limit_drops_when_seats_are_given_back(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let (ann, reservation) = (user(), samples::id());
    let released = show.hold(ann, &show.seats[..4]).await;
    show.take(reservation, ann, &show.seats[4..8]).await;
    show.hold_for(ann, &show.seats[8..10], BRIEF).await;
    let refused = show.locks.acquire(&show.request(ann, &show.seats[10..11], LONG)).await;
    assert_is!(refused, Err(AcquireError::TooManySeats));

    show.locks.release(released.id, ann).await.unwrap();
    show.locks.free(show.id, reservation, &show.seats[4..8]).await.unwrap();
    fixture.advance(BRIEF).await;
    show.assert_room(ann, 10).await;
}

/// Every user and every showtime has a limit of its own.
pub async fn the_limit_is_of_one_user_in_one_showtime(fixture: &impl SeatLocksFixture) {
    let (show, other) = (Show::warm(fixture).await, Show::warm(fixture).await);
    let ann = user();
    show.hold(ann, &show.seats[..10]).await;
    show.hold(user(), &show.seats[10..12]).await;
    other.assert_room(ann, 10).await;
}

/// The same seat in two showtimes is two seats.
pub async fn showtimes_do_not_meet(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let evening: ShowtimeId = samples::id();
    show.locks.warm(evening, &[]).await.unwrap();
    let (ann, reservation) = (user(), samples::id());
    show.take(reservation, ann, &show.seats[..2]).await;
    show.hold(ann, &show.seats[2..4]).await;

    let hold = show
        .locks
        .acquire(&samples::hold_request(evening, ann, &show.seats[..4], LONG))
        .await
        .unwrap();
    show.locks.free(evening, reservation, &show.seats[..2]).await.unwrap();
    assert_eq!(
        show.claimed().await,
        show.seats[..4],
        "freed in another showtime is not freed here"
    );
    assert_eq!(show.locks.find(hold.id, ann).await.unwrap(), hold);
}
