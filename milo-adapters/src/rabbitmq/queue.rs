use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use milo_core::domain::{MessageId, PaymentFailure};
use milo_core::ports::{Clock, DeadLetter, Delivery, Failure, PaymentQueue, PaymentWake, PortError};
use tokio::sync::{Mutex, watch};

use super::broken::Broken;
use super::consumer::{Consumer, Settlement};
use super::look::Look;
use super::publisher::{Outgoing, Publisher};
use super::supervisor::Link;
use super::topology::Topology;
use super::{PORT, RabbitSettings, letter, payload};

/// The payment queue on RabbitMQ. It lives in the Tokio runtime that it was started in; its connections end with it.
///
/// It starts whether or not the broker is there, and goes on when the broker comes back. While the broker is away,
/// [`publish`](PaymentQueue::publish) fails at once, or within [`call_timeout`](RabbitSettings::call_timeout) if the
/// broker has only just been lost, and [`receive`](PaymentQueue::receive) waits as it was told and then fails.
pub struct RabbitPaymentQueue {
    settings: Arc<RabbitSettings>,
    topology: Topology,
    clock: Arc<dyn Clock>,
    publisher: Publisher,
    /// Started by the first receiver: a process that only sends takes no deliveries from others.
    consumer: OnceLock<Consumer>,
    /// Those of this process that look through the dead letters stand in line here, each without a connection.
    look: Mutex<()>,
}

impl RabbitPaymentQueue {
    /// Starts to connect, and returns at once. `clock` stamps what is buried. To be called within a Tokio runtime.
    ///
    /// # Errors
    /// Refused, if the settings cannot be used.
    pub fn start(settings: RabbitSettings, clock: Arc<dyn Clock>) -> Result<Self, PortError> {
        settings.check()?;
        let settings = Arc::new(settings);
        Ok(Self {
            topology: Topology::new(&settings),
            publisher: Publisher::start(Arc::clone(&settings)),
            consumer: OnceLock::new(),
            look: Mutex::default(),
            settings,
            clock,
        })
    }

    /// Whether its connections stand, as was known within the last heartbeat: what readiness asks.
    ///
    /// # Errors
    /// Transient, and why.
    pub fn ready(&self) -> Result<(), PortError> {
        stands(self.publisher.link())?;
        self.consumer.get().map_or(Ok(()), |consumer| stands(consumer.link()))
    }

    fn consumer(&self) -> &Consumer {
        self.consumer
            .get_or_init(|| Consumer::start(Arc::clone(&self.settings)))
    }

    async fn settle(&self, delivery: &Delivery, settlement: Settlement) -> Result<(), PortError> {
        match self.consumer.get() {
            Some(consumer) => consumer.settle(delivery.tag, settlement).await,
            // Nothing was received here: it is a delivery of another process, which is gone.
            None => Ok(()),
        }
    }

    async fn send_again(&self, message: MessageId) -> Result<bool, PortError> {
        let failed = |broken: Broken| broken.as_failure(Failure::Transient);
        let unknown = |broken: Broken| broken.as_failure(Failure::OutcomeUnknown);
        let _turn = self.look.lock().await;
        let mut look = Look::begin(&self.settings).await.map_err(failed)?;
        let Some(letter) = look.find(message) else {
            look.end().await.map_err(failed)?;
            return Ok(false);
        };
        // Confirmed before it is removed: who dies between the two sends it twice, and loses it never.
        let sent = self.publish(&letter.wake).await;
        if sent.is_ok() {
            look.remove(message).await.map_err(unknown)?;
        }
        look.end().await.map_err(unknown)?;
        sent.map(|()| true)
    }

    async fn list(&self, limit: usize) -> Result<Vec<DeadLetter>, Broken> {
        let _turn = self.look.lock().await;
        let look = Look::begin(&self.settings).await?;
        let letters = look.oldest(limit);
        look.end().await?;
        Ok(letters)
    }
}

impl fmt::Debug for RabbitPaymentQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RabbitPaymentQueue")
            .field("queue", &self.settings.queue)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl PaymentQueue for RabbitPaymentQueue {
    async fn publish(&self, wake: &PaymentWake) -> Result<(), PortError> {
        let message = Outgoing {
            route: self.topology.queue_route(),
            id: payload::message_id(wake),
            properties: payload::properties(wake),
            body: payload::write(wake)?,
        };
        self.publisher.publish(message).await
    }

    async fn receive(&self, wait: Duration) -> Result<Option<Delivery>, PortError> {
        let consumer = self.consumer();
        if let Some(delivery) = consumer.receive(wait).await {
            return Ok(Some(delivery));
        }
        match &*consumer.link().borrow() {
            Link::Down(why) => Err(why.as_failure(Failure::Transient)),
            Link::Connecting | Link::Up => Ok(None),
        }
    }

    async fn acknowledge(&self, delivery: &Delivery) -> Result<(), PortError> {
        self.settle(delivery, Settlement::Acknowledge).await
    }

    async fn reject(&self, delivery: &Delivery) -> Result<(), PortError> {
        self.settle(delivery, Settlement::Return).await
    }

    /// The broker takes a second one of the same id; whoever looks next takes it out.
    async fn bury(&self, wake: &PaymentWake, reason: &PaymentFailure) -> Result<(), PortError> {
        let message = Outgoing {
            route: self.topology.dead_route(),
            id: payload::message_id(wake),
            properties: letter::properties(wake, reason, self.clock.now()),
            body: payload::write(wake)?,
        };
        self.publisher.publish(message).await
    }

    async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, PortError> {
        let limit_of_time = self.settings.look_timeout;
        let late = |_| Broken::late("looking through the dead letters", limit_of_time);
        let listed = tokio::time::timeout(limit_of_time, self.list(limit)).await;
        let listed = listed.map_err(late).and_then(|listed| listed);
        listed.map_err(|broken| broken.as_failure(Failure::Transient))
    }

    async fn replay(&self, message: MessageId) -> Result<bool, PortError> {
        let limit = self.settings.look_timeout;
        match tokio::time::timeout(limit, self.send_again(message)).await {
            Ok(replayed) => replayed,
            Err(_) => Err(Broken::late("sending a dead letter again", limit).as_failure(Failure::OutcomeUnknown)),
        }
    }
}

fn stands(link: &watch::Receiver<Link>) -> Result<(), PortError> {
    // A task that ended by itself has panicked, and says nothing any more.
    if link.has_changed().is_err() {
        return Err(PortError::transient(PORT, "the task behind the connection is gone"));
    }
    match &*link.borrow() {
        Link::Up => Ok(()),
        Link::Connecting => Err(PortError::transient(PORT, "connecting to RabbitMQ")),
        Link::Down(why) => Err(why.as_failure(Failure::Transient)),
    }
}
