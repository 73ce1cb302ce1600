use milo_core::booking::{SeatMap, SeatState};
use milo_core::domain::{LayoutRow, SeatKind};
use salvo::oapi::ToSchema;
use serde::Serialize;

use super::scalar::Word;
use super::{MoneyView, Time, Uid};
use crate::reply::entity_tag;

/// Every seat of a showtime, as the caller sees it.
#[derive(Debug, Serialize, ToSchema)]
#[salvo(schema(name = "SeatMap", bound = "'a: 'static"))]
pub(crate) struct SeatMapView<'a> {
    showtime_id: Uid,
    /// Raised by every change of a claim; 0 while only sold seats are known.
    version: u64,
    counts: Counts,
    /// From the screen to the back.
    rows: Vec<RowView<'a>>,
    /// When it was read. Stands last, so that everything before it can be tagged.
    as_of: Time,
}

/// How many seats are how.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
#[salvo(schema(name = "SeatCounts"))]
struct Counts {
    available: u32,
    /// The caller's own included.
    held: u32,
    sold: u32,
}

/// One row.
#[derive(Debug, Serialize, ToSchema)]
#[salvo(schema(name = "SeatMapRow", bound = "'a: 'static"))]
struct RowView<'a> {
    label: &'a str,
    /// Left to right.
    seats: Vec<SeatView>,
}

/// One seat.
#[derive(Debug, Serialize, ToSchema)]
#[salvo(schema(name = "SeatMapSeat"))]
struct SeatView {
    id: Uid,
    number: u16,
    column: u16,
    kind: Word<SeatKind>,
    /// Null if seats of this kind are not for sale.
    #[salvo(schema(required = true))]
    price: Option<MoneyView>,
    state: Word<SeatState>,
}

impl<'a> SeatMapView<'a> {
    pub(crate) fn of(map: &'a SeatMap) -> Self {
        let mut counts = Counts::default();
        let rows = map
            .layout
            .rows
            .iter()
            .map(|row| RowView::of(row, map, &mut counts))
            .collect();
        Self {
            showtime_id: map.showtime.id.into(),
            version: map.version,
            counts,
            rows,
            as_of: Time(map.as_of),
        }
    }

    /// The entity tag of a written map. The moment of reading does not count, or no two maps would ever be the same;
    /// so two bodies may share a tag, and it is a weak one.
    pub(crate) fn tag(body: &[u8]) -> String {
        let counted = before_last_field(body).unwrap_or(body);
        format!("W/{}", entity_tag(counted))
    }
}

/// What stands before the last field.
fn before_last_field(body: &[u8]) -> Option<&[u8]> {
    let end = body.iter().rposition(|byte| *byte == b',')?;
    body.get(..end)
}

impl<'a> RowView<'a> {
    fn of(row: &'a LayoutRow, map: &SeatMap, counts: &mut Counts) -> Self {
        let seats = row.seats.iter().map(|seat| {
            let state = map.state(seat.id);
            match state {
                SeatState::Available => counts.available += 1,
                SeatState::Held | SeatState::Yours => counts.held += 1,
                SeatState::Sold => counts.sold += 1,
            }
            SeatView {
                id: seat.id.into(),
                number: seat.number,
                column: seat.column,
                kind: Word(seat.kind),
                price: map.showtime.prices.of(seat.kind).map(MoneyView::from),
                state: Word(state),
            }
        });
        Self {
            label: row.label.as_str(),
            seats: seats.collect(),
        }
    }
}
