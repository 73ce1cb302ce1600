use crate::conformance::stamp::assert_is;
use crate::conformance::{ALMOST_A_DAY, BRIEF, LONG, advance_far, samples};
use crate::domain::{HoldId, ReservationId, SeatClaim, SeatTally, UserId};
use crate::ports::{AcquireError, HoldError};

use super::{SeatLocksFixture, Show, user};

#[derive(Clone, Copy, Debug)]
enum Act {
    Take,
    Settle,
    Free,
}

struct Sale {
    reservation: ReservationId,
    user: UserId,
    hold: HoldId,
}

impl Act {
    const ORDERS: [[Self; 3]; 6] = [
        [Self::Take, Self::Settle, Self::Free],
        [Self::Take, Self::Free, Self::Settle],
        [Self::Settle, Self::Take, Self::Free],
        [Self::Settle, Self::Free, Self::Take],
        [Self::Free, Self::Take, Self::Settle],
        [Self::Free, Self::Settle, Self::Take],
    ];

    async fn run(self, show: &Show, sale: &Sale) {
        let (locks, seats) = (&show.locks, &show.seats[..2]);
        match self {
            Self::Take => locks.take(show.id, sale.reservation, sale.user, sale.hold, seats).await,
            Self::Settle => locks.settle(show.id, sale.reservation).await,
            Self::Free => locks.free(show.id, sale.reservation, seats).await,
        }
        .unwrap();
    }
}

/// Whatever order the messages of a sale come in, and however often, it ends the same: free.
pub async fn take_settle_and_free_end_equal_in_any_order(fixture: &impl SeatLocksFixture) {
    for order in Act::ORDERS {
        let show = Show::warm(fixture).await;
        let ann = user();
        let hold = show.hold(ann, &show.seats[..2]).await;
        let sale = Sale {
            reservation: samples::id(),
            user: ann,
            hold: hold.id,
        };
        for act in order {
            act.run(&show, &sale).await;
            act.run(&show, &sale).await;
        }
        for act in order {
            act.run(&show, &sale).await;
        }
        // A hold that was freed before it was taken ends with its own lifetime at the latest.
        let _ = show.locks.release(hold.id, ann).await;
        assert_eq!(show.claimed().await, [], "{order:?}");
        show.assert_room(ann, 10).await;
    }
}

/// A paid sale is taken and does not count against the limit, in whichever order it was told.
pub async fn take_and_settle_end_equal_in_any_order(fixture: &impl SeatLocksFixture) {
    for order in [[Act::Take, Act::Settle], [Act::Settle, Act::Take]] {
        let show = Show::warm(fixture).await;
        let sale = Sale {
            reservation: samples::id(),
            user: user(),
            hold: samples::id(),
        };
        for act in order {
            act.run(&show, &sale).await;
            act.run(&show, &sale).await;
        }
        let claim = SeatClaim::Taken {
            reservation: sale.reservation,
        };
        let expected: Vec<_> = show.seats[..2].iter().map(|seat| (*seat, claim)).collect();
        assert_eq!(show.snapshot().await.claims, expected, "{order:?}");
        // Twelve seats, two taken: all of the other ten may be held by the same user.
        show.hold(sale.user, &show.seats[2..12]).await;
    }
}

/// The store of record has decided: whoever held the seats does no longer.
pub async fn taking_wins_over_any_hold(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let (ann, bob, reservation) = (user(), user(), samples::id());
    let loser = show.hold(ann, &show.seats[..2]).await;
    show.take(reservation, bob, &show.seats[..1]).await;
    assert!(
        show.snapshot()
            .await
            .claims
            .contains(&(show.seats[0], SeatClaim::Taken { reservation }))
    );
    let _ = show.locks.release(loser.id, ann).await;
    assert_eq!(
        show.claimed().await,
        show.seats[..1],
        "the loser cannot give the sold seat away"
    );
    show.assert_room(ann, 10).await;
}

/// A late repeat of `take` cannot lose a seat that was given back.
pub async fn a_late_take_after_free_loses_no_seat(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let sale = Sale {
        reservation: samples::id(),
        user: user(),
        hold: samples::id(),
    };
    Act::Take.run(&show, &sale).await;
    Act::Free.run(&show, &sale).await;
    let next = show.hold(user(), &show.seats[..1]).await;
    let before = show.snapshot().await;

    Act::Take.run(&show, &sale).await;
    assert_eq!(show.snapshot().await, before);
    assert_eq!(show.locks.promote(next.id, next.user, BRIEF).await.unwrap(), next);
    show.hold(user(), &show.seats[1..2]).await;
}

/// What was freed stays freed for a day.
pub async fn a_freed_reservation_stays_freed(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let sale = Sale {
        reservation: samples::id(),
        user: user(),
        hold: samples::id(),
    };
    Act::Free.run(&show, &sale).await;
    advance_far(fixture, ALMOST_A_DAY).await;
    show.locks.sweep(100).await.unwrap();
    show.locks
        .warm(
            show.id,
            &samples::taken(&show.seats[..2], sale.reservation, sale.user, true),
        )
        .await
        .unwrap();
    Act::Take.run(&show, &sale).await;
    assert_eq!(show.claimed().await, []);
}

/// Freeing touches the reservation's own seats only.
pub async fn free_leaves_the_seats_of_others(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let (mine, theirs) = (samples::id(), samples::id());
    show.take(mine, user(), &show.seats[..1]).await;
    show.take(theirs, user(), &show.seats[1..2]).await;
    let hold = show.hold(user(), &show.seats[2..3]).await;
    show.locks.free(show.id, mine, &show.seats[..3]).await.unwrap();
    let expected = vec![
        (show.seats[1], SeatClaim::Taken { reservation: theirs }),
        (
            show.seats[2],
            SeatClaim::Held {
                hold: hold.id,
                user: hold.user,
            },
        ),
    ];
    assert_eq!(show.snapshot().await.claims, expected);
}

/// A seat that changed hands is not freed by the reservation that once owned it.
pub async fn a_repeated_free_leaves_the_next_owner(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let (first, second) = (samples::id(), samples::id());
    show.take(first, user(), &show.seats[..2]).await;
    show.locks.free(show.id, first, &show.seats[..2]).await.unwrap();
    show.take(second, user(), &show.seats[..2]).await;
    show.locks.free(show.id, first, &show.seats[..2]).await.unwrap();
    assert_eq!(show.claimed().await, show.seats[..2]);
}

/// What the store of record has sold is taken, and what is pending counts.
pub async fn warming_adds_what_is_sold(fixture: &impl SeatLocksFixture) {
    let show = Show::cold(fixture);
    let (ann, pending, paid) = (user(), samples::id(), samples::id());
    let mut sold = samples::taken(&show.seats[..3], pending, ann, true);
    sold.extend(samples::taken(&show.seats[3..4], paid, ann, false));
    show.locks.warm(show.id, &sold).await.unwrap();
    show.locks.warm(show.id, &sold).await.unwrap();

    let mut expected: Vec<_> = Vec::new();
    expected.extend(
        show.seats[..3]
            .iter()
            .map(|seat| (*seat, SeatClaim::Taken { reservation: pending })),
    );
    expected.extend(
        show.seats[3..4]
            .iter()
            .map(|seat| (*seat, SeatClaim::Taken { reservation: paid })),
    );
    assert_eq!(show.snapshot().await.claims, expected);
    let refused = show.locks.acquire(&show.request(user(), &show.seats[..5], LONG)).await;
    assert_is!(refused, Err(AcquireError::Unavailable(seats)) if seats == show.seats[..4]);
    let refused = show.locks.acquire(&show.request(user(), &show.seats[3..5], LONG)).await;
    assert_is!(refused, Err(AcquireError::Unavailable(seats)) if seats == show.seats[3..4]);
    show.assert_room(ann, 7).await;
}

/// An old list of what is sold cannot bring a freed reservation back.
pub async fn warming_leaves_freed_reservations_out(fixture: &impl SeatLocksFixture) {
    let show = Show::cold(fixture);
    let (ann, freed, kept) = (user(), samples::id(), samples::id());
    show.locks.free(show.id, freed, &show.seats[..2]).await.unwrap();
    let mut sold = samples::taken(&show.seats[..2], freed, ann, true);
    sold.extend(samples::taken(&show.seats[2..3], kept, ann, true));
    show.locks.warm(show.id, &sold).await.unwrap();
    assert_eq!(show.claimed().await, show.seats[2..3]);
}

/// Warming adds; it forgets nothing that was learnt meanwhile.
pub async fn warming_keeps_what_is_known(fixture: &impl SeatLocksFixture) {
    let show = Show::cold(fixture);
    let reservation = samples::id();
    show.take(reservation, user(), &show.seats[..2]).await;
    assert_eq!(
        show.locks.snapshot(show.id).await.unwrap(),
        None,
        "a sale does not warm a showtime"
    );
    show.locks.warm(show.id, &[]).await.unwrap();
    let hold = show.hold(user(), &show.seats[2..4]).await;
    show.locks
        .warm(show.id, &samples::taken(&show.seats[4..5], samples::id(), user(), true))
        .await
        .unwrap();
    assert_eq!(show.claimed().await, show.seats[..5]);
    assert_eq!(show.locks.find(hold.id, hold.user).await.unwrap(), hold);
}

/// A hold that turns out to be on sold seats gives way.
pub async fn warming_drops_the_claims_of_holds_on_sold_seats(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let (ann, reservation) = (user(), samples::id());
    let hold = show.hold(ann, &show.seats[..2]).await;
    show.locks
        .warm(show.id, &samples::taken(&show.seats[..1], reservation, user(), true))
        .await
        .unwrap();
    assert!(
        show.snapshot()
            .await
            .claims
            .contains(&(show.seats[0], SeatClaim::Taken { reservation }))
    );
    assert_is!(show.locks.promote(hold.id, ann, BRIEF).await, Err(HoldError::Lapsed));
    let _ = show.locks.release(hold.id, ann).await;
    assert_eq!(show.claimed().await, show.seats[..1]);
    show.assert_room(ann, 10).await;
}

/// Every change of a claim can be seen in the version; refusals and repeats are no changes.
pub async fn the_version_rises_with_every_change_only(fixture: &impl SeatLocksFixture) {
    let show = Show::warm(fixture).await;
    let (ann, reservation) = (user(), samples::id());
    let mut last = show.version().await;
    let request = show.request(ann, &show.seats[..2], LONG);
    let hold = show.locks.acquire(&request).await.unwrap();
    for change in ["acquire", "take", "free", "hold again", "release", "warm"] {
        match change {
            "acquire" => {}
            "take" => show
                .locks
                .take(show.id, reservation, ann, hold.id, &show.seats[..2])
                .await
                .unwrap(),
            "free" => show.locks.free(show.id, reservation, &show.seats[..2]).await.unwrap(),
            "hold again" => drop(show.hold(ann, &show.seats[4..5]).await),
            "release" => {
                let hold = show.hold(ann, &show.seats[5..6]).await;
                last = show.version().await;
                show.locks.release(hold.id, ann).await.unwrap();
            }
            _ => show
                .locks
                .warm(show.id, &samples::taken(&show.seats[6..7], samples::id(), ann, true))
                .await
                .unwrap(),
        }
        let version = show.version().await;
        assert!(version > last, "{change} must raise the version");
        last = version;
    }

    show.locks.acquire(&request).await.unwrap();
    let refused = show.locks.acquire(&show.request(user(), &show.seats[4..6], LONG)).await;
    assert_is!(refused, Err(AcquireError::Unavailable(_)));
    let refused = show.locks.acquire(&show.request(ann, &show.seats[..12], LONG)).await;
    assert!(refused.is_err());
    assert_is!(show.locks.release(samples::id(), ann).await, Err(HoldError::Unknown));
    assert_eq!(show.version().await, last, "refusals and repeats are no changes");
}

/// The counts are those of the snapshot, in the order asked, and cold showtimes have none.
pub async fn snapshot_and_tally_agree(fixture: &impl SeatLocksFixture) {
    let (busy, empty, cold) = (
        Show::warm(fixture).await,
        Show::warm(fixture).await,
        Show::cold(fixture),
    );
    busy.hold(user(), &busy.seats[..3]).await;
    busy.hold_for(user(), &busy.seats[3..5], BRIEF).await;
    busy.take(samples::id(), user(), &busy.seats[5..9]).await;

    let asked = [cold.id, busy.id, empty.id, busy.id];
    let tally = busy.locks.tally(&asked).await.unwrap();
    let counts = |held, taken| Some(SeatTally { held, taken });
    assert_eq!(tally, [None, counts(5, 4), counts(0, 0), counts(5, 4)]);
    fixture.advance(BRIEF).await;
    assert_eq!(
        busy.locks.tally(&asked[1..3]).await.unwrap(),
        [counts(3, 4), counts(0, 0)]
    );
    assert_eq!(busy.claimed().await.len(), 7);
    assert_eq!(busy.locks.tally(&[]).await.unwrap(), []);
}
