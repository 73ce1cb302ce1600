use std::time::Duration;

use jiff::Timestamp;

use crate::conformance::later;
use crate::domain::{
    Account, DisplayName, EmailAddress, Fingerprint, IdempotencyKey, KeyedRequest, PasswordHash, Phone, RefreshToken,
    Session, TokenHash, UserId,
};
use crate::ports::Accounts;

use super::{id, number};

/// A time that every store keeps exactly: whole microseconds.
pub fn long_ago() -> Timestamp {
    Timestamp::from_microsecond(1_700_000_000_123_456).unwrap()
}

/// An account that nobody has yet.
pub fn account() -> Account {
    let number = number();
    Account {
        id: id(),
        email: EmailAddress::parse(&format!("person{number}@example.org")).unwrap(),
        display_name: DisplayName::parse(&format!("Person {number}")).unwrap(),
        phone: Some(Phone::parse("+1 555 0100").unwrap()),
        is_admin: false,
        password: PasswordHash::new(format!("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ${number:032}")),
        created_at: long_ago(),
    }
}

/// A person whose account is kept.
pub async fn person(accounts: &dyn Accounts) -> UserId {
    let account = account();
    accounts.create(&account).await.unwrap();
    account.id
}

/// Several persons whose accounts are kept.
pub async fn people(accounts: &dyn Accounts, count: usize) -> Vec<UserId> {
    let mut people = Vec::with_capacity(count);
    for _ in 0..count {
        people.push(person(accounts).await);
    }
    people
}

/// The hash of a token that nobody had before.
pub fn token_hash() -> TokenHash {
    RefreshToken::presented(&format!("token {}", number())).hash()
}

/// A session of `user` that ends `ttl` after `now`.
pub fn session(user: UserId, now: Timestamp, ttl: Duration) -> Session {
    Session {
        id: id(),
        user,
        current: token_hash(),
        expires_at: later(now, ttl),
    }
}

/// A request with a key that nobody used before.
pub fn keyed() -> KeyedRequest {
    KeyedRequest {
        key: IdempotencyKey::parse(&format!("key {}", number())).unwrap(),
        fingerprint: Fingerprint::of([number().to_be_bytes().as_slice()]),
    }
}
