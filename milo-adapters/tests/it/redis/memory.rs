//! What lies in Redis vanishes by itself.

use std::time::Duration;

use milo_core::conformance::{EngineClock, LONG, later, samples};
use milo_core::domain::{ReservationId, ShowtimeId, UserId};
use milo_core::ports::{Cache, RateLimit, RateLimiter, SeatLocks};

use super::engine::RedisEngine;

const TWO_DAYS: Duration = Duration::from_hours(48);

/// Leaves a trace of every act on a showtime.
async fn act(locks: &dyn SeatLocks) {
    let (showtime, user): (ShowtimeId, UserId) = (samples::id(), samples::id());
    let (paid, freed): (ReservationId, ReservationId) = (samples::id(), samples::id());
    let seats = samples::seats(8);
    let sold = samples::taken(&seats[..1], samples::id(), user, true);
    locks.warm(showtime, &sold).await.unwrap();
    for range in [1..3, 3..5, 5..7] {
        let request = samples::hold_request(showtime, user, &seats[range], LONG);
        locks.acquire(&request).await.unwrap();
        locks.promote(request.id, user, LONG * 2).await.unwrap();
        locks.extend(request.id, user, LONG * 3, LONG * 4).await.unwrap();
        locks
            .take(showtime, paid, user, request.id, &seats[1..3])
            .await
            .unwrap();
    }
    let open = samples::hold_request(showtime, user, &seats[3..5], LONG);
    locks.acquire(&open).await.unwrap();
    locks.settle(showtime, paid).await.unwrap();
    locks
        .take(showtime, freed, user, samples::id(), &seats[7..])
        .await
        .unwrap();
    locks.free(showtime, freed, &seats[7..]).await.unwrap();
    locks.snapshot(showtime).await.unwrap();
    locks.sweep(10).await.unwrap();
}

async fn assert_every_key_expires(engine: &RedisEngine) {
    let latest = later(engine.now().await, TWO_DAYS + LONG * 3).as_millisecond();
    for key in engine.keys().await {
        let mut asked = redis::cmd("PEXPIRETIME");
        asked.arg(&key);
        let expires: i64 = engine.ask(&asked).await;
        assert!(expires > 0, "{key} never expires");
        assert!(expires <= latest, "{key} is kept for too long");
    }
}

async fn nothing_stays_for_ever(engine: RedisEngine) {
    act(&engine.seat_locks()).await;
    let limit = RateLimit {
        burst: std::num::NonZeroU32::MIN,
        window: LONG,
    };
    let limiter = milo_adapters::redis::RedisRateLimiter::new(engine.connections.clone());
    limiter.take("bucket", limit).await.unwrap();
    let cache = milo_adapters::redis::RedisCache::new(engine.connections.clone());
    cache.put("entry", b"value".as_slice().into(), LONG).await.unwrap();

    assert!(engine.keys().await.len() > 12, "{:?}", engine.keys().await);
    assert_every_key_expires(&engine).await;
}

#[tokio::test]
async fn every_key_expires_on_a_single_server() {
    nothing_stays_for_ever(RedisEngine::node().await).await;
}

#[tokio::test]
async fn every_key_expires_on_a_cluster() {
    nothing_stays_for_ever(RedisEngine::cluster().await).await;
}

/// The marks of reservations that own nothing, and the records of holds, are all that is left of a sold-out night.
#[tokio::test]
async fn released_seats_leave_nothing_behind_but_the_memory_of_their_holds() {
    let engine = RedisEngine::node().await;
    let locks = engine.seat_locks();
    let (showtime, user): (ShowtimeId, UserId) = (samples::id(), samples::id());
    locks.warm(showtime, &[]).await.unwrap();
    let request = samples::hold_request(showtime, user, &samples::seats(4), LONG);
    locks.acquire(&request).await.unwrap();
    locks.release(request.id, user).await.unwrap();

    let prefix = &engine.settings.key_prefix;
    let mut expected = vec![
        format!("{prefix}hold:{}", request.id),
        format!("{prefix}showtimes"),
        format!("{prefix}{{{showtime}}}"),
        format!("{prefix}{{{showtime}}}:hold:{}", request.id),
    ];
    expected.sort_unstable();
    assert_eq!(engine.keys().await, expected);
}

/// A hold that is not remembered at all still gives its seats back when it lapses.
#[tokio::test]
async fn a_forgotten_hold_leaks_no_seat() {
    let engine = RedisEngine::node().await;
    let locks = engine.seat_locks();
    let showtime: ShowtimeId = samples::id();
    locks.warm(showtime, &[]).await.unwrap();
    let seats = samples::seats(3);
    let mut request = samples::hold_request(showtime, samples::id(), &seats, Duration::from_millis(20));
    request.remember = Duration::ZERO;
    locks.acquire(&request).await.unwrap();
    engine.advance(Duration::from_millis(30)).await;
    let next = samples::hold_request(showtime, samples::id(), &seats, LONG);
    locks.acquire(&next).await.unwrap();
}
