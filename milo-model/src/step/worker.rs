//! The payment machine, as `milo-core/src/jobs/drive_payment.rs` drives it. `tests/it/driver.rs` runs the real one beside it.

use milo_core::domain::PaymentStatus;
use milo_core::ports::GatewayStatus;

use super::gateway::Answer;
use super::store::Written;
use super::{Rules, small};
use crate::act::Call;
use crate::flaw::Flaw;
use crate::rules::{Case, Do, TRIES_MAX};
use crate::world::{Bit, Operation, Phase, Worker, World};

/// What a worker does next with a booking that it has just read; nothing if nothing is to be done.
///
/// `too_late` is whether it finds the gateway's deadline passed.
pub fn decide(case: Case, too_late: bool) -> Option<Phase> {
    let asks = |operation| match operation {
        Operation::Authorize => Phase::Ask(operation),
        // Once an answer was lost, what the gateway knows comes first.
        _ if case.tries > 0 => Phase::LookUp(operation),
        _ => Phase::Ask(operation),
    };
    match case.payment {
        PaymentStatus::Created => Some(Phase::Write(Do::Begin)),
        PaymentStatus::Authorizing if case.wish.is_some() => Some(Phase::Write(Do::VoidForWish)),
        PaymentStatus::Authorizing if too_late || case.tries >= TRIES_MAX => Some(Phase::Write(Do::VoidForSilence)),
        PaymentStatus::Authorizing => Some(asks(Operation::Authorize)),
        PaymentStatus::Capturing => Some(asks(Operation::Capture)),
        PaymentStatus::Voiding => Some(asks(Operation::Close)),
        PaymentStatus::Captured if case.wish.is_some() => Some(Phase::Write(Do::HonourWish)),
        PaymentStatus::Refunding => Some(asks(Operation::Refund)),
        PaymentStatus::Captured
        | PaymentStatus::Voided
        | PaymentStatus::Declined
        | PaymentStatus::Dropped
        | PaymentStatus::Refunded => None,
    }
}

/// What a worker makes of a certain answer.
pub fn step_of(operation: Operation, refused: bool) -> Do {
    match (operation, refused) {
        (Operation::Authorize, false) => Do::Capture,
        (Operation::Authorize, true) => Do::Decline,
        (Operation::Capture, false) => Do::Confirm,
        (Operation::Capture, true) => Do::VoidForRefusal,
        (Operation::Close, false) => Do::Voided,
        (Operation::Refund, false) => Do::Refunded,
        // The money was taken after all, or cannot be given back: nothing may be released, somebody must look.
        (Operation::Close | Operation::Refund, true) => Do::RetryAndReview,
    }
}

/// What a worker makes of no certain answer.
pub fn step_of_silence(case: Case) -> Do {
    if case.tries + 1 >= TRIES_MAX && case.payment != PaymentStatus::Authorizing {
        Do::RetryAndReview
    } else {
        Do::Retry
    }
}

/// What a look-up must say for the operation to count as done.
pub fn done(operation: Operation) -> Option<GatewayStatus> {
    match operation {
        Operation::Authorize => None,
        Operation::Capture => Some(GatewayStatus::Captured),
        Operation::Close => Some(GatewayStatus::Closed),
        Operation::Refund => Some(GatewayStatus::Refunded),
    }
}

impl Rules {
    /// Whether a worker may claim the payment: there is work, it is due, and nobody holds the lease.
    pub(crate) fn is_claimable(&self, world: &World, at: usize) -> bool {
        let row = &world.rows[at];
        let free = !row.leased || self.has(Flaw::NoLease);
        let told = row.wake || !self.has(Flaw::OnlyMessages);
        row.placed && row.due && free && told && decide(row.case, false).is_some()
    }

    /// Whether it makes a difference that the gateway's deadline may have passed.
    pub(super) fn may_give_up(&self, case: Case) -> bool {
        self.size.silence && decide(case, false) != decide(case, true)
    }

    pub(super) fn claim(&self, world: &mut World, at: usize, row: usize, too_late: bool) {
        for other in world
            .workers
            .iter_mut()
            .flatten()
            .filter(|other| usize::from(other.row) == row)
        {
            other.current = false;
        }
        world.rows[row].leased = true;
        if self.has(Flaw::OnlyMessages) {
            world.rows[row].wake = false;
        }
        self.go_on(world, at, row, too_late);
    }

    /// A worker has just read the booking and decides.
    fn go_on(&self, world: &mut World, at: usize, row: usize, too_late: bool) {
        let case = world.rows[row].case;
        world.workers[at] = decide(case, too_late).map(|phase| Worker {
            row: small(row),
            phase,
            current: true,
            fresh: true,
            seen: if self.remembers() { case } else { Case::PLACED },
        });
    }

    /// A worker that dies while it waits for the gateway leaves its request behind.
    pub(super) fn worker_dies(world: &mut World, at: usize) {
        if let Some(worker) = world.workers[at].take()
            && let Phase::Ask(operation) = worker.phase
        {
            world.rows[usize::from(worker.row)].late |= operation.bit();
        }
    }

    fn seen(&self, world: &World, worker: &Worker) -> Case {
        if self.remembers() {
            worker.seen
        } else {
            world.rows[usize::from(worker.row)].case
        }
    }

    pub(super) fn looked_up(&self, world: &mut World, at: usize, answered: bool) {
        let Some(mut worker) = world.workers[at] else { return };
        let Phase::LookUp(operation) = worker.phase else { return };
        let status = world.rows[usize::from(worker.row)].ledger.status;
        worker.phase = match answered {
            false => Phase::Write(self.silence(self.seen(world, &worker))),
            true if done(operation) == Some(status) => Phase::Write(step_of(operation, false)),
            true => Phase::Ask(operation),
        };
        world.workers[at] = Some(worker);
    }

    pub(super) fn called(&self, world: &mut World, at: usize, call: Call) {
        let Some(mut worker) = world.workers[at] else { return };
        let Phase::Ask(operation) = worker.phase else { return };
        let row = &mut world.rows[usize::from(worker.row)];
        let answer = match call {
            Call::Answered | Call::Refused => {
                Some(self.gateway_does(&mut row.ledger, operation, call == Call::Refused))
            }
            Call::DoneUnheard | Call::RefusedUnheard => {
                self.gateway_does(&mut row.ledger, operation, call == Call::RefusedUnheard);
                None
            }
            Call::TimedOut => {
                row.late |= operation.bit();
                None
            }
            Call::Failed => None,
        };
        worker.phase = Phase::Write(match answer {
            Some(answer) => step_of(operation, answer == Answer::Refused),
            None => self.silence(self.seen(world, &worker)),
        });
        world.workers[at] = Some(worker);
    }

    fn silence(&self, case: Case) -> Do {
        match (self.flaw, case.payment) {
            (Some(Flaw::TimeoutIsDecline), PaymentStatus::Authorizing) => Do::Decline,
            (Some(Flaw::TimeoutIsRefusal), PaymentStatus::Capturing) => Do::VoidForRefusal,
            _ => step_of_silence(case),
        }
    }

    pub(super) fn worker_writes(&self, world: &mut World, at: usize, believes_cancelled: bool) {
        let Some(worker) = world.workers[at] else { return };
        let Phase::Write(step) = worker.phase else { return };
        let row = usize::from(worker.row);
        let seen = self.seen(world, &worker);
        let leased = worker.current || self.has(Flaw::NoLease);
        let fresh = worker.fresh && leased;
        let mut written = self.write(world, row, step, seen, fresh);
        if written == Written::GuardFailed && step == Do::Capture {
            let void = if believes_cancelled {
                Do::VoidUnseenCancelled
            } else {
                Do::VoidUnseen
            };
            written = self.write(world, row, void, seen, fresh);
        }
        world.workers[at] = None;
        match written {
            // The worker holds the lease still, and goes on with what it has written.
            Written::Moved(effect) if effect.next == milo_core::domain::NextAttempt::Continue => {
                self.go_on(world, at, row, false);
                if let Some(next) = &mut world.workers[at] {
                    next.current = worker.current;
                }
            }
            Written::Moved(_) | Written::GuardFailed => {}
            // It reads again, if the lease is still its own.
            Written::Stale if worker.current && world.rows[row].leased => self.go_on(world, at, row, false),
            Written::Stale => {}
        }
    }

    /// A worker whose booking has moved on, or whose lease somebody else has, can write nothing any more. What it asked
    /// the gateway for may still arrive there; otherwise it is as if it read anew, or had died.
    pub(super) fn put_aside(&self, world: &mut World, at: usize) {
        let Some(worker) = world.workers[at] else { return };
        if worker.fresh && worker.current {
            return;
        }
        Self::worker_dies(world, at);
    }
}
