//! The gateway: every operation has one effect, however often it is asked, and answers the same each time.

use milo_core::ports::GatewayStatus as Status;

use super::Rules;
use crate::flaw::Flaw;
use crate::world::{Ledger, Operation};

/// A certain answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Done,
    Refused,
}

/// Enough to see that something was done twice.
const TWICE: u8 = 2;

fn once_more(count: &mut u8) {
    *count = (*count + 1).min(TWICE);
}

impl Rules {
    /// Whether the gateway has not decided yet whether it refuses.
    pub(crate) fn may_refuse(ledger: &Ledger, operation: Operation) -> bool {
        match operation {
            Operation::Authorize => ledger.status == Status::Unknown,
            Operation::Capture => ledger.status == Status::Authorized && !ledger.refuses_capture,
            Operation::Close | Operation::Refund => false,
        }
    }

    /// What the gateway does and answers. `refuses` matters only while it [may](Self::may_refuse).
    pub(super) fn gateway_does(&self, ledger: &mut Ledger, operation: Operation, refuses: bool) -> Answer {
        match (operation, ledger.status) {
            (Operation::Authorize, Status::Unknown) if refuses => {
                ledger.status = Status::Declined;
                Answer::Refused
            }
            (Operation::Authorize, Status::Unknown) => {
                ledger.status = Status::Authorized;
                once_more(&mut ledger.authorized);
                Answer::Done
            }
            (Operation::Authorize, Status::Authorized | Status::Captured | Status::Refunded) => {
                if self.has(Flaw::KeyPerAttempt) {
                    once_more(&mut ledger.authorized);
                }
                Answer::Done
            }
            (Operation::Authorize, Status::Declined | Status::Closed) => Answer::Refused,

            (Operation::Capture, Status::Authorized) if refuses || ledger.refuses_capture => {
                ledger.refuses_capture = true;
                Answer::Refused
            }
            (Operation::Capture, Status::Authorized) => {
                ledger.status = Status::Captured;
                once_more(&mut ledger.captured);
                Answer::Done
            }
            (Operation::Capture, Status::Captured | Status::Refunded) => Answer::Done,
            (Operation::Capture, Status::Unknown | Status::Declined | Status::Closed) => Answer::Refused,

            (Operation::Close, Status::Captured | Status::Refunded) => Answer::Refused,
            (Operation::Close, Status::Closed | Status::Declined) => Answer::Done,
            (Operation::Close, Status::Unknown) if self.has(Flaw::CloseDoesNotClose) => Answer::Done,
            (Operation::Close, Status::Unknown | Status::Authorized) => {
                ledger.status = Status::Closed;
                Answer::Done
            }

            (Operation::Refund, Status::Captured) => {
                ledger.status = Status::Refunded;
                once_more(&mut ledger.refunded);
                Answer::Done
            }
            (Operation::Refund, Status::Refunded) => {
                if self.has(Flaw::RefundsTwice) {
                    once_more(&mut ledger.refunded);
                }
                Answer::Done
            }
            (Operation::Refund, _) => Answer::Refused,
        }
    }
}
