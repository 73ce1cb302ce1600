//! The broker as an operator sees it.

use lapin::options::{BasicGetOptions, BasicPublishOptions, QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};

/// A connection of a test's own.
pub(crate) struct Operator {
    connection: Connection,
}

impl Operator {
    pub(crate) async fn at(url: &str) -> Self {
        let connection = Connection::connect(url, ConnectionProperties::default()).await;
        Self {
            connection: connection.expect("the broker can be reached"),
        }
    }

    pub(crate) async fn channel(&self) -> Channel {
        self.connection.create_channel().await.unwrap()
    }

    /// How many messages are ready, how many consumers there are; none if there is no such queue.
    pub(crate) async fn queue(&self, name: &str) -> Option<(u32, u32)> {
        let passive = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::default()
        };
        let channel = self.channel().await;
        let declared = channel.queue_declare(name.into(), passive, FieldTable::default());
        let queue = declared.await.ok()?;
        Some((queue.message_count(), queue.consumer_count()))
    }

    pub(crate) async fn delete(&self, queue: &str) {
        let channel = self.channel().await;
        let deleted = channel.queue_delete(queue.into(), QueueDeleteOptions::default());
        deleted.await.unwrap();
    }

    /// Puts any bytes into a queue.
    pub(crate) async fn publish(&self, queue: &str, body: &[u8]) {
        let options = BasicPublishOptions::default();
        let channel = self.channel().await;
        let published = channel.basic_publish("".into(), queue.into(), options, body, BasicProperties::default());
        published.await.unwrap();
        // What was sent on a channel is dealt with before what is asked on it.
        channel.close(200, "done".into()).await.unwrap();
    }

    /// The next message of a queue, which is taken out.
    pub(crate) async fn get(&self, queue: &str) -> Option<(BasicProperties, Vec<u8>)> {
        let got = self
            .channel()
            .await
            .basic_get(queue.into(), BasicGetOptions { no_ack: true })
            .await;
        got.unwrap().map(|got| (got.delivery.properties, got.delivery.data))
    }
}
