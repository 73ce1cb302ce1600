//! Looking through the dead letters. AMQP has no way to read a queue without taking from it, so a look takes all of
//! them, and gives back what stays.
//!
//! - A look has a connection of its own. However it ends, what was not acknowledged goes back to the queue: a process
//!   that dies while it looks loses nothing.
//! - One at a time looks, in all processes: two would each see a part, and both send a letter again.
//! - The queue keeps no order when letters go back, so they are sorted by their times.
//! - [`LETTERS_MAX`] bounds a look: of more letters, a part is seen, and others when those are gone.

use std::time::Duration;

use futures_util::StreamExt;
use lapin::Channel;
use lapin::options::{BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions};
use lapin::types::FieldTable;
use milo_core::domain::MessageId;
use milo_core::ports::DeadLetter;

use super::RabbitSettings;
use super::broken::{Broken, within};
use super::letter::{self, without_copies};
use super::topology::Topology;
use super::wire::Wire;

/// The most letters of one look.
const LETTERS_MAX: u16 = 10_000;

/// How long a look waits for the next letter of those that the broker counted.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// How long to wait before asking again for what another has, or for what is on its way back.
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// How often to ask whether the letters are back.
const BACK_ASKED_MAX: usize = 50;

/// The name of the consumer of a look, which is alone on its channel.
const CONSUMER: &str = "look";

/// All dead letters, in the hand.
pub(super) struct Look {
    wire: Wire,
    channel: Channel,
    topology: Topology,
    limit: Duration,
    found: Vec<Found>,
    /// How many messages are held that are no letters.
    unreadable: u32,
}

/// A letter, and its name on the channel.
struct Found {
    letter: DeadLetter,
    tag: u64,
}

impl Look {
    /// Takes every dead letter, waiting for another who looks. Whoever asks bounds how long that may take.
    pub(super) async fn begin(settings: &RabbitSettings) -> Result<Self, Broken> {
        let topology = Topology::new(settings);
        let wire = Wire::open(settings).await?;
        let channel = loop {
            let channel = wire.channel().await?;
            if topology.lock_look(&channel).await? {
                break channel;
            }
            tokio::time::sleep(ASK_AGAIN).await;
        };
        topology.declare(&channel).await?;
        let mut look = Self {
            wire,
            channel,
            topology,
            limit: settings.call_timeout,
            found: Vec::new(),
            unreadable: 0,
        };
        look.take_all().await?;
        Ok(look)
    }

    /// Up to `limit` letters, oldest first.
    pub(super) fn oldest(&self, limit: usize) -> Vec<DeadLetter> {
        self.found
            .iter()
            .take(limit)
            .map(|found| found.letter.clone())
            .collect()
    }

    /// The letter of that id.
    pub(super) fn find(&self, message: MessageId) -> Option<DeadLetter> {
        let found = self.found.iter().find(|found| found.letter.wake.id == message);
        found.map(|found| found.letter.clone())
    }

    /// Takes the letter of that id out of the queue.
    pub(super) async fn remove(&mut self, message: MessageId) -> Result<(), Broken> {
        let found = std::mem::take(&mut self.found);
        let (removed, left) = found.into_iter().partition(|found| found.letter.wake.id == message);
        self.found = left;
        self.discard(removed).await
    }

    /// Gives the letters back, and returns when they are in the queue.
    pub(super) async fn end(self) -> Result<(), Broken> {
        // Consuming has ended, or they would come straight back; what arrived unasked for goes too.
        let all = BasicNackOptions {
            multiple: true,
            requeue: true,
        };
        within(self.limit, "giving the letters back", self.channel.basic_nack(0, all)).await?;
        let held = u32::try_from(self.found.len())
            .unwrap_or(u32::MAX)
            .saturating_add(self.unreadable);
        for _ in 0..BACK_ASKED_MAX {
            if self.topology.dead_ready(&self.channel).await? >= held {
                break;
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
        self.wire.close().await;
        Ok(())
    }

    async fn take_all(&mut self) -> Result<(), Broken> {
        let prefetch = self.channel.basic_qos(LETTERS_MAX, BasicQosOptions::default());
        within(self.limit, "setting the prefetch", prefetch).await?;
        let waiting = self.topology.dead_ready(&self.channel).await?.min(LETTERS_MAX.into());
        if waiting == 0 {
            return Ok(());
        }
        let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
        let arriving = self
            .channel
            .basic_consume(self.topology.dead(), CONSUMER.into(), options, arguments);
        let mut arriving = within(self.limit, "looking at the letters", arriving).await?;
        let mut found = Vec::new();
        for _ in 0..waiting {
            // One that was counted and does not come has expired, or an operator took it.
            let Ok(arrived) = tokio::time::timeout(PAUSE_MAX, arriving.next()).await else {
                break;
            };
            let arrived = arrived.ok_or_else(|| Broken::new("the dead-letter queue is gone"))?;
            let arrived = arrived.map_err(|error| Broken::because("looking at the letters", &error))?;
            match letter::read(&arrived.properties, &arrived.data) {
                Ok(letter) => found.push(Found {
                    letter,
                    tag: arrived.delivery_tag,
                }),
                Err(_) => self.unreadable += 1,
            }
        }
        let cancelled = self
            .channel
            .basic_cancel(CONSUMER.into(), BasicCancelOptions::default());
        within(self.limit, "ending the look", cancelled).await?;
        if self.unreadable > 0 {
            let count = self.unreadable;
            tracing::warn!(
                count,
                "there are dead letters that cannot be read; only an operator can deal with them"
            );
        }
        let (letters, copies) = without_copies(found, |found| &found.letter);
        self.found = letters;
        self.discard(copies).await
    }

    async fn discard(&self, removed: Vec<Found>) -> Result<(), Broken> {
        for Found { tag, .. } in removed {
            let acknowledged = self.channel.basic_ack(tag, BasicAckOptions::default());
            within(self.limit, "removing a letter", acknowledged).await?;
        }
        Ok(())
    }
}
