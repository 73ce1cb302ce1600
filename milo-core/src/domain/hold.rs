//! Holds: short claims on seats, a courtesy between buyers.

use jiff::Timestamp;

use super::{HoldId, Money, PricedSeat, ReservationId, SeatId, ShowtimeId, UserId, Version};

/// A claim on some seats of one showtime for a few minutes.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Hold {
    /// The hold; it owns the seats, not the user, so two tabs of one person are two buyers.
    pub id: HoldId,
    /// Who may use it.
    pub user: UserId,
    /// The showtime.
    pub showtime: ShowtimeId,
    /// The seats at the prices quoted, ascending by id.
    pub seats: Vec<PricedSeat>,
    /// The sum of the prices.
    pub total: Money,
    /// The prices that were quoted.
    pub price_version: Version,
    /// When the seats are free again, by the lock store's clock.
    pub expires_at: Timestamp,
}

impl Hold {
    /// The seats' ids, ascending.
    pub fn seat_ids(&self) -> Vec<SeatId> {
        self.seats.iter().map(|seat| seat.id).collect()
    }
}

/// What somebody wants to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldRequest {
    /// The id of the hold to be; the same id again is the same request again.
    pub id: HoldId,
    /// Who asks.
    pub user: UserId,
    /// The showtime.
    pub showtime: ShowtimeId,
    /// The seats at the prices quoted, ascending by id.
    pub seats: Vec<PricedSeat>,
    /// The sum of the prices.
    pub total: Money,
    /// The prices that were quoted.
    pub price_version: Version,
    /// How long the seats are held, counted from now on the lock store's clock.
    pub ttl: std::time::Duration,
    /// How long the id is remembered after the hold has ended, so that a late repeat is recognised.
    pub remember: std::time::Duration,
    /// The most seats that the user may have held or pending in this showtime, these included.
    pub user_seats_max: u32,
}

/// A seat that the store of record has sold or is selling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TakenSeat {
    /// The seat.
    pub seat: SeatId,
    /// The reservation that owns it.
    pub reservation: ReservationId,
    /// Whose reservation that is.
    pub user: UserId,
    /// Whether its payment is still open, so that it counts against the user's limit.
    pub pending: bool,
}

/// What the lock store knows of one seat; a seat it does not list is available.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatClaim {
    /// Held until the hold lapses.
    Held {
        /// The hold.
        hold: HoldId,
        /// Whose hold it is.
        user: UserId,
    },
    /// Sold, or being sold.
    Taken {
        /// The reservation that owns it.
        reservation: ReservationId,
    },
}

/// Every claimed seat of one showtime at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatSnapshot {
    /// Raised by every change of a claim.
    pub version: u64,
    /// The claimed seats, in no particular order. Lapsed holds are not among them.
    pub claims: Vec<(SeatId, SeatClaim)>,
}

/// How many seats of one showtime are claimed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeatTally {
    /// Held seats.
    pub held: u32,
    /// Sold seats, and seats being sold.
    pub taken: u32,
}
