use std::fmt::Debug;

use uuid::Uuid;

/// Ids and randomness.
pub trait IdSource: Debug + Send + Sync {
    /// A UUIDv7 that nobody has had before; later ones of one process are greater.
    fn next_id(&self) -> Uuid;

    /// 32 bytes that nobody can guess.
    fn secret(&self) -> [u8; 32];

    /// A number that need not be secret: booking codes, jitter.
    fn random(&self) -> u64;
}
