//! The schema is brought up to date, whoever begins with it.

use milo_adapters::postgres::PgStore;
use milo_testkit::Database;
use sqlx::{Connection, PgConnection};

use super::engine::settings;

async fn store(database: &Database) -> PgStore {
    PgStore::connect(&settings(&database.url())).await.unwrap()
}

async fn connection(database: &Database) -> PgConnection {
    PgConnection::connect(&database.url()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_instances_migrate_at_once() {
    let database = Database::empty().await;
    let [first, second, third] = [store(&database).await, store(&database).await, store(&database).await];
    let results = tokio::join!(first.migrate(), second.migrate(), third.migrate());
    assert!(matches!(results, (Ok(_), Ok(_), Ok(_))), "{results:?}");

    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations")).unwrap();
    let applied: i64 = sqlx::query_scalar("select count(*) from _sqlx_migrations where success")
        .fetch_one(&mut connection(&database).await)
        .await
        .unwrap();
    assert_eq!(usize::try_from(applied).unwrap(), files.count());
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let database = Database::empty().await;
    let store = store(&database).await;
    store.migrate().await.unwrap();
    assert_eq!(store.migrate().await.unwrap(), []);
}

#[tokio::test]
async fn what_is_missing_is_told_before_and_after() {
    let database = Database::empty().await;
    let store = store(&database).await;

    let pending = store.pending_migrations().await.unwrap();
    let applied = store.migrate().await.unwrap();

    assert_eq!((applied[0].version, applied[0].name.as_str()), (1, "accounts"));
    assert_eq!(pending, applied);
    assert_eq!(store.pending_migrations().await.unwrap(), []);
}

#[tokio::test]
async fn an_older_instance_starts_on_a_newer_schema() {
    let database = Database::empty().await;
    let store = store(&database).await;
    store.migrate().await.unwrap();
    sqlx::query(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
        values (9999, 'of a newer Milo', true, '', 0)",
    )
    .execute(&mut connection(&database).await)
    .await
    .unwrap();
    store.migrate().await.unwrap();
}

#[tokio::test]
async fn a_migration_that_was_altered_is_refused_in_one_line() {
    let database = Database::empty().await;
    let store = store(&database).await;
    store.migrate().await.unwrap();
    sqlx::query("update _sqlx_migrations set checksum = '' where version = 1")
        .execute(&mut connection(&database).await)
        .await
        .unwrap();
    let error = store
        .migrate()
        .await
        .expect_err("the files are not those that were applied");
    let text = error.to_string();
    assert!(text.contains("was not migrated: migration 1 "), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}
