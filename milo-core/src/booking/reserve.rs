//! Turning a hold, or a choice of seats, into a reservation.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::domain::{
    Booking, BookingCode, Caller, Fingerprint, HoldId, HoldRequest, IdempotencyKey, KeyedRequest, MessageId, Money,
    PaymentId, PaymentMethod, Placement, Quote, ReservationId, SeatId, SeatSelection, ShowtimeId, Version,
};
use crate::ports::{AcquireError, HoldError, JobKind, PlaceError, Placed, PortError};

use super::{BookingService, HoldSeatsError};

/// What a reservation is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReserveSource {
    /// A hold of the caller's.
    Hold(HoldId),
    /// Seats, held and reserved in one step: for a kiosk, and for selling while the lock store is down.
    Seats {
        /// The showtime.
        showtime: ShowtimeId,
        /// The seats.
        seats: SeatSelection,
    },
}

/// What somebody wants to reserve and how it is paid. The price is never the client's to say.
#[derive(Clone, Debug)]
pub struct Reserve {
    /// What it is made from.
    pub source: ReserveSource,
    /// How it is paid.
    pub method: PaymentMethod,
    /// The client's key, if it sent one.
    pub key: Option<IdempotencyKey>,
}

impl Reserve {
    /// Reserves the seats of a hold, without an idempotency key: the hold itself tells a repeat.
    pub fn hold(hold: HoldId, method: PaymentMethod) -> Self {
        Self {
            source: ReserveSource::Hold(hold),
            method,
            key: None,
        }
    }
}

/// What became of a request to reserve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// The reservation was made; its payment goes on in the background.
    New(Booking),
    /// The hold was reserved before: that reservation, as it stands now.
    Again(Booking),
    /// The key was used before for this very request: that reservation, as it was answered then.
    Replayed(Booking),
}

impl Reserved {
    /// The reservation with its payment.
    pub fn booking(&self) -> &Booking {
        match self {
            Self::New(booking) | Self::Again(booking) | Self::Replayed(booking) => booking,
        }
    }
}

/// Why nothing was reserved.
#[derive(Debug, thiserror::Error)]
pub enum ReserveError {
    /// The caller has no such hold.
    #[error("no such hold")]
    NoSuchHold,
    /// The hold has lapsed or was released.
    #[error("the hold has lapsed")]
    HoldLapsed,
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
    /// The prices are not those that were quoted.
    #[error("the price has changed")]
    PriceChanged {
        /// What the seats cost now.
        total: Money,
    },
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

impl From<HoldSeatsError> for ReserveError {
    fn from(error: HoldSeatsError) -> Self {
        match error {
            HoldSeatsError::NoSuchShowtime => Self::NoSuchShowtime,
            HoldSeatsError::ShowtimeClosed => Self::ShowtimeClosed,
            HoldSeatsError::UnknownSeats(seats) => Self::UnknownSeats(seats),
            HoldSeatsError::UnpricedSeats(seats) => Self::UnpricedSeats(seats),
            HoldSeatsError::SeatsUnavailable(seats) => Self::SeatsUnavailable(seats),
            HoldSeatsError::TooManySeats => Self::TooManySeats,
            HoldSeatsError::KeyReused => Self::KeyReused,
            HoldSeatsError::Port(error) => Self::Port(error),
        }
    }
}

/// How often a placement is mended: another booking code (with 40 bits, once is rare), or the version of prices that
/// changed for other seats only.
const PLACE_ATTEMPTS_MAX: usize = 4;

impl BookingService<'_> {
    /// Reserves: the seats are the caller's when this returns, and the payment goes on in the background.
    ///
    /// The store of record is written last and decides alone. A repeat with the same hold or the same key finds what
    /// the first try made. After an unknown outcome the hold stays, so that the repeat finds it.
    ///
    /// # Errors
    /// See [`ReserveError`].
    pub async fn reserve(&self, caller: Caller, request: Reserve) -> Result<Reserved, ReserveError> {
        let keyed = request.key.clone().map(|key| KeyedRequest {
            key,
            fingerprint: fingerprint(&request),
        });
        match request.source {
            ReserveSource::Hold(hold) => self.reserve_hold(caller, hold, request.method, keyed).await,
            ReserveSource::Seats { showtime, seats } => {
                self.reserve_seats(caller, showtime, &seats, request.method, keyed)
                    .await
            }
        }
    }

    async fn reserve_hold(
        &self,
        caller: Caller,
        hold: HoldId,
        method: PaymentMethod,
        keyed: Option<KeyedRequest>,
    ) -> Result<Reserved, ReserveError> {
        let window = self.core.policy.commit_window;
        let refused = match self.core.ports.locks.promote(hold, caller.user, window).await {
            Ok(hold) => {
                let quote = Quote {
                    seats: hold.seats,
                    total: hold.total,
                    price_version: hold.price_version,
                };
                return self.place(caller, hold.id, hold.showtime, quote, method, keyed).await;
            }
            Err(HoldError::Port(error)) => return Err(error.into()),
            Err(HoldError::Unknown) => ReserveError::NoSuchHold,
            Err(HoldError::Lapsed | HoldError::Used(_) | HoldError::AtLimit) => ReserveError::HoldLapsed,
        };
        // The hold cannot be used (any more). It may be that this very request used it.
        match self.placed_before(caller, hold, keyed.as_ref()).await? {
            Some(reserved) => Ok(reserved),
            None => Err(refused),
        }
    }

    async fn reserve_seats(
        &self,
        caller: Caller,
        showtime: ShowtimeId,
        seats: &SeatSelection,
        method: PaymentMethod,
        keyed: Option<KeyedRequest>,
    ) -> Result<Reserved, ReserveError> {
        let hold = HoldId(match &keyed {
            Some(KeyedRequest { key, .. }) => key.derive_id("direct", caller.user),
            None => self.core.ports.ids.next_id(),
        });
        if keyed.is_some()
            && let Some(reserved) = self.placed_before(caller, hold, keyed.as_ref()).await?
        {
            return Ok(reserved);
        }
        let (showtime, quote) = self.quote(showtime, seats).await?;
        if !showtime.is_on_sale(self.core.ports.clock.now()) {
            return Err(ReserveError::ShowtimeClosed);
        }
        let request = self.hold_request(caller, hold, showtime.id, quote.clone(), keyed.is_some());
        match self.hold_directly(request, keyed.is_some()).await {
            Ok(hold) => {
                let reserved = self.place(caller, hold, showtime.id, quote, method, keyed).await;
                if let Err(error) = &reserved
                    && !may_have_happened(error)
                {
                    // Nobody will come back for a hold that was only made for this.
                    let _ = self.core.ports.locks.release(hold, caller.user).await;
                }
                reserved
            }
            Err(AcquireError::Port(error)) if error.may_retry() => {
                // The lock store is down: the store of record decides alone, a few at a time.
                let _turn = Turn::take(&self.core.direct_reservations, self.core.policy.direct_reservations_max)
                    .ok_or(error)?;
                self.place(caller, hold, showtime.id, quote, method, keyed).await
            }
            Err(error) => Err(HoldSeatsError::from(error).into()),
        }
    }

    /// Holds the seats of a direct reservation. A repeated request finds the hold of its first try; if that has ended
    /// (the first try was refused), it holds the seats anew rather than sell what somebody else may hold now.
    async fn hold_directly(&self, mut request: HoldRequest, keyed: bool) -> Result<HoldId, AcquireError> {
        let hold = self.acquire(&request).await?;
        if !keyed {
            return Ok(hold.id);
        }
        match self
            .core
            .ports
            .locks
            .promote(hold.id, hold.user, self.core.policy.commit_window)
            .await
        {
            Ok(hold) => Ok(hold.id),
            Err(HoldError::Port(error)) => Err(error.into()),
            Err(HoldError::Unknown | HoldError::Lapsed | HoldError::Used(_) | HoldError::AtLimit) => {
                request.id = HoldId(self.core.ports.ids.next_id());
                Ok(self.acquire(&request).await?.id)
            }
        }
    }

    async fn place(
        &self,
        caller: Caller,
        hold: HoldId,
        showtime: ShowtimeId,
        quote: Quote,
        method: PaymentMethod,
        keyed: Option<KeyedRequest>,
    ) -> Result<Reserved, ReserveError> {
        let ports = &self.core.ports;
        let mut placement = Placement {
            reservation: ReservationId(ports.ids.next_id()),
            payment: PaymentId(ports.ids.next_id()),
            code: BookingCode::from_random(ports.ids.random()),
            user: caller.user,
            showtime,
            hold,
            seats: quote.seats,
            total: quote.total,
            price_version: quote.price_version,
            method,
            pay_within: self.core.policy.pay_within,
            user_seats_max: self.core.policy.user_seats_max,
            keyed,
            messages: Vec::new(),
        };
        placement.messages = placement.messages_of(|| MessageId(ports.ids.next_id()));

        for _ in 0..PLACE_ATTEMPTS_MAX {
            match ports.bookings.place(&placement).await {
                Ok(Placed::New(booking)) => {
                    ports.wakeup.wake(JobKind::OutboxRelay);
                    self.core.tell_taken(&booking).await;
                    return Ok(Reserved::New(booking));
                }
                Ok(Placed::SameHold(booking)) => return Ok(Reserved::Again(booking)),
                Ok(Placed::SameKey(booking)) => return Ok(Reserved::Replayed(booking.as_placed())),
                Err(PlaceError::CodeTaken) => placement.code = BookingCode::from_random(ports.ids.random()),
                Err(PlaceError::SeatsSold(seats)) => {
                    // The lock store took them for free: tell it the truth, so that it refuses the next one itself.
                    let _ = self.warm(showtime).await;
                    return Err(ReserveError::SeatsUnavailable(seats));
                }
                Err(PlaceError::ShowtimeClosed) => return Err(ReserveError::ShowtimeClosed),
                Err(PlaceError::PriceChanged) => placement.price_version = self.requoted(&placement).await?,
                Err(PlaceError::TooManySeats) => return Err(ReserveError::TooManySeats),
                Err(PlaceError::KeyReused) => return Err(ReserveError::KeyReused),
                Err(PlaceError::Port(error)) => return Err(error.into()),
            }
        }
        Err(PortError::transient("booking_store", "the reservation could not be placed").into())
    }

    /// The present version of a showtime's prices, if these very seats still cost what was quoted: a change of other
    /// prices is nothing to this buyer.
    async fn requoted(&self, placement: &Placement) -> Result<Version, ReserveError> {
        let selection = SeatSelection::parse(placement.seat_ids())
            .map_err(|_| PortError::corrupt("seat_locks", "a hold has an impossible choice of seats"))?;
        let (_, quote) = self.quote(placement.showtime, &selection).await?;
        // A catalogue that still shows the version that was refused is a moment behind the store.
        let newer = quote.price_version > placement.price_version;
        if newer && quote.seats == placement.seats {
            Ok(quote.price_version)
        } else {
            Err(ReserveError::PriceChanged { total: quote.total })
        }
    }

    /// What this request made when it came before.
    async fn placed_before(
        &self,
        caller: Caller,
        hold: HoldId,
        keyed: Option<&KeyedRequest>,
    ) -> Result<Option<Reserved>, ReserveError> {
        let store = &self.core.ports.bookings;
        if let Some(keyed) = keyed
            && let Some((booking, fingerprint)) = store.by_key(caller.user, &keyed.key).await?
        {
            return if fingerprint == keyed.fingerprint {
                Ok(Some(Reserved::Replayed(booking.as_placed())))
            } else {
                Err(ReserveError::KeyReused)
            };
        }
        Ok(store.by_hold(caller.user, hold).await?.map(Reserved::Again))
    }
}

/// What makes two requests with one key the same request.
fn fingerprint(request: &Reserve) -> Fingerprint {
    let mut parts: Vec<&[u8]> = vec![
        request.method.kind.as_str().as_bytes(),
        request.method.token.expose().as_bytes(),
    ];
    match &request.source {
        ReserveSource::Hold(hold) => parts.extend([b"hold".as_slice(), hold.0.as_bytes()]),
        ReserveSource::Seats { showtime, seats } => {
            parts.extend([b"seats".as_slice(), showtime.0.as_bytes()]);
            parts.extend(seats.as_slice().iter().map(|seat| seat.0.as_bytes().as_slice()));
        }
    }
    Fingerprint::of(parts)
}

/// Whether the reservation may exist although the call failed.
fn may_have_happened(error: &ReserveError) -> bool {
    matches!(error, ReserveError::Port(error) if error.may_retry())
}

/// One of a bounded number of turns, given back on drop.
struct Turn<'a>(&'a AtomicUsize);

impl<'a> Turn<'a> {
    fn take(turns: &'a AtomicUsize, max: usize) -> Option<Self> {
        let taken = turns.fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| {
            (count < max).then_some(count + 1)
        });
        taken.ok().map(|_| Self(turns))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
