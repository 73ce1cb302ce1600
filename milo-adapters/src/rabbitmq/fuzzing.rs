//! What the fuzz targets reach for.

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldArray, FieldTable};
use milo_core::ports::{DeadLetter, PaymentWake};

use super::{letter, payload};

/// A body, if it is a message.
pub fn message(body: &[u8]) -> Option<PaymentWake> {
    payload::read(body).ok()
}

/// The body of a message.
pub fn body(wake: &PaymentWake) -> Vec<u8> {
    payload::write(wake).unwrap_or_default()
}

/// A dead letter with these words in its headers, if its body is a message.
pub fn dead_letter(reason: &[u8], at: &[u8], count: i64, second: u64, body: &[u8]) -> Option<DeadLetter> {
    let text = |bytes: &[u8]| AMQPValue::LongString(bytes.to_vec().into());
    let mut death = FieldTable::default();
    death.insert("reason".into(), text(reason));
    death.insert("time".into(), AMQPValue::Timestamp(second));
    let mut headers = FieldTable::default();
    if !reason.is_empty() {
        headers.insert("x-milo-reason".into(), text(reason));
        headers.insert("x-milo-buried-at".into(), text(at));
    }
    headers.insert("x-delivery-count".into(), AMQPValue::LongLongInt(count));
    headers.insert(
        "x-death".into(),
        AMQPValue::FieldArray(FieldArray::from(vec![AMQPValue::FieldTable(death)])),
    );
    let properties = BasicProperties::default().with_headers(headers);
    let _ = payload::redelivered(&properties, true);
    letter::read(&properties, body).ok()
}
