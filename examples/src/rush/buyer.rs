//! What one buyer does.

use std::sync::Arc;
use std::time::Duration;

use milo_core::Milo;
use milo_core::booking::{HoldSeatsError, Reserve, ReserveError, ReserveSource, Reserved, SeatState};
use milo_core::domain::{
    Booking, Caller, PaymentKind, PaymentMethod, PaymentToken, ReservationStatus, SeatId, SeatSelection, SessionId,
    ShowtimeId, UserId,
};
use tokio::sync::Barrier;

use crate::settled;

/// How often a buyer looks for seats before giving up.
const LOOKS_MAX: usize = 12;
/// How long a buyer waits when everything is held: some of it may come back.
const PATIENCE: Duration = Duration::from_millis(40);

/// Somebody who wants one to four seats. Of twenty, two have a card that is declined and one a bank that stutters.
pub(super) struct Buyer {
    number: usize,
    caller: Caller,
    party: usize,
    token: &'static str,
    /// Opens when everybody has seen the empty hall.
    doors: Arc<Barrier>,
}

/// What a buyer was told.
#[derive(Debug, Default)]
pub(super) struct Purchase {
    /// The confirmed booking.
    pub(super) bought: Option<Booking>,
    /// How often somebody else was faster.
    pub(super) refused: usize,
    /// Whether the payment failed.
    pub(super) payment_failed: bool,
    /// Anything that should not happen to a buyer.
    pub(super) error: Option<String>,
}

impl Buyer {
    pub(super) fn new(milo: &Milo, number: u32, doors: &Arc<Barrier>) -> Self {
        let (ids, number) = (&milo.ports().ids, number as usize);
        Self {
            number,
            caller: Caller {
                user: UserId(ids.next_id()),
                session: SessionId(ids.next_id()),
                is_admin: false,
            },
            party: 1 + number % 4,
            token: match number % 20 {
                7 | 14 => "tok_declined",
                11 => "tok_flaky_1",
                _ => "tok_ok",
            },
            doors: Arc::clone(doors),
        }
    }

    pub(super) async fn shop(self, milo: Milo, showtime: ShowtimeId) -> Purchase {
        let mut purchase = Purchase::default();
        if let Err(error) = self.try_to_buy(&milo, showtime, &mut purchase).await {
            purchase.error = Some(format!("{error:#}"));
        }
        purchase
    }

    async fn try_to_buy(&self, milo: &Milo, showtime: ShowtimeId, purchase: &mut Purchase) -> anyhow::Result<()> {
        for look in 0..LOOKS_MAX {
            let seats = self.choose(milo, showtime, look).await;
            if look == 0 {
                self.doors.wait().await;
            }
            let Some(seats) = seats? else {
                tokio::time::sleep(PATIENCE).await;
                continue;
            };
            let Some(reserved) = self.reserve(milo, showtime, seats).await? else {
                purchase.refused += 1;
                continue;
            };
            let booking = settled(milo, self.caller, reserved.booking().reservation.id).await?;
            match booking.reservation.status {
                ReservationStatus::Confirmed => purchase.bought = Some(booking),
                _ => purchase.payment_failed = true,
            }
            return Ok(());
        }
        Ok(())
    }

    /// Reserves what a hold claims or, every third buyer, in one step; none if somebody else was faster.
    async fn reserve(
        &self,
        milo: &Milo,
        showtime: ShowtimeId,
        seats: SeatSelection,
    ) -> anyhow::Result<Option<Reserved>> {
        let source = if self.number.is_multiple_of(3) {
            ReserveSource::Seats { showtime, seats }
        } else {
            match milo.booking().hold(self.caller, showtime, &seats, None).await {
                Ok(hold) => ReserveSource::Hold(hold.id),
                Err(HoldSeatsError::SeatsUnavailable(_)) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        };
        let request = Reserve {
            source,
            method: PaymentMethod {
                kind: PaymentKind::CreditCard,
                token: PaymentToken::parse(self.token)?,
            },
            key: None,
        };
        match milo.booking().reserve(self.caller, request).await {
            Ok(reserved) => Ok(Some(reserved)),
            Err(ReserveError::SeatsUnavailable(_) | ReserveError::HoldLapsed) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Free seats beside each other, as the map shows them; fewer than wanted if there are no more.
    async fn choose(&self, milo: &Milo, showtime: ShowtimeId, look: usize) -> anyhow::Result<Option<SeatSelection>> {
        let map = milo.booking().seat_map(showtime, Some(self.caller.user)).await?;
        let seats = map.layout.seats().map(|seat| seat.id);
        let free: Vec<SeatId> = seats.filter(|seat| map.state(*seat) == SeatState::Available).collect();
        if free.is_empty() {
            return Ok(None);
        }
        // Buyers like different corners; one who was refused looks elsewhere.
        let first = (self.number * 31 + look * 17) % free.len();
        let last = free.len().min(first + self.party);
        Ok(Some(SeatSelection::parse(free[first..last].iter().copied())?))
    }
}
