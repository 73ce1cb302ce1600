use std::collections::BTreeMap;

use lapin::options::QueueDeclareOptions;
use lapin::types::{AMQPValue, FieldTable};
use milo_adapters::rabbitmq::RabbitPaymentQueue;
use milo_adapters::system::SystemClock;
use milo_core::domain::PaymentFailure;
use milo_core::ports::{Failure, PaymentQueue};

use super::broker::Operator;
use super::rig::{Rig, until, wake};

/// The arguments that the queue, or its dead-letter queue, is to have.
fn arguments(rig: &Rig, queue: &str) -> BTreeMap<&'static str, AMQPValue> {
    let text = |text: &str| AMQPValue::LongString(text.into());
    let mut arguments = BTreeMap::from([
        ("x-queue-type", text("quorum")),
        ("x-overflow", text("reject-publish")),
        ("x-max-length", AMQPValue::LongInt(100_000)),
        ("x-delivery-limit", AMQPValue::LongInt(i32::MAX)),
    ]);
    if queue == rig.name() {
        arguments.insert("x-delivery-limit", AMQPValue::LongInt(5));
        arguments.insert("x-dead-letter-exchange", text(&rig.dead()));
        arguments.insert("x-dead-letter-routing-key", text(&rig.dead()));
        arguments.insert("x-dead-letter-strategy", text("at-least-once"));
    }
    arguments
}

/// Whether the broker finds that a queue was declared just so.
async fn is_declared(operator: &Operator, queue: &str, durable: bool, arguments: &BTreeMap<&str, AMQPValue>) -> bool {
    let options = QueueDeclareOptions {
        durable,
        ..QueueDeclareOptions::default()
    };
    let mut table = FieldTable::default();
    for (name, value) in arguments {
        table.insert((*name).into(), value.clone());
    }
    let channel = operator.channel().await;
    channel.queue_declare(queue.into(), options, table).await.is_ok()
}

#[tokio::test]
async fn the_queues_are_durable_quorum_queues_that_drop_nothing() {
    let rig = Rig::new().await;
    let operator = rig.operator().await;
    for queue in [rig.name().to_owned(), rig.dead()] {
        let right = arguments(&rig, &queue);
        assert!(is_declared(&operator, &queue, true, &right).await);
        assert!(!is_declared(&operator, &queue, false, &right).await);
        for name in right.keys() {
            let mut wrong = right.clone();
            wrong.remove(name);
            assert!(
                !is_declared(&operator, &queue, true, &wrong).await,
                "{queue} without {name}"
            );
        }
    }
}

#[tokio::test]
async fn messages_outlive_the_broker_and_hold_ids_only() {
    let rig = Rig::new().await;
    let (operator, sent) = (rig.operator().await, wake());
    rig.queue.publish(&sent).await.unwrap();
    rig.queue.bury(&sent, &PaymentFailure::cancelled()).await.unwrap();
    for queue in [rig.name().to_owned(), rig.dead()] {
        let (properties, body) = operator.get(&queue).await.unwrap();
        assert_eq!(*properties.delivery_mode(), Some(2));
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let expected = serde_json::json!({
            "version": 1, "id": sent.id, "payment": sent.payment, "showtime": sent.showtime,
        });
        assert_eq!(body, expected);
    }
}

#[tokio::test]
async fn a_queue_that_exists_otherwise_is_one_clear_error_until_it_is_gone() {
    let rig = Rig::new().await;
    let mut other = rig.settings.clone();
    other.delivery_limit += 1;
    let queue = RabbitPaymentQueue::start(other, std::sync::Arc::new(SystemClock)).unwrap();
    let error = queue.publish(&wake()).await.unwrap_err();
    assert_eq!(error.failure, Failure::Transient);
    assert!(error.message.contains("exists with other arguments"), "{error}");
    assert!(queue.ready().is_err());

    rig.operator().await.delete(rig.name()).await;
    until("it is declared anew", || async { queue.publish(&wake()).await.is_ok() }).await;
}

#[tokio::test]
async fn a_process_that_receives_nothing_consumes_nothing() {
    let rig = Rig::new().await;
    rig.queue.publish(&wake()).await.unwrap();
    rig.queue.dead_letters(10).await.unwrap();
    assert_eq!(rig.operator().await.queue(rig.name()).await, Some((1, 0)));
    rig.received().await;
    assert_eq!(rig.operator().await.queue(rig.name()).await, Some((0, 1)));
}

#[tokio::test]
async fn a_queue_that_is_dropped_leaves_no_connection() {
    let rig = Rig::new().await;
    rig.queue.publish(&wake()).await.unwrap();
    rig.received().await;
    let Rig { queue, proxy, .. } = &rig;
    assert_eq!(proxy.connections(), 2);
    let another = rig.another_process().await;
    another.receive(std::time::Duration::ZERO).await.unwrap();
    until("both connections are there", || async { proxy.connections() == 4 }).await;
    drop(another);
    until("they are gone", || async { proxy.connections() == 2 }).await;
    queue.ready().unwrap();
}
