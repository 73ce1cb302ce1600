//! How much of the world the model contains.

/// The sizes of a model. There is no bound on failures: whatever can die, be late, be lost or come twice does so at any
/// moment, any number of times.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Size {
    /// Buyers.
    pub users: usize,
    /// How many reservations each may make, one after another.
    pub attempts: usize,
    /// Seats of the showtime.
    pub seats: usize,
    /// The most seats of one reservation.
    pub seats_max: u32,
    /// Workers that drive payments.
    pub workers: usize,
    /// Other processes (of owners, of jobs) that hold a decided step in hand before they write it. With none, such
    /// steps are decided and written in one moment, which compare-and-set makes the same.
    pub desks: usize,
    /// Whether the lock store may lose everything.
    pub wipes: bool,
    /// Whether seats must come back even when a message overtook both the end of its reservation and the loss of the lock
    /// store. They do not: a known gap.
    pub strict: bool,
    /// Whether buyers hold seats before they reserve; else they reserve directly.
    pub holds: bool,
    /// Whether the queue's messages are told apart; they never allow what the reconciler does not.
    pub queue: bool,
    /// Whether the showtime may be cancelled and may start.
    pub closes: bool,
    /// Whether the gateway may fail to answer.
    pub silence: bool,
    /// Whether workers that can write no more are put aside at once, so that the model stands for any number of workers.
    pub reduced: bool,
}

/// The most reservations in a model.
pub(crate) const ROWS_MAX: usize = 4;
/// The most seats.
pub(crate) const SEATS_MAX: usize = 4;
/// The most workers.
pub(crate) const WORKERS_MAX: usize = 3;
/// The most other processes.
pub(crate) const DESKS_MAX: usize = 2;
/// The most buyers.
pub(crate) const USERS_MAX: usize = 4;

impl Size {
    /// One reservation and everything that can happen to it.
    pub fn one() -> Self {
        Self {
            users: 1,
            attempts: 1,
            seats: 1,
            seats_max: 1,
            workers: 1,
            desks: 0,
            wipes: true,
            strict: false,
            holds: true,
            queue: true,
            closes: true,
            silence: true,
            reduced: true,
        }
    }

    /// Two buyers who want overlapping seats.
    pub fn two() -> Self {
        Self {
            users: 2,
            seats: 2,
            seats_max: 2,
            workers: 2,
            queue: false,
            ..Self::one()
        }
    }

    /// Two buyers who race for two seats; nobody pays.
    pub fn contention() -> Self {
        Self {
            workers: 0,
            closes: false,
            ..Self::two()
        }
    }

    /// One reservation, with workers and jobs that go on with what they decided long ago.
    pub fn stale() -> Self {
        Self {
            workers: 2,
            desks: 1,
            holds: false,
            wipes: false,
            queue: false,
            reduced: false,
            ..Self::one()
        }
    }

    /// Reservations in the model.
    pub fn rows(&self) -> usize {
        self.users * self.attempts
    }

    /// Why a model of this size cannot be made, if it cannot.
    pub fn flaw(&self) -> Option<String> {
        let bounds = [
            ("users", self.users, 1, USERS_MAX),
            ("seats", self.seats, 1, SEATS_MAX),
            ("workers", self.workers, 0, WORKERS_MAX),
            ("desks", self.desks, 0, DESKS_MAX),
            ("users times attempts", self.rows(), 1, ROWS_MAX),
        ];
        bounds
            .into_iter()
            .find(|(_, size, least, most)| !(least..=most).contains(&size))
            .map(|(name, size, least, most)| format!("{name} must be {least} to {most}, not {size}"))
    }
}
