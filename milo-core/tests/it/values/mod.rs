//! Every value of the domain: what is read, where the bounds are, and that what was read is read again.

use std::fmt::Debug;

use milo_core::domain::Invalid;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

mod booking_code;
mod contact;
mod idempotency;
mod ids;
mod layout;
mod money;
mod movie;
mod names;
mod page;
mod payment;
mod policy;
mod seats;
mod secrets;
mod showtime;
mod text;
mod theater;
mod version;

/// Many cases of what is cheap.
fn many() -> ProptestConfig {
    ProptestConfig::with_cases(1000)
}

/// Fewer cases of what costs more.
fn some() -> ProptestConfig {
    ProptestConfig::with_cases(256)
}

/// The value is written as `json`, and `json` is read as the value.
#[track_caller]
fn is_json<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, json: impl Into<Value>) {
    let json = json.into();
    assert_eq!(serde_json::to_value(value).unwrap(), json);
    assert_eq!(&serde_json::from_value::<T>(json).unwrap(), value);
}

/// `json` is refused.
#[track_caller]
fn refuses_json<T: DeserializeOwned + Debug>(json: impl Into<Value>) {
    let json = json.into();
    assert!(serde_json::from_value::<T>(json.clone()).is_err(), "{json} was read");
}

/// The code of a refusal.
#[track_caller]
fn code<T: Debug>(parsed: Result<T, Invalid>) -> &'static str {
    parsed.unwrap_err().code
}
