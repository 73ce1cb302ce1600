//! What the suite of the sessions does not reach: repeats, clashes, and that what is over goes.

use std::time::Duration;

use milo_core::conformance::{EngineClock, LONG, earlier, samples};
use milo_core::domain::Session;
use milo_core::ports::{Accounts, Failure, RotateError, Sessions};

use super::engine::PgEngine;

async fn opened(engine: &PgEngine) -> Session {
    let user = samples::person(&*engine.store as &dyn Accounts).await;
    let session = samples::session(user, engine.now().await, LONG);
    engine.store.open(&session).await.unwrap();
    session
}

/// The answer to the first try was lost, and meanwhile the token was renewed.
#[tokio::test]
async fn a_repeated_opening_finds_its_session() {
    let engine = PgEngine::new().await;
    let session = opened(&engine).await;
    let next = samples::token_hash();
    engine.store.rotate(&session.current, &next).await.unwrap();
    engine.store.open(&session).await.unwrap();
    engine.store.rotate(&next, &samples::token_hash()).await.unwrap();
}

#[tokio::test]
async fn an_id_is_of_one_session() {
    let engine = PgEngine::new().await;
    let session = opened(&engine).await;
    let other = Session {
        current: samples::token_hash(),
        ..session
    };
    assert_eq!(engine.store.open(&other).await.unwrap_err().failure, Failure::Refused);
}

#[tokio::test]
async fn a_token_is_of_one_session() {
    let engine = PgEngine::new().await;
    let (first, second) = (opened(&engine).await, opened(&engine).await);
    let third = Session {
        id: samples::id(),
        ..first.clone()
    };
    assert_eq!(engine.store.open(&third).await.unwrap_err().failure, Failure::Refused);
    let clash = engine.store.rotate(&first.current, &second.current).await;
    assert!(
        matches!(&clash, Err(RotateError::Port(error)) if error.failure == Failure::Refused),
        "{clash:?}"
    );
    let renewed = engine.store.rotate(&first.current, &samples::token_hash()).await;
    assert!(renewed.is_ok(), "nothing was spent: {renewed:?}");
}

#[tokio::test]
async fn sessions_that_are_over_are_cleared_away_in_bounds() {
    let engine = PgEngine::new().await;
    let session = opened(&engine).await;
    let over = earlier(engine.now().await, Duration::from_secs(1));
    sqlx::query(
        "insert into sessions select gen_random_uuid(), user_id, first_token, current_token, $1
        from sessions, generate_series(1, 20)",
    )
    .bind(jiff_sqlx::ToSqlx::to_sqlx(over))
    .execute(&engine.pool)
    .await
    .unwrap();
    let left = async || -> i64 {
        let count = sqlx::query_scalar("select count(*) from sessions where expires_at <= now()");
        count.fetch_one(&engine.pool).await.unwrap()
    };
    opened(&engine).await;
    assert_eq!(left().await, 4, "one call clears sixteen");
    opened(&engine).await;
    assert_eq!(left().await, 0);
    engine
        .store
        .rotate(&session.current, &samples::token_hash())
        .await
        .expect("what is not over stays");
}
