use std::sync::Arc;

use milo_core::domain::{LayoutRow, RowLabel, RowPattern, ScreenId, Seat, SeatId, SeatKind, SeatLayout, Version};
use milo_core::ports::{ChangeError, PortError};
use uuid::Uuid;

use super::super::failure::Intent;
use super::super::row::Record;
use super::super::statement::Statement;
use super::super::store::PgStore;
use super::{PORT, changed, port_error};

/// One act, by a function of the schema: it must look again after every lock that it waited for.
pub(super) async fn change(store: &PgStore, layout: &SeatLayout, expected: Version) -> Result<(), ChangeError> {
    let answer = store
        .the_row(Intent::Write, || replacement(layout, expected))
        .await
        .map_err(port_error)?;
    let record = Record::identified_by("screen_id", PORT, "screens", &answer)?;
    let in_use: Vec<Uuid> = record.get("in_use")?;
    if in_use.is_empty() {
        changed(Ok(answer))
    } else {
        Err(ChangeError::SeatsInUse(in_use.into_iter().map(SeatId).collect()))
    }
}

pub(super) async fn one(store: &PgStore, screen: ScreenId) -> Result<Option<Arc<SeatLayout>>, PortError> {
    let rows = store
        .rows(Intent::Read, || {
            sqlx::query(
                "select seats.screen_id, layout_rows.label, layout_rows.pattern,
                    seats.id as seat_id, seats.number, seats.column_number, seats.kind
                from layout_rows
                    join seats on seats.screen_id = layout_rows.screen_id and seats.row_label = layout_rows.label
                where layout_rows.screen_id = $1 and seats.removed_at is null
                order by layout_rows.place, seats.number",
            )
            .bind(screen.0)
        })
        .await
        .map_err(port_error)?;
    let mut drawn: Vec<LayoutRow> = Vec::new();
    for row in &rows {
        let record = Record::identified_by("screen_id", PORT, "seats", row)?;
        let seat = read_seat(&record)?;
        match drawn.last_mut() {
            Some(last) if last.label == seat.row => last.seats.push(seat),
            _ => drawn.push(LayoutRow {
                label: seat.row.clone(),
                pattern: record.parse("pattern", RowPattern::parse)?,
                seats: vec![seat],
            }),
        }
    }
    // A layout has at least one seat.
    Ok((!drawn.is_empty()).then(|| Arc::new(SeatLayout { screen, rows: drawn })))
}

fn replacement(layout: &SeatLayout, expected: Version) -> Statement {
    let rows = &layout.rows;
    let seats = || layout.seats();
    sqlx::query(
        "select $1 as screen_id, known, changed, in_use
        from milo_change_layout($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(layout.screen.0)
    .bind(i64::from(expected.0))
    .bind(rows.iter().map(|row| row.label.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.pattern.as_str()).collect::<Vec<_>>())
    .bind(seats().map(|seat| seat.id.0).collect::<Vec<_>>())
    .bind(seats().map(|seat| seat.row.as_str()).collect::<Vec<_>>())
    .bind(seats().map(|seat| i32::from(seat.number)).collect::<Vec<_>>())
    .bind(seats().map(|seat| i32::from(seat.column)).collect::<Vec<_>>())
    .bind(seats().map(|seat| seat.kind.as_str()).collect::<Vec<_>>())
}

fn read_seat(record: &Record<'_>) -> Result<Seat, PortError> {
    Ok(Seat {
        id: SeatId(record.get("seat_id")?),
        row: record.parse("label", RowLabel::parse)?,
        number: record.parse::<i32, _, _>("number", u16::try_from)?,
        column: record.parse::<i32, _, _>("column_number", u16::try_from)?,
        kind: record.parse("kind", |name: &str| SeatKind::from_name(name).ok_or("is not known"))?,
    })
}
