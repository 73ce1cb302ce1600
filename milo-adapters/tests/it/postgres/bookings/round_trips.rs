//! What each call costs: one round trip, once its statement is prepared.
//!
//! A connection that goes back into its pool is tried with an empty message. Nobody waits for that, so it is not counted.

use std::sync::Arc;

use milo_adapters::postgres::{PgSettings, PgStore, PgTls};
use milo_core::conformance::{LONG, samples};
use milo_core::domain::{Actor, CancelReason, LeaseEpoch, PageRequest, Placement};
use milo_core::ports::{BookingStore, IdempotencyKeys, Outbox, PlaceError};
use milo_testkit::Relay;

use super::stage::{EMPTY_MESSAGE_BYTES, Stage};
use crate::postgres::engine::settings;

/// A store of one connection over a wire that counts.
struct Counted {
    stage: Stage,
    relay: Relay,
    store: Arc<PgStore>,
}

impl Counted {
    async fn open() -> Self {
        let stage = Stage::open().await;
        let url = stage.engine.database.url();
        let relay = Relay::to_url(&url).await;
        relay.ignore_up_to(EMPTY_MESSAGE_BYTES);
        let settings = PgSettings {
            connections_max: 1,
            // Encrypted, an empty message would be longer.
            tls: Some(PgTls::Disable),
            ..settings(&relay.url(&url))
        };
        let store = PgStore::connect(&settings).await.unwrap();
        Self {
            stage,
            relay,
            store: Arc::new(store),
        }
    }

    /// What `call` costs.
    async fn cost<T>(&self, call: impl Future<Output = T>) -> (u64, T) {
        let before = self.relay.round_trips();
        let result = call.await;
        (self.relay.round_trips() - before, result)
    }

    fn placement(&self, seat: usize) -> Placement {
        Placement {
            keyed: Some(samples::keyed()),
            user_seats_max: 100,
            ..self.stage.placement(self.stage.ann, seat..seat + 1)
        }
    }
}

#[tokio::test]
async fn a_placement_costs_one_round_trip() {
    let counted = Counted::open().await;
    counted.store.place(&counted.placement(0)).await.unwrap();
    for seat in 1..5 {
        let (cost, placed) = counted.cost(counted.store.place(&counted.placement(seat))).await;
        placed.unwrap();
        assert_eq!(cost, 1);
    }
}

#[tokio::test]
async fn a_refused_placement_costs_one_round_trip() {
    let counted = Counted::open().await;
    counted.store.place(&counted.placement(0)).await.unwrap();
    let (cost, refused) = counted.cost(counted.store.place(&counted.placement(0))).await;
    assert!(matches!(refused, Err(PlaceError::SeatsSold(_))));
    assert_eq!(cost, 1);
}

#[tokio::test]
async fn a_step_costs_one_round_trip() {
    let counted = Counted::open().await;
    let store = &counted.store;
    let first = samples::placed(&**store, &counted.placement(0)).await;
    samples::begun(&**store, &first).await;
    let booking = samples::placed(&**store, &counted.placement(1)).await;
    let (begin, begun) = counted.cost(store.apply(&samples::to_begin(&booking))).await;
    let (capture, capturing) = counted.cost(store.apply(&samples::to_capture(&begun.unwrap()))).await;
    let (confirm, confirmed) = counted
        .cost(store.apply(&samples::to_confirm(&capturing.unwrap())))
        .await;
    let (cancel, cancelled) = counted
        .cost(store.apply(&samples::to_cancel(&confirmed.unwrap())))
        .await;
    cancelled.unwrap();
    assert_eq!([begin, capture, confirm, cancel], [1; 4]);
}

#[tokio::test]
async fn every_other_call_costs_one_round_trip() {
    let counted = Counted::open().await;
    let (store, user) = (&*counted.store, counted.stage.ann);
    let placement = counted.placement(0);
    let booking = samples::placed(store, &placement).await;
    let key = &placement.keyed.as_ref().unwrap().key;
    let (payment, showtime) = (booking.payment.id, booking.reservation.showtime);
    let page = PageRequest::first();
    let request = samples::keyed();
    let mut costs = Vec::new();
    macro_rules! count {
        ($($call:expr),+ $(,)?) => {$(
            // The first one prepares the statement.
            $call.await.unwrap();
            let (cost, result) = counted.cost($call).await;
            result.unwrap();
            costs.push((stringify!($call), cost));
        )+};
    }
    count!(
        store.booking(booking.reservation.id),
        store.by_hold(user, placement.hold),
        store.by_key(user, key),
        store.bookings_of(user, &page),
        store.taken_seats(showtime),
        store.claim_payment(payment, LONG),
        store.claimed(payment, LeaseEpoch(1)),
        store.claim_due_payments(10, LONG),
        store.expired(10),
        store.stranded(10),
        store.has_watched(user, counted.stage.hall.movie.id),
        store.payment_backlog(),
        store.take(10, LONG),
        store.failed(placement.messages[0].id, None),
        store.delivered(&[placement.messages[1].id]),
        Outbox::backlog(store),
        store.parked(),
        store.claim(user, &request, samples::id(), LONG),
        store.abandon(user, &request.key, samples::id()),
        store.purge(10),
    );
    let dear: Vec<_> = costs.iter().filter(|(_, cost)| *cost != 1).collect();
    assert!(dear.is_empty(), "{dear:?}");
    let cancel = samples::decide(&booking, Actor::Owner, None, |step| step.cancel(CancelReason::Owner));
    store.apply(&cancel).await.unwrap();
}
