//! Passwords and access tokens: Argon2id hashes, and JSON Web Tokens signed with Ed25519.

mod argon2_hasher;
mod fresh_memory;
mod jwt_signer;
mod signing_key;

pub use argon2_hasher::*;
pub use jwt_signer::*;
pub use signing_key::*;
