use milo_core::ports::DeadLetter;
use salvo::oapi::ToSchema;
use serde::Serialize;

use super::{Time, Uid};

/// The oldest messages that nobody could handle.
#[derive(Debug, Serialize, ToSchema)]
#[salvo(schema(name = "DeadLetters", bound = "'a: 'static"))]
pub(crate) struct DeadLettersView<'a> {
    items: Vec<DeadLetterView<'a>>,
}

/// A message that nobody could handle.
#[derive(Debug, Serialize, ToSchema)]
#[salvo(schema(name = "DeadLetter", bound = "'a: 'static"))]
struct DeadLetterView<'a> {
    /// The message: replay it under this id.
    id: Uid,
    /// The payment that it was about.
    payment_id: Uid,
    showtime_id: Uid,
    /// What was wrong, such as `gateway_unavailable` or `delivery_limit`.
    reason: &'a str,
    /// When it was given up.
    at: Time,
}

impl<'a> DeadLettersView<'a> {
    pub(crate) fn of(letters: &'a [DeadLetter]) -> Self {
        Self {
            items: letters.iter().map(DeadLetterView::of).collect(),
        }
    }
}

impl<'a> DeadLetterView<'a> {
    fn of(letter: &'a DeadLetter) -> Self {
        Self {
            id: letter.wake.id.into(),
            payment_id: letter.wake.payment.into(),
            showtime_id: letter.wake.showtime.into(),
            reason: letter.reason.as_str(),
            at: Time(letter.at),
        }
    }
}
