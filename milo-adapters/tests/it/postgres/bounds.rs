//! No call waits for ever, and what is known about its outcome is said.

use std::time::{Duration, Instant};

use milo_adapters::postgres::{PgSettings, PgStore};
use milo_core::conformance::samples;
use milo_core::ports::{AddError, Catalog, Failure, PortError};
use sqlx::PgConnection;
use sqlx::{Connection, postgres::PgPool};

use super::engine::{PgEngine, settings};
use super::waiting::until_waiting;

const BRIEF: Duration = Duration::from_millis(100);

/// Much longer than a call may take in these tests, and not for ever.
const LONG: Duration = Duration::from_secs(10);

async fn store(engine: &PgEngine, change: impl FnOnce(&mut PgSettings)) -> PgStore {
    let mut settings = settings(&engine.database.url());
    change(&mut settings);
    PgStore::connect(&settings).await.unwrap()
}

/// A session that keeps everybody else from the theaters until it is dropped.
async fn closed_theaters(engine: &PgEngine) -> PgConnection {
    let mut connection = PgConnection::connect(&engine.database.url()).await.unwrap();
    sqlx::raw_sql("begin; lock table theaters in access exclusive mode")
        .execute(&mut connection)
        .await
        .unwrap();
    connection
}

async fn add(store: &PgStore) -> PortError {
    match store.add_theater(&samples::theater("Palace")).await {
        Err(AddError::Port(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_exhausted_pool_is_transient_in_time() {
    let engine = PgEngine::new().await;
    let store = store(&engine, |settings| {
        settings.connections_max = 1;
        settings.acquire_timeout = 5 * BRIEF;
        settings.lock_timeout = LONG;
    })
    .await;
    store.theater(samples::id()).await.expect("its one connection is open");
    let closed = closed_theaters(&engine).await;
    let busy = {
        let store = store.clone();
        tokio::spawn(async move { store.theater(samples::id()).await })
    };
    until_waiting(&engine.pool, 1).await;

    let started = Instant::now();
    let error = add(&store).await;
    assert_eq!(error.failure, Failure::Transient, "{error}");
    assert!(started.elapsed() < LONG / 2, "{:?}", started.elapsed());
    closed.close().await.unwrap();
    assert_eq!(busy.await.unwrap().unwrap(), None, "the connection was busy, not lost");
}

/// Postgres says that it gave up and undid the statement, so nothing has happened.
#[tokio::test]
async fn a_statement_that_takes_too_long_is_transient() {
    let engine = PgEngine::new().await;
    let store = store(&engine, |settings| {
        settings.statement_timeout = BRIEF;
        settings.lock_timeout = LONG;
    })
    .await;
    let _closed = closed_theaters(&engine).await;
    let error = add(&store).await;
    assert_eq!(error.failure, Failure::Transient, "{error}");
    assert!(error.message.contains("57014"), "{error}");
}

#[tokio::test]
async fn a_lock_that_nobody_lets_go_is_transient_in_time() {
    let engine = PgEngine::new().await;
    let store = store(&engine, |settings| settings.lock_timeout = BRIEF).await;
    let _closed = closed_theaters(&engine).await;
    let started = Instant::now();
    let error = add(&store).await;
    assert_eq!(error.failure, Failure::Transient, "{error}");
    assert!(error.message.contains("55P03"), "{error}");
    assert!(started.elapsed() >= 4 * BRIEF, "it was tried again three times");
    assert!(started.elapsed() < LONG, "{:?}", started.elapsed());
}

/// Makes the first so many new theaters lose against somebody; what a sequence counts is not undone.
async fn losing(pool: &PgPool, times: i64) {
    sqlx::raw_sql(
        "create table losses (max bigint);
        create sequence tries;
        create function lose() returns trigger language plpgsql as $$
        begin
            if nextval('tries') <= (select max from losses) then
                raise exception 'somebody else was first' using errcode = 'serialization_failure';
            end if;
            return new;
        end
        $$;
        create trigger lose before insert on theaters for each row execute function lose();",
    )
    .execute(pool)
    .await
    .unwrap();
    sqlx::query("insert into losses values ($1)")
        .bind(times)
        .execute(pool)
        .await
        .unwrap();
}

async fn tries(pool: &PgPool) -> i64 {
    sqlx::query_scalar("select last_value from tries")
        .fetch_one(pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_statement_that_loses_three_times_is_sent_a_fourth_time() {
    let engine = PgEngine::new().await;
    losing(&engine.pool, 3).await;
    let theater = samples::theater("Palace");
    engine.store.add_theater(&theater).await.unwrap();
    assert_eq!(
        engine.store.theater(theater.id).await.unwrap().as_deref(),
        Some(&theater)
    );
    assert_eq!(tries(&engine.pool).await, 4);
}

#[tokio::test]
async fn a_statement_that_loses_four_times_is_transient() {
    let engine = PgEngine::new().await;
    losing(&engine.pool, 100).await;
    let error = add(&engine.store).await;
    assert_eq!(error.failure, Failure::Transient, "{error}");
    assert_eq!(tries(&engine.pool).await, 4);
}

#[tokio::test]
async fn a_closed_store_is_transient() {
    let engine = PgEngine::new().await;
    engine.store.close().await;
    let error = engine.store.theater(samples::id()).await.unwrap_err();
    assert_eq!(error.failure, Failure::Transient, "{error}");
}

/// What Postgres says about a refused statement may repeat its values.
#[tokio::test]
async fn a_refusal_repeats_no_value() {
    let engine = PgEngine::new().await;
    sqlx::raw_sql("alter table theaters add constraint no_palace check (name <> 'Palace')")
        .execute(&engine.pool)
        .await
        .unwrap();
    let error = add(&engine.store).await;
    assert_eq!(error.failure, Failure::Refused, "{error}");
    assert!(!format!("{error:?}").contains("Palace"), "{error:?}");
    assert!(error.message.contains("no_palace"), "{error}");
}
