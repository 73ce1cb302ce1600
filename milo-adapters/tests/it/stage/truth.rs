//! What must be true whenever all is quiet, whatever happened before.

use std::collections::{BTreeMap, BTreeSet};

use milo_core::conformance::samples::{self, Hall};
use milo_core::domain::{Booking, ReservationStatus, SeatClaim, SeatId, ShowtimeStatus};
use milo_core::ports::{GatewayStatus, PaymentGateway, PlaceError, Placed};

use super::Stage;

/// How many seats of a hall the acts and stories are about.
const SEATS: usize = 4;

/// Looks at the store, the gateway and the locks, and then tries to sell every seat. `place` says where we are.
pub(crate) async fn check(stage: &dyn Stage, hall: &Hall, bookings: &[Booking], place: &str) {
    assert_eq!(stage.violations().await, Vec::<String>::new(), "{place}");
    for booking in bookings {
        money_is_right(stage, booking, place).await;
    }
    a_cancelled_showtime_keeps_nobody(stage, hall, bookings, place).await;
    the_locks_know_the_truth(stage, hall, place).await;
    every_seat_has_one_owner_or_can_be_sold(stage, hall, place).await;
}

/// I13 and I14: what was taken is what is owed, and each operation had one effect at most.
async fn money_is_right(stage: &dyn Stage, booking: &Booking, place: &str) {
    let (gateway, payment) = (stage.gateway(), booking.payment.id);
    let confirmed = booking.reservation.status == ReservationStatus::Confirmed;
    let owed = if confirmed {
        booking.reservation.total.amount()
    } else {
        0
    };
    assert_eq!(gateway.balance(payment), owed, "{place}: {booking:?}");
    for operation in ["auth", "capture", "close", "refund"] {
        let effects = gateway.effects(&format!("milo:{payment}:{operation}"));
        assert!(effects <= 1, "{place}: {operation} had {effects} effects: {booking:?}");
    }
    let known = gateway.lookup(payment).await.unwrap();
    assert_ne!(
        known,
        GatewayStatus::Authorized,
        "{place}: money stays reserved: {booking:?}"
    );
}

/// I11.
async fn a_cancelled_showtime_keeps_nobody(stage: &dyn Stage, hall: &Hall, bookings: &[Booking], place: &str) {
    let showtime = stage.ports().catalog.showtime(hall.showtime.id).await.unwrap().unwrap();
    if showtime.status == ShowtimeStatus::Cancelled {
        for booking in bookings {
            assert!(!booking.reservation.status.owns_seats(), "{place}: {booking:?}");
        }
    }
}

/// What the locks show as taken is what the store has sold, no more and no less.
async fn the_locks_know_the_truth(stage: &dyn Stage, hall: &Hall, place: &str) {
    let showtime = hall.showtime.id;
    let sold = stage.ports().bookings.taken_seats(showtime).await.unwrap();
    let sold: BTreeMap<_, _> = sold.iter().map(|taken| (taken.seat, taken.reservation)).collect();
    let snapshot = stage
        .ports()
        .locks
        .snapshot(showtime)
        .await
        .unwrap()
        .expect("it is warm");
    let shown = snapshot.claims.into_iter().filter_map(|(seat, claim)| match claim {
        SeatClaim::Taken { reservation } => Some((seat, reservation)),
        SeatClaim::Held { .. } => None,
    });
    assert_eq!(shown.collect::<BTreeMap<_, _>>(), sold, "{place}");
}

/// A seat that is owned is refused to others, a free one is sold to the next who asks.
async fn every_seat_has_one_owner_or_can_be_sold(stage: &dyn Stage, hall: &Hall, place: &str) {
    let ports = stage.ports();
    let store = &ports.bookings;
    let owned: BTreeSet<SeatId> = store
        .taken_seats(hall.showtime.id)
        .await
        .unwrap()
        .iter()
        .map(|taken| taken.seat)
        .collect();
    let layout = ports.catalog.layout(hall.screen.id).await.unwrap().unwrap();
    let there: BTreeSet<SeatId> = layout.seats().map(|seat| seat.id).collect();
    let showtime = ports.catalog.showtime(hall.showtime.id).await.unwrap().unwrap();
    for index in 0..SEATS {
        let probe = samples::person(&*ports.accounts).await;
        let placement = hall.placement(probe, index..index + 1);
        let seat = placement.seats[0].id;
        assert!(
            !owned.contains(&seat) || there.contains(&seat),
            "{place}: a sold seat is gone from the screen"
        );
        let sold = store.place(&placement).await;
        let right = match &sold {
            Ok(Placed::New(_)) => !owned.contains(&seat) && there.contains(&seat),
            Err(PlaceError::SeatsSold(_)) => owned.contains(&seat) || !there.contains(&seat),
            Err(PlaceError::ShowtimeClosed) => showtime.status == ShowtimeStatus::Cancelled,
            _ => false,
        };
        assert!(
            right,
            "{place}: seat {index}, owned {}: {sold:?}",
            owned.contains(&seat)
        );
        if let Ok(Placed::New(booking)) = sold {
            samples::withdrawn(&**store, &booking).await;
        }
    }
}
