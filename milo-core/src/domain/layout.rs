//! Seat layouts: rows of letters that an administrator can read and type.

use std::collections::{HashMap, HashSet};

use super::{Invalid, RowLabel, ScreenId, Seat, SeatId, SeatKind};

/// One row as it is drawn: a letter a seat, `_` an aisle or a gap.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RowPattern(String);

impl RowPattern {
    /// The most letters and gaps of one row.
    pub const COLUMNS_MAX: usize = 100;

    /// Reads a pattern such as `RRR_PPPP_RRR` with at least one seat.
    ///
    /// # Errors
    /// `empty`, `too_long`, `no_seats` or `unknown_letter`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() {
            return Err(Invalid::new("empty", "must not be empty"));
        }
        if text.chars().count() > Self::COLUMNS_MAX {
            return Err(Invalid::new("too_long", "must have at most 100 letters and gaps"));
        }
        if text
            .chars()
            .any(|letter| letter != '_' && SeatKind::from_letter(letter).is_none())
        {
            return Err(Invalid::new(
                "unknown_letter",
                "must be made of R, P, L, W, C and _ for a gap",
            ));
        }
        if text.chars().all(|letter| letter == '_') {
            return Err(Invalid::new("no_seats", "must have at least one seat"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The pattern.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number, the column and the kind of every seat, left to right.
    pub fn seats(&self) -> impl Iterator<Item = (u16, u16, SeatKind)> + '_ {
        (1..)
            .zip(self.0.chars())
            .filter_map(|(column, letter)| SeatKind::from_letter(letter).map(|kind| (column, kind)))
            .zip(1..)
            .map(|((column, kind), number)| (number, column, kind))
    }
}

impl TryFrom<String> for RowPattern {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<RowPattern> for String {
    fn from(pattern: RowPattern) -> Self {
        pattern.0
    }
}

/// What an administrator draws: rows from the screen to the back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayoutPlan(Vec<(RowLabel, RowPattern)>);

impl LayoutPlan {
    /// The most rows.
    pub const ROWS_MAX: usize = 60;
    /// The most seats.
    pub const SEATS_MAX: usize = 2000;

    /// Checks the rows together.
    ///
    /// # Errors
    /// `empty`, `too_many_rows`, `too_many_seats` or `duplicate_label`.
    pub fn parse(rows: Vec<(RowLabel, RowPattern)>) -> Result<Self, Invalid> {
        if rows.is_empty() {
            return Err(Invalid::new("empty", "must have at least one row"));
        }
        if rows.len() > Self::ROWS_MAX {
            return Err(Invalid::new("too_many_rows", "must have at most 60 rows"));
        }
        if rows.iter().map(|(_, pattern)| pattern.seats().count()).sum::<usize>() > Self::SEATS_MAX {
            return Err(Invalid::new("too_many_seats", "must have at most 2000 seats"));
        }
        let mut labels = HashSet::with_capacity(rows.len());
        if !rows.iter().all(|(label, _)| labels.insert(label)) {
            return Err(Invalid::new("duplicate_label", "must not use a row label twice"));
        }
        Ok(Self(rows))
    }

    /// The rows, from the screen to the back.
    pub fn rows(&self) -> &[(RowLabel, RowPattern)] {
        &self.0
    }

    /// The layout that the plan makes of `screen`.
    ///
    /// A seat that is unchanged (same row, number and kind) keeps the id it has in `before`; it may move sideways.
    /// `new_id` is asked for every other seat, in the order of the plan.
    pub fn lay_out(
        &self,
        screen: ScreenId,
        before: Option<&SeatLayout>,
        mut new_id: impl FnMut() -> SeatId,
    ) -> SeatLayout {
        let kept: HashMap<(&RowLabel, u16, SeatKind), SeatId> = before
            .into_iter()
            .flat_map(SeatLayout::seats)
            .map(|seat| ((&seat.row, seat.number, seat.kind), seat.id))
            .collect();
        let rows = self.0.iter().map(|(label, pattern)| LayoutRow {
            label: label.clone(),
            pattern: pattern.clone(),
            seats: pattern
                .seats()
                .map(|(number, column, kind)| Seat {
                    id: kept.get(&(label, number, kind)).copied().unwrap_or_else(&mut new_id),
                    row: label.clone(),
                    number,
                    column,
                    kind,
                })
                .collect(),
        });
        SeatLayout {
            screen,
            rows: rows.collect(),
        }
    }
}

/// One row of a layout.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LayoutRow {
    /// The row's label.
    pub label: RowLabel,
    /// How it is drawn.
    pub pattern: RowPattern,
    /// Its seats, left to right.
    pub seats: Vec<Seat>,
}

/// Every seat of a screen.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SeatLayout {
    /// The screen.
    pub screen: ScreenId,
    /// The rows, from the screen to the back.
    pub rows: Vec<LayoutRow>,
}

impl SeatLayout {
    /// Every seat, row by row.
    pub fn seats(&self) -> impl Iterator<Item = &Seat> {
        self.rows.iter().flat_map(|row| &row.seats)
    }

    /// The number of seats.
    pub fn capacity(&self) -> u32 {
        u32::try_from(self.rows.iter().map(|row| row.seats.len()).sum::<usize>()).unwrap_or(u32::MAX)
    }

    /// The seats of this layout that `after` no longer has.
    pub fn vanished(&self, after: &Self) -> Vec<SeatId> {
        let kept: HashSet<SeatId> = after.seats().map(|seat| seat.id).collect();
        self.seats()
            .map(|seat| seat.id)
            .filter(|id| !kept.contains(id))
            .collect()
    }
}
