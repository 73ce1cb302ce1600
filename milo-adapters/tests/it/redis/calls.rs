//! What an act costs, counted by the server.

use std::future::Future;
use std::pin::Pin;

use milo_adapters::redis::{RedisRateLimiter, RedisSeatLocks};
use milo_core::conformance::rate_limiter::RateLimiterFixture;
use milo_core::conformance::{LONG, samples};
use milo_core::domain::{HoldRequest, ReservationId, SeatId, ShowtimeId};
use milo_core::ports::{RateLimit, RateLimiter, SeatLocks};

use super::engine::RedisEngine;

/// How often the server ran a script, by digest and by text.
async fn script_runs(engine: &RedisEngine) -> (u64, u64) {
    let mut stats = redis::cmd("INFO");
    stats.arg("commandstats");
    let stats: String = engine.ask(&stats).await;
    let calls = |command: &str| {
        let line = stats
            .lines()
            .find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
        line.and_then(|rest| rest.split(',').next()?.parse().ok()).unwrap_or(0)
    };
    (calls("evalsha"), calls("eval"))
}

/// One showtime with two buyers, on a server that nobody else asks.
struct Scene {
    engine: RedisEngine,
    locks: RedisSeatLocks,
    showtime: ShowtimeId,
    seats: Vec<SeatId>,
    reservation: ReservationId,
    kept: HoldRequest,
    released: HoldRequest,
}

type Act<'a> = (&'static str, Pin<Box<dyn Future<Output = ()> + 'a>>);

impl Scene {
    async fn on(url: String) -> Self {
        let engine = RedisEngine::at(vec![url]).await;
        let (showtime, seats): (ShowtimeId, _) = (samples::id(), samples::seats(6));
        let hold = |seats: &[SeatId]| samples::hold_request(showtime, samples::id(), seats, LONG);
        Self {
            locks: engine.seat_locks(),
            engine,
            showtime,
            reservation: samples::id(),
            kept: hold(&seats[..2]),
            released: hold(&seats[2..4]),
            seats,
        }
    }

    /// Every act once, in the order of a sale. The last process that used a hold is never the one that uses it next.
    fn acts(&self) -> Vec<Act<'_>> {
        let (locks, showtime, kept, released) = (&self.locks, self.showtime, &self.kept, &self.released);
        vec![
            (
                "acquire, cold",
                Box::pin(async move { drop(locks.acquire(kept).await.unwrap_err()) }),
            ),
            (
                "warm",
                Box::pin(async move { locks.warm(showtime, &[]).await.unwrap() }),
            ),
            (
                "acquire",
                Box::pin(async move { drop(locks.acquire(kept).await.unwrap()) }),
            ),
            (
                "acquire again",
                Box::pin(async move { drop(locks.acquire(kept).await.unwrap()) }),
            ),
            (
                "acquire another",
                Box::pin(async move { drop(locks.acquire(released).await.unwrap()) }),
            ),
            (
                "acquire, refused",
                Box::pin(async move {
                    let refused = samples::hold_request(showtime, samples::id(), &self.seats[1..5], LONG);
                    drop(locks.acquire(&refused).await.unwrap_err());
                }),
            ),
            (
                "find",
                Box::pin(async move { drop(self.engine.seat_locks().find(kept.id, kept.user).await.unwrap()) }),
            ),
            (
                "promote",
                Box::pin(async move {
                    drop(
                        self.engine
                            .seat_locks()
                            .promote(kept.id, kept.user, LONG)
                            .await
                            .unwrap(),
                    );
                }),
            ),
            (
                "extend",
                Box::pin(async move {
                    let other = self.engine.seat_locks();
                    drop(other.extend(kept.id, kept.user, LONG * 2, LONG * 3).await.unwrap());
                }),
            ),
            (
                "release",
                Box::pin(async move {
                    self.engine
                        .seat_locks()
                        .release(released.id, released.user)
                        .await
                        .unwrap()
                }),
            ),
            (
                "take",
                Box::pin(async move {
                    let taken = locks.take(showtime, self.reservation, kept.user, kept.id, &self.seats[..2]);
                    taken.await.unwrap();
                }),
            ),
            (
                "settle",
                Box::pin(async move { locks.settle(showtime, self.reservation).await.unwrap() }),
            ),
            (
                "snapshot",
                Box::pin(async move { drop(locks.snapshot(showtime).await.unwrap().unwrap()) }),
            ),
            (
                "tally",
                Box::pin(async move {
                    let many: Vec<ShowtimeId> = (0..99).map(|_| samples::id()).chain([showtime]).collect();
                    drop(locks.tally(&many).await.unwrap());
                }),
            ),
            (
                "free",
                Box::pin(async move { locks.free(showtime, self.reservation, &self.seats[..2]).await.unwrap() }),
            ),
            (
                "sweep",
                Box::pin(async move { assert_eq!(locks.sweep(100).await.unwrap().holds, 0) }),
            ),
        ]
    }
}

#[tokio::test]
async fn every_act_on_seats_is_one_call_once_the_scripts_are_known() {
    let server = milo_testkit::private::redis().await;
    for (_, act) in Scene::on(server.url()).await.acts() {
        act.await;
    }
    let scene = Scene::on(server.url()).await;
    for (name, act) in scene.acts() {
        let (by_digest, by_text) = script_runs(&scene.engine).await;
        act.await;
        let (digests, texts) = script_runs(&scene.engine).await;
        assert_eq!((digests - by_digest, texts - by_text), (1, 0), "{name}");
    }
}

#[tokio::test]
async fn a_token_is_one_call() {
    let server = milo_testkit::private::redis().await;
    let engine = RedisEngine::at(vec![server.url()]).await;
    let limiter = RedisRateLimiter::new(engine.connections.clone());
    let limit = RateLimit {
        burst: std::num::NonZeroU32::MIN,
        window: LONG,
    };
    engine.limiter().take("first", limit).await.unwrap();
    let (before, _) = script_runs(&engine).await;
    for _ in 0..10 {
        limiter.take("bucket", limit).await.unwrap();
    }
    assert_eq!(script_runs(&engine).await, (before + 10, 1));
}
