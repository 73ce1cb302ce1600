//! Messages, charges and what becomes of the seats. What is only seen below HTTP is in the adapters' tests.

use std::time::Duration;

use milo_core::domain::{MessageId, MessageKind, ReservationId};
use milo_core::jobs::Job;
use milo_core::ports::PaymentWake;
use serde_json::{Value, json};

use super::Insides;
use super::insides::payment_of;
use crate::support::text;

/// A message about a reservation's payment, as the relay sends it.
fn wake(inside: &Insides, reservation: &Value) -> PaymentWake {
    PaymentWake {
        id: MessageId(uuid::Uuid::now_v7()),
        payment: payment_of(reservation),
        showtime: inside.showtime(),
    }
}

/// Delivers messages and drives payments until the queue is empty.
async fn process_all(inside: &Insides) {
    let processor = inside.world.milo.jobs().payment_processor(Duration::ZERO);
    while processor.run_once().await.unwrap().more {}
}

#[tokio::test]
async fn o5_a_message_is_written_with_its_reservation_and_sent_by_the_relay_alone() {
    let inside = Insides::open().await;
    let ann = inside.world.person("ann").await;
    let queue = inside.world.milo.ports().queue.clone();

    let reservation = inside.cinema.reserve(&ann, 0..2, "tok_ok").await;

    let id: ReservationId = text(&reservation, "id").parse().unwrap();
    let due = MessageKind::PaymentDue {
        payment: payment_of(&reservation),
        showtime: inside.showtime(),
    };
    let written = inside.world.store.audit().outbox;
    let of_payment: Vec<_> = written.iter().filter(|record| record.message.kind == due).collect();
    assert_eq!(of_payment.len(), 1, "{written:?}");
    assert_eq!(of_payment[0].reservation, id);
    assert_eq!(of_payment[0].delivered_at, None);
    let early = queue.receive(Duration::ZERO).await.unwrap();
    assert_eq!(early, None, "a message was sent before the relay ran");

    inside.run(inside.world.milo.jobs().outbox_relay()).await;

    let sent = queue.receive(Duration::ZERO).await.unwrap().unwrap();
    assert_eq!(sent.wake.payment, payment_of(&reservation));
    let next = queue.receive(Duration::ZERO).await.unwrap();
    assert_eq!(next, None, "one reservation is one message");
}

#[tokio::test]
async fn o5_a_refused_reservation_leaves_no_message() {
    let inside = Insides::open().await;
    let (ann, bob) = (inside.world.person("ann").await, inside.world.person("bob").await);
    let seats: Vec<&String> = inside.cinema.seats.iter().collect();
    inside.try_buy(&ann, &seats[..1]).await.expect(201);
    let before = inside.world.store.audit().outbox;
    inside.fool_the_locks().await;

    inside
        .try_buy(&bob, &seats[..2])
        .await
        .expect_problem(409, "seats-unavailable");

    assert_eq!(inside.world.store.audit().outbox, before);
}

#[tokio::test]
async fn o6_the_seats_of_a_failed_payment_are_bought_by_somebody_else() {
    for (token, failure) in [
        ("tok_declined", "card_declined"),
        ("tok_capture_refused", "capture_refused"),
        ("tok_down", "gateway_unavailable"),
    ] {
        let inside = Insides::open().await;
        let (ann, bob) = (inside.world.person("ann").await, inside.world.person("bob").await);
        let failed = inside.cinema.reserve(&ann, 0..2, token).await;
        let failed = inside.world.settle(&ann, &failed).await;
        assert_eq!(failed["status"], "payment_failed", "{token}");
        assert_eq!(failed["payment"]["failure"], failure);
        inside.world.turn().await;
        assert_eq!(inside.counts().await, json!({"available": 10, "held": 0, "sold": 0}));

        // A payment may take minutes to fail: whoever comes then signs in again.
        let bob = bob.sign_in("bob@example.org", crate::support::PASSWORD).await;
        let bought = inside.cinema.reserve(&bob, 0..2, "tok_ok").await;
        assert_eq!(inside.world.settle(&bob, &bought).await["status"], "confirmed");
        assert_eq!(inside.gateway.balance(payment_of(&failed)), 0);
        inside.check();
    }
}

#[tokio::test]
async fn o7_an_error_of_the_gateway_delays_a_payment_and_does_not_lose_it() {
    for token in ["tok_flaky_3", "tok_lost_2"] {
        let inside = Insides::open().await;
        let ann = inside.world.person("ann").await;
        let reservation = inside.cinema.reserve(&ann, 0..2, token).await;
        let settled = inside.world.settle(&ann, &reservation).await;
        assert_eq!(settled["status"], "confirmed", "{token}");
        assert_eq!(inside.gateway.balance(payment_of(&reservation)), 2500);
        inside.check();
    }
}

#[tokio::test]
async fn o8_a_message_that_comes_again_never_charges_again() {
    let inside = Insides::open().await;
    let ann = inside.world.person("ann").await;
    let reservation = inside.cinema.reserve(&ann, 0..2, "tok_ok").await;
    let queue = inside.world.milo.ports().queue.clone();
    let again = wake(&inside, &reservation);

    for _ in 0..3 {
        // The same message, and others that say the same.
        queue.publish(&again).await.unwrap();
        queue.publish(&wake(&inside, &reservation)).await.unwrap();
    }
    inside.run(inside.world.milo.jobs().outbox_relay()).await;
    process_all(&inside).await;
    let paid = inside.world.settle(&ann, &reservation).await;
    queue.publish(&again).await.unwrap();
    process_all(&inside).await;

    assert_eq!(paid["status"], "confirmed");
    let payment = payment_of(&reservation);
    assert_eq!(inside.gateway.balance(payment), 2500);
    assert_eq!(inside.gateway.effects(&format!("milo:{payment}:capture")), 1);
    let path = format!("/reservations/{}", text(&reservation, "id"));
    assert_eq!(ann.get(&path).await.expect(200).json(), paid);
    inside.check();
}

#[tokio::test]
async fn o8_a_late_message_never_revives_what_is_over() {
    let inside = Insides::open().await;
    let ann = inside.world.person("ann").await;
    let queue = inside.world.milo.ports().queue.clone();

    let cancelled = inside.cinema.reserve(&ann, 0..2, "tok_ok").await;
    let cancel = format!("/reservations/{}/cancel", text(&cancelled, "id"));
    ann.act(&cancel).await.expect(200);
    let refunded = inside.cinema.reserve(&ann, 2..4, "tok_ok").await;
    inside.world.settle(&ann, &refunded).await;
    let cancel = format!("/reservations/{}/cancel", text(&refunded, "id"));
    ann.act(&cancel).await.expect(200);
    inside.world.settle(&ann, &refunded).await;
    let declined = inside.cinema.reserve(&ann, 4..6, "tok_declined").await;
    inside.world.settle(&ann, &declined).await;
    let expired = inside.cinema.reserve(&ann, 6..8, "tok_ok").await;
    inside.world.clock.advance(Duration::from_mins(11));
    inside.run(inside.world.milo.jobs().reservation_expiry()).await;
    let ann = ann.sign_in("ann@example.org", crate::support::PASSWORD).await;

    let ends = [
        (cancelled, "cancelled", "dropped"),
        (refunded, "cancelled", "refunded"),
        (declined, "payment_failed", "declined"),
        (expired, "expired", "dropped"),
    ];
    for (reservation, status, payment) in ends {
        queue.publish(&wake(&inside, &reservation)).await.unwrap();
        process_all(&inside).await;
        inside.world.turn().await;
        let path = format!("/reservations/{}", text(&reservation, "id"));
        let seen = ann.get(&path).await.expect(200).json();
        assert_eq!(seen["status"], status, "{seen}");
        assert_eq!(seen["payment"]["status"], payment, "{seen}");
        assert_eq!(inside.gateway.balance(payment_of(&reservation)), 0);
    }
    assert!(inside.world.store.audit().owners.is_empty(), "every seat is free");
    inside.check();
}
