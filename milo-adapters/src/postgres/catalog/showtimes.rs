use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use milo_core::domain::{
    Currency, Cursor, Money, MovieId, Page, PageRequest, Prices, ScreenId, SeatKind, Showtime, ShowtimeFilter,
    ShowtimeId, ShowtimeStatus, TheaterId, Version,
};
use milo_core::ports::{AddError, ChangeError, PortError};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::super::failure::{Intent, StatementError};
use super::super::keyset::{after_time, rows_max};
use super::super::row::Record;
use super::super::statement::Statement;
use super::super::store::PgStore;
use super::super::time::{read, stored, time_key};
use super::{PORT, changed, port_error};

/// How often a showtime is offered that is refused for another one, which is gone when it is looked for.
const TIMES_MAX: u32 = 3;

macro_rules! select_showtimes {
    ($which:literal) => {
        concat!(
            "select id, version, movie_id, screen_id, theater_id, starts_at, ends_at, status, price_regular,
                price_premium, price_recliner, price_wheelchair, price_companion, currency, price_version
            from showtimes ",
            $which
        )
    };
}

pub(super) async fn add(store: &PgStore, showtime: &Showtime) -> Result<(), AddError> {
    for _ in 0..TIMES_MAX {
        let answer = store.the_row(Intent::Write, || insertion(showtime)).await;
        match answer {
            Ok(answer) => return added(&answer),
            Err(error) if error.is_reference() => return Err(AddError::MissingParent),
            Err(error) if is_overlap(&error) => {
                if let Some(with) = busy_with(store, showtime).await? {
                    return Err(AddError::ScreenBusy { with });
                }
            }
            Err(error) => return Err(port_error(error).into()),
        }
    }
    Err(restless().into())
}

pub(super) async fn change(store: &PgStore, showtime: &Showtime, expected: Version) -> Result<(), ChangeError> {
    for _ in 0..TIMES_MAX {
        let answer = store.the_row(Intent::Write, || update(showtime, expected)).await;
        match answer {
            Err(error) if is_overlap(&error) => {
                if let Some(with) = busy_with(store, showtime).await? {
                    return Err(ChangeError::ScreenBusy { with });
                }
            }
            answer => return changed(answer),
        }
    }
    Err(restless().into())
}

pub(super) async fn one(store: &PgStore, showtime: ShowtimeId) -> Result<Option<Arc<Showtime>>, PortError> {
    let row = store
        .row(Intent::Read, || {
            sqlx::query(select_showtimes!("where id = $1")).bind(showtime.0)
        })
        .await
        .map_err(port_error)?;
    row.as_ref().map(read_showtime).transpose()
}

pub(super) async fn list(
    store: &PgStore,
    filter: &ShowtimeFilter,
    request: &PageRequest,
) -> Result<Page<Arc<Showtime>>, PortError> {
    let cursor = |showtime: &Arc<Showtime>| Cursor {
        key: time_key(showtime.starts_at),
        id: showtime.id.0,
    };
    let Some(after) = after_time(request) else {
        return Ok(Page::cut(Vec::new(), request.limit(), cursor));
    };
    // The nil id is nobody's, so beginning after it leaves nothing out.
    let (starts_at, id) = after.max((filter.from.unwrap_or(Timestamp::MIN), Uuid::nil()));
    let rows = store
        .rows(Intent::Read, || {
            sqlx::query(select_showtimes!(
                "where (starts_at, id) > ($1, $2)
                    and starts_at < $3
                    and ($4::uuid is null or theater_id = $4)
                    and ($5::uuid is null or movie_id = $5)
                    and ($6::uuid is null or screen_id = $6)
                order by starts_at, id limit $7"
            ))
            .bind(stored(starts_at))
            .bind(id)
            .bind(stored(filter.to.unwrap_or(Timestamp::MAX)))
            .bind(filter.theater.map(|theater| theater.0))
            .bind(filter.movie.map(|movie| movie.0))
            .bind(filter.screen.map(|screen| screen.0))
            .bind(rows_max(request))
        })
        .await
        .map_err(port_error)?;
    let showtimes = rows.iter().map(read_showtime).collect::<Result<_, _>>()?;
    Ok(Page::cut(showtimes, request.limit(), cursor))
}

/// The screen is locked first, so that two showtimes that meet wait for one another and not in a circle.
fn insertion(showtime: &Showtime) -> Statement {
    let statement = sqlx::query(
        "with screen as (
            select id, theater_id from screens where id = $14 and theater_id = $15 for no key update
        ), added as (
            insert into showtimes (
                id, version, starts_at, ends_at, status, price_regular, price_premium, price_recliner, price_wheelchair,
                price_companion, currency, price_version, movie_id, screen_id, theater_id
            )
            select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, screen.id, screen.theater_id from screen
            on conflict (id) do nothing
            returning id
        )
        select $1 as id,
            exists (select from added) as added,
            exists (select from screen) as has_screen,
            exists (select from showtimes where id = $1) as known",
    );
    bind_showtime(statement, showtime)
        .bind(showtime.movie.0)
        .bind(showtime.screen.0)
        .bind(showtime.theater.0)
}

/// Film, screen and theater of a showtime never change. That a reserved one keeps its times is a trigger's to see.
fn update(showtime: &Showtime, expected: Version) -> Statement {
    let statement = sqlx::query(
        "with screen as (
            select screens.id
            from screens join showtimes on showtimes.screen_id = screens.id
            where showtimes.id = $1
            for no key update of screens
        ), changed as (
            update showtimes
            set version = $2, starts_at = $3, ends_at = $4, status = $5, price_regular = $6, price_premium = $7,
                price_recliner = $8, price_wheelchair = $9, price_companion = $10, currency = $11, price_version = $12
            from screen
            where showtimes.id = $1 and showtimes.version = $13 and showtimes.screen_id = screen.id
            returning showtimes.id
        )
        select exists (select from changed) as changed, exists (select from showtimes where id = $1) as known",
    );
    bind_showtime(statement, showtime).bind(i64::from(expected.0))
}

/// Binds what may change about a showtime, and its id: twelve values.
fn bind_showtime(statement: Statement, showtime: &Showtime) -> Statement {
    let price = |kind| showtime.prices.of(kind).map(|price| price.amount());
    let currency = showtime.prices.iter().next().map(|(_, price)| price.currency());
    statement
        .bind(showtime.id.0)
        .bind(i64::from(showtime.version.0))
        .bind(stored(showtime.starts_at))
        .bind(stored(showtime.ends_at))
        .bind(showtime.status.as_str())
        .bind(price(SeatKind::Regular))
        .bind(price(SeatKind::Premium))
        .bind(price(SeatKind::Recliner))
        .bind(price(SeatKind::Wheelchair))
        .bind(price(SeatKind::Companion))
        .bind(currency.as_ref().map(Currency::as_str))
        .bind(i64::from(showtime.price_version.0))
}

fn added(answer: &PgRow) -> Result<(), AddError> {
    let record = Record::new(PORT, "showtimes", answer)?;
    let tells = |column| record.get::<bool>(column);
    if tells("added")? {
        Ok(())
    } else if tells("has_screen")? || tells("known")? {
        Err(AddError::Exists)
    } else {
        Err(AddError::MissingParent)
    }
}

fn is_overlap(error: &StatementError) -> bool {
    error.constraint() == Some("showtimes_never_overlap")
}

/// The first scheduled showtime that is on the screen at the same time.
async fn busy_with(store: &PgStore, showtime: &Showtime) -> Result<Option<ShowtimeId>, PortError> {
    let row = store
        .row(Intent::Read, || {
            sqlx::query(
                "select id from showtimes
                where screen_id = coalesce((select screen_id from showtimes where id = $1), $2)
                    and id <> $1
                    and status = 'scheduled'
                    and tstzrange(starts_at, ends_at) && tstzrange($3, $4)
                order by starts_at limit 1",
            )
            .bind(showtime.id.0)
            .bind(showtime.screen.0)
            .bind(stored(showtime.starts_at))
            .bind(stored(showtime.ends_at))
        })
        .await
        .map_err(port_error)?;
    row.as_ref()
        .map(|row| Ok(Record::new(PORT, "showtimes", row)?.id()))
        .transpose()
}

fn restless() -> PortError {
    PortError::transient(PORT, "the screen's other showtimes come and go")
}

fn read_showtime(row: &PgRow) -> Result<Arc<Showtime>, PortError> {
    let record = Record::new(PORT, "showtimes", row)?;
    Ok(Arc::new(Showtime {
        id: record.id(),
        version: record.version("version")?,
        movie: MovieId(record.get("movie_id")?),
        screen: ScreenId(record.get("screen_id")?),
        theater: TheaterId(record.get("theater_id")?),
        starts_at: read(record.get("starts_at")?),
        ends_at: read(record.get("ends_at")?),
        status: record.parse("status", |name: &str| {
            let known = [ShowtimeStatus::Scheduled, ShowtimeStatus::Cancelled];
            known
                .into_iter()
                .find(|status| status.as_str() == name)
                .ok_or("is not known")
        })?,
        prices: read_prices(&record)?,
        price_version: record.version("price_version")?,
    }))
}

fn read_prices(record: &Record<'_>) -> Result<Prices, PortError> {
    let currency = record.parse("currency", Currency::parse)?;
    let mut prices = BTreeMap::new();
    for (kind, column) in [
        (SeatKind::Regular, "price_regular"),
        (SeatKind::Premium, "price_premium"),
        (SeatKind::Recliner, "price_recliner"),
        (SeatKind::Wheelchair, "price_wheelchair"),
        (SeatKind::Companion, "price_companion"),
    ] {
        if let Some(price) = record.parse_optional(column, |amount: i64| Money::parse(amount, currency))? {
            prices.insert(kind, price);
        }
    }
    Prices::parse(prices).map_err(|rule| record.corrupt("prices", &rule.to_string()))
}
