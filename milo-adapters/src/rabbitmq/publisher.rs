//! Sending messages, many at a time, each confirmed.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel, Confirmation};
use milo_core::ports::{Failure, PortError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout_at};

use super::broken::{Broken, within};
use super::supervisor::{Ended, Link, Service, Watch, supervise};
use super::topology::Topology;
use super::wire::Wire;
use super::{PORT, RabbitSettings};

/// The most messages that are on their way to the broker at one time.
const WINDOW: usize = 256;

/// The most messages that wait for their turn; the senders of more wait.
const WAITING_MAX: usize = 1024;

/// A message and where it goes.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) route: (ShortString, ShortString),
    pub(super) id: ShortString,
    pub(super) properties: BasicProperties,
    pub(super) body: Vec<u8>,
}

struct Request {
    message: Outgoing,
    reply: oneshot::Sender<Result<(), PortError>>,
}

/// Hands messages to the task that sends them; the task ends with this.
pub(super) struct Publisher {
    requests: mpsc::Sender<Request>,
    link: watch::Receiver<Link>,
    limit: Duration,
}

impl Publisher {
    pub(super) fn start(settings: Arc<RabbitSettings>) -> Self {
        let (requests, waiting) = mpsc::channel(WAITING_MAX);
        let (state, link) = watch::channel(Link::Connecting);
        let limit = settings.call_timeout;
        let sending = Sending {
            requests: waiting,
            topology: Topology::new(&settings),
            settings: Arc::clone(&settings),
        };
        tokio::spawn(supervise(settings, state, sending));
        Self { requests, link, limit }
    }

    pub(super) fn link(&self) -> &watch::Receiver<Link> {
        &self.link
    }

    /// Sends a message; when this returns, the broker has it in a queue, durably.
    pub(super) async fn publish(&self, message: Outgoing) -> Result<(), PortError> {
        let deadline = Instant::now() + self.limit;
        let (reply, answer) = oneshot::channel();
        match timeout_at(deadline, self.requests.send(Request { message, reply })).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(PortError::transient(PORT, "nothing is sent any more")),
            Err(_) => return Err(PortError::transient(PORT, "too many messages wait to be sent")),
        }
        match timeout_at(deadline, answer).await {
            Ok(Ok(fate)) => fate,
            Ok(Err(_)) => Err(PortError::outcome_unknown(
                PORT,
                "sending ended before the message was confirmed",
            )),
            Err(_) => Err(Broken::late("confirming a message", self.limit).as_failure(Failure::OutcomeUnknown)),
        }
    }
}

struct Sending {
    requests: mpsc::Receiver<Request>,
    topology: Topology,
    settings: Arc<RabbitSettings>,
}

#[async_trait]
impl Service for Sending {
    type Session = Channel;
    const NAME: &'static str = "publisher";

    async fn open(wire: &Wire, _: &Topology, settings: &RabbitSettings) -> Result<Channel, Broken> {
        let channel = wire.channel().await?;
        let confirms = channel.confirm_select(ConfirmSelectOptions::default());
        within(settings.call_timeout, "asking for confirms", confirms).await?;
        Ok(channel)
    }

    async fn serve(&mut self, wire: &Wire, channel: Channel) -> Ended {
        let mut watch = Watch::new(&self.settings);
        let mut batch = Vec::with_capacity(WINDOW);
        loop {
            let served = tokio::select! {
                taken = self.requests.recv_many(&mut batch, WINDOW) => {
                    if taken == 0 {
                        return Ended::Unused;
                    }
                    // Whoever does not wait any more sends it again by itself.
                    batch.retain(|request: &Request| !request.reply.is_closed());
                    self.send(wire, &channel, std::mem::take(&mut batch)).await
                }
                () = watch.tick() => watch.look(wire, &channel, &self.topology).await,
            };
            if let Err(broken) = served {
                return Ended::Broken(broken);
            }
        }
    }

    async fn turn_away(&mut self, why: &Broken) {
        while let Some(request) = self.requests.recv().await {
            answer(request, Err(why.as_failure(Failure::Transient)));
        }
    }
}

impl Sending {
    /// Sends a batch, and waits until the broker has said of each of it what became of it, before any of it counts.
    ///
    /// A message that no queue takes comes back before it is confirmed, but the client library may hang it on the
    /// confirmation of another that is confirmed with it. So messages that came back are told by their ids, once
    /// all of the batch is answered, and batches do not overlap.
    async fn send(&self, wire: &Wire, channel: &Channel, batch: Vec<Request>) -> Result<(), Broken> {
        if wire.is_blocked() {
            let short = Broken::new("the broker takes no messages: it is short of memory or disk");
            for request in batch {
                answer(request, Err(short.as_failure(Failure::Transient)));
            }
            return Ok(());
        }
        let limit = self.settings.call_timeout;
        let sent = join_all(batch.iter().map(|request| send_one(channel, &request.message)));
        let Ok(sent) = tokio::time::timeout(limit, sent).await else {
            let late = Broken::late("confirming messages", limit);
            for request in batch {
                answer(request, Err(late.as_failure(Failure::OutcomeUnknown)));
            }
            return Err(late);
        };
        let returned: HashSet<&ShortString> = sent.iter().filter_map(|sent| sent.returned.as_ref()).collect();
        let mut served = Ok(());
        for (request, sent) in batch.into_iter().zip(&sent) {
            let (result, broken) = if returned.contains(&request.message.id) {
                let missing = Broken::new("no queue takes the message; it is to be declared anew");
                (Err(missing.as_failure(Failure::Transient)), Some(missing))
            } else {
                sent.fate.judge()
            };
            if let Some(broken) = broken {
                served = Err(broken);
            }
            answer(request, result);
        }
        served
    }
}

struct Sent {
    fate: Fate,
    /// The id of a message that came back: of this one, or of another of its batch.
    returned: Option<ShortString>,
}

/// What became of a message.
enum Fate {
    /// The client library did not get it out of the process.
    Kept(lapin::Error),
    /// It was sent, and nothing more is known.
    Unknown(lapin::Error),
    /// The broker has it in a queue, unless it came back.
    Confirmed,
    /// The broker could not put it into its queue.
    Refused,
    /// The broker says nothing about messages.
    Unconfirmed,
}

impl Fate {
    /// What its sender is told, and whether the connection is of no use any more.
    fn judge(&self) -> (Result<(), PortError>, Option<Broken>) {
        let (why, failure) = match self {
            Self::Confirmed => return (Ok(()), None),
            Self::Refused => {
                let refused = "the broker refused the message: the queue is full, or the message cannot be stored";
                return (Err(PortError::transient(PORT, refused)), None);
            }
            Self::Unconfirmed => (Broken::new("the broker does not confirm"), Failure::OutcomeUnknown),
            Self::Kept(error) => (Broken::because("sending a message", error), Failure::Transient),
            Self::Unknown(error) => (Broken::because("confirming a message", error), Failure::OutcomeUnknown),
        };
        (Err(why.as_failure(failure)), Some(why))
    }
}

async fn send_one(channel: &Channel, message: &Outgoing) -> Sent {
    let (exchange, key) = message.route.clone();
    let mandatory = BasicPublishOptions {
        mandatory: true,
        ..BasicPublishOptions::default()
    };
    let sent = channel.basic_publish(exchange, key, mandatory, &message.body, message.properties.clone());
    let (fate, returned) = match sent.await {
        Err(error) => (Fate::Kept(error), None),
        Ok(confirm) => match confirm.await {
            Err(error) => (Fate::Unknown(error), None),
            Ok(Confirmation::NotRequested) => (Fate::Unconfirmed, None),
            Ok(Confirmation::Ack(returned)) => (Fate::Confirmed, returned),
            Ok(Confirmation::Nack(returned)) => (Fate::Refused, returned),
        },
    };
    let returned = returned.and_then(|returned| returned.delivery.properties.message_id().clone());
    Sent { fate, returned }
}

fn answer(request: Request, fate: Result<(), PortError>) {
    // Whoever does not wait any more does not want to know.
    let _ = request.reply.send(fate);
}
