//! What clients send to the API.

use crate::split::choice;

/// The first byte says which operation's body it is.
pub(crate) fn json_body(input: &[u8]) {
    let (kind, body) = choice(input);
    milo_http::fuzzing::body(kind, body);
}

/// A query string, read by every list.
pub(crate) fn query(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        milo_http::fuzzing::query(text);
    }
}

/// Times, dates and entity tags.
pub(crate) fn scalars(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        milo_http::fuzzing::scalars(text);
    }
}
