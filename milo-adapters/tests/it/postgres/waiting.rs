//! Staging races: who waits for whom.

use std::time::Duration;

use sqlx::PgPool;

/// Returns when so many sessions of the pool's database wait for somebody's lock.
pub(super) async fn until_waiting(pool: &PgPool, sessions: i64) {
    let reached = async {
        loop {
            let waiting: i64 = sqlx::query_scalar(
                "select count(*) from pg_stat_activity
                where datname = current_database() and wait_event_type = 'Lock'",
            )
            .fetch_one(pool)
            .await
            .expect("Postgres tells who waits");
            if waiting == sessions {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), reached)
        .await
        .expect("the sessions wait for the lock");
}
