//! What a dead letter looks like: a message, why it was given up, and when.
//!
//! One that was buried carries both in headers of ours; one that the broker gave up carries them in `x-death`.

use std::collections::HashSet;

use jiff::Timestamp;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use milo_core::domain::{MessageId, PaymentFailure};
use milo_core::ports::{DeadLetter, PaymentWake};

use super::payload::{self, Unreadable};

/// Why a payment was buried.
const REASON: &str = "x-milo-reason";

/// When it was buried, as a time of RFC 3339 with all its digits: AMQP's own times are whole seconds.
const BURIED_AT: &str = "x-milo-buried-at";

/// What the broker noted when it gave a message up, the last time first.
const DEATHS: &str = "x-death";

/// The reason of a letter that does not say why, or says it in a way that is none of ours.
const NO_REASON: &str = "dead_lettered";

/// The properties of a payment that is buried.
pub(super) fn properties(wake: &PaymentWake, reason: &PaymentFailure, at: Timestamp) -> BasicProperties {
    let mut headers = FieldTable::default();
    headers.insert(REASON.into(), AMQPValue::LongString(reason.as_str().into()));
    headers.insert(BURIED_AT.into(), AMQPValue::LongString(at.to_string().into()));
    payload::properties(wake).with_headers(headers)
}

pub(super) fn read(properties: &BasicProperties, body: &[u8]) -> Result<DeadLetter, Unreadable> {
    let wake = payload::read(body)?;
    let none = FieldTable::default();
    let headers = properties.headers().as_ref().unwrap_or(&none);
    let (reason, at) = buried(headers).or_else(|| died(headers)).unwrap_or_default();
    let sent = properties.timestamp().and_then(seconds);
    let reason = PaymentFailure::parse(&reason).or_else(|_| PaymentFailure::parse(NO_REASON));
    Ok(DeadLetter {
        wake,
        reason: reason.unwrap_or_else(|_| PaymentFailure::gateway_unavailable()),
        at: at.or(sent).unwrap_or(Timestamp::UNIX_EPOCH),
    })
}

fn buried(headers: &FieldTable) -> Option<(String, Option<Timestamp>)> {
    let headers = headers.inner();
    let reason = text(headers.get(REASON)?)?;
    let at = headers.get(BURIED_AT).and_then(text).and_then(|at| at.parse().ok());
    Some((reason, at))
}

fn died(headers: &FieldTable) -> Option<(String, Option<Timestamp>)> {
    let AMQPValue::FieldArray(deaths) = headers.inner().get(DEATHS)? else {
        return None;
    };
    let AMQPValue::FieldTable(last) = deaths.as_slice().first()? else {
        return None;
    };
    let last = last.inner();
    let at = match last.get("time") {
        Some(AMQPValue::Timestamp(at)) => seconds(*at),
        _ => None,
    };
    Some((last.get("reason").and_then(text)?, at))
}

fn text(value: &AMQPValue) -> Option<String> {
    match value {
        AMQPValue::LongString(text) => String::from_utf8(text.as_bytes().to_vec()).ok(),
        AMQPValue::ShortString(text) => Some(text.to_string()),
        _ => None,
    }
}

fn seconds(at: u64) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(at).ok()?).ok()
}

/// Splits what was found into the letters, oldest first, and further copies of them: of each id the oldest is the
/// letter. The broker cannot keep a second one of an id out, so it is taken out here.
pub(super) fn without_copies<T>(mut found: Vec<T>, letter: impl Fn(&T) -> &DeadLetter) -> (Vec<T>, Vec<T>) {
    found.sort_by_key(|found| letter(found).at);
    let mut seen: HashSet<MessageId> = HashSet::with_capacity(found.len());
    found.into_iter().partition(|found| seen.insert(letter(found).wake.id))
}

#[cfg(test)]
mod tests {
    use lapin::types::FieldArray;
    use milo_core::domain::{PaymentId, ShowtimeId};
    use uuid::Uuid;

    use super::*;

    fn wake(number: u128) -> PaymentWake {
        PaymentWake {
            id: MessageId(Uuid::from_u128(number)),
            payment: PaymentId(Uuid::from_u128(number)),
            showtime: ShowtimeId(Uuid::from_u128(number)),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn letter(number: u128, second: i64) -> DeadLetter {
        DeadLetter {
            wake: wake(number),
            reason: PaymentFailure::cancelled(),
            at: at(second),
        }
    }

    fn death(reason: &str, second: u64) -> AMQPValue {
        let mut death = FieldTable::default();
        death.insert("reason".into(), AMQPValue::LongString(reason.into()));
        death.insert("time".into(), AMQPValue::Timestamp(second));
        AMQPValue::FieldTable(death)
    }

    fn given_up(deaths: Vec<AMQPValue>) -> BasicProperties {
        let mut headers = FieldTable::default();
        headers.insert(DEATHS.into(), AMQPValue::FieldArray(FieldArray::from(deaths)));
        payload::properties(&wake(1)).with_headers(headers)
    }

    #[test]
    fn a_buried_payment_says_why_and_when() {
        let at = Timestamp::new(1_767_603_600, 123_456_789).unwrap();
        let reason = PaymentFailure::parse("gateway_unavailable").unwrap();
        let read = read(&properties(&wake(1), &reason, at), &payload::write(&wake(1)).unwrap());
        let wake = wake(1);
        assert_eq!(read, Ok(DeadLetter { wake, reason, at }));
    }

    #[test]
    fn a_message_that_the_broker_gave_up_says_why_and_when() {
        let deaths = given_up(vec![death("delivery_limit", 1_000), death("rejected", 500)]);
        let read = read(&deaths, &payload::write(&wake(1)).unwrap()).unwrap();
        assert_eq!((read.reason.as_str(), read.at), ("delivery_limit", at(1_000)));
    }

    #[test]
    fn a_letter_that_says_nothing_is_still_a_letter() {
        for properties in [
            BasicProperties::default(),
            given_up(vec![]),
            given_up(vec![AMQPValue::Void]),
            given_up(vec![death("Not one of our words", u64::MAX)]),
        ] {
            let read = read(&properties, &payload::write(&wake(1)).unwrap()).unwrap();
            assert_eq!((read.wake, read.reason.as_str(), read.at), (wake(1), NO_REASON, at(0)));
        }
    }

    #[test]
    fn a_letter_without_a_payment_is_none() {
        assert_eq!(read(&BasicProperties::default(), b"{}"), Err(Unreadable::Malformed));
    }

    #[test]
    fn the_oldest_of_each_id_comes_first_and_stays() {
        let found = vec![
            letter(2, 30),
            letter(1, 20),
            letter(2, 10),
            letter(1, 20),
            letter(3, 25),
        ];
        let (letters, copies) = without_copies(found, |letter| letter);
        assert_eq!(letters, [letter(2, 10), letter(1, 20), letter(3, 25)]);
        assert_eq!(copies, [letter(1, 20), letter(2, 30)]);
    }
}
