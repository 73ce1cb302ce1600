//! The store of record: a step is written all or nothing, if nothing has moved since it was decided.

use milo_core::domain::{Guard, NextAttempt, PaymentStatus, ReservationStatus};

use super::Rules;
use crate::flaw::Flaw;
use crate::rules::{self, Case, Do, Effect};
use crate::world::{Bit, Letter, Row, World};

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    Moved(Effect),
    Stale,
    GuardFailed,
}

fn is_final(status: ReservationStatus) -> bool {
    !status.owns_seats()
}

impl Rules {
    /// Whether a job, or the owner, would take this step of the booking now.
    pub(crate) fn is_offered(&self, world: &World, at: usize, step: Do) -> bool {
        let Row { case, over, placed, .. } = world.rows[at];
        placed
            && match step {
                Do::Expire => {
                    over && (case.reservation == ReservationStatus::PendingPayment
                        || self.has(Flaw::ExpiresPaying) && case.reservation == ReservationStatus::Paying)
                }
                // Of one that is final the core refuses the step; a wish that is set already is answered without one.
                Do::CancelByOwner => {
                    rules::effect(case, step).is_some()
                        && !(case.reservation == ReservationStatus::Paying && case.wish.is_some())
                }
                // The jobs ask the store for what is stranded: owns seats, and carries no wish.
                Do::CancelByShowtime => {
                    world.cancelled
                        && case.reservation.owns_seats()
                        && case.wish.is_none()
                        && !self.has(Flaw::CancellationForgetsPaying)
                }
                _ => false,
            }
    }

    pub(super) fn cancel_showtime(&self, world: &mut World) {
        world.cancelled = true;
        if self.has(Flaw::CancellationForgetsPaying) {
            for at in 0..self.size.rows() {
                let case = world.rows[at].case;
                if world.rows[at].placed && case.reservation != ReservationStatus::Paying {
                    let _ = self.write(world, at, Do::CancelByShowtime, case, true);
                }
            }
        }
    }

    pub(super) fn desk_writes(&self, world: &mut World, at: usize) {
        if let Some(desk) = world.desks[at].take() {
            let row = usize::from(desk.row);
            let seen = if self.remembers() {
                desk.seen
            } else {
                world.rows[row].case
            };
            let _ = self.write(world, row, desk.step, seen, desk.fresh);
        }
    }

    /// Writes a step that was decided on `seen`.
    pub(super) fn write(&self, world: &mut World, at: usize, step: Do, seen: Case, fresh: bool) -> Written {
        let blind = self.has(Flaw::NoCompareAndSet) || self.has(Flaw::ResurrectsFinal) && step == Do::Confirm;
        if !fresh && !blind {
            return Written::Stale;
        }
        let Some(effect) = rules::effect(seen, step).or_else(|| self.bent(seen, step)) else {
            return Written::Stale;
        };
        if !self.allows(world, at, effect.guard) {
            return Written::GuardFailed;
        }
        let effect = self.twisted(effect, step);
        let open = world.is_open();
        let row = &mut world.rows[at];
        let before = row.case;
        let marks = &mut world.marks;
        let left_paying =
            before.reservation == ReservationStatus::Paying && effect.to.reservation != before.reservation;
        marks.paying_left_by_other |= left_paying && step.actor() != milo_core::domain::Actor::PaymentWorker;
        marks.captured_for_closed |=
            effect.to.payment == PaymentStatus::Capturing && before.payment != effect.to.payment && !open;
        marks.resurrected |= is_final(before.reservation) && effect.to.reservation != before.reservation;

        row.case = effect.to;
        match effect.next {
            NextAttempt::Continue => row.due = true,
            NextAttempt::After(_) => (row.due, row.leased) = (true, false),
            NextAttempt::Never => (row.due, row.leased) = (false, false),
        }
        // Nobody asks for it any more; forgetting it makes states equal that are.
        let matters = self.remembers() || self.has(Flaw::ExpiresPaying);
        row.over &= matters || effect.to.reservation == ReservationStatus::PendingPayment;
        if effect.sends.freed {
            self.send(row, Letter::Freed);
        }
        if effect.sends.due {
            self.send(row, Letter::Due);
        }
        if effect.releases {
            for owners in &mut world.owners {
                *owners &= !(1 << at);
            }
        }
        Self::forget_freshness(world, at);
        Written::Moved(effect)
    }

    /// Whoever read the booking before has an old version of it from here on.
    fn forget_freshness(world: &mut World, at: usize) {
        for worker in world
            .workers
            .iter_mut()
            .flatten()
            .filter(|worker| usize::from(worker.row) == at)
        {
            worker.fresh = false;
        }
        for desk in world
            .desks
            .iter_mut()
            .flatten()
            .filter(|desk| usize::from(desk.row) == at)
        {
            desk.fresh = false;
        }
    }

    fn allows(&self, world: &World, at: usize, guard: Guard) -> bool {
        let over = world.rows[at].over;
        match guard {
            Guard::None => true,
            Guard::NotExpired => !over,
            Guard::Expired => over,
            Guard::ShowtimeOpen => world.is_open() || self.has(Flaw::CapturesForClosedShowtime),
            Guard::ShowtimeNotStarted => !world.started,
        }
    }

    /// Puts a message into the outbox: in the same write, so it is there if and only if the step was taken.
    pub(super) fn send(&self, row: &mut Row, letter: Letter) {
        if letter == Letter::Due && !self.size.queue {
            return;
        }
        row.sent |= letter.bit();
        if !self.has(Flaw::NoOutbox) {
            row.owed |= letter.bit();
        }
    }

    /// A step that only the planted bug takes.
    fn bent(&self, seen: Case, step: Do) -> Option<Effect> {
        if self.has(Flaw::ExpiresPaying) && step == Do::Expire && seen.reservation == ReservationStatus::Paying {
            let expired = rules::effect(Case::PLACED, Do::Expire)?;
            let to = Case {
                payment: seen.payment,
                ..expired.to
            };
            return Some(Effect {
                to,
                next: NextAttempt::Continue,
                ..expired
            });
        }
        None
    }

    /// What the planted bug makes of a step.
    fn twisted(&self, mut effect: Effect, step: Do) -> Effect {
        let voids = matches!(
            step,
            Do::VoidForWish | Do::VoidForSilence | Do::VoidForRefusal | Do::VoidUnseen | Do::VoidUnseenCancelled
        );
        match self.flaw {
            Some(Flaw::ExpiryKeepsSeats) if step == Do::Expire => effect.releases = false,
            Some(Flaw::FreesBeforeClosed) if voids => {
                effect.releases = true;
                effect.sends.freed = true;
            }
            Some(Flaw::WishFreesSeats) if step == Do::CancelByOwner => {
                effect.releases = true;
                effect.sends.freed = true;
            }
            Some(Flaw::ForgetsWish) if step == Do::Confirm => effect.next = NextAttempt::Never,
            _ => {}
        }
        effect
    }
}
