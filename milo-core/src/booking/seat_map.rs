//! The seat map of a showtime.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::{SeatClaim, SeatId, SeatLayout, SeatSnapshot, Showtime, ShowtimeId, UserId};
use crate::ports::PortError;

use super::BookingService;

/// What one viewer sees of a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SeatState {
    /// Nobody has it.
    Available,
    /// Somebody else holds it.
    Held,
    /// The viewer holds it.
    Yours,
    /// It is sold, or being sold.
    Sold,
}

impl SeatState {
    /// The published name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Held => "held",
            Self::Yours => "yours",
            Self::Sold => "sold",
        }
    }
}

/// Every seat of a showtime as one viewer sees it.
#[derive(Clone, Debug)]
pub struct SeatMap {
    /// The showtime.
    pub showtime: Arc<Showtime>,
    /// Its screen's seats.
    pub layout: Arc<SeatLayout>,
    /// Raised by every change of a claim; 0 while the lock store is down and only sold seats are shown.
    pub version: u64,
    /// When it was read.
    pub as_of: Timestamp,
    /// The seats that are not available.
    pub claimed: HashMap<SeatId, SeatState>,
}

impl SeatMap {
    /// What the viewer sees of a seat.
    pub fn state(&self, seat: SeatId) -> SeatState {
        self.claimed.get(&seat).copied().unwrap_or(SeatState::Available)
    }
}

/// Why there is no seat map.
#[derive(Debug, thiserror::Error)]
pub enum SeatMapError {
    /// There is no such showtime.
    #[error("no such showtime")]
    NotFound,
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

impl BookingService<'_> {
    /// Every seat of a showtime, as `viewer` sees it: one call to the lock store once the catalogue is cached and the
    /// showtime is warm. While the lock store is down, only sold seats are shown, from the store of record.
    ///
    /// # Errors
    /// See [`SeatMapError`].
    pub async fn seat_map(&self, showtime: ShowtimeId, viewer: Option<UserId>) -> Result<SeatMap, SeatMapError> {
        let catalog = &self.core.ports.catalog;
        let showtime = catalog.showtime(showtime).await?.ok_or(SeatMapError::NotFound)?;
        let layout = match catalog.layout(showtime.screen).await? {
            Some(layout) => layout,
            None => Arc::new(SeatLayout {
                screen: showtime.screen,
                rows: Vec::new(),
            }),
        };
        let as_of = self.core.ports.clock.now();
        let (version, claimed) = match self.snapshot(showtime.id).await {
            Ok(Some(snapshot)) => (snapshot.version, seen_by(&snapshot, viewer)),
            Ok(None) => (0, self.sold(showtime.id).await?),
            Err(error) if error.may_retry() => {
                tracing::warn!(%error, "the seat locks do not answer; showing sold seats only");
                (0, self.sold(showtime.id).await?)
            }
            Err(error) => return Err(error.into()),
        };
        Ok(SeatMap {
            showtime,
            layout,
            version,
            as_of,
            claimed,
        })
    }

    async fn snapshot(&self, showtime: ShowtimeId) -> Result<Option<SeatSnapshot>, PortError> {
        if let Some(snapshot) = self.core.ports.locks.snapshot(showtime).await? {
            return Ok(Some(snapshot));
        }
        self.warm(showtime).await?;
        self.core.ports.locks.snapshot(showtime).await
    }

    async fn sold(&self, showtime: ShowtimeId) -> Result<HashMap<SeatId, SeatState>, PortError> {
        let taken = self.core.ports.bookings.taken_seats(showtime).await?;
        Ok(taken.into_iter().map(|taken| (taken.seat, SeatState::Sold)).collect())
    }
}

fn seen_by(snapshot: &SeatSnapshot, viewer: Option<UserId>) -> HashMap<SeatId, SeatState> {
    let claims = snapshot.claims.iter();
    claims
        .map(|(seat, claim)| {
            let state = match claim {
                SeatClaim::Taken { .. } => SeatState::Sold,
                SeatClaim::Held { user, .. } if Some(*user) == viewer => SeatState::Yours,
                SeatClaim::Held { .. } => SeatState::Held,
            };
            (*seat, state)
        })
        .collect()
}
