//! What each act does. One file a part of the system; `mod.rs` says what can happen next and leads each act to its part.

mod buyer;
mod gateway;
mod locks;
mod store;
mod worker;

pub use worker::{decide, done, step_of, step_of_silence};

use crate::act::{Act, Call};
use crate::check::Settled;
use crate::flaw::Flaw;
use crate::rules::Do;
use crate::size::Size;
use crate::world::{Bit, Buyer, Desk, Letter, Operation, Phase, Worker, World};

use milo_core::domain::ReservationStatus;

/// The rules of the world: how large it is, and which bug it has.
#[derive(Debug)]
pub struct Rules {
    /// How large.
    pub size: Size,
    /// The planted bug.
    pub flaw: Option<Flaw>,
    /// What is known to settle, by schedule.
    pub(crate) settled: [Settled; 2],
}

/// The step of a job or of the owner that is offered to a booking.
const OTHERS: [Do; 3] = [Do::Expire, Do::CancelByOwner, Do::CancelByShowtime];

fn small(number: usize) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

impl Rules {
    /// The rules of a world of this size, with a planted bug or without.
    pub fn new(size: Size, flaw: Option<Flaw>) -> Self {
        Self {
            size,
            flaw,
            settled: [Settled::new(), Settled::new()],
        }
    }

    pub(crate) fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// Whether what a process read must be kept, because it may be written over something newer.
    fn remembers(&self) -> bool {
        matches!(self.flaw, Some(Flaw::NoCompareAndSet | Flaw::ResurrectsFinal))
    }

    /// Everything that can happen in `world`, in a fixed order.
    pub fn acts(&self, world: &World, acts: &mut Vec<Act>) {
        for user in 0..self.size.users {
            self.buyer_acts(world, user, acts);
        }
        for row in 0..self.size.rows() {
            self.row_acts(world, row, acts);
        }
        for (at, worker) in world.workers[..self.size.workers].iter().enumerate() {
            match worker {
                Some(worker) => self.worker_acts(world, at, *worker, acts),
                None => self.claims(world, at, acts),
            }
        }
        for (at, desk) in world.desks[..self.size.desks].iter().enumerate() {
            if desk.is_some() {
                acts.extend([Act::DeskWrites(small(at)), Act::DeskDies(small(at))]);
            }
        }
        if self.size.wipes {
            acts.push(Act::Wipe);
        }
        if self.size.closes {
            if !world.started && !world.cancelled {
                acts.push(Act::CancelShowtime);
            }
            if !world.started {
                acts.push(Act::StartShowtime);
            }
        }
    }

    fn buyer_acts(&self, world: &World, user: usize, acts: &mut Vec<Act>) {
        let (buyer, made) = world.buyers[user];
        let who = small(user);
        if usize::from(made) >= self.size.attempts {
            if matches!(buyer, Buyer::Warms { .. }) {
                acts.extend([Act::Warm(who), Act::WarmDies(who)]);
            }
            return;
        }
        match buyer {
            Buyer::Out => {
                if !world.rows[self.row_of(world, user)].hold {
                    let choices = (1..1_u8 << self.size.seats).filter(|bits| bits.count_ones() <= self.size.seats_max);
                    acts.extend(choices.map(|bits| Act::Choose(who, bits)));
                }
            }
            Buyer::Wants if self.size.holds => acts.extend([
                Act::Acquire { user: who, heard: true },
                Act::Acquire {
                    user: who,
                    heard: false,
                },
                Act::Direct(who),
            ]),
            Buyer::Wants => acts.push(Act::Direct(who)),
            Buyer::Warms { .. } => acts.extend([Act::Warm(who), Act::WarmDies(who)]),
            Buyer::Holds => acts.extend([Act::Promote(who), Act::Release(who)]),
            Buyer::Reserves => acts.extend([
                Act::Place { user: who, heard: true },
                Act::Place {
                    user: who,
                    heard: false,
                },
                Act::PlaceDies(who),
            ]),
        }
    }

    fn row_acts(&self, world: &World, at: usize, acts: &mut Vec<Act>) {
        let row = &world.rows[at];
        let this = small(at);
        if row.hold {
            acts.push(Act::Lapse(this));
        }
        if !row.placed {
            return;
        }
        let matters = match row.case.reservation {
            ReservationStatus::PendingPayment => true,
            ReservationStatus::Paying => self.has(Flaw::ExpiresPaying),
            _ => false,
        };
        if !row.over && matters {
            acts.push(Act::TimeIsOver(this));
        }
        for step in OTHERS {
            if self.is_offered(world, at, step) {
                if self.size.desks == 0 {
                    acts.push(Act::Step(this, step));
                } else if let Some(desk) = world.desks[..self.size.desks].iter().position(Option::is_none) {
                    acts.push(Act::Decide {
                        desk: small(desk),
                        row: this,
                        step,
                    });
                }
            }
        }
        for letter in Letter::ALL {
            if row.owed & letter.bit() != 0 {
                acts.push(Act::Deliver(this, letter));
            }
            if row.sent & letter.bit() != 0 {
                acts.push(Act::Repeat(this, letter));
            }
        }
        if row.wake {
            acts.push(Act::WakeGone(this));
        }
        if row.leased {
            acts.push(Act::LeaseEnds(this));
        }
        for operation in Operation::ALL {
            if row.late & operation.bit() != 0 {
                acts.push(Act::Late {
                    row: this,
                    operation,
                    refuses: false,
                });
                if Self::may_refuse(&row.ledger, operation) {
                    acts.push(Act::Late {
                        row: this,
                        operation,
                        refuses: true,
                    });
                }
            }
        }
    }

    fn worker_acts(&self, world: &World, at: usize, worker: Worker, acts: &mut Vec<Act>) {
        let this = small(at);
        acts.push(Act::WorkerDies(this));
        match worker.phase {
            Phase::LookUp(_) => {
                acts.push(Act::LookedUp {
                    worker: this,
                    answered: true,
                });
                if self.size.silence {
                    acts.push(Act::LookedUp {
                        worker: this,
                        answered: false,
                    });
                }
            }
            Phase::Ask(operation) => {
                let refusing = Self::may_refuse(&world.rows[usize::from(worker.row)].ledger, operation);
                acts.push(Act::Called(this, Call::Answered));
                if refusing {
                    acts.push(Act::Called(this, Call::Refused));
                }
                if self.size.silence {
                    acts.extend([Call::DoneUnheard, Call::TimedOut, Call::Failed].map(|call| Act::Called(this, call)));
                    if refusing {
                        acts.push(Act::Called(this, Call::RefusedUnheard));
                    }
                }
            }
            Phase::Write(step) => {
                let beliefs: &[bool] = if step == Do::Capture && !world.is_open() {
                    &[false, true]
                } else {
                    &[false]
                };
                let writes = |believes_cancelled: &bool| Act::Write {
                    worker: this,
                    believes_cancelled: *believes_cancelled,
                };
                acts.extend(beliefs.iter().map(writes));
            }
        }
    }

    fn claims(&self, world: &World, at: usize, acts: &mut Vec<Act>) {
        // Idle workers are all alike: the first one claims.
        if world.workers[..at].iter().any(Option::is_none) {
            return;
        }
        for row in (0..self.size.rows()).filter(|row| self.is_claimable(world, *row)) {
            for too_late in [false, true] {
                if !too_late || self.may_give_up(world.rows[row].case) {
                    acts.push(Act::Claim {
                        worker: small(at),
                        row: small(row),
                        too_late,
                    });
                }
            }
        }
    }

    /// The world after `act`.
    pub fn after(&self, world: &World, act: Act) -> World {
        let mut next = *world;
        match act {
            Act::Choose(..)
            | Act::Acquire { .. }
            | Act::Warm(_)
            | Act::WarmDies(_)
            | Act::Release(_)
            | Act::Promote(_)
            | Act::Direct(_)
            | Act::Place { .. }
            | Act::PlaceDies(_) => self.buyer_acts_now(&mut next, act),
            Act::Lapse(row) => Self::drop_hold(&mut next, usize::from(row)),
            Act::Wipe => Self::wipe(&mut next),
            Act::CancelShowtime => self.cancel_showtime(&mut next),
            Act::StartShowtime => next.started = true,
            Act::TimeIsOver(row) => next.rows[usize::from(row)].over = true,
            Act::Step(row, step) => {
                let seen = next.rows[usize::from(row)].case;
                let _ = self.write(&mut next, usize::from(row), step, seen, true);
            }
            Act::Decide { desk, row, step } => {
                let seen = if self.remembers() {
                    next.rows[usize::from(row)].case
                } else {
                    crate::rules::Case::PLACED
                };
                next.desks[usize::from(desk)] = Some(Desk {
                    row,
                    step,
                    fresh: true,
                    seen,
                });
            }
            Act::DeskWrites(desk) => self.desk_writes(&mut next, usize::from(desk)),
            Act::DeskDies(desk) => next.desks[usize::from(desk)] = None,
            Act::Deliver(row, letter) => {
                self.arrive(&mut next, usize::from(row), letter);
                next.rows[usize::from(row)].owed &= !letter.bit();
            }
            Act::Repeat(row, letter) => self.arrive(&mut next, usize::from(row), letter),
            Act::WakeGone(row) => next.rows[usize::from(row)].wake = false,
            Act::LeaseEnds(row) => next.rows[usize::from(row)].leased = false,
            Act::Claim { worker, row, too_late } => {
                self.claim(&mut next, usize::from(worker), usize::from(row), too_late)
            }
            Act::WorkerDies(worker) => Self::worker_dies(&mut next, usize::from(worker)),
            Act::LookedUp { worker, answered } => self.looked_up(&mut next, usize::from(worker), answered),
            Act::Called(worker, call) => self.called(&mut next, usize::from(worker), call),
            Act::Write {
                worker,
                believes_cancelled,
            } => {
                self.worker_writes(&mut next, usize::from(worker), believes_cancelled);
            }
            Act::Late {
                row,
                operation,
                refuses,
            } => {
                self.gateway_does(&mut next.rows[usize::from(row)].ledger, operation, refuses);
            }
        }
        self.put_in_order(&mut next);
        next
    }

    /// Puts aside what can make no more difference, and puts those that are alike in one order.
    fn put_in_order(&self, world: &mut World) {
        if self.size.reduced {
            for at in 0..self.size.workers {
                self.put_aside(world, at);
            }
        }
        if self.size.workers > 1 {
            world.workers[..self.size.workers].sort_by_key(Worker::order);
        }
        if self.size.desks == 2 {
            let order = |desk: &Option<Desk>| {
                desk.map_or((0, 0, false, 0), |desk| {
                    (desk.row + 1, desk.step as u8, desk.fresh, desk.seen.index())
                })
            };
            world.desks.sort_by_key(order);
        }
    }
}
