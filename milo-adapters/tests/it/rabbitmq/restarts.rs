//! A broker that ends and comes back, on containers of each test's own.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use milo_adapters::rabbitmq::{RabbitPaymentQueue, RabbitSettings};
use milo_core::domain::MessageId;
use milo_core::ports::{PaymentQueue, PaymentWake};
use milo_testkit::Engine;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::proxy::Way;
use super::rig::{QUIET, Rig, until, wake};

/// How long everything that was confirmed may take to arrive after the broker is back.
const PATIENCE: Duration = Duration::from_secs(60);

/// RabbitMQ writes down a little late that a quorum queue exists: killed within its first second, it comes back with a
/// queue that has lost its messages and never finds a leader (rabbitmq-server#15725). A queue is as old as a deployment.
const QUEUE_AGE: Duration = Duration::from_secs(3);

async fn on(broker: &Engine, tune: impl FnOnce(&mut RabbitSettings)) -> Rig {
    let rig = Rig::reached(broker.url(), Way::Open, tune).await;
    rig.connected().await;
    tokio::time::sleep(QUEUE_AGE).await;
    rig
}

/// Sends as the outbox does: again and again with the same id, until it is confirmed.
async fn delivered(queue: &RabbitPaymentQueue, wake: &PaymentWake) {
    let began = Instant::now();
    while let Err(error) = queue.publish(wake).await {
        assert!(error.may_retry(), "{error}");
        assert!(began.elapsed() < PATIENCE, "{error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Receives and acknowledges with a few lanes until told to stop; gives the ids that came.
fn receivers(queue: &Arc<RabbitPaymentQueue>, stop: &Arc<AtomicBool>) -> Vec<JoinHandle<HashSet<MessageId>>> {
    let lanes = (0..4).map(|_| {
        let (queue, stop) = (Arc::clone(queue), Arc::clone(stop));
        tokio::spawn(async move {
            let mut seen = HashSet::new();
            while !stop.load(Ordering::Relaxed) {
                match queue.receive(Duration::from_millis(200)).await {
                    Ok(Some(delivery)) => {
                        seen.insert(delivery.wake.id);
                        // One that is lost brings the message again.
                        let _ = queue.acknowledge(&delivery).await;
                    }
                    Ok(None) => {}
                    Err(error) => {
                        assert!(error.may_retry(), "{error}");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                }
            }
            seen
        })
    });
    lanes.collect()
}

async fn received_by(rig: &Rig, wakes: &[PaymentWake]) {
    let missing = tokio::sync::Mutex::new(wakes.iter().map(|wake| wake.id).collect::<HashSet<_>>());
    until("all that was confirmed is received", || async {
        let mut missing = missing.lock().await;
        while let Ok(Some(delivery)) = rig.queue.receive(Duration::from_millis(100)).await {
            missing.remove(&delivery.wake.id);
            let _ = rig.queue.acknowledge(&delivery).await;
        }
        missing.is_empty()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_confirmed_before_a_kill_is_delivered_after_it() {
    let broker = milo_testkit::private::rabbitmq().await;
    let rig = on(&broker, |_| {}).await;
    let wakes: Vec<PaymentWake> = (0..200).map(|_| wake()).collect();
    stream::iter(&wakes)
        .for_each_concurrent(32, async |wake| rig.queue.publish(wake).await.unwrap())
        .await;
    broker.kill().await;
    broker.start().await;
    received_by(&rig, &wakes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_waited_idle_over_a_restart_receives_afterwards() {
    let broker = milo_testkit::private::rabbitmq().await;
    let rig = on(&broker, |_| {}).await;
    until("it waits", || async {
        matches!(rig.queue.receive(QUIET).await, Ok(None)) && rig.queue.ready().is_ok()
    })
    .await;
    broker.stop().await;
    broker.start().await;
    let sent = wake();
    delivered(&rig.queue, &sent).await;
    assert_eq!(rig.received().await.wake, sent);
}

async fn stream_over<F: Future<Output = ()>>(rig: &Rig, outage: F) {
    let (wakes, stop): (Vec<PaymentWake>, _) = ((0..600).map(|_| wake()).collect(), Arc::new(AtomicBool::new(false)));
    let lanes = receivers(&rig.queue, &stop);
    let sending = stream::iter(&wakes).for_each_concurrent(16, async |wake| {
        // Slow enough to be in the middle when the broker goes.
        tokio::time::sleep(Duration::from_millis(20)).await;
        delivered(&rig.queue, wake).await;
    });
    tokio::join!(sending, async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        outage.await;
    });
    let operator = rig.operator().await;
    until("the queue is empty", || async {
        operator.queue(rig.name()).await.is_some_and(|(ready, _)| ready == 0)
    })
    .await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    stop.store(true, Ordering::Relaxed);
    let mut seen = HashSet::new();
    for lane in lanes {
        seen.extend(lane.await.unwrap());
    }
    let sent: HashSet<MessageId> = wakes.iter().map(|wake| wake.id).collect();
    let missing = sent.difference(&seen).count();
    assert_eq!(missing, 0, "confirmed and never received");
    assert_eq!(rig.queue.dead_letters(10).await.unwrap(), []);
    rig.connected().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_messages_outlives_a_broker_that_is_stopped_for_seconds() {
    let broker = milo_testkit::private::rabbitmq().await;
    let rig = on(&broker, |_| {}).await;
    stream_over(&rig, async {
        broker.stop().await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        broker.start().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_messages_outlives_a_broker_that_is_killed() {
    let broker = milo_testkit::private::rabbitmq().await;
    let rig = on(&broker, |_| {}).await;
    stream_over(&rig, async {
        broker.kill().await;
        broker.start().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_messages_outlives_a_broker_that_freezes() {
    let broker = milo_testkit::private::rabbitmq().await;
    let rig = on(&broker, |settings| {
        settings.call_timeout = Duration::from_secs(2);
        settings.connect_timeout = Duration::from_secs(2);
        settings.heartbeat = Duration::from_secs(2);
    })
    .await;
    stream_over(&rig, async {
        broker.pause().await;
        tokio::time::sleep(Duration::from_secs(8)).await;
        broker.unpause().await;
    })
    .await;
}
