use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use super::PortError;
use crate::domain::{
    Hold, HoldId, HoldRequest, ReservationId, SeatId, SeatSnapshot, SeatTally, ShowtimeId, TakenSeat, UserId,
};

/// Why seats were not held; nothing was claimed.
#[derive(Debug, thiserror::Error)]
pub enum AcquireError {
    /// These seats are held by others or sold, ascending.
    #[error("some seats are not available")]
    Unavailable(Vec<SeatId>),
    /// The user would have more seats held or pending in the showtime than allowed.
    #[error("too many seats of one user")]
    TooManySeats,
    /// The id was used before for another request.
    #[error("the hold's id was used for another request")]
    IdReused,
    /// The lock store does not know yet what is sold in this showtime: [`warm`](SeatLocks::warm) it and repeat.
    #[error("the showtime is cold")]
    Cold,
    /// See [`PortError`]. After an unknown outcome, repeat with the same id.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Why a hold cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// There is no such hold of this user, or it was forgotten.
    #[error("no such hold")]
    Unknown,
    /// It has lapsed or was released.
    #[error("the hold has lapsed")]
    Lapsed,
    /// It became a reservation.
    #[error("the hold became a reservation")]
    Used(ReservationId),
    /// It cannot be extended any further.
    #[error("the hold cannot be extended any further")]
    AtLimit,
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

/// How many lapsed holds a sweep removed, and their seats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Lapsed holds that were removed.
    pub holds: usize,
    /// The seats they had claimed.
    pub seats: usize,
}

/// Short claims on the seats of showtimes, and a projection of what the store of record has sold.
///
/// A hold is a courtesy between buyers; the proof of a sale is the store's unique index. Losing everything at any
/// moment is safe: every showtime is cold again until it is [warmed](Self::warm). Proven by
/// [`crate::conformance::seat_locks`].
///
/// Every call is one atomic act; nobody sees a part of one. Lifetimes count whole milliseconds, rounded up, on the lock
/// store's own clock; a lapsed hold counts as free at once, whoever sweeps it later. Ids come typed, so nothing in a
/// call can be mistaken for something else.
///
/// [`take`](Self::take), [`settle`](Self::settle) and [`free`](Self::free) may be repeated and may arrive in any order:
/// a reservation that was freed stays freed (for at least 24 hours), so a late `take` cannot lose a seat.
#[async_trait]
pub trait SeatLocks: Debug + Send + Sync {
    /// Claims every seat of the request, or none.
    ///
    /// The same id with the same user, showtime and seats gives the hold as it was first made, whatever became of it
    /// since, and claims nothing again: a repeat is safe even when it comes late.
    ///
    /// # Errors
    /// See [`AcquireError`].
    async fn acquire(&self, request: &HoldRequest) -> Result<Hold, AcquireError>;

    /// The live hold of this user.
    ///
    /// # Errors
    /// See [`HoldError`].
    async fn find(&self, hold: HoldId, user: UserId) -> Result<Hold, HoldError>;

    /// Checks that a hold still has all its seats and makes sure that it keeps them for at least `window` more.
    /// Its lifetime is never shortened.
    ///
    /// # Errors
    /// See [`HoldError`].
    async fn promote(&self, hold: HoldId, user: UserId, window: Duration) -> Result<Hold, HoldError>;

    /// Makes a live hold last `ttl` from now, but not beyond `lifetime_max` from its beginning, and only once.
    ///
    /// # Errors
    /// [`HoldError::AtLimit`] the second time; see [`HoldError`].
    async fn extend(
        &self,
        hold: HoldId,
        user: UserId,
        ttl: Duration,
        lifetime_max: Duration,
    ) -> Result<Hold, HoldError>;

    /// Frees the seats of a hold at once.
    ///
    /// # Errors
    /// See [`HoldError`]; releasing twice is [`HoldError::Lapsed`].
    async fn release(&self, hold: HoldId, user: UserId) -> Result<(), HoldError>;

    /// Marks seats as owned by a reservation, whoever held them, and marks the hold as used.
    async fn take(
        &self,
        showtime: ShowtimeId,
        reservation: ReservationId,
        user: UserId,
        hold: HoldId,
        seats: &[SeatId],
    ) -> Result<(), PortError>;

    /// A reservation is paid: its seats stay taken but no longer count against its user's limit.
    async fn settle(&self, showtime: ShowtimeId, reservation: ReservationId) -> Result<(), PortError>;

    /// Frees those of `seats` that the reservation owns.
    async fn free(&self, showtime: ShowtimeId, reservation: ReservationId, seats: &[SeatId]) -> Result<(), PortError>;

    /// Adds what the store of record says is taken to what is known, except reservations that were freed, and marks
    /// the showtime as warm. Claims of holds on seats that turn out taken are dropped.
    async fn warm(&self, showtime: ShowtimeId, taken: &[TakenSeat]) -> Result<(), PortError>;

    /// Every claimed seat of a showtime; none if it is cold.
    async fn snapshot(&self, showtime: ShowtimeId) -> Result<Option<SeatSnapshot>, PortError>;

    /// How many seats are claimed in each of the showtimes, in their order; none for a cold one.
    async fn tally(&self, showtimes: &[ShowtimeId]) -> Result<Vec<Option<SeatTally>>, PortError>;

    /// Removes up to `limit` lapsed holds, and what is remembered longer than it must be.
    async fn sweep(&self, limit: usize) -> Result<Swept, PortError>;
}
