//! Repeating a request without repeating its effect.

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use super::{Invalid, UserId};

/// What a client sends in `Idempotency-Key`: 1 to 255 printable ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The most characters.
    pub const CHARS_MAX: usize = 255;

    /// Reads a key.
    ///
    /// # Errors
    /// `empty`, `too_long` or `invalid_characters`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text.chars().count() {
            0 => Err(Invalid::new("empty", "must not be empty")),
            count if count > Self::CHARS_MAX => Err(Invalid::new("too_long", "must have at most 255 characters")),
            _ if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) => {
                Err(Invalid::new("invalid_characters", "must be printable ASCII characters"))
            }
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// The key as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the thing that `owner` creates in `scope` with this key: always the same one, so that a repeated
    /// request finds what its first try made.
    ///
    /// It has the layout of a UUIDv7, because clients are promised one, but its time bits are derived like the rest.
    pub fn derive_id(&self, scope: &str, owner: UserId) -> Uuid {
        self.derive_id_for(scope, owner.0.as_bytes())
    }

    /// As [`derive_id`](Self::derive_id), for an owner who has no account yet.
    pub fn derive_id_for(&self, scope: &str, owner: &[u8]) -> Uuid {
        let digest = Fingerprint::of([scope.as_bytes(), owner, self.0.as_bytes()]).0;
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Builder::from_bytes(bytes)
            .with_version(uuid::Version::SortRand)
            .with_variant(uuid::Variant::RFC4122)
            .into_uuid()
    }
}

impl TryFrom<String> for IdempotencyKey {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<IdempotencyKey> for String {
    fn from(key: IdempotencyKey) -> Self {
        key.0
    }
}

/// SHA-256 over the parts of a request that make it the same request.
#[derive(Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// The fingerprint of several parts; the borders between them count.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }
}

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fingerprint({}…)", super::secret::hex(&self.0[..4]))
    }
}

/// A client's key together with what it was used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyedRequest {
    /// The client's key.
    pub key: IdempotencyKey,
    /// What the request asked.
    pub fingerprint: Fingerprint,
}
