//! Holding seats, looking at a hold, extending and releasing it.

use crate::domain::{
    Caller, Hold, HoldId, HoldRequest, IdempotencyKey, Quote, QuoteError, SeatId, SeatSelection, Showtime, ShowtimeId,
};
use crate::ports::{AcquireError, HoldError, PortError};

use super::BookingService;

/// Why seats were not held; none were.
#[derive(Debug, thiserror::Error)]
pub enum HoldSeatsError {
    /// There is no such showtime.
    #[error("no such showtime")]
    NoSuchShowtime,
    /// The showtime has started or was cancelled.
    #[error("the showtime is closed")]
    ShowtimeClosed,
    /// These seats are not on the showtime's screen.
    #[error("some seats are not on this showtime's screen")]
    UnknownSeats(Vec<SeatId>),
    /// These seats have no price in this showtime.
    #[error("some seats have no price in this showtime")]
    UnpricedSeats(Vec<SeatId>),
    /// These seats are held by others or sold.
    #[error("some seats are not available")]
    SeatsUnavailable(Vec<SeatId>),
    /// The caller would have more seats held or pending in the showtime than allowed.
    #[error("too many seats of one user")]
    TooManySeats,
    /// The key was used before for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Why a hold was not found.
#[derive(Debug, thiserror::Error)]
pub enum HoldLookupError {
    /// The caller has no such live hold.
    #[error("no such hold")]
    NotFound,
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Why a hold was not extended.
#[derive(Debug, thiserror::Error)]
pub enum ExtendHoldError {
    /// The caller has no such hold.
    #[error("no such hold")]
    NotFound,
    /// It has lapsed, was released, or became a reservation.
    #[error("the hold has lapsed")]
    Lapsed,
    /// It was extended before.
    #[error("the hold cannot be extended again")]
    AtLimit,
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

impl From<HoldError> for HoldLookupError {
    fn from(error: HoldError) -> Self {
        match error {
            HoldError::Unknown | HoldError::Lapsed | HoldError::Used(_) | HoldError::AtLimit => Self::NotFound,
            HoldError::Port(error) => Self::Port(error),
        }
    }
}

impl From<QuoteError> for HoldSeatsError {
    fn from(error: QuoteError) -> Self {
        match error {
            QuoteError::UnknownSeats(seats) => Self::UnknownSeats(seats),
            QuoteError::Unpriced(seats) => Self::UnpricedSeats(seats),
            QuoteError::TooLarge => PortError::corrupt("catalog", "the prices of a showtime add up to too much").into(),
        }
    }
}

impl From<AcquireError> for HoldSeatsError {
    fn from(error: AcquireError) -> Self {
        match error {
            AcquireError::Unavailable(seats) => Self::SeatsUnavailable(seats),
            AcquireError::TooManySeats => Self::TooManySeats,
            AcquireError::IdReused => Self::KeyReused,
            AcquireError::Cold => PortError::transient("seat_locks", "the showtime does not stay warm").into(),
            AcquireError::Port(error) => Self::Port(error),
        }
    }
}

impl BookingService<'_> {
    /// Holds every seat of the selection, or none. The same key again gives the hold as it was first made, even after
    /// it ended: a late repeat claims nothing. Once the showtime is closed, only a hold that still lives is given again.
    ///
    /// # Errors
    /// See [`HoldSeatsError`].
    pub async fn hold(
        &self,
        caller: Caller,
        showtime: ShowtimeId,
        selection: &SeatSelection,
        key: Option<&IdempotencyKey>,
    ) -> Result<Hold, HoldSeatsError> {
        let (showtime, quote) = self.quote(showtime, selection).await?;
        let id = HoldId(key.map_or_else(
            || self.core.ports.ids.next_id(),
            |key| key.derive_id("hold", caller.user),
        ));
        if !showtime.is_on_sale(self.core.ports.clock.now()) {
            return self
                .held_before(caller, id, showtime.id, selection, key.is_some())
                .await;
        }
        let request = self.hold_request(caller, id, showtime.id, quote, key.is_some());
        Ok(self.acquire(&request).await?)
    }

    /// Nothing is held in a showtime that is closed; but a repeat of what was held before is answered as before, while the hold lives.
    async fn held_before(
        &self,
        caller: Caller,
        hold: HoldId,
        showtime: ShowtimeId,
        selection: &SeatSelection,
        keyed: bool,
    ) -> Result<Hold, HoldSeatsError> {
        if !keyed {
            return Err(HoldSeatsError::ShowtimeClosed);
        }
        match self.core.ports.locks.find(hold, caller.user).await {
            Ok(hold) if hold.showtime == showtime && hold.seat_ids() == selection.as_slice() => Ok(hold),
            Ok(_) => Err(HoldSeatsError::KeyReused),
            Err(HoldError::Port(error)) => Err(error.into()),
            Err(_) => Err(HoldSeatsError::ShowtimeClosed),
        }
    }

    /// The caller's live hold.
    ///
    /// # Errors
    /// See [`HoldLookupError`].
    pub async fn find_hold(&self, caller: Caller, hold: HoldId) -> Result<Hold, HoldLookupError> {
        Ok(self.core.ports.locks.find(hold, caller.user).await?)
    }

    /// Frees the seats of the caller's hold at once.
    ///
    /// # Errors
    /// See [`HoldLookupError`].
    pub async fn release_hold(&self, caller: Caller, hold: HoldId) -> Result<(), HoldLookupError> {
        Ok(self.core.ports.locks.release(hold, caller.user).await?)
    }

    /// Makes the caller's hold last its full time again, once, up to the longest life of a hold.
    ///
    /// # Errors
    /// See [`ExtendHoldError`].
    pub async fn extend_hold(&self, caller: Caller, hold: HoldId) -> Result<Hold, ExtendHoldError> {
        let policy = &self.core.policy;
        let extended = self
            .core
            .ports
            .locks
            .extend(hold, caller.user, policy.hold_ttl, policy.hold_lifetime_max)
            .await;
        extended.map_err(|error| match error {
            HoldError::Unknown => ExtendHoldError::NotFound,
            HoldError::Lapsed | HoldError::Used(_) => ExtendHoldError::Lapsed,
            HoldError::AtLimit => ExtendHoldError::AtLimit,
            HoldError::Port(error) => ExtendHoldError::Port(error),
        })
    }

    /// What a selection costs at the present prices, by the (cached) catalogue.
    pub(super) async fn quote(
        &self,
        showtime: ShowtimeId,
        selection: &SeatSelection,
    ) -> Result<(std::sync::Arc<Showtime>, Quote), HoldSeatsError> {
        let catalog = &self.core.ports.catalog;
        let showtime = catalog
            .showtime(showtime)
            .await?
            .ok_or(HoldSeatsError::NoSuchShowtime)?;
        let Some(layout) = catalog.layout(showtime.screen).await? else {
            return Err(HoldSeatsError::UnknownSeats(selection.as_slice().to_vec()));
        };
        let quote = showtime.quote(&layout, selection)?;
        Ok((showtime, quote))
    }

    pub(super) fn hold_request(
        &self,
        caller: Caller,
        id: HoldId,
        showtime: ShowtimeId,
        quote: Quote,
        keyed: bool,
    ) -> HoldRequest {
        let policy = &self.core.policy;
        HoldRequest {
            id,
            user: caller.user,
            showtime,
            seats: quote.seats,
            total: quote.total,
            price_version: quote.price_version,
            ttl: policy.hold_ttl,
            remember: if keyed {
                policy.idempotency_ttl
            } else {
                policy.hold_memory
            },
            user_seats_max: policy.user_seats_max,
        }
    }
}
