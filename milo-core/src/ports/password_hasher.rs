use std::fmt::Debug;

use async_trait::async_trait;

use super::PortError;
use crate::domain::{Password, PasswordHash};

/// Whether a password is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Right,
    /// It is, but the hash was made with weaker parameters than today's: hash it again.
    RightButWeak,
    /// It is not.
    Wrong,
}

/// Slow, salted hashing of passwords. Proven by [`crate::conformance::password_hasher`].
///
/// Work is bounded: when too much of it waits, calls fail as [transient](super::Failure::Transient) at once.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Debug + Send + Sync {
    /// A fresh hash; hashing the same password twice gives two hashes.
    async fn hash(&self, password: &Password) -> Result<PasswordHash, PortError>;

    /// Compares in constant time.
    async fn verify(&self, password: &Password, hash: &PasswordHash) -> Result<Verdict, PortError>;

    /// Does the work of one [`verify`](Self::verify) for nothing, so that an unknown e-mail takes as long as a known one.
    async fn verify_nothing(&self, password: &Password) -> Result<(), PortError>;
}
