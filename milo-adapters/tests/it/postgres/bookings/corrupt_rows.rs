//! A row that breaks a rule of the domain is named, never guessed at.

use milo_core::conformance::LONG;
use milo_core::ports::{BookingStore, Failure, Outbox};

use super::stage::Stage;

#[tokio::test]
async fn a_payment_that_breaks_a_rule_is_corrupt_and_named() {
    let stage = Stage::open().await;
    let booking = stage.placed(stage.ann, 0..1).await;
    stage.run("update payments set token = '4111111111111111'").await;
    let error = stage.store.booking(booking.reservation.id).await.unwrap_err();
    assert_eq!(error.failure, Failure::Corrupt);
    let message = error.to_string();
    assert!(
        message.contains(&format!("payments {}", booking.payment.id)),
        "{message}"
    );
    assert!(!message.contains("4111111111111111"), "no value is repeated: {message}");
}

#[tokio::test]
async fn a_message_that_nobody_can_read_is_corrupt_and_named() {
    let stage = Stage::open().await;
    stage.placed(stage.ann, 0..1).await;
    stage
        .run(
            "alter table outbox disable trigger outbox_delivers_once;
             update outbox set payload = '{\"topic\": \"notify\"}'",
        )
        .await;
    let error = stage.store.take(1, LONG).await.unwrap_err();
    assert_eq!(error.failure, Failure::Corrupt);
    assert!(error.to_string().contains("outbox "), "{error}");
    stage.engine.is_broken_on_purpose();
}
