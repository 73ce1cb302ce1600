//! What the engines answer.

use jiff::Timestamp;
use milo_adapters::fuzzing::{rabbitmq, redis};
use milo_core::domain::{Currency, Hold, HoldId, Money, ShowtimeId, UserId, Version};
use uuid::Uuid;

use crate::split::lines;

/// The body of a message; before it, on lines of their own, what stands in the headers of a dead letter.
pub(crate) fn amqp_payload(input: &[u8]) {
    if let Some(wake) = rabbitmq::message(input) {
        assert_eq!(
            rabbitmq::message(&rabbitmq::body(&wake)),
            Some(wake),
            "what is written is read"
        );
    }
    let parts: Vec<&[u8]> = lines(input, 3).collect();
    if let [reason, at, body] = parts[..] {
        let number = reason
            .iter()
            .chain(at)
            .fold(0_u64, |sum, byte| sum.rotate_left(7) ^ u64::from(*byte));
        let letter = rabbitmq::dead_letter(reason, at, number.cast_signed(), number, body);
        assert_eq!(
            letter.is_some(),
            rabbitmq::message(body).is_some(),
            "a letter is a message, whatever its headers say"
        );
    }
}

fn hold() -> Hold {
    let id = Uuid::from_u128(1);
    Hold {
        id: HoldId(id),
        showtime: ShowtimeId(id),
        user: UserId(id),
        seats: Vec::new(),
        total: Money::parse(1, Currency::USD).expect("a cent"),
        price_version: Version::FIRST,
        expires_at: Timestamp::UNIX_EPOCH,
    }
}

/// A server's answer to each script that has one of some shape.
pub(crate) fn redis_reply(input: &[u8]) {
    let Some(answer) = redis::answer(input) else { return };
    let _ = redis::acquired(answer.clone(), hold());
    let live = redis::live(answer.clone());
    let done = redis::done(answer);
    assert!(live.is_err() || done.is_err(), "an answer is to one script");
}

/// A map of seats as it lies in the store.
pub(crate) fn seat_map(input: &[u8]) {
    let text = String::from_utf8_lossy(input).into_owned();
    let lines = text.lines().count();
    if let Some(snapshot) = redis::snapshot(1, text) {
        assert_eq!(snapshot.claims.len(), lines, "every line is a claim");
    }
}
