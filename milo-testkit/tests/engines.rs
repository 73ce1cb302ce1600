//! The kit gives what it promises, in containers whatever the settings name.

use std::process::Command;
use std::time::Duration;

use milo_testkit::{Database, Engine, private, redis_cluster, unique};
use tokio::net::TcpStream;

async fn is_open(engine: &Engine) -> bool {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let asked = async {
        let mut stream = TcpStream::connect(("127.0.0.1", engine.port())).await.ok()?;
        stream.write_all(b"PING\r\n").await.ok()?;
        stream.read_u8().await.ok()
    };
    let answer = tokio::time::timeout(Duration::from_secs(1), asked).await;
    matches!(answer, Ok(Some(_)))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_comes_back_where_it_was() {
    let redis = private::redis().await;
    assert!(is_open(&redis).await);
    redis.kill().await;
    assert!(!is_open(&redis).await);
    redis.start().await;
    assert!(is_open(&redis).await);
    redis.pause().await;
    assert!(!is_open(&redis).await);
    redis.unpause().await;
    assert!(is_open(&redis).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_ends_with_its_test() {
    let redis = private::redis().await;
    let filter = format!("publish={}", redis.port());
    let running = || {
        let listed = Command::new("docker")
            .args(["ps", "--quiet", "--filter", &filter])
            .output();
        !listed.unwrap().stdout.is_empty()
    };
    assert!(running());
    drop(redis);
    assert!(!running());
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_are_apart_and_start_as_prepared() {
    let [one, other] = [Database::prepared(prepare).await, Database::prepared(prepare).await];
    assert_ne!(one.url(), other.url());
    for database in [&one, &other] {
        let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(&database.url())
            .await
            .unwrap();
        sqlx::query("insert into prepared values (1)")
            .execute(&mut connection)
            .await
            .expect("the table is there and has no row yet");
    }
}

async fn prepare(url: String) {
    let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(&url).await.unwrap();
    sqlx::query("create table prepared (id int primary key)")
        .execute(&mut connection)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_has_three_masters() {
    let urls = redis_cluster().await;
    assert_eq!(urls.len(), 3);
    assert_eq!(redis_cluster().await, urls, "all tests share it");
}

#[test]
fn names_are_never_the_same() {
    assert_ne!(unique("test"), unique("test"));
}
