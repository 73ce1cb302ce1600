use std::collections::{HashMap, HashSet};

use crate::conformance::store_fixture::Scene;
use crate::conformance::{LONG, Spawn, StoreFixture, at_once, samples};
use crate::domain::{Booking, Placement, ReservationStatus, SeatId, TakenSeat};
use crate::ports::{ApplyError, ChangeError, PlaceError, Placed};

async fn place_all(
    scene: &Scene,
    spawn: &dyn Spawn,
    placements: Vec<Placement>,
) -> Vec<(Placement, Result<Placed, PlaceError>)> {
    at_once(
        spawn,
        placements.into_iter().map(|placement| {
            let bookings = scene.bookings.clone();
            async move {
                let result = bookings.place(&placement).await;
                (placement, result)
            }
        }),
    )
    .await
}

/// Sixty-four buyers of overlapping seats: every seat has one owner at most, and every winner owns all its seats.
pub async fn overlapping_placements_at_once_never_share_or_split(fixture: &impl StoreFixture, spawn: &dyn Spawn) {
    let scene = Scene::new(fixture).await;
    let people = samples::people(&*scene.accounts, 64).await;
    let placements = people.iter().enumerate().map(|(buyer, user)| {
        let first = buyer % 12;
        scene.hall.placement(*user, first..first + 1 + buyer % 5)
    });
    let results = place_all(&scene, spawn, placements.collect()).await;

    let mut owners: HashMap<SeatId, TakenSeat> = HashMap::new();
    let mut sent = HashSet::new();
    for (placement, result) in &results {
        match result {
            Ok(Placed::New(booking)) => {
                sent.extend(placement.messages.iter().map(|message| message.id));
                assert_eq!(booking.reservation.seats, placement.seats);
                for seat in placement.seat_ids() {
                    let row = TakenSeat {
                        seat,
                        reservation: placement.reservation,
                        user: placement.user,
                        pending: true,
                    };
                    assert_eq!(owners.insert(seat, row), None, "{seat} was sold twice");
                }
            }
            Err(PlaceError::SeatsSold(seats)) => {
                assert!(!seats.is_empty() && seats.iter().all(|seat| placement.seat_ids().contains(seat)));
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(!owners.is_empty());
    let mut expected: Vec<TakenSeat> = owners.into_values().collect();
    expected.sort_unstable_by_key(|row| row.seat);
    assert_eq!(scene.taken().await, expected, "losers own nothing");
    let messages: HashSet<_> = scene.drain().await.iter().map(|message| message.id).collect();
    assert_eq!(messages, sent, "losers send nothing");
}

/// Of many placements of one seat exactly one is made.
pub async fn one_of_many_placements_wins_a_seat(fixture: &impl StoreFixture, spawn: &dyn Spawn) {
    let scene = Scene::new(fixture).await;
    let people = samples::people(&*scene.accounts, 32).await;
    let placements = people.iter().map(|user| scene.hall.placement(*user, 0..2)).collect();
    let results = place_all(&scene, spawn, placements).await;
    let won = results
        .iter()
        .filter(|(_, result)| matches!(result, Ok(Placed::New(_))))
        .count();
    let lost = results
        .iter()
        .filter(|(_, result)| matches!(result, Err(PlaceError::SeatsSold(_))))
        .count();
    assert_eq!((won, lost), (1, 31), "{results:?}");
}

/// One request sent many times at once is one reservation.
pub async fn the_same_placement_at_once_is_one_reservation(fixture: &impl StoreFixture, spawn: &dyn Spawn) {
    let scene = Scene::new(fixture).await;
    let placement = Placement {
        keyed: Some(samples::keyed()),
        ..scene.hall.placement(scene.ann, 0..3)
    };
    let results = place_all(&scene, spawn, vec![placement.clone(); 20]).await;
    let booking = |result: &Result<Placed, PlaceError>| match result {
        Ok(Placed::New(booking) | Placed::SameHold(booking) | Placed::SameKey(booking)) => booking.clone(),
        Err(error) => panic!("{error:?}"),
    };
    let made = results
        .iter()
        .filter(|(_, result)| matches!(result, Ok(Placed::New(_))))
        .count();
    assert_eq!(made, 1);
    let first = booking(&results[0].1);
    assert!(results.iter().all(|(_, result)| booking(result) == first));
    assert_eq!(scene.taken().await.len(), 3);
    assert_eq!(scene.drain().await.len(), placement.messages.len());
}

/// Of many requests with one key, from holds of their own, one makes a reservation.
pub async fn one_key_at_once_is_one_reservation(fixture: &impl StoreFixture, spawn: &dyn Spawn) {
    let scene = Scene::new(fixture).await;
    let keyed = samples::keyed();
    let placements = (0..10)
        .map(|seat| Placement {
            keyed: Some(keyed.clone()),
            ..scene.hall.placement(scene.ann, seat..seat + 1)
        })
        .collect();
    let results = place_all(&scene, spawn, placements).await;
    let made = results
        .iter()
        .filter(|(_, result)| matches!(result, Ok(Placed::New(_))))
        .count();
    let told = results
        .iter()
        .filter(|(_, result)| matches!(result, Ok(Placed::SameKey(_))))
        .count();
    assert_eq!((made, told), (1, 9), "{results:?}");
    assert_eq!(scene.taken().await.len(), 1);
}

/// However many requests a user sends, the limit on unpaid seats holds exactly.
pub async fn the_limit_on_unpaid_seats_holds_against_many_at_once(fixture: &impl StoreFixture, spawn: &dyn Spawn) {
    let scene = Scene::new(fixture).await;
    let placements = (0..20)
        .map(|seat| scene.hall.placement(scene.ann, seat..seat + 1))
        .collect();
    let results = place_all(&scene, spawn, placements).await;
    let made = results.iter().filter(|(_, result)| result.is_ok()).count();
    let refused = results
        .iter()
        .filter(|(_, result)| matches!(result, Err(PlaceError::TooManySeats)))
        .count();
    assert_eq!((made, refused), (10, 10), "{results:?}");
    assert_eq!(scene.taken().await.len(), 10);
}

/// Of many different steps from one version exactly one is taken; the others are stale and write nothing.
pub async fn one_of_many_steps_wins(fixture: &impl StoreFixture, spawn: &dyn Spawn) {
    let scene = Scene::new(fixture).await;
    let booking = samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, 0..3)).await;
    scene.drain().await;
    let results = at_once(
        spawn,
        (0..32).map(|turn| {
            let step = if turn % 2 == 0 {
                samples::to_begin(&booking)
            } else {
                samples::to_cancel(&booking)
            };
            let bookings = scene.bookings.clone();
            async move { bookings.apply(&step).await.map(|after| (step, after)) }
        }),
    )
    .await;
    let stale = results
        .iter()
        .filter(|result| matches!(result, Err(ApplyError::Stale)))
        .count();
    assert_eq!(stale, 31, "{results:?}");
    let (step, after) = results.into_iter().find_map(Result::ok).expect("one step was taken");
    let stored = scene.bookings.booking(booking.reservation.id).await.unwrap();
    assert_eq!(stored.as_ref(), Some(&after));
    assert_eq!(after.reservation.status, step.to.0);
    assert_eq!(scene.drain().await.len(), step.messages.len());
    let owned = if after.reservation.status == ReservationStatus::Paying {
        3
    } else {
        0
    };
    assert_eq!(scene.taken().await.len(), owned);
}

/// A placement sees all of a showtime's cancellation or nothing: afterwards no booking is missed by the clean-up.
pub async fn a_placement_races_with_a_cancelled_showtime(fixture: &impl StoreFixture, spawn: &dyn Spawn) {
    let scene = Scene::new(fixture).await;
    let people = samples::people(&*scene.accounts, 20).await;
    let mut placements: Vec<Option<Placement>> = people
        .iter()
        .enumerate()
        .map(|(seat, user)| Some(scene.hall.placement(*user, seat..seat + 1)))
        .collect();
    placements.insert(10, None);
    let cancelled = samples::cancelled(&scene.hall.showtime);
    let results = at_once(
        spawn,
        placements.into_iter().map(|placement| {
            let (bookings, catalog, cancelled) = (scene.bookings.clone(), scene.catalog.clone(), cancelled.clone());
            let expected = scene.hall.showtime.version;
            async move {
                match placement {
                    Some(placement) => Some(bookings.place(&placement).await),
                    None => {
                        catalog.change_showtime(&cancelled, expected).await.unwrap();
                        None
                    }
                }
            }
        }),
    )
    .await;
    let mut made = HashSet::new();
    for result in results.into_iter().flatten() {
        match result {
            Ok(Placed::New(booking)) => drop(made.insert(booking.reservation.id)),
            Err(PlaceError::ShowtimeClosed) => {}
            other => panic!("{other:?}"),
        }
    }
    let stranded: HashSet<_> = scene
        .bookings
        .stranded(100)
        .await
        .unwrap()
        .iter()
        .map(|booking| booking.reservation.id)
        .collect();
    assert_eq!(stranded, made);
}

/// A showtime that is moved while seats are sold: either it moves unsold, or it stays.
pub async fn a_placement_races_with_a_moved_showtime(fixture: &impl StoreFixture, spawn: &dyn Spawn) {
    let scene = Scene::new(fixture).await;
    let (placement, moved) = (
        scene.hall.placement(scene.ann, 0..2),
        samples::moved(&scene.hall.showtime, LONG),
    );
    let expected = scene.hall.showtime.version;
    let results = at_once(
        spawn,
        (0..2).map(|turn| {
            let (bookings, catalog) = (scene.bookings.clone(), scene.catalog.clone());
            let (placement, moved) = (placement.clone(), moved.clone());
            async move {
                if turn == 0 {
                    samples::placed(&*bookings, &placement).await;
                    Ok(())
                } else {
                    catalog.change_showtime(&moved, expected).await
                }
            }
        }),
    )
    .await;
    let starts_at = scene.catalog.showtime(moved.id).await.unwrap().unwrap().starts_at;
    match &results[1] {
        Ok(()) => assert_eq!(starts_at, moved.starts_at),
        Err(ChangeError::InUse) => assert_eq!(starts_at, scene.hall.showtime.starts_at),
        Err(other) => panic!("{other:?}"),
    }
    assert_eq!(scene.taken().await.len(), 2);
}

/// A layout that loses a seat while it is sold: one of the two is refused.
pub async fn a_placement_races_with_a_new_layout(fixture: &impl StoreFixture, spawn: &dyn Spawn) {
    let scene = Scene::new(fixture).await;
    let placement = scene.hall.placement(scene.ann, 0..2);
    let smaller = samples::layout(
        scene.hall.screen.id,
        &samples::Hall::ROWS[1..],
        Some(&scene.hall.layout),
    );
    let expected = scene.hall.screen.version;
    let results = at_once(
        spawn,
        (0..2).map(|turn| {
            let (bookings, catalog) = (scene.bookings.clone(), scene.catalog.clone());
            let (placement, smaller) = (placement.clone(), smaller.clone());
            async move {
                if turn == 0 {
                    match bookings.place(&placement).await {
                        Ok(_) => true,
                        Err(PlaceError::SeatsSold(_)) => false,
                        Err(other) => panic!("{other:?}"),
                    }
                } else {
                    match catalog.change_layout(&smaller, expected).await {
                        Ok(()) => true,
                        Err(ChangeError::SeatsInUse(_)) => false,
                        Err(other) => panic!("{other:?}"),
                    }
                }
            }
        }),
    )
    .await;
    assert_ne!(results[0], results[1], "exactly one of the two happened");
    assert_eq!(scene.taken().await.len(), if results[0] { 2 } else { 0 });
}

async fn many_pending(scene: &Scene, count: usize) -> Vec<Booking> {
    let mut placed = Vec::with_capacity(count);
    for seat in 0..count {
        let placement = Placement {
            user_seats_max: 100,
            ..scene.hall.placement(scene.ann, seat..seat + 1)
        };
        placed.push(samples::placed(&*scene.bookings, &placement).await);
    }
    placed
}

/// Twenty claimers at once: every due payment is claimed, none twice.
pub async fn claimers_at_once_never_overlap(fixture: &impl StoreFixture, spawn: &dyn Spawn) {
    let scene = Scene::new(fixture).await;
    let placed = many_pending(&scene, 40).await;
    let results = at_once(
        spawn,
        (0..20).map(|_| {
            let bookings = scene.bookings.clone();
            async move { bookings.claim_due_payments(4, LONG).await.unwrap() }
        }),
    )
    .await;
    assert!(results.iter().all(|claims| claims.len() <= 4));
    let mut claimed: Vec<_> = results.iter().flatten().map(|claim| claim.booking.payment.id).collect();
    // A claimer may pass over rows that another is just claiming; whoever comes next finds them.
    claimed.extend(
        scene
            .bookings
            .claim_due_payments(40, LONG)
            .await
            .unwrap()
            .iter()
            .map(|claim| claim.booking.payment.id),
    );
    assert_eq!(claimed.len(), 40, "none is claimed twice");
    let expected: HashSet<_> = placed.iter().map(|booking| booking.payment.id).collect();
    assert_eq!(claimed.into_iter().collect::<HashSet<_>>(), expected);
}

/// One payment, many claimers: exactly one holds its lease.
pub async fn one_of_many_claimers_wins_a_payment(fixture: &impl StoreFixture, spawn: &dyn Spawn) {
    let scene = Scene::new(fixture).await;
    let payment = many_pending(&scene, 1).await[0].payment.id;
    let results = at_once(
        spawn,
        (0..20).map(|_| {
            let bookings = scene.bookings.clone();
            async move { bookings.claim_payment(payment, LONG).await.unwrap() }
        }),
    )
    .await;
    assert_eq!(results.iter().flatten().count(), 1);
}
