//! A payment queue of a test's own on a real broker.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use lapin::options::{ExchangeDeleteOptions, QueueDeleteOptions};
use lapin::{Connection, ConnectionProperties};
use milo_adapters::rabbitmq::{RabbitPaymentQueue, RabbitSettings};
use milo_adapters::system::SystemClock;
use milo_core::conformance::EngineClock;
use milo_core::conformance::payment_queue::PaymentQueueFixture;
use milo_core::domain::{MessageId, PaymentId, ShowtimeId};
use milo_core::ports::{Clock, Delivery, PaymentQueue, PaymentWake};
use secrecy::SecretString;
use tokio::time::Instant;
use uuid::Uuid;

use super::broker::Operator;
use super::proxy::{Proxy, Way};

/// How long a test waits for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Long enough for a message that must not come to have come.
pub(crate) const QUIET: Duration = Duration::from_millis(200);

/// A payment queue with names of its own, reached by a way that can be cut.
pub(crate) struct Rig {
    pub(crate) queue: Arc<RabbitPaymentQueue>,
    pub(crate) proxy: Proxy,
    pub(crate) settings: RabbitSettings,
    url: String,
}

impl Rig {
    /// On the broker that tests share, connected.
    pub(crate) async fn new() -> Self {
        Self::tuned(|_| {}).await
    }

    /// As [`new`](Self::new), with other settings.
    pub(crate) async fn tuned(tune: impl FnOnce(&mut RabbitSettings)) -> Self {
        let rig = Self::reached(milo_testkit::rabbitmq().await, Way::Open, tune).await;
        rig.connected().await;
        rig
    }

    /// On the broker at `url`, connected or not.
    pub(crate) async fn reached(url: String, way: Way, tune: impl FnOnce(&mut RabbitSettings)) -> Self {
        let (login, place) = url.rsplit_once('@').unwrap();
        let (target, vhost) = place.split_once('/').unwrap();
        let proxy = Proxy::to(target.to_owned(), way).await;
        let by_proxy = format!("{login}@{}/{vhost}", proxy.address());
        let mut settings = RabbitSettings::new(SecretString::from(by_proxy));
        settings.queue = milo_testkit::unique("milo");
        settings.reconnect.cap = Duration::from_millis(500);
        tune(&mut settings);
        let queue = Arc::new(RabbitPaymentQueue::start(settings.clone(), Arc::new(SystemClock)).unwrap());
        Self {
            queue,
            proxy,
            settings,
            url,
        }
    }

    /// The same queue, as another process has it.
    pub(crate) async fn another_process(&self) -> Arc<RabbitPaymentQueue> {
        let another = RabbitPaymentQueue::start(self.settings.clone(), Arc::new(SystemClock)).unwrap();
        until("another process is connected", || async { another.ready().is_ok() }).await;
        Arc::new(another)
    }

    pub(crate) async fn connected(&self) {
        until("the queue is connected", || async { self.queue.ready().is_ok() }).await;
    }

    pub(crate) async fn operator(&self) -> Operator {
        Operator::at(&self.url).await
    }

    pub(crate) fn name(&self) -> &str {
        &self.settings.queue
    }

    /// The name of the dead-letter queue, and of its exchange.
    pub(crate) fn dead(&self) -> String {
        format!("{}.dead", self.settings.queue)
    }

    /// The next delivery, which must come.
    pub(crate) async fn received(&self) -> Delivery {
        received(&self.queue).await
    }

    /// Cuts every connection and waits until they are back.
    pub(crate) async fn cut(&self) {
        let before = self.proxy.connections();
        self.proxy.cut().await;
        until("the connections are back", || async {
            self.proxy.connections() >= before && self.queue.ready().is_ok()
        })
        .await;
    }
}

/// The next delivery, which must come, however often the broker is not there.
pub(crate) async fn received(queue: &RabbitPaymentQueue) -> Delivery {
    let began = Instant::now();
    loop {
        let received = queue.receive(Duration::from_secs(1)).await;
        if let Ok(Some(delivery)) = received {
            return delivery;
        }
        assert!(began.elapsed() < PATIENCE, "no message came: {received:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until `holds`.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < PATIENCE, "still not so: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A message that no other test has.
pub(crate) fn wake() -> PaymentWake {
    PaymentWake {
        id: MessageId(Uuid::now_v7()),
        payment: PaymentId(Uuid::now_v7()),
        showtime: ShowtimeId(Uuid::now_v7()),
    }
}

#[async_trait]
impl EngineClock for Rig {
    async fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    async fn advance(&self, by: Duration) {
        tokio::time::sleep(by).await;
    }
}

#[async_trait]
impl PaymentQueueFixture for Rig {
    fn queue(&self) -> Arc<dyn PaymentQueue> {
        self.queue.clone()
    }

    fn deliveries_max(&self) -> u32 {
        u32::from(self.settings.delivery_limit) + 1
    }

    async fn lose_receivers(&self) {
        self.cut().await;
    }
}

impl Drop for Rig {
    /// Leaves nothing behind on a broker that others use.
    fn drop(&mut self) {
        // Who is connected would declare them anew.
        self.proxy.end();
        let (url, dead) = (self.url.clone(), self.dead());
        let queues = [self.settings.queue.clone(), dead.clone()];
        // A drop may happen on any runtime, and must not wait on it.
        let deleted = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let deleting = async {
                let connection = Connection::connect(&url, ConnectionProperties::default()).await?;
                let channel = connection.create_channel().await?;
                for queue in queues {
                    channel
                        .queue_delete(queue.into(), QueueDeleteOptions::default())
                        .await?;
                }
                channel
                    .exchange_delete(dead.into(), ExchangeDeleteOptions::default())
                    .await?;
                connection.close(200, "done".into()).await
            };
            runtime.block_on(async { tokio::time::timeout(Duration::from_secs(5), deleting).await })
        });
        // A broker that the test has stopped has nothing of others.
        let _ = deleted.join();
    }
}
