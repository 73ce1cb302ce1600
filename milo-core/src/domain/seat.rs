//! Seats, and a choice of seats.

use super::{Invalid, Money, SeatId};

/// What a seat is, and so what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeatKind {
    /// An ordinary seat.
    Regular,
    /// A better seat.
    Premium,
    /// A reclining seat.
    Recliner,
    /// A bay for a wheelchair.
    Wheelchair,
    /// The seat beside a wheelchair bay.
    Companion,
}

impl SeatKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Regular,
        Self::Premium,
        Self::Recliner,
        Self::Wheelchair,
        Self::Companion,
    ];

    /// The letter of the kind in a layout pattern.
    pub fn letter(self) -> char {
        match self {
            Self::Regular => 'R',
            Self::Premium => 'P',
            Self::Recliner => 'L',
            Self::Wheelchair => 'W',
            Self::Companion => 'C',
        }
    }

    /// The kind of a pattern's letter.
    pub fn from_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.letter() == letter)
    }

    /// The published name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Regular => "regular",
            Self::Premium => "premium",
            Self::Recliner => "recliner",
            Self::Wheelchair => "wheelchair",
            Self::Companion => "companion",
        }
    }

    /// The kind of a published name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A row's label: 1 to 3 capitals or digits, such as `A` or `BB`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RowLabel(String);

impl RowLabel {
    /// The most characters.
    pub const CHARS_MAX: usize = 3;

    /// Reads a label.
    ///
    /// # Errors
    /// `invalid_label`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let known = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        if (1..=Self::CHARS_MAX).contains(&text.len()) && text.bytes().all(known) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::new(
                "invalid_label",
                "must be 1 to 3 capitals or digits, such as A or BB",
            ))
        }
    }

    /// The label.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RowLabel {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<RowLabel> for String {
    fn from(label: RowLabel) -> Self {
        label.0
    }
}

/// One seat of a layout.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Seat {
    /// The seat.
    pub id: SeatId,
    /// The label of its row.
    pub row: RowLabel,
    /// Counts from 1 in each row, left to right, gaps skipped.
    pub number: u16,
    /// Counts from 1 in each row, left to right, gaps included: where to draw it.
    pub column: u16,
    /// What it is.
    pub kind: SeatKind,
}

/// A seat with the price it was quoted or sold at.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PricedSeat {
    /// The seat.
    pub id: SeatId,
    /// The label of its row.
    pub row: RowLabel,
    /// Its number in the row.
    pub number: u16,
    /// What it is.
    pub kind: SeatKind,
    /// What it costs.
    pub price: Money,
}

/// The seats of one booking: 1 to [`SEATS_MAX`](Self::SEATS_MAX), distinct, ascending.
///
/// The order is part of the promise: adapters lock seats in it, so two overlapping bookings cannot deadlock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatSelection(Vec<SeatId>);

/// Why a choice of seats was refused. An index counts from 0 in the order that the seats were given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeatSelectionError {
    /// No seat at all.
    #[error("must name at least one seat")]
    Empty,
    /// More than [`SeatSelection::SEATS_MAX`].
    #[error("must name at most 10 seats, not {count}")]
    TooMany {
        /// How many were named.
        count: usize,
    },
    /// A seat named twice.
    #[error("must not name a seat twice")]
    Duplicate {
        /// Where it stands for the second time.
        index: usize,
    },
}

impl SeatSelection {
    /// The most seats of one booking.
    pub const SEATS_MAX: usize = 10;

    /// Sorts and checks the seats.
    ///
    /// # Errors
    /// See [`SeatSelectionError`].
    pub fn parse(seats: impl IntoIterator<Item = SeatId>) -> Result<Self, SeatSelectionError> {
        let mut seats: Vec<SeatId> = seats.into_iter().collect();
        match seats.len() {
            0 => return Err(SeatSelectionError::Empty),
            count if count > Self::SEATS_MAX => return Err(SeatSelectionError::TooMany { count }),
            _ => {}
        }
        // At most ten seats: comparing each with those before it is cheaper than anything clever.
        if let Some(index) = (1..seats.len()).find(|&index| seats[..index].contains(&seats[index])) {
            return Err(SeatSelectionError::Duplicate { index });
        }
        seats.sort_unstable();
        Ok(Self(seats))
    }

    /// The seats, ascending.
    pub fn as_slice(&self) -> &[SeatId] {
        &self.0
    }
}
