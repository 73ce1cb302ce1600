//! A broker that is away, or says nothing.

use std::sync::Arc;
use std::time::Duration;

use milo_adapters::rabbitmq::RabbitPaymentQueue;
use milo_adapters::system::SystemClock;
use milo_core::ports::{Failure, PaymentQueue};
use secrecy::ExposeSecret;
use tokio::time::Instant;

use super::proxy::Way;
use super::rig::{Rig, until, wake};

/// A rig that notices early.
async fn rig(way: Way) -> Rig {
    Rig::reached(milo_testkit::rabbitmq().await, way, |settings| {
        settings.connect_timeout = Duration::from_secs(1);
        settings.call_timeout = Duration::from_secs(1);
        settings.heartbeat = Duration::from_secs(1);
    })
    .await
}

/// A second for the bound itself, and one for a machine that is busy.
const BOUND: Duration = Duration::from_secs(2);

/// Much less than the bound of a call, on a machine that is busy.
const AT_ONCE: Duration = Duration::from_millis(500);

async fn assert_works(rig: &Rig) {
    let sent = wake();
    until("it can be sent", || async { rig.queue.publish(&sent).await.is_ok() }).await;
    let mut delivery = rig.received().await;
    while delivery.wake != sent {
        rig.queue.acknowledge(&delivery).await.unwrap();
        delivery = rig.received().await;
    }
    rig.queue.acknowledge(&delivery).await.unwrap();
    rig.connected().await;
}

#[tokio::test]
async fn a_start_without_a_broker_succeeds_and_the_broker_is_found_later() {
    let rig = rig(Way::Closed).await;
    until("it is known to be away", || async {
        rig.queue.publish(&wake()).await.is_err()
    })
    .await;
    assert!(rig.queue.ready().is_err());
    rig.proxy.set(Way::Open);
    assert_works(&rig).await;
}

#[tokio::test]
async fn a_broker_that_accepts_and_says_nothing_is_found_later() {
    let rig = rig(Way::Silent).await;
    let began = Instant::now();
    let error = rig.queue.publish(&wake()).await.unwrap_err();
    assert!(
        error.may_retry() && began.elapsed() < BOUND,
        "{error} after {:?}",
        began.elapsed()
    );
    rig.proxy.set(Way::Open);
    assert_works(&rig).await;
}

#[tokio::test]
async fn a_broker_that_is_away_fails_a_message_at_once_and_a_receiver_after_its_wait() {
    let rig = rig(Way::Open).await;
    assert_works(&rig).await;
    rig.proxy.set(Way::Closed);
    rig.proxy.cut().await;
    until("it is known to be away", || async {
        let published = rig.queue.publish(&wake()).await;
        let received = rig.queue.receive(Duration::ZERO).await;
        published.is_err_and(|error| error.failure == Failure::Transient) && received.is_err()
    })
    .await;
    for _ in 0..20 {
        let began = Instant::now();
        assert_eq!(
            rig.queue.publish(&wake()).await.unwrap_err().failure,
            Failure::Transient
        );
        assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
    }
    let began = Instant::now();
    rig.queue.receive(Duration::from_millis(300)).await.unwrap_err();
    assert!(began.elapsed() >= Duration::from_millis(300));
    rig.proxy.set(Way::Open);
    assert_works(&rig).await;
}

#[tokio::test]
async fn a_broker_that_falls_silent_holds_no_call_longer_than_its_bound() {
    let rig = rig(Way::Open).await;
    assert_works(&rig).await;
    rig.queue.publish(&wake()).await.unwrap();
    let delivery = rig.received().await;
    rig.proxy.set(Way::Silent);
    for _ in 0..5 {
        let began = Instant::now();
        let error = rig.queue.publish(&wake()).await.unwrap_err();
        assert!(
            error.may_retry() && began.elapsed() < BOUND,
            "{error} after {:?}",
            began.elapsed()
        );
    }
    let began = Instant::now();
    let _ = rig.queue.acknowledge(&delivery).await;
    let _ = rig.queue.receive(Duration::ZERO).await;
    assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
    rig.proxy.set(Way::Open);
    assert_works(&rig).await;
}

#[tokio::test]
async fn a_silence_is_noticed_also_when_nobody_calls() {
    let rig = rig(Way::Open).await;
    assert_works(&rig).await;
    rig.proxy.set(Way::Silent);
    until("it is not ready", || async { rig.queue.ready().is_err() }).await;
    rig.proxy.set(Way::Open);
    rig.connected().await;
}

#[tokio::test]
async fn attempts_that_get_no_answer_leave_no_connections_behind() {
    let rig = rig(Way::Silent).await;
    // Several attempts, each of which the client library would wait for without an end.
    for _ in 0..4 {
        until("it was tried", || async { rig.proxy.connections() == 1 }).await;
        until("it was given up", || async { rig.proxy.connections() == 0 }).await;
    }
}

#[tokio::test]
async fn a_broker_without_tls_is_an_error_where_tls_is_asked_for() {
    let rig = rig(Way::Open).await;
    let mut settings = rig.settings.clone();
    settings.url = settings.url.expose_secret().replace("amqp://", "amqps://").into();
    let queue = RabbitPaymentQueue::start(settings, Arc::new(SystemClock)).unwrap();
    until("it is known", || async {
        queue
            .publish(&wake())
            .await
            .is_err_and(|error| error.failure == Failure::Transient)
    })
    .await;
}
