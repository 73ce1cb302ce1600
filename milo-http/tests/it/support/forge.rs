//! Tokens that the server never gave out.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey};
use milo_adapters::auth::SigningKey;
use serde_json::{Value, json};

use super::World;

/// The first test vector of RFC 8032, 7.1: a key that everybody has.
const SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
/// The second: somebody else's.
const STRANGERS_SEED: &str = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
/// What stands before a seed in PKCS #8 (RFC 8410).
const PKCS8: &str = "302e020100300506032b657004220420";
const KID: &str = "k1";

/// Whoever has seen a token, and in some cases the key.
pub(crate) struct Forge {
    /// A token that was given out, of an ordinary person.
    token: String,
    header: Value,
    payload: Value,
    now: i64,
}

impl Forge {
    pub(crate) const ISSUER: &str = "milo";
    pub(crate) const AUDIENCE: &str = "milo-api";

    /// The key that the server signs with.
    pub(crate) fn signing_key() -> SigningKey {
        let seed = STANDARD.encode(bytes(SEED));
        SigningKey::parse(&format!("{KID}:{seed}").into()).unwrap()
    }

    /// A forger who has seen this token.
    pub(crate) fn of(world: &World, token: &str) -> Self {
        let part = |index: usize| -> Value {
            let part = token.split('.').nth(index).unwrap();
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
        };
        Self {
            token: token.to_owned(),
            header: part(0),
            payload: part(1),
            now: world.now().as_second(),
        }
    }

    /// A token without a flaw: what follows is refused for what it is, and not because the forger is clumsy.
    pub(crate) fn flawless(&self) -> String {
        sign(&self.header, &self.payload, SEED)
    }

    /// With another header than the server's, truly signed.
    pub(crate) fn headed(&self, name: &str, value: impl Into<Value>) -> String {
        let mut header = self.header.clone();
        header[name] = value.into();
        sign(&header, &self.payload, SEED)
    }

    /// Without a part of the header, truly signed.
    pub(crate) fn beheaded(&self, name: &str) -> String {
        let mut header = self.header.clone();
        header.as_object_mut().unwrap().remove(name).unwrap();
        sign(&header, &self.payload, SEED)
    }

    /// With another claim, truly signed.
    pub(crate) fn claiming(&self, name: &str, value: impl Into<Value>) -> String {
        let mut payload = self.payload.clone();
        payload[name] = value.into();
        sign(&self.header, &payload, SEED)
    }

    /// Without a claim, truly signed.
    pub(crate) fn silent(&self, name: &str) -> String {
        let mut payload = self.payload.clone();
        payload.as_object_mut().unwrap().remove(name).unwrap();
        sign(&self.header, &payload, SEED)
    }

    /// With a life from and until so many seconds from now, truly signed.
    pub(crate) fn living(&self, from: i64, until: i64) -> String {
        let mut payload = self.payload.clone();
        payload["iat"] = json!(self.now + from);
        payload["nbf"] = json!(self.now + from);
        payload["exp"] = json!(self.now + until);
        sign(&self.header, &payload, SEED)
    }

    /// A moment so many seconds from now.
    pub(crate) fn moment(&self, seconds: i64) -> i64 {
        self.now + seconds
    }

    /// Signed by a stranger, under this name of a key.
    pub(crate) fn strangers(&self, kid: &str) -> String {
        let mut header = self.header.clone();
        header["kid"] = json!(kid);
        sign(&header, &self.promoted(), STRANGERS_SEED)
    }

    /// Signed by a stranger who sends his key along.
    pub(crate) fn bringing_a_key(&self) -> String {
        let mut header = self.header.clone();
        let public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
        header["jwk"] = json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(bytes(public)), "kid": KID});
        sign(&header, &self.promoted(), STRANGERS_SEED)
    }

    /// The signature of one token under the claims of another: those of an administrator.
    pub(crate) fn tampered(&self) -> String {
        let signature = self.token.rsplit_once('.').unwrap().1;
        format!("{}.{}.{signature}", encode(&self.header), encode(&self.promoted()))
    }

    /// Says that nobody needs to sign; with what stands in the place of a signature.
    pub(crate) fn unsigned(&self, name: &str, rest: &str) -> String {
        format!("{}{rest}", self.message(name))
    }

    /// Says that it is signed in another way, under a signature that is ours.
    pub(crate) fn renamed(&self, algorithm: &str) -> String {
        let message = self.message(algorithm);
        format!("{message}.{}", signature(&message, SEED))
    }

    /// Signed with the public key, as if it were a secret that both sides share.
    pub(crate) fn shared_secret(&self, algorithm: Algorithm, name: &str) -> String {
        let message = self.message(name);
        let secret = EncodingKey::from_secret(&bytes(PUBLIC));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &secret, algorithm).unwrap();
        format!("{message}.{signature}")
    }

    /// A truly signed token of this account and role; as after a change that the token does not know of.
    pub(crate) fn with_role(&self, token: &str, is_admin: bool) -> String {
        let part = token.split('.').nth(1).unwrap();
        let mut payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        assert!(
            payload["admin"].is_boolean(),
            "the token does not say who is an administrator"
        );
        payload["admin"] = json!(is_admin);
        sign(&self.header, &payload, SEED)
    }

    /// The claims with a right that was not given.
    fn promoted(&self) -> Value {
        let mut payload = self.payload.clone();
        assert_eq!(
            payload["admin"], false,
            "the token does not say who is an administrator"
        );
        payload["admin"] = json!(true);
        payload
    }

    /// Header and claims of an administrator, under the name of an algorithm.
    fn message(&self, algorithm: &str) -> String {
        let mut header = self.header.clone();
        header["alg"] = json!(algorithm);
        format!("{}.{}", encode(&header), encode(&self.promoted()))
    }
}

fn sign(header: &Value, payload: &Value, seed: &str) -> String {
    let message = format!("{}.{}", encode(header), encode(payload));
    format!("{message}.{}", signature(&message, seed))
}

fn signature(message: &str, seed: &str) -> String {
    let key = EncodingKey::from_ed_der(&bytes(&format!("{PKCS8}{seed}")));
    jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::EdDSA).unwrap()
}

fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}
