//! What Milo declares at the broker: all of it. Declaring it again changes nothing.
//!
//! ```text
//!                          (default exchange)
//! publish ── Q ──────────────▶ queue Q  quorum, at most N messages, then refuses
//!                                 │ rejected for good, or delivered too often
//!                                 ▼ at least once
//! bury ──── Q.dead ────▶ exchange Q.dead  direct
//!                                 │ Q.dead
//!                                 ▼
//!                              queue Q.dead  quorum, at most N messages, then refuses
//!
//!                              queue Q.dead.look  exclusive, always empty: whoever has declared it may look
//! ```

use std::time::Duration;

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, ExchangeKind};

use super::RabbitSettings;
use super::broken::{Broken, within};

/// The names, and the arguments that the queues are declared with.
#[derive(Clone, Debug)]
pub(super) struct Topology {
    queue: ShortString,
    dead: ShortString,
    look: ShortString,
    delivery_limit: i32,
    length_max: i32,
    limit: Duration,
}

/// AMQP for "it exists, but otherwise".
const PRECONDITION_FAILED: u16 = 406;

/// AMQP for "somebody else has it".
const RESOURCE_LOCKED: u16 = 405;

/// Looking at a dead letter is a delivery to RabbitMQ; the default limit of RabbitMQ 4 would drop it after 20 looks.
const LOOKS_MAX: i32 = i32::MAX;

impl Topology {
    pub(super) fn new(settings: &RabbitSettings) -> Self {
        Self {
            queue: settings.queue.as_str().into(),
            dead: format!("{}.dead", settings.queue).into(),
            look: format!("{}.dead.look", settings.queue).into(),
            delivery_limit: i32::from(settings.delivery_limit),
            length_max: i32::try_from(settings.length_max).unwrap_or(i32::MAX),
            limit: settings.call_timeout,
        }
    }

    /// Where workers' messages are sent: the exchange, the routing key.
    pub(super) fn queue_route(&self) -> (ShortString, ShortString) {
        (ShortString::default(), self.queue.clone())
    }

    /// Where dead letters are sent: the exchange, the routing key.
    pub(super) fn dead_route(&self) -> (ShortString, ShortString) {
        (self.dead.clone(), self.dead.clone())
    }

    /// The queue that workers receive from.
    pub(super) fn queue(&self) -> ShortString {
        self.queue.clone()
    }

    /// The queue of dead letters.
    pub(super) fn dead(&self) -> ShortString {
        self.dead.clone()
    }

    /// Makes everything that is missing.
    ///
    /// Dead-lettering at least once needs a queue that refuses when it is full. One that is full of dead letters
    /// refuses too, and they stay where they came from: nothing makes room by being dropped.
    pub(super) async fn declare(&self, channel: &Channel) -> Result<(), Broken> {
        let durable = ExchangeDeclareOptions {
            durable: true,
            ..ExchangeDeclareOptions::default()
        };
        let exchange = channel.exchange_declare(self.dead(), ExchangeKind::Direct, durable, FieldTable::default());
        within(self.limit, "declaring the dead-letter exchange", exchange)
            .await
            .map_err(|broken| self.explain("exchange", &self.dead, broken))?;

        self.declare_queue(channel, &self.dead, self.arguments(LOOKS_MAX))
            .await?;
        let (exchange, key) = self.dead_route();
        let bound = channel.queue_bind(
            self.dead(),
            exchange,
            key,
            QueueBindOptions::default(),
            FieldTable::default(),
        );
        within(self.limit, "binding the dead-letter queue", bound).await?;

        let mut arguments = self.arguments(self.delivery_limit);
        let (exchange, key) = self.dead_route();
        insert(&mut arguments, "x-dead-letter-exchange", text(exchange.as_str()));
        insert(&mut arguments, "x-dead-letter-routing-key", text(key.as_str()));
        insert(&mut arguments, "x-dead-letter-strategy", text("at-least-once"));
        self.declare_queue(channel, &self.queue, arguments).await
    }

    /// Makes sure that the broker answers and that the queue is still there.
    pub(super) async fn probe(&self, channel: &Channel) -> Result<(), Broken> {
        self.ready(channel, self.queue()).await.map(|_| ())
    }

    /// How many dead letters nobody has.
    pub(super) async fn dead_ready(&self, channel: &Channel) -> Result<u32, Broken> {
        self.ready(channel, self.dead()).await
    }

    /// Takes the right to look through the dead letters, which ends with the connection; false if somebody else has
    /// it, and then the channel is closed. (A consumer that asks to be the only one is not: quorum queues ignore it.)
    pub(super) async fn lock_look(&self, channel: &Channel) -> Result<bool, Broken> {
        let exclusive = QueueDeclareOptions {
            exclusive: true,
            ..QueueDeclareOptions::default()
        };
        let lock = channel.queue_declare(self.look.clone(), exclusive, FieldTable::default());
        match within(self.limit, "locking the dead letters", lock).await {
            Ok(_) => Ok(true),
            Err(broken) if broken.reply_code() == Some(RESOURCE_LOCKED) => Ok(false),
            Err(broken) => Err(broken),
        }
    }

    async fn ready(&self, channel: &Channel, queue: ShortString) -> Result<u32, Broken> {
        let passive = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::default()
        };
        let declared = channel.queue_declare(queue, passive, FieldTable::default());
        Ok(within(self.limit, "asking for the queue", declared)
            .await?
            .message_count())
    }

    async fn declare_queue(&self, channel: &Channel, name: &ShortString, arguments: FieldTable) -> Result<(), Broken> {
        let declared = channel.queue_declare(name.clone(), QueueDeclareOptions::durable(), arguments);
        within(self.limit, "declaring the queue", declared)
            .await
            .map(|_| ())
            .map_err(|broken| self.explain("queue", name, broken))
    }

    fn arguments(&self, delivery_limit: i32) -> FieldTable {
        let mut arguments = FieldTable::default();
        insert(&mut arguments, "x-queue-type", text("quorum"));
        insert(&mut arguments, "x-overflow", text("reject-publish"));
        insert(&mut arguments, "x-max-length", AMQPValue::LongInt(self.length_max));
        insert(&mut arguments, "x-delivery-limit", AMQPValue::LongInt(delivery_limit));
        arguments
    }

    fn explain(&self, what: &str, name: &ShortString, broken: Broken) -> Broken {
        if broken.reply_code() != Some(PRECONDITION_FAILED) {
            return broken;
        }
        Broken::new(format!(
            "the {what} `{name}` exists with other arguments than the settings ask for: put the settings back, choose \
             another name, or drain and delete it, whereupon it is declared anew ({broken})"
        ))
    }
}

fn insert(arguments: &mut FieldTable, name: &str, value: AMQPValue) {
    arguments.insert(name.into(), value);
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}
