//! What a message holds: a version and ids.

use lapin::BasicProperties;
use lapin::types::{AMQPValue, ShortString};
use milo_core::domain::{MessageId, PaymentId, ShowtimeId};
use milo_core::ports::{PaymentWake, PortError};
use serde::{Deserialize, Serialize};

use super::PORT;

/// The version that is written and read.
const VERSION: u32 = 1;

/// The longest body that is looked at, in bytes; what is written has less than half.
const BODY_BYTES_MAX: usize = 512;

/// How often a quorum queue delivered a message before.
const DELIVERY_COUNT: &str = "x-delivery-count";

/// AMQP for "kept when the broker restarts".
const PERSISTENT: u8 = 2;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    version: u32,
    id: MessageId,
    payment: PaymentId,
    showtime: ShowtimeId,
}

/// Why a message cannot be read. It never repeats what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    /// The body is longer than any that is written.
    #[error("it is longer than {BODY_BYTES_MAX} bytes")]
    TooLong,
    /// The body is something else.
    #[error("it is no JSON object of version, id, payment and showtime")]
    Malformed,
    /// The body is of another Milo.
    #[error("it has version {0}, not {VERSION}")]
    Version(u32),
}

pub(super) fn write(wake: &PaymentWake) -> Result<Vec<u8>, PortError> {
    let body = Body {
        version: VERSION,
        id: wake.id,
        payment: wake.payment,
        showtime: wake.showtime,
    };
    serde_json::to_vec(&body).map_err(|error| PortError::refused(PORT, "a message cannot be written").caused_by(error))
}

pub(super) fn read(body: &[u8]) -> Result<PaymentWake, Unreadable> {
    if body.len() > BODY_BYTES_MAX {
        return Err(Unreadable::TooLong);
    }
    let body: Body = serde_json::from_slice(body).map_err(|_| Unreadable::Malformed)?;
    if body.version != VERSION {
        return Err(Unreadable::Version(body.version));
    }
    Ok(PaymentWake {
        id: body.id,
        payment: body.payment,
        showtime: body.showtime,
    })
}

/// The id by which a message is told from others, also when the broker sends it back.
pub(super) fn message_id(wake: &PaymentWake) -> ShortString {
    // 36 letters.
    wake.id.to_string().into()
}

pub(super) fn properties(wake: &PaymentWake) -> BasicProperties {
    BasicProperties::default()
        .with_delivery_mode(PERSISTENT)
        .with_content_type("application/json".into())
        .with_message_id(message_id(wake))
}

/// How often a message was delivered before. The broker leaves the count out, or at zero, where it blames nobody for
/// the delivery; its mark says that there was one.
pub(super) fn redelivered(properties: &BasicProperties, redelivered: bool) -> u32 {
    let count = properties
        .headers()
        .as_ref()
        .and_then(|headers| headers.inner().get(DELIVERY_COUNT));
    let count = count.and_then(integer).and_then(|count| u32::try_from(count).ok());
    count.unwrap_or_default().max(u32::from(redelivered))
}

fn integer(value: &AMQPValue) -> Option<i64> {
    match *value {
        AMQPValue::ShortShortInt(value) => Some(value.into()),
        AMQPValue::ShortShortUInt(value) => Some(value.into()),
        AMQPValue::ShortInt(value) => Some(value.into()),
        AMQPValue::ShortUInt(value) => Some(value.into()),
        AMQPValue::LongInt(value) => Some(value.into()),
        AMQPValue::LongUInt(value) => Some(value.into()),
        AMQPValue::LongLongInt(value) => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use lapin::types::FieldTable;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn wake() -> PaymentWake {
        PaymentWake {
            id: MessageId(Uuid::from_u128(1)),
            payment: PaymentId(Uuid::from_u128(2)),
            showtime: ShowtimeId(Uuid::from_u128(3)),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(read(&write(&wake()).unwrap()), Ok(wake()));
    }

    #[test]
    fn the_form_stays_as_old_messages_have_it() {
        let old = br#"{"version":1,"id":"00000000-0000-0000-0000-000000000001","payment":"00000000-0000-0000-0000-000000000002","showtime":"00000000-0000-0000-0000-000000000003"}"#;
        assert_eq!(write(&wake()).unwrap(), old);
    }

    #[test]
    fn another_version_is_told_apart() {
        let newer = String::from_utf8(write(&wake()).unwrap())
            .unwrap()
            .replace(":1,", ":2,");
        assert_eq!(read(newer.as_bytes()), Err(Unreadable::Version(2)));
    }

    #[test]
    fn anything_but_exactly_a_message_is_malformed() {
        let right = String::from_utf8(write(&wake()).unwrap()).unwrap();
        for wrong in [
            "",
            "null",
            "[]",
            "{}",
            "{\"version\":1}",
            &right[1..],
            &right[..right.len() - 1],
        ] {
            assert_eq!(read(wrong.as_bytes()), Err(Unreadable::Malformed), "{wrong}");
        }
        let more = right.replacen('{', "{\"card\":\"4111111111111111\",", 1);
        assert_eq!(read(more.as_bytes()), Err(Unreadable::Malformed));
    }

    #[test]
    fn a_long_body_is_not_looked_at() {
        assert_eq!(read(&vec![b' '; BODY_BYTES_MAX + 1]), Err(Unreadable::TooLong));
    }

    #[test]
    fn messages_are_persistent() {
        assert_eq!(*properties(&wake()).delivery_mode(), Some(2));
    }

    #[test]
    fn deliveries_are_counted_by_the_queue_if_it_counts() {
        let counted = |value| {
            let mut headers = FieldTable::default();
            headers.insert(DELIVERY_COUNT.into(), value);
            BasicProperties::default().with_headers(headers)
        };
        assert_eq!(redelivered(&BasicProperties::default(), false), 0);
        assert_eq!(redelivered(&BasicProperties::default(), true), 1);
        assert_eq!(redelivered(&counted(AMQPValue::LongLongInt(4)), true), 4);
        assert_eq!(redelivered(&counted(AMQPValue::LongUInt(4)), true), 4);
        assert_eq!(redelivered(&counted(AMQPValue::LongLongInt(-1)), true), 1);
        assert_eq!(redelivered(&counted(AMQPValue::LongLongInt(0)), true), 1);
        assert_eq!(redelivered(&counted(AMQPValue::Void), false), 0);
    }

    proptest! {
        #[test]
        fn no_body_makes_reading_fail_otherwise(body in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = read(&body);
        }
    }
}
