//! Seat maps, holds and reservations.
//!
//! A booking goes: [`hold`](BookingService::hold) → [`reserve`](BookingService::reserve) → the payment is driven by
//! [`jobs`](crate::jobs) → confirmed. Holds live in the lock store and are a courtesy; the store of record decides.

mod cancel;
mod hold;
mod lookup;
mod projection;
mod reserve;
mod seat_map;

use std::sync::Arc;

use crate::milo::Core;

pub use cancel::CancelError;
pub use hold::{ExtendHoldError, HoldLookupError, HoldSeatsError};
pub use lookup::BookingReadError;
pub use reserve::{Reserve, ReserveError, ReserveSource, Reserved};
pub use seat_map::{SeatMap, SeatMapError, SeatState};

/// The use cases of booking; see [`Milo::booking`](crate::Milo::booking).
#[derive(Clone, Copy, Debug)]
pub struct BookingService<'a> {
    pub(crate) core: &'a Arc<Core>,
}
