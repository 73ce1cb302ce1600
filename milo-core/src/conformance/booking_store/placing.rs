use crate::conformance::stamp::assert_is;
use crate::conformance::store_fixture::Scene;
use crate::conformance::{LONG, StoreFixture, later, samples};
use crate::domain::{
    Booking, Fingerprint, KeyedRequest, PaymentStatus, Placement, ReservationStatus, SeatId, TakenSeat, Version,
};
use crate::ports::{PlaceError, Placed};

/// Everything of a placement is kept, stamped by the store's clock, and its payment is due at once.
pub async fn a_placement_becomes_a_pending_reservation(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let placement = Placement {
        keyed: Some(samples::keyed()),
        ..scene.hall.placement(scene.ann, 10..14)
    };
    let before = fixture.now().await;
    let Booking { reservation, payment } = samples::placed(&*scene.bookings, &placement).await;
    let after = fixture.now().await;

    assert_eq!(reservation.id, placement.reservation);
    assert_eq!(reservation.code, placement.code);
    assert_eq!(
        (reservation.user, reservation.showtime),
        (scene.ann, scene.hall.showtime.id)
    );
    assert_eq!(reservation.hold, placement.hold);
    assert_eq!(
        (reservation.status, reservation.version),
        (ReservationStatus::PendingPayment, Version::FIRST)
    );
    assert_eq!(
        (&reservation.seats, reservation.total),
        (&placement.seats, placement.total)
    );
    assert_eq!(reservation.cancel_requested, None);
    assert!(
        (before..=after).contains(&reservation.created_at),
        "stamped by the store's clock"
    );
    assert_eq!(reservation.updated_at, reservation.created_at);
    assert_eq!(reservation.expires_at, later(reservation.created_at, LONG));

    assert_eq!(
        (payment.id, payment.status),
        (placement.payment, PaymentStatus::Created)
    );
    assert_eq!((payment.amount, &payment.method), (placement.total, &placement.method));
    assert_eq!((payment.attempts, payment.tries, payment.needs_review), (0, 0, false));
    assert_eq!((&payment.failure, payment.began_at), (&None, None));
    assert!(payment.next_attempt_at.is_some_and(|due| due <= after), "due at once");
}

/// What was placed is found by everything that names it, and by nobody else.
pub async fn a_reservation_is_found_by_id_hold_and_key(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let keyed = samples::keyed();
    let placement = Placement {
        keyed: Some(keyed.clone()),
        ..scene.hall.placement(scene.ann, 0..2)
    };
    let booking = samples::placed(&*scene.bookings, &placement).await;
    let bookings = &scene.bookings;

    assert_eq!(
        bookings.booking(placement.reservation).await.unwrap().as_ref(),
        Some(&booking)
    );
    assert_eq!(
        bookings.by_hold(scene.ann, placement.hold).await.unwrap().as_ref(),
        Some(&booking)
    );
    let by_key = bookings.by_key(scene.ann, &keyed.key).await.unwrap();
    assert_eq!(by_key, Some((booking, keyed.fingerprint)));

    assert_eq!(bookings.booking(samples::id()).await.unwrap(), None);
    assert_eq!(bookings.by_hold(scene.bob, placement.hold).await.unwrap(), None);
    assert_eq!(bookings.by_hold(scene.ann, samples::id()).await.unwrap(), None);
    assert_eq!(bookings.by_key(scene.bob, &keyed.key).await.unwrap(), None);
    assert_eq!(bookings.by_key(scene.ann, &samples::keyed().key).await.unwrap(), None);
}

/// The owned seats are those of the reservation, ascending, pending until it is paid.
pub async fn placed_seats_are_taken(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    assert_eq!(scene.taken().await, []);
    let second = samples::placed(&*scene.bookings, &scene.hall.placement(scene.bob, 4..6)).await;
    let first = samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, 0..3)).await;
    samples::confirmed(&*scene.bookings, &second).await;

    let row = |seat: &SeatId, booking: &Booking, pending| TakenSeat {
        seat: *seat,
        reservation: booking.reservation.id,
        user: booking.reservation.user,
        pending,
    };
    let mut expected: Vec<TakenSeat> = Vec::new();
    expected.extend(scene.hall.seats(0..3).iter().map(|seat| row(seat, &first, true)));
    expected.extend(scene.hall.seats(4..6).iter().map(|seat| row(seat, &second, false)));
    assert_eq!(scene.taken().await, expected);
}

/// The messages of the placement are in the outbox, exactly once.
pub async fn a_placement_writes_its_messages(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let placement = scene.hall.placement(scene.ann, 0..2);
    samples::placed(&*scene.bookings, &placement).await;
    scene.bookings.place(&placement).await.unwrap();
    let mut messages = scene.drain().await;
    messages.sort_unstable_by_key(|message| message.id);
    assert_eq!(messages, placement.messages);
}

/// The same seat of two showtimes is sold twice, as it should be.
pub async fn a_seat_is_sold_once_for_each_showtime(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let evening = scene.hall.again(&*scene.catalog, scene.hall.showtime.ends_at).await;
    samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, 0..2)).await;
    samples::placed(&*scene.bookings, &scene.hall.placement_in(&evening, scene.ann, 0..2)).await;
    let taken = scene.bookings.taken_seats(evening.id).await.unwrap();
    assert_eq!(
        taken.iter().map(|row| row.seat).collect::<Vec<_>>(),
        scene.hall.seats(0..2)
    );
}

/// A repeat of the very same placement writes nothing and gives the reservation.
pub async fn a_repeated_placement_gives_the_same_reservation(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let placement = scene.hall.placement(scene.ann, 0..2);
    let booking = samples::placed(&*scene.bookings, &placement).await;
    let repeated = scene.bookings.place(&placement).await.unwrap();
    assert_eq!(repeated, Placed::SameHold(booking));
    assert_eq!(scene.taken().await.len(), 2);
}

/// A hold is reserved once: another request from it gives the first reservation, as it stands now.
pub async fn a_reserved_hold_gives_its_reservation_as_it_stands_now(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let placement = scene.hall.placement(scene.ann, 0..2);
    let booking = samples::placed(&*scene.bookings, &placement).await;
    let booking = samples::confirmed(&*scene.bookings, &booking).await;
    scene.drain().await;

    let again = Placement {
        hold: placement.hold,
        ..scene.hall.placement(scene.ann, 0..2)
    };
    assert_eq!(scene.bookings.place(&again).await.unwrap(), Placed::SameHold(booking));
    assert_eq!(scene.bookings.booking(again.reservation).await.unwrap(), None);
    assert_eq!(scene.drain().await, [], "a repeat sends nothing");
}

/// Even when it is over: a hold never makes a second reservation.
pub async fn a_hold_whose_reservation_ended_makes_no_second_one(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let placement = scene.hall.placement(scene.ann, 0..2);
    let booking = samples::placed(&*scene.bookings, &placement).await;
    let booking = samples::withdrawn(&*scene.bookings, &booking).await;
    assert_eq!(
        scene.bookings.place(&placement).await.unwrap(),
        Placed::SameHold(booking)
    );
    assert_eq!(scene.taken().await, [], "the freed seats stay free");
}

fn keyed_placement(scene: &Scene, keyed: &KeyedRequest, seats: std::ops::Range<usize>) -> Placement {
    Placement {
        keyed: Some(keyed.clone()),
        ..scene.hall.placement(scene.ann, seats)
    }
}

/// The same key with the same request gives the reservation as it stands now, from whatever hold.
pub async fn a_repeated_key_gives_its_reservation_as_it_stands_now(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let keyed = samples::keyed();
    let booking = samples::placed(&*scene.bookings, &keyed_placement(&scene, &keyed, 0..2)).await;
    let booking = samples::begun(&*scene.bookings, &booking).await;
    scene.drain().await;

    let again = keyed_placement(&scene, &keyed, 2..4);
    assert_eq!(scene.bookings.place(&again).await.unwrap(), Placed::SameKey(booking));
    assert_eq!(scene.bookings.booking(again.reservation).await.unwrap(), None);
    assert_eq!(scene.taken().await.len(), 2);
    assert_eq!(scene.drain().await, []);
}

/// The same key with another request is refused, and nothing is written.
pub async fn a_key_used_for_another_request_is_refused(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let keyed = samples::keyed();
    let first = keyed_placement(&scene, &keyed, 0..2);
    samples::placed(&*scene.bookings, &first).await;
    scene.drain().await;

    let other = KeyedRequest {
        fingerprint: Fingerprint::of([b"other".as_slice()]),
        ..keyed.clone()
    };
    let refused = keyed_placement(&scene, &other, 2..4);
    assert_is!(scene.bookings.place(&refused).await, Err(PlaceError::KeyReused));
    assert_eq!(scene.bookings.booking(refused.reservation).await.unwrap(), None);
    assert_eq!(scene.taken().await.len(), 2);
    assert_eq!(scene.drain().await, []);
    // Also when the hold is known: the key is looked at first.
    let refused = Placement {
        hold: first.hold,
        ..refused
    };
    assert_is!(scene.bookings.place(&refused).await, Err(PlaceError::KeyReused));
}

/// A key belongs to one user.
pub async fn users_do_not_share_keys(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let keyed = samples::keyed();
    let mine = samples::placed(&*scene.bookings, &keyed_placement(&scene, &keyed, 0..2)).await;
    let other = KeyedRequest {
        fingerprint: Fingerprint::of([b"other".as_slice()]),
        ..keyed.clone()
    };
    let theirs = Placement {
        keyed: Some(other.clone()),
        ..scene.hall.placement(scene.bob, 2..4)
    };
    let theirs = samples::placed(&*scene.bookings, &theirs).await;
    let by_key = |user| scene.bookings.by_key(user, &keyed.key);
    assert_eq!(by_key(scene.ann).await.unwrap(), Some((mine, keyed.fingerprint)));
    assert_eq!(by_key(scene.bob).await.unwrap(), Some((theirs, other.fingerprint)));
}

/// A known key is looked at before a known hold.
pub async fn a_known_key_comes_before_a_known_hold(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let keyed = samples::keyed();
    let by_key = samples::placed(&*scene.bookings, &keyed_placement(&scene, &keyed, 0..2)).await;
    let by_hold = samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, 2..4)).await;
    let both = Placement {
        hold: by_hold.reservation.hold,
        ..keyed_placement(&scene, &keyed, 2..4)
    };
    assert_eq!(scene.bookings.place(&both).await.unwrap(), Placed::SameKey(by_key));
}

/// Known keys and holds are answered whatever became of the showtime.
pub async fn repeats_are_answered_after_the_showtime_closed(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let keyed = samples::keyed();
    let with_key = keyed_placement(&scene, &keyed, 0..2);
    let without = scene.hall.placement(scene.bob, 2..4);
    let first = samples::placed(&*scene.bookings, &with_key).await;
    let second = samples::placed(&*scene.bookings, &without).await;
    scene.hall.cancel(&*scene.catalog).await;
    assert_eq!(scene.bookings.place(&with_key).await.unwrap(), Placed::SameKey(first));
    assert_eq!(scene.bookings.place(&without).await.unwrap(), Placed::SameHold(second));
}

/// A key is remembered for a day.
pub async fn a_key_is_remembered_for_a_day(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let keyed = samples::keyed();
    let booking = samples::placed(&*scene.bookings, &keyed_placement(&scene, &keyed, 0..2)).await;
    crate::conformance::advance_far(fixture, crate::conformance::ALMOST_A_DAY).await;
    let repeated = scene
        .bookings
        .place(&keyed_placement(&scene, &keyed, 0..2))
        .await
        .unwrap();
    assert_eq!(repeated, Placed::SameKey(booking));
}
