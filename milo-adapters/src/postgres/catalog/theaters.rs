use std::sync::Arc;

use milo_core::domain::{
    Address, City, Cursor, Page, PageRequest, PlaceName, PostalCode, Region, Theater, TheaterDetails, TheaterFilter,
    TheaterId, Version, ZoneName,
};
use milo_core::ports::{AddError, ChangeError, PortError};
use sqlx::postgres::PgRow;

use super::super::failure::Intent;
use super::super::keyset::{after_text, rows_max};
use super::super::row::Record;
use super::super::statement::Statement;
use super::super::store::PgStore;
use super::{PORT, added, changed, folded, port_error};

macro_rules! select_theaters {
    ($which:literal) => {
        concat!(
            "select id, version, name, address, city, state, postal_code, time_zone, is_active from theaters ",
            $which
        )
    };
}

pub(super) async fn add(store: &PgStore, theater: &Theater) -> Result<(), AddError> {
    let answer = store
        .row(Intent::Write, || {
            let statement = sqlx::query(
                "insert into theaters (
                    id, version, name, address, city, city_folded, state, state_folded, postal_code, time_zone, is_active
                )
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                on conflict (id) do nothing
                returning id",
            );
            bind_theater(statement, theater)
        })
        .await;
    added(answer)
}

pub(super) async fn change(store: &PgStore, theater: &Theater, expected: Version) -> Result<(), ChangeError> {
    let answer = store
        .the_row(Intent::Write, || {
            let statement = sqlx::query(
                "with changed as (
                    update theaters
                    set version = $2, name = $3, address = $4, city = $5, city_folded = $6, state = $7,
                        state_folded = $8, postal_code = $9, time_zone = $10, is_active = $11
                    where id = $1 and version = $12
                    returning id
                )
                select exists (select from changed) as changed, exists (select from theaters where id = $1) as known",
            );
            bind_theater(statement, theater).bind(i64::from(expected.0))
        })
        .await;
    changed(answer)
}

pub(super) async fn remove(store: &PgStore, theater: TheaterId, expected: Version) -> Result<(), ChangeError> {
    let answer = store
        .the_row(Intent::Write, || {
            sqlx::query(
                "with changed as (delete from theaters where id = $1 and version = $2 returning id)
                select exists (select from changed) as changed, exists (select from theaters where id = $1) as known",
            )
            .bind(theater.0)
            .bind(i64::from(expected.0))
        })
        .await;
    changed(answer)
}

pub(super) async fn one(store: &PgStore, theater: TheaterId) -> Result<Option<Arc<Theater>>, PortError> {
    let row = store
        .row(Intent::Read, || {
            sqlx::query(select_theaters!("where id = $1")).bind(theater.0)
        })
        .await
        .map_err(port_error)?;
    row.as_ref().map(read_theater).transpose()
}

pub(super) async fn list(
    store: &PgStore,
    filter: &TheaterFilter,
    request: &PageRequest,
) -> Result<Page<Arc<Theater>>, PortError> {
    let (name, id) = after_text(request);
    let rows = store
        .rows(Intent::Read, || {
            sqlx::query(select_theaters!(
                "where (name, id) > ($1, $2)
                    and ($3::text is null or city_folded = $3)
                    and ($4::text is null or state_folded = $4)
                    and ($5::boolean is null or is_active = $5)
                order by name, id limit $6"
            ))
            .bind(name.as_str())
            .bind(id)
            .bind(filter.city.as_ref().map(|city| folded(city.as_str())))
            .bind(filter.state.as_ref().map(|state| folded(state.as_str())))
            .bind(filter.active)
            .bind(rows_max(request))
        })
        .await
        .map_err(port_error)?;
    let theaters = rows.iter().map(read_theater).collect::<Result<_, _>>()?;
    Ok(Page::cut(theaters, request.limit(), |theater: &Arc<Theater>| Cursor {
        key: theater.details.name.as_str().to_owned(),
        id: theater.id.0,
    }))
}

/// Binds a theater in the order of the columns: eleven values.
fn bind_theater(statement: Statement, theater: &Theater) -> Statement {
    let details = &theater.details;
    statement
        .bind(theater.id.0)
        .bind(i64::from(theater.version.0))
        .bind(details.name.as_str())
        .bind(details.address.as_str())
        .bind(details.city.as_str())
        .bind(folded(details.city.as_str()))
        .bind(details.state.as_str())
        .bind(folded(details.state.as_str()))
        .bind(details.postal_code.as_str())
        .bind(details.time_zone.as_str())
        .bind(details.is_active)
}

fn read_theater(row: &PgRow) -> Result<Arc<Theater>, PortError> {
    let record = Record::new(PORT, "theaters", row)?;
    Ok(Arc::new(Theater {
        id: record.id(),
        version: record.version("version")?,
        details: TheaterDetails {
            name: record.parse("name", PlaceName::parse)?,
            address: record.parse("address", Address::parse)?,
            city: record.parse("city", City::parse)?,
            state: record.parse("state", Region::parse)?,
            postal_code: record.parse("postal_code", PostalCode::parse)?,
            time_zone: record.parse("time_zone", ZoneName::parse)?,
            is_active: record.get("is_active")?,
        },
    }))
}
