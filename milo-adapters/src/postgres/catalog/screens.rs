use std::sync::Arc;

use milo_core::domain::{
    Cursor, Page, PageRequest, PlaceName, Screen, ScreenDetails, ScreenId, ScreenKind, TheaterId, Version,
};
use milo_core::ports::{AddError, ChangeError, PortError};
use sqlx::postgres::PgRow;

use super::super::failure::Intent;
use super::super::keyset::{after_text, rows_max};
use super::super::row::Record;
use super::super::store::PgStore;
use super::{PORT, added, changed, port_error};

macro_rules! select_screens {
    ($which:literal) => {
        concat!(
            "select id, theater_id, version, name, kind, is_active, capacity from screens ",
            $which
        )
    };
}

pub(super) async fn add(store: &PgStore, screen: &Screen) -> Result<(), AddError> {
    let answer = store
        .row(Intent::Write, || {
            sqlx::query(
                "insert into screens (id, theater_id, version, name, kind, is_active)
                values ($1, $2, $3, $4, $5, $6)
                on conflict (id) do nothing
                returning id",
            )
            .bind(screen.id.0)
            .bind(screen.theater.0)
            .bind(i64::from(screen.version.0))
            .bind(screen.details.name.as_str())
            .bind(screen.details.kind.as_str())
            .bind(screen.details.is_active)
        })
        .await;
    added(answer)
}

pub(super) async fn change(store: &PgStore, screen: &Screen, expected: Version) -> Result<(), ChangeError> {
    let answer = store
        .the_row(Intent::Write, || {
            sqlx::query(
                "with changed as (
                    update screens set version = $3, name = $4, kind = $5, is_active = $6
                    where id = $1 and version = $2
                    returning id
                )
                select exists (select from changed) as changed, exists (select from screens where id = $1) as known",
            )
            .bind(screen.id.0)
            .bind(i64::from(expected.0))
            .bind(i64::from(screen.version.0))
            .bind(screen.details.name.as_str())
            .bind(screen.details.kind.as_str())
            .bind(screen.details.is_active)
        })
        .await;
    changed(answer)
}

pub(super) async fn remove(store: &PgStore, screen: ScreenId, expected: Version) -> Result<(), ChangeError> {
    let answer = store
        .the_row(Intent::Write, || {
            sqlx::query(
                "with changed as (delete from screens where id = $1 and version = $2 returning id)
                select exists (select from changed) as changed, exists (select from screens where id = $1) as known",
            )
            .bind(screen.0)
            .bind(i64::from(expected.0))
        })
        .await;
    changed(answer)
}

pub(super) async fn one(store: &PgStore, screen: ScreenId) -> Result<Option<Arc<Screen>>, PortError> {
    let row = store
        .row(Intent::Read, || {
            sqlx::query(select_screens!("where id = $1")).bind(screen.0)
        })
        .await
        .map_err(port_error)?;
    row.as_ref().map(read_screen).transpose()
}

pub(super) async fn list(
    store: &PgStore,
    theater: TheaterId,
    request: &PageRequest,
) -> Result<Page<Arc<Screen>>, PortError> {
    let (name, id) = after_text(request);
    let rows = store
        .rows(Intent::Read, || {
            sqlx::query(select_screens!(
                "where theater_id = $1 and (name, id) > ($2, $3) order by name, id limit $4"
            ))
            .bind(theater.0)
            .bind(name.as_str())
            .bind(id)
            .bind(rows_max(request))
        })
        .await
        .map_err(port_error)?;
    let screens = rows.iter().map(read_screen).collect::<Result<_, _>>()?;
    Ok(Page::cut(screens, request.limit(), |screen: &Arc<Screen>| Cursor {
        key: screen.details.name.as_str().to_owned(),
        id: screen.id.0,
    }))
}

fn read_screen(row: &PgRow) -> Result<Arc<Screen>, PortError> {
    let record = Record::new(PORT, "screens", row)?;
    Ok(Arc::new(Screen {
        id: record.id(),
        theater: TheaterId(record.get("theater_id")?),
        version: record.version("version")?,
        details: ScreenDetails {
            name: record.parse("name", PlaceName::parse)?,
            kind: record.parse("kind", |name: &str| {
                let kind = ScreenKind::ALL.into_iter().find(|kind| kind.as_str() == name);
                kind.ok_or("is not known")
            })?,
            is_active: record.get("is_active")?,
        },
        capacity: record.parse::<i32, _, _>("capacity", u32::try_from)?,
    }))
}
