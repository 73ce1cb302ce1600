use milo_core::domain::{LayoutPlan, LayoutRow, RowLabel, RowPattern, Seat, SeatKind, SeatLayout};
use salvo::oapi::ToSchema;
use serde::{Deserialize, Serialize};

use super::scalar::Word;
use super::{RowDrawing, RowName, Uid};
use crate::problem::{Problem, Violations};
use crate::request::Object;

/// A screen's seats.
#[derive(Debug, Serialize, ToSchema)]
#[salvo(schema(name = "Layout", bound = "'a: 'static"))]
pub(crate) struct LayoutView<'a> {
    screen_id: Uid,
    /// From the screen to the back.
    rows: Vec<RowView<'a>>,
}

/// One row.
#[derive(Debug, Serialize, ToSchema)]
#[salvo(schema(name = "LayoutRow", bound = "'a: 'static"))]
struct RowView<'a> {
    label: &'a str,
    /// As it was drawn.
    pattern: &'a str,
    /// Left to right.
    seats: Vec<SeatView<'a>>,
}

/// One seat.
#[derive(Debug, Serialize, ToSchema)]
#[salvo(schema(name = "Seat", bound = "'a: 'static"))]
struct SeatView<'a> {
    id: Uid,
    row: &'a str,
    /// Counts from 1 in each row, gaps skipped.
    number: u16,
    /// Counts from 1 in each row, gaps included: where to draw it.
    column: u16,
    kind: Word<SeatKind>,
}

impl<'a> LayoutView<'a> {
    pub(crate) fn of(layout: &'a SeatLayout) -> Self {
        Self {
            screen_id: layout.screen.into(),
            rows: layout.rows.iter().map(RowView::of).collect(),
        }
    }
}

impl<'a> RowView<'a> {
    fn of(row: &'a LayoutRow) -> Self {
        Self {
            label: row.label.as_str(),
            pattern: row.pattern.as_str(),
            seats: row.seats.iter().map(SeatView::of).collect(),
        }
    }
}

impl<'a> SeatView<'a> {
    fn of(seat: &'a Seat) -> Self {
        Self {
            id: seat.id.into(),
            row: seat.row.as_str(),
            number: seat.number,
            column: seat.column,
            kind: Word(seat.kind),
        }
    }
}

/// A layout as it is drawn: one letter a seat, left to right. `R` regular, `P` premium, `L` recliner, `W` wheelchair
/// bay, `C` companion, `_` an aisle or a gap.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[salvo(schema(name = "LayoutPlan", example = json!({"rows": [
    {"label": "A", "pattern": "RRR_PPPP_RRR"}, {"label": "B", "pattern": "WC__LLLL__CW"},
]})))]
pub(crate) struct LayoutBody {
    /// From the screen to the back; at most 2000 seats in all.
    #[salvo(schema(min_items = 1, max_items = 60, value_type = Vec<RowBody>))]
    rows: Vec<Object<RowBody>>,
}

/// One row as it is drawn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[salvo(schema(name = "LayoutPlanRow"))]
struct RowBody {
    /// 1 to 3 capitals or digits.
    #[salvo(schema(value_type = RowName))]
    label: String,
    /// A letter a seat, `_` a gap.
    #[salvo(schema(value_type = RowDrawing))]
    pattern: String,
}

impl LayoutBody {
    pub(crate) fn parse(self) -> Result<LayoutPlan, Problem> {
        let mut violations = Violations::default();
        // Each wrong row is told of; a body holds few thousand rows at most.
        let rows: Vec<_> = self
            .rows
            .iter()
            .enumerate()
            .map(|(index, Object(row))| {
                let label = violations.keep(format!("rows[{index}].label"), RowLabel::parse(&row.label));
                let pattern = violations.keep(format!("rows[{index}].pattern"), RowPattern::parse(&row.pattern));
                label.zip(pattern)
            })
            .collect();
        let rows: Option<Vec<_>> = rows.into_iter().collect();
        let plan = rows.and_then(|rows| violations.keep("rows", LayoutPlan::parse(rows)));
        violations.finish(plan)
    }
}
