use crate::conformance::stamp::assert_is;
use crate::conformance::{BRIEF, LONG, earlier, later, samples};
use crate::domain::HoldId;
use crate::ports::HoldError;

use super::{MILLISECOND, SeatLocksFixture, Show, user};

/// What nobody made, nobody can use.
pub async fn an_unknown_hold_cannot_be_used(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let (hold, ann): (HoldId, _) = (samples::id(), user());
    assert_is!(show.locks.find(hold, ann).await, Err(HoldError::Unknown));
    assert_is!(show.locks.promote(hold, ann, BRIEF).await, Err(HoldError::Unknown));
    assert_is!(show.locks.extend(hold, ann, LONG, LONG).await, Err(HoldError::Unknown));
    assert_is!(show.locks.release(hold, ann).await, Err(HoldError::Unknown));
}

/// To everybody but its user, a hold does not exist; their attempts change nothing.
pub async fn a_foreign_hold_cannot_be_used(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let (ann, eve) = (user(), user());
    let hold = show.hold(ann, &show.seats[..2]).await;
    let before = show.snapshot().await;
    assert_is!(show.locks.find(hold.id, eve).await, Err(HoldError::Unknown));
    assert_is!(
        show.locks.promote(hold.id, eve, 2 * LONG).await,
        Err(HoldError::Unknown)
    );
    assert_is!(
        show.locks.extend(hold.id, eve, 2 * LONG, 3 * LONG).await,
        Err(HoldError::Unknown)
    );
    assert_is!(show.locks.release(hold.id, eve).await, Err(HoldError::Unknown));
    assert_eq!(show.snapshot().await, before);
    assert_eq!(show.locks.find(hold.id, ann).await.unwrap(), hold);
    show.locks
        .extend(hold.id, ann, LONG, 2 * LONG)
        .await
        .expect("the stranger did not use the extension up");
}

/// A stranger learns nothing from ended holds either.
pub async fn a_foreign_ended_hold_is_unknown(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let (ann, eve) = (user(), user());
    let released = show.hold(ann, &show.seats[..2]).await;
    show.locks.release(released.id, ann).await.unwrap();
    let used = show.hold(ann, &show.seats[2..4]).await;
    show.locks
        .take(show.id, samples::id(), ann, used.id, &used.seat_ids())
        .await
        .unwrap();
    for hold in [released.id, used.id] {
        assert_is!(show.locks.find(hold, eve).await, Err(HoldError::Unknown));
        assert_is!(show.locks.release(hold, eve).await, Err(HoldError::Unknown));
    }
}

/// A lapsed hold is good for nothing, even before it is swept.
pub async fn a_lapsed_hold_cannot_be_used(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let ann = user();
    let hold = show.hold_for(ann, &show.seats[..2], BRIEF).await.id;
    fixture.advance(BRIEF).await;
    assert_is!(show.locks.find(hold, ann).await, Err(HoldError::Lapsed));
    assert_is!(show.locks.promote(hold, ann, LONG).await, Err(HoldError::Lapsed));
    assert_is!(show.locks.extend(hold, ann, LONG, LONG).await, Err(HoldError::Lapsed));
    assert_is!(show.locks.release(hold, ann).await, Err(HoldError::Lapsed));
    assert!(show.claimed().await.is_empty(), "nothing revived it");
}

/// The seats are free at once, and only the first release is one.
pub async fn a_released_hold_frees_its_seats_once(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let ann = user();
    let hold = show.hold(ann, &show.seats[..2]).await.id;
    let kept = show.hold(ann, &show.seats[2..3]).await;
    show.locks.release(hold, ann).await.unwrap();
    assert_eq!(show.claimed().await, show.seats[2..3]);
    assert_is!(show.locks.release(hold, ann).await, Err(HoldError::Lapsed));
    assert_is!(show.locks.find(hold, ann).await, Err(HoldError::Lapsed));
    assert_is!(show.locks.promote(hold, ann, LONG).await, Err(HoldError::Lapsed));
    assert_is!(show.locks.extend(hold, ann, LONG, LONG).await, Err(HoldError::Lapsed));
    show.hold(user(), &show.seats[..2]).await;
    assert_eq!(show.locks.find(kept.id, ann).await.unwrap(), kept);
}

/// The id of an ended hold is no key to the seats of whoever came next.
pub async fn an_ended_hold_never_frees_the_seats_of_others(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let ann = user();
    let lapsed = show.hold_for(ann, &show.seats[..2], BRIEF).await;
    fixture.advance(BRIEF).await;
    let released = show.hold(ann, &show.seats[2..4]).await;
    show.locks.release(released.id, ann).await.unwrap();
    let next = show.hold(user(), &show.seats[..4]).await;
    let before = show.snapshot().await;

    assert_is!(show.locks.release(lapsed.id, ann).await, Err(HoldError::Lapsed));
    assert_is!(show.locks.release(released.id, ann).await, Err(HoldError::Lapsed));
    assert_is!(show.locks.promote(lapsed.id, ann, LONG).await, Err(HoldError::Lapsed));
    assert_eq!(show.snapshot().await, before);
    assert_eq!(show.locks.promote(next.id, next.user, BRIEF).await.unwrap(), next);
}

/// A hold that became a reservation says which one.
pub async fn a_used_hold_names_its_reservation(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let (ann, reservation) = (user(), samples::id());
    let hold = show.hold(ann, &show.seats[..2]).await;
    show.locks
        .take(show.id, reservation, ann, hold.id, &hold.seat_ids())
        .await
        .unwrap();
    assert_is!(show.locks.find(hold.id, ann).await, Err(HoldError::Used(by)) if by == reservation);
    assert_is!(show.locks.promote(hold.id, ann, LONG).await, Err(HoldError::Used(by)) if by == reservation);
    assert_is!(show.locks.extend(hold.id, ann, LONG, LONG).await, Err(HoldError::Used(by)) if by == reservation);
    assert_is!(show.locks.release(hold.id, ann).await, Err(HoldError::Used(by)) if by == reservation);
    assert_eq!(
        show.claimed().await,
        show.seats[..2],
        "a used hold cannot give sold seats away"
    );
}

/// The end of a used hold's lifetime means nothing to the sold seats.
pub async fn a_used_hold_never_lapses(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let (ann, reservation) = (user(), samples::id());
    let hold = show.hold_for(ann, &show.seats[..2], BRIEF).await;
    show.locks
        .take(show.id, reservation, ann, hold.id, &hold.seat_ids())
        .await
        .unwrap();
    fixture.advance(BRIEF).await;
    show.locks.sweep(10).await.unwrap();
    assert_eq!(show.claimed().await, show.seats[..2]);
    assert_is!(show.locks.find(hold.id, ann).await, Err(HoldError::Used(by)) if by == reservation);
}

/// A promotion never takes time away.
pub async fn a_promotion_never_shortens(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let ann = user();
    let hold = show.hold(ann, &show.seats[..2]).await;
    assert_eq!(show.locks.promote(hold.id, ann, BRIEF).await.unwrap(), hold);
    assert_eq!(show.locks.find(hold.id, ann).await.unwrap(), hold);
    fixture.advance(BRIEF).await;
    assert_eq!(show.locks.find(hold.id, ann).await.unwrap(), hold);
}

/// After a promotion there is enough time left to reserve.
pub async fn a_promotion_keeps_the_seats_for_the_window(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let ann = user();
    let hold = show.hold_for(ann, &show.seats[..2], BRIEF).await;
    let before = fixture.now().await;
    let promoted = show.locks.promote(hold.id, ann, LONG).await.unwrap();
    assert!(promoted.expires_at >= earlier(later(before, LONG), MILLISECOND));
    fixture.advance(BRIEF).await;
    assert_eq!(show.locks.find(hold.id, ann).await.unwrap(), promoted);
    assert_eq!(show.claimed().await, show.seats[..2]);
}

/// A hold that lost one seat to a sale cannot be reserved.
pub async fn a_hold_that_lost_a_seat_cannot_be_promoted(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let ann = user();
    let hold = show.hold(ann, &show.seats[..3]).await;
    show.take(samples::id(), user(), &show.seats[1..2]).await;
    assert_is!(show.locks.promote(hold.id, ann, BRIEF).await, Err(HoldError::Lapsed));
}

/// An extension counts from now, and the seats stay claimed through it.
pub async fn an_extension_lasts_from_now(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let ann = user();
    let hold = show.hold_for(ann, &show.seats[..2], BRIEF).await;
    let before = fixture.now().await;
    let extended = show.locks.extend(hold.id, ann, LONG, 2 * LONG).await.unwrap();
    let after = fixture.now().await;
    assert!(extended.expires_at >= earlier(later(before, LONG), MILLISECOND));
    assert!(extended.expires_at <= later(after, LONG + MILLISECOND));
    fixture.advance(BRIEF).await;
    assert_eq!(show.locks.find(hold.id, ann).await.unwrap(), extended);
    assert_eq!(show.claimed().await, show.seats[..2]);
}

/// The second extension is refused and changes nothing.
pub async fn a_hold_is_extended_only_once(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let ann = user();
    let hold = show.hold(ann, &show.seats[..2]).await;
    let extended = show.locks.extend(hold.id, ann, 2 * LONG, 10 * LONG).await.unwrap();
    assert_is!(
        show.locks.extend(hold.id, ann, 3 * LONG, 10 * LONG).await,
        Err(HoldError::AtLimit)
    );
    assert_eq!(show.locks.find(hold.id, ann).await.unwrap(), extended);
}

/// However long the extension, a hold ends at its longest lifetime, counted from its beginning.
pub async fn an_extension_is_capped_from_the_beginning(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let ann = user();
    let before = fixture.now().await;
    let hold = show.hold(ann, &show.seats[..2]).await;
    let after = fixture.now().await;
    fixture.advance(BRIEF).await;
    let extended = show.locks.extend(hold.id, ann, 10 * LONG, LONG + BRIEF).await.unwrap();
    assert!(extended.expires_at >= earlier(later(before, LONG + BRIEF), MILLISECOND));
    assert!(extended.expires_at <= later(after, LONG + BRIEF + MILLISECOND));
}
