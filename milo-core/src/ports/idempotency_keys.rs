use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use super::PortError;
use crate::domain::{IdempotencyKey, KeyedRequest, UserId};

/// An answer as it was given, to be given again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The status code.
    pub status: u16,
    /// The `Location` that was sent along, if any.
    pub location: Option<String>,
    /// The entity tag that was sent along, if any.
    pub etag: Option<String>,
    /// The body, byte by byte.
    pub body: Vec<u8>,
}

/// What to do with a request that carries a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Nobody used the key: it is claimed now. Do the work, then [`finish`](IdempotencyKeys::finish) or
    /// [`abandon`](IdempotencyKeys::abandon) with this ticket.
    Claimed(Uuid),
    /// The same request was answered before.
    Answered(StoredAnswer),
    /// The same request is being worked on.
    InUse,
    /// The key was used for another request.
    Reused,
}

/// Answers by idempotency key, for the requests whose effect does not carry its own record. A key belongs to one user.
/// Proven by [`crate::conformance::idempotency_keys`].
#[async_trait]
pub trait IdempotencyKeys: Debug + Send + Sync {
    /// Claims the key for `lease`, or tells what became of it. `ticket` names the claim; the same ticket claims again.
    ///
    /// A claim whose lease has ended may be claimed again by the same request: its effect must be safe to repeat.
    async fn claim(
        &self,
        user: UserId,
        request: &KeyedRequest,
        ticket: Uuid,
        lease: Duration,
    ) -> Result<KeyState, PortError>;

    /// Keeps the answer for `keep`, counted from now, if `ticket` still names the claim.
    async fn finish(
        &self,
        user: UserId,
        key: &IdempotencyKey,
        ticket: Uuid,
        answer: &StoredAnswer,
        keep: Duration,
    ) -> Result<(), PortError>;

    /// Gives the key back, if `ticket` still names the claim: the request had no effect.
    async fn abandon(&self, user: UserId, key: &IdempotencyKey, ticket: Uuid) -> Result<(), PortError>;

    /// Removes up to `limit` keys whose time is over; returns how many.
    async fn purge(&self, limit: usize) -> Result<usize, PortError>;
}
