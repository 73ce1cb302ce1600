//! Redis is down, slow, or comes back.

use std::num::NonZeroU32;
use std::time::Duration;

use milo_adapters::redis::{RedisConnections, RedisSeatLocks, RedisSettings};
use milo_core::conformance::{LONG, samples};
use milo_core::domain::{HoldRequest, ShowtimeId};
use milo_core::ports::{AcquireError, Failure, HoldError, PortError, SeatLocks};
use tokio::time::Instant;

/// How long a Redis that is well again may take to be noticed.
const BACK_WITHIN: Duration = Duration::from_secs(20);

fn impatient(url: String) -> RedisSettings {
    let mut settings = RedisSettings::at([url]);
    settings.key_prefix = format!("{}:", milo_testkit::unique("milo"));
    settings.connect_timeout = Duration::from_millis(300);
    settings.response_timeout = Duration::from_millis(300);
    settings
}

fn locks(settings: &RedisSettings) -> RedisSeatLocks {
    RedisSeatLocks::new(RedisConnections::new(settings).unwrap())
}

fn request() -> HoldRequest {
    samples::hold_request(samples::id(), samples::id(), &samples::seats(2), LONG)
}

/// The port's failure to acquire.
async fn failed(locks: &RedisSeatLocks, request: &HoldRequest) -> PortError {
    match locks.acquire(request).await {
        Err(AcquireError::Port(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// Asks until Redis is there again.
async fn warmed_again(locks: &RedisSeatLocks, showtime: ShowtimeId) {
    let until = Instant::now() + BACK_WITHIN;
    while let Err(error) = locks.warm(showtime, &[]).await {
        assert!(Instant::now() < until, "Redis is back, but {error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_server_that_refuses_is_told_of_at_once_and_not_waited_for() {
    let mut settings = impatient(format!("redis://127.0.0.1:{}", milo_testkit::free_port()));
    settings.connect_timeout = Duration::from_hours(1);
    settings.breaker.failures_max = NonZeroU32::new(1000).unwrap();
    let locks = locks(&settings);
    // Had one of them been waited for, nobody would see the end of it.
    for _ in 0..20 {
        let error = failed(&locks, &request()).await;
        assert_eq!(error.failure, Failure::Transient);
    }
}

#[tokio::test]
async fn with_a_dead_address_nobody_is_asked_once_the_breaker_is_open() {
    let mut settings = impatient(format!("redis://127.0.0.1:{}", milo_testkit::free_port()));
    settings.breaker.failures_max = NonZeroU32::new(3).unwrap();
    settings.breaker.open_for = Duration::from_hours(1);
    let locks = locks(&settings);
    for _ in 0..3 {
        let error = failed(&locks, &request()).await;
        assert_eq!(
            (error.failure, error.message.as_str()),
            (Failure::Transient, "Redis cannot be reached")
        );
    }
    let began = Instant::now();
    for _ in 0..1_000 {
        let error = failed(&locks, &request()).await;
        assert_eq!(error.failure, Failure::Transient);
        assert!(error.message.contains("not asked"), "{error}");
    }
    // Had each been tried, they would have waited for five minutes.
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}

#[tokio::test]
async fn an_acquire_whose_answer_was_lost_has_an_unknown_outcome_and_is_found_when_it_is_repeated() {
    let server = milo_testkit::private::redis().await;
    let locks = locks(&impatient(server.url()));
    let request = request();
    warmed_again(&locks, request.showtime).await;

    server.pause().await;
    assert_eq!(failed(&locks, &request).await.failure, Failure::OutcomeUnknown);
    let found = locks.find(request.id, request.user).await;
    assert!(
        matches!(found, Err(HoldError::Port(error)) if error.failure == Failure::Transient),
        "a read has no outcome"
    );
    server.unpause().await;

    warmed_again(&locks, request.showtime).await;
    let hold = locks.acquire(&request).await.unwrap();
    assert_eq!(locks.find(request.id, request.user).await.unwrap(), hold);
    assert_eq!(locks.snapshot(request.showtime).await.unwrap().unwrap().claims.len(), 2);
}

#[tokio::test]
async fn a_server_that_was_killed_and_started_again_is_found_again_and_cold() {
    let server = milo_testkit::private::redis().await;
    let locks = locks(&impatient(server.url()));
    let request = request();
    warmed_again(&locks, request.showtime).await;
    locks.acquire(&request).await.unwrap();

    server.kill().await;
    for _ in 0..10 {
        assert!(failed(&locks, &request).await.may_retry());
    }
    server.start().await;

    let until = Instant::now() + BACK_WITHIN;
    loop {
        match locks.acquire(&request).await {
            Err(AcquireError::Cold) => break,
            Err(AcquireError::Port(_)) if Instant::now() < until => tokio::time::sleep(Duration::from_millis(50)).await,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn killed_connections_are_replaced_and_at_most_one_call_of_each_notices() {
    let server = milo_testkit::private::redis().await;
    let settings = impatient(server.url());
    let locks = locks(&settings);
    let showtime = samples::id();
    warmed_again(&locks, showtime).await;
    for _ in 0..5 {
        server
            .run(&["redis-cli", "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"])
            .await;
        let request = samples::hold_request(showtime, samples::id(), &samples::seats(2), LONG);
        let mut failures = 0;
        while let Err(error) = locks.acquire(&request).await {
            failures += 1;
            assert!(failures <= settings.connections.get(), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_server_that_became_a_replica_is_an_outage_and_no_outcome() {
    let server = milo_testkit::private::redis().await;
    let locks = locks(&impatient(server.url()));
    let request = request();
    warmed_again(&locks, request.showtime).await;
    let nowhere = milo_testkit::free_port().to_string();
    server.run(&["redis-cli", "REPLICAOF", "127.0.0.1", &nowhere]).await;
    assert_eq!(failed(&locks, &request).await.failure, Failure::Transient);
    server.run(&["redis-cli", "REPLICAOF", "NO", "ONE"]).await;
    warmed_again(&locks, request.showtime).await;
    locks.acquire(&request).await.unwrap();
}

#[tokio::test]
async fn readiness_is_an_answer() {
    let dead = impatient(format!("redis://127.0.0.1:{}", milo_testkit::free_port()));
    let dead = RedisConnections::new(&dead).unwrap();
    assert_eq!(dead.ping().await.unwrap_err().failure, Failure::Transient);
    let asked_for_nothing = RedisSeatLocks::new(dead).tally(&[]).await;
    assert_eq!(asked_for_nothing.unwrap_err().failure, Failure::Transient);

    for urls in [vec![milo_testkit::redis().await], milo_testkit::redis_cluster().await] {
        let mut settings = RedisSettings::at(urls);
        settings.response_timeout = Duration::from_secs(10);
        settings.connect_timeout = Duration::from_secs(10);
        let connections = RedisConnections::new(&settings).unwrap();
        connections.ping().await.unwrap();
        assert_eq!(RedisSeatLocks::new(connections).tally(&[]).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_an_outage_and_no_panic() {
    let url = milo_testkit::redis().await.replace("redis://", "rediss://");
    let connections = RedisConnections::new(&impatient(url)).unwrap();
    assert_eq!(connections.ping().await.unwrap_err().failure, Failure::Transient);
}

/// A member of a cluster answers for its own slots only.
#[tokio::test]
async fn a_cluster_that_was_taken_for_a_single_server_says_so() {
    let seed = milo_testkit::redis_cluster().await.swap_remove(0);
    let mut settings = impatient(seed);
    settings.response_timeout = Duration::from_secs(10);
    settings.connect_timeout = Duration::from_secs(10);
    let locks = locks(&settings);
    let mut refused = None;
    for _ in 0..100 {
        if let Err(AcquireError::Port(error)) = locks.acquire(&request()).await {
            refused = Some(error);
            break;
        }
    }
    let error = refused.expect("two thirds of the slots lie elsewhere");
    assert_eq!(error.failure, Failure::Refused, "{error}");
}
