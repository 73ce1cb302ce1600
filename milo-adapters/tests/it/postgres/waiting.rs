//! Staging races: who waits for whom.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::PgPool;

/// Returns when so many sessions of the pool's database wait for somebody's lock.
pub(super) async fn until_waiting(pool: &PgPool, sessions: usize) {
    until(pool, |waiting| waiting.len() == sessions).await;
}

/// When the one statement was sent that waits for somebody's lock.
pub(super) async fn waits_since(pool: &PgPool) -> Timestamp {
    until(pool, |waiting| waiting.len() == 1).await[0].to_jiff()
}

/// When the statements were sent that wait for somebody's lock, as soon as they are as wanted.
async fn until(pool: &PgPool, wanted: impl Fn(&[jiff_sqlx::Timestamp]) -> bool) -> Vec<jiff_sqlx::Timestamp> {
    let reached = async {
        loop {
            let waiting: Vec<jiff_sqlx::Timestamp> = sqlx::query_scalar(
                "select query_start from pg_stat_activity
                where datname = current_database() and wait_event_type = 'Lock'",
            )
            .fetch_all(pool)
            .await
            .expect("Postgres tells who waits");
            if wanted(&waiting) {
                return waiting;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), reached)
        .await
        .expect("the sessions wait for the lock")
}
