//! Showtimes and what their seats cost.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    Invalid, Money, MovieId, PricedSeat, RunningTime, ScreenId, Seat, SeatKind, SeatLayout, SeatSelection, ShowtimeId,
    TheaterId, Version,
};

/// The price of each kind of seat: at least one, all in one currency, none of them free.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "BTreeMap<SeatKind, Money>", into = "BTreeMap<SeatKind, Money>")]
pub struct Prices(BTreeMap<SeatKind, Money>);

impl Prices {
    /// The highest price of one seat, in minor units.
    pub const AMOUNT_MAX: i64 = 100_000_000;

    /// Checks the prices together.
    ///
    /// # Errors
    /// `empty`, `mixed_currencies` or `out_of_range`.
    pub fn parse(prices: BTreeMap<SeatKind, Money>) -> Result<Self, Invalid> {
        let Some(first) = prices.values().next() else {
            return Err(Invalid::new("empty", "must price at least one kind of seat"));
        };
        if prices.values().any(|price| price.currency() != first.currency()) {
            return Err(Invalid::new("mixed_currencies", "must all be in one currency"));
        }
        if prices
            .values()
            .any(|price| !(1..=Self::AMOUNT_MAX).contains(&price.amount()))
        {
            return Err(Invalid::new(
                "out_of_range",
                "must each be from 1 to 100000000 minor units",
            ));
        }
        Ok(Self(prices))
    }

    /// What a seat of `kind` costs; none if such a seat cannot be sold.
    pub fn of(&self, kind: SeatKind) -> Option<Money> {
        self.0.get(&kind).copied()
    }

    /// Every price, by kind.
    pub fn iter(&self) -> impl Iterator<Item = (SeatKind, Money)> + '_ {
        self.0.iter().map(|(kind, price)| (*kind, *price))
    }
}

impl TryFrom<BTreeMap<SeatKind, Money>> for Prices {
    type Error = Invalid;

    fn try_from(prices: BTreeMap<SeatKind, Money>) -> Result<Self, Invalid> {
        Self::parse(prices)
    }
}

impl From<Prices> for BTreeMap<SeatKind, Money> {
    fn from(prices: Prices) -> Self {
        prices.0
    }
}

/// Whether a showtime takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShowtimeStatus {
    /// It does.
    Scheduled,
    /// It does not; final.
    Cancelled,
}

impl ShowtimeStatus {
    /// The published name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One screening of a film.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Showtime {
    /// The showtime.
    pub id: ShowtimeId,
    /// Raised by every change.
    pub version: Version,
    /// The film.
    pub movie: MovieId,
    /// The screen.
    pub screen: ScreenId,
    /// The screen's theater.
    pub theater: TheaterId,
    /// When it starts; sales close here.
    pub starts_at: Timestamp,
    /// When the screen is free again: the film's length and the cleaning gap after the start. Not part of the showtime.
    pub ends_at: Timestamp,
    /// Whether it takes place.
    pub status: ShowtimeStatus,
    /// What its seats cost.
    pub prices: Prices,
    /// Raised by every change of the prices; a reservation names the one it was quoted at.
    pub price_version: Version,
}

/// What some seats of a showtime cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The seats, ascending by id.
    pub seats: Vec<PricedSeat>,
    /// The sum of their prices.
    pub total: Money,
    /// The prices that were quoted.
    pub price_version: Version,
}

/// Why some seats cannot be quoted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuoteError {
    /// Seats that are not on the showtime's screen.
    #[error("some seats are not on this showtime's screen")]
    UnknownSeats(Vec<super::SeatId>),
    /// Seats whose kind has no price in this showtime.
    #[error("some seats have no price in this showtime and cannot be sold")]
    Unpriced(Vec<super::SeatId>),
    /// The sum is larger than money can be.
    #[error("the total is too large")]
    TooLarge,
}

impl Showtime {
    /// When a screen is free again after a film that starts at `starts_at`.
    ///
    /// # Errors
    /// `out_of_range` when that lies beyond the calendar.
    pub fn ends_at(
        starts_at: Timestamp,
        running_time: RunningTime,
        cleaning: SignedDuration,
    ) -> Result<Timestamp, Invalid> {
        starts_at
            .checked_add(SignedDuration::from_mins(i64::from(running_time.minutes())))
            .and_then(|end| end.checked_add(cleaning))
            .map_err(|_| Invalid::new("out_of_range", "must be a time within the calendar"))
    }

    /// Whether seats may be sold at `now`.
    pub fn is_on_sale(&self, now: Timestamp) -> bool {
        self.status == ShowtimeStatus::Scheduled && now < self.starts_at
    }

    /// What `selection` costs at the present prices.
    ///
    /// # Errors
    /// See [`QuoteError`].
    pub fn quote(&self, layout: &SeatLayout, selection: &SeatSelection) -> Result<Quote, QuoteError> {
        let wanted = selection.as_slice();
        let mut found: Vec<&Seat> = layout
            .seats()
            .filter(|seat| wanted.binary_search(&seat.id).is_ok())
            .collect();
        found.sort_unstable_by_key(|seat| seat.id);
        if found.len() < wanted.len() {
            let known = |id: &super::SeatId| found.binary_search_by_key(id, |seat| seat.id).is_ok();
            return Err(QuoteError::UnknownSeats(
                wanted.iter().copied().filter(|id| !known(id)).collect(),
            ));
        }
        let unpriced: Vec<_> = found
            .iter()
            .filter(|seat| self.prices.of(seat.kind).is_none())
            .map(|seat| seat.id)
            .collect();
        if !unpriced.is_empty() {
            return Err(QuoteError::Unpriced(unpriced));
        }
        let seats: Vec<PricedSeat> = found
            .into_iter()
            .filter_map(|seat| {
                let price = self.prices.of(seat.kind)?;
                Some(PricedSeat {
                    id: seat.id,
                    row: seat.row.clone(),
                    number: seat.number,
                    kind: seat.kind,
                    price,
                })
            })
            .collect();
        let total = Money::sum(seats.iter().map(|seat| seat.price)).map_err(|_| QuoteError::TooLarge)?;
        Ok(Quote {
            seats,
            total,
            price_version: self.price_version,
        })
    }
}

/// Which showtimes to list; every filter given must match. Cancelled ones are listed too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ShowtimeFilter {
    /// Starts at or after this.
    pub from: Option<Timestamp>,
    /// Starts before this.
    pub to: Option<Timestamp>,
    /// Of this theater.
    pub theater: Option<TheaterId>,
    /// Of this film.
    pub movie: Option<MovieId>,
    /// On this screen.
    pub screen: Option<ScreenId>,
}
