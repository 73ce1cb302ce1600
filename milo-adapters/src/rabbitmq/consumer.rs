//! Receiving messages, and settling them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use lapin::message::Delivery as Arrived;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions};
use lapin::types::{FieldTable, ShortString};
use lapin::{Acker, Channel};
use milo_core::ports::{Delivery, Failure, PortError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout_at};

use super::broken::{Broken, within};
use super::inbox::Inbox;
use super::supervisor::{Ended, Link, Service, Watch, supervise};
use super::topology::Topology;
use super::wire::Wire;
use super::{PORT, RabbitSettings, payload};

/// The most settlements that wait for their turn; the settlers of more wait.
const WAITING_MAX: usize = 256;

/// What a receiver has to say about a delivery.
#[derive(Clone, Copy, Debug)]
pub(super) enum Settlement {
    /// It is dealt with.
    Acknowledge,
    /// It is to be delivered again. RabbitMQ counts this against the delivery limit in every version, which it does
    /// not do with every way of giving back.
    Return,
    /// It is to be dead-lettered.
    Discard,
}

struct Request {
    tag: u64,
    settlement: Settlement,
    reply: oneshot::Sender<Result<(), PortError>>,
}

/// Talks to the task that consumes; the task ends with this.
pub(super) struct Consumer {
    requests: mpsc::Sender<Request>,
    inbox: Arc<Inbox>,
    link: watch::Receiver<Link>,
    limit: Duration,
}

impl Consumer {
    pub(super) fn start(settings: Arc<RabbitSettings>) -> Self {
        let (requests, waiting) = mpsc::channel(WAITING_MAX);
        let (state, link) = watch::channel(Link::Connecting);
        let (inbox, limit) = (Arc::new(Inbox::default()), settings.call_timeout);
        let consuming = Consuming {
            requests: waiting,
            inbox: Arc::clone(&inbox),
            tags: 0,
            unreadable: 0,
            topology: Topology::new(&settings),
            settings: Arc::clone(&settings),
        };
        tokio::spawn(supervise(settings, state, consuming));
        Self {
            requests,
            inbox,
            link,
            limit,
        }
    }

    pub(super) fn link(&self) -> &watch::Receiver<Link> {
        &self.link
    }

    /// The next delivery, waiting for up to `wait`.
    pub(super) async fn receive(&self, wait: Duration) -> Option<Delivery> {
        self.inbox.take(wait).await
    }

    /// Settles a delivery. One that came by a connection that is gone needs no settling: it is delivered again.
    pub(super) async fn settle(&self, tag: u64, settlement: Settlement) -> Result<(), PortError> {
        let deadline = Instant::now() + self.limit;
        let (reply, answer) = oneshot::channel();
        let request = Request { tag, settlement, reply };
        if timeout_at(deadline, self.requests.send(request)).await.is_err() {
            return Err(PortError::transient(PORT, "too many deliveries wait to be settled"));
        }
        match timeout_at(deadline, answer).await {
            Ok(Ok(settled)) => settled,
            // It went with its connection.
            Ok(Err(_)) => Ok(()),
            Err(_) => Err(Broken::late("settling a delivery", self.limit).as_failure(Failure::OutcomeUnknown)),
        }
    }
}

struct Consuming {
    requests: mpsc::Receiver<Request>,
    inbox: Arc<Inbox>,
    /// How many deliveries there were: the name of the last. No name is used twice in the life of the process, so
    /// that none can settle a delivery of a later connection.
    tags: u64,
    unreadable: u64,
    topology: Topology,
    settings: Arc<RabbitSettings>,
}

/// What a connection has sent and waits for.
pub(super) struct Session {
    channel: Channel,
    arriving: lapin::Consumer,
    unacknowledged: HashMap<u64, Unacknowledged>,
}

struct Unacknowledged {
    acker: Acker,
    since: Instant,
}

#[async_trait]
impl Service for Consuming {
    type Session = Session;
    const NAME: &'static str = "consumer";

    async fn open(wire: &Wire, topology: &Topology, settings: &RabbitSettings) -> Result<Session, Broken> {
        let channel = wire.channel().await?;
        let limit = settings.call_timeout;
        let prefetch = channel.basic_qos(settings.prefetch, BasicQosOptions::default());
        within(limit, "setting the prefetch", prefetch).await?;
        let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
        // An empty name: the broker makes one up.
        let arriving = channel.basic_consume(topology.queue(), ShortString::default(), options, arguments);
        Ok(Session {
            arriving: within(limit, "consuming", arriving).await?,
            channel,
            unacknowledged: HashMap::new(),
        })
    }

    async fn serve(&mut self, wire: &Wire, mut session: Session) -> Ended {
        let mut watch = Watch::new(&self.settings);
        let ended = loop {
            let served = tokio::select! {
                arrived = session.arriving.next() => match arrived {
                    Some(Ok(arrived)) => self.take_in(arrived, &mut session).await,
                    Some(Err(error)) => Err(Broken::because("receiving", &error)),
                    None => Err(Broken::new("the broker stopped delivering: the queue is gone")),
                },
                request = self.requests.recv() => match request {
                    Some(request) => self.settle(request, &mut session).await,
                    None => break Ended::Unused,
                },
                () = watch.tick() => self.look_after(wire, &mut watch, &mut session).await,
            };
            if let Err(broken) = served {
                break Ended::Broken(broken);
            }
        };
        self.inbox.clear();
        ended
    }

    async fn turn_away(&mut self, _: &Broken) {
        while let Some(request) = self.requests.recv().await {
            // It came by a connection that is gone.
            let _ = request.reply.send(Ok(()));
        }
    }
}

impl Consuming {
    async fn take_in(&mut self, arrived: Arrived, session: &mut Session) -> Result<(), Broken> {
        let wake = match payload::read(&arrived.data) {
            Ok(wake) => wake,
            Err(unreadable) => {
                self.unreadable += 1;
                let bytes = arrived.data.len();
                tracing::error!(error = %unreadable, bytes, count = self.unreadable, "a message cannot be read; it is dead-lettered");
                return self.tell(&arrived.acker, Settlement::Discard).await;
            }
        };
        self.tags += 1;
        let since = Instant::now();
        let acker = arrived.acker;
        session
            .unacknowledged
            .insert(self.tags, Unacknowledged { acker, since });
        self.inbox.put(Delivery {
            wake,
            tag: self.tags,
            redelivered: payload::redelivered(&arrived.properties, arrived.redelivered),
        });
        Ok(())
    }

    async fn settle(&self, request: Request, session: &mut Session) -> Result<(), Broken> {
        let Some(delivered) = session.unacknowledged.remove(&request.tag) else {
            // Settled before, given back, or of a connection that is gone.
            let _ = request.reply.send(Ok(()));
            return Ok(());
        };
        let told = self.tell(&delivered.acker, request.settlement).await;
        let answer = told.as_ref().map_err(|broken| broken.as_failure(Failure::Transient));
        let _ = request.reply.send(answer.copied());
        told
    }

    async fn look_after(&self, wire: &Wire, watch: &mut Watch, session: &mut Session) -> Result<(), Broken> {
        watch.look(wire, &session.channel, &self.topology).await?;
        let limit = self.settings.acknowledge_within;
        let late = session
            .unacknowledged
            .extract_if(|_, delivered| delivered.since.elapsed() > limit);
        for (tag, delivered) in late.collect::<Vec<_>>() {
            let received = !self.inbox.withdraw(tag);
            tracing::warn!(received, "a delivery was not acknowledged in time; it is given back");
            self.tell(&delivered.acker, Settlement::Return).await?;
        }
        Ok(())
    }

    async fn tell(&self, acker: &Acker, settlement: Settlement) -> Result<(), Broken> {
        let limit = self.settings.call_timeout;
        let told = match settlement {
            Settlement::Acknowledge => within(limit, "acknowledging", acker.ack(BasicAckOptions::default())).await,
            Settlement::Return => within(limit, "returning", acker.reject(BasicRejectOptions { requeue: true })).await,
            Settlement::Discard => {
                within(limit, "discarding", acker.reject(BasicRejectOptions { requeue: false })).await
            }
        };
        // False: the channel is gone, which its stream of deliveries says too.
        told.map(|_| ())
    }
}
