//! Faults of wires and engines, of what engines keep, and of the gateway.

use std::sync::PoisonError;
use std::time::Duration;

use lapin::{Connection, ConnectionProperties};
use milo_testkit::Wire;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use sqlx::{Connection as _, PgConnection};

use super::{Nemesis, say};
use crate::gateway::MOODS_COUNT;

/// Breaks one thing and mends it.
pub(super) async fn break_one(nemesis: &Nemesis, random: &mut StdRng) -> anyhow::Result<()> {
    match random.random_range(0..100) {
        0..40 => wire(nemesis, random).await,
        40..54 => pause(nemesis, random).await,
        54..63 => forget(nemesis).await,
        63..67 => forget_cache(nemesis).await,
        67..73 => purge(nemesis).await,
        73..81 => terminate_backends(nemesis).await,
        81..85 => kill_redis(nemesis, random).await,
        85..88 => kill_postgres(nemesis, random).await,
        88..89 => kill_rabbitmq(nemesis).await,
        89..91 => cancel_showtime(nemesis).await,
        _ => gateway(nemesis, random).await,
    }
}

async fn wire(nemesis: &Nemesis, random: &mut StdRng) -> anyhow::Result<()> {
    let link = nemesis.deployment.links.choose(random).expect("there are wires");
    let slow = Duration::from_millis(random.random_range(20..400));
    let (kind, wire) = match random.random_range(0..7) {
        0 => ("wire refuses", Wire::Refusing),
        1 => ("wire swallows", Wire::Blackhole),
        2 => ("wire half open", Wire::HalfOpen),
        3 => ("wire loses answers", Wire::AnswersLost),
        4 => ("wire slow", Wire::Slow(slow)),
        5 => ("wire reset", Wire::Open),
        _ => ("wire cut", Wire::Refusing),
    };
    let fault = nemesis.begin(kind, &link.name);
    link.relay.set(wire);
    match kind {
        "wire cut" => link.relay.cut(),
        "wire reset" => link.relay.reset(),
        _ => {}
    }
    if kind != "wire reset" {
        nemesis
            .wait(Duration::from_millis(random.random_range(300..3500)))
            .await;
    }
    link.relay.set(Wire::Open);
    fault.over();
    Ok(())
}

async fn pause(nemesis: &Nemesis, random: &mut StdRng) -> anyhow::Result<()> {
    let service = *nemesis.deployment.services().choose(random).expect("there are engines");
    let fault = nemesis.begin("engine paused", service.name);
    service.engine.pause().await;
    nemesis
        .wait(Duration::from_millis(random.random_range(300..3000)))
        .await;
    service.engine.unpause().await;
    fault.over();
    Ok(())
}

/// The holds are gone.
pub(super) async fn forget(nemesis: &Nemesis) -> anyhow::Result<()> {
    let fault = nemesis.begin("redis FLUSHALL", "redis");
    nemesis.deployment.redis.engine.run(&["redis-cli", "FLUSHALL"]).await;
    fault.over_and_holds_lost();
    Ok(())
}

async fn forget_cache(nemesis: &Nemesis) -> anyhow::Result<()> {
    let fault = nemesis.begin("cache FLUSHALL", "cache");
    nemesis.deployment.cache.engine.run(&["redis-cli", "FLUSHALL"]).await;
    fault.over();
    Ok(())
}

async fn kill_redis(nemesis: &Nemesis, random: &mut StdRng) -> anyhow::Result<()> {
    let fault = nemesis.begin("engine killed", "redis");
    let engine = &nemesis.deployment.redis.engine;
    engine.kill().await;
    nemesis
        .wait(Duration::from_millis(random.random_range(100..2000)))
        .await;
    engine.start().await;
    fault.over_and_holds_lost();
    Ok(())
}

async fn kill_postgres(nemesis: &Nemesis, random: &mut StdRng) -> anyhow::Result<()> {
    let fault = nemesis.begin("engine killed", "postgres");
    let engine = &nemesis.deployment.postgres.engine;
    engine.kill().await;
    nemesis
        .wait(Duration::from_millis(random.random_range(100..1500)))
        .await;
    engine.start().await;
    fault.over();
    Ok(())
}

async fn kill_rabbitmq(nemesis: &Nemesis) -> anyhow::Result<()> {
    let fault = nemesis.begin("engine killed", "rabbitmq");
    let engine = &nemesis.deployment.rabbitmq.engine;
    engine.kill().await;
    engine.start().await;
    fault.over();
    Ok(())
}

/// Throws away every message that waits.
async fn purge(nemesis: &Nemesis) -> anyhow::Result<()> {
    let fault = nemesis.begin("queue purged", nemesis.deployment.queue());
    let purged = async {
        let url = nemesis.deployment.rabbitmq.engine.url();
        let connection = Connection::connect(&url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        channel
            .queue_purge(nemesis.deployment.queue().into(), Default::default())
            .await?;
        connection.close(200, "done".into()).await
    };
    if let Err(error) = purged.await {
        say(&format!("the queue could not be purged: {error}"));
    }
    fault.over();
    Ok(())
}

/// Every session of Milo's ends where it stands.
async fn terminate_backends(nemesis: &Nemesis) -> anyhow::Result<()> {
    let fault = nemesis.begin("pg_terminate_backend", "all sessions");
    let mut connection = PgConnection::connect(&nemesis.deployment.postgres.engine.url()).await?;
    sqlx::query(
        "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname is not null",
    )
    .execute(&mut connection)
    .await?;
    fault.over();
    Ok(())
}

async fn gateway(nemesis: &Nemesis, random: &mut StdRng) -> anyhow::Result<()> {
    let mood = random.random_range(1..=MOODS_COUNT);
    let name = nemesis.mood.set(mood);
    let fault = nemesis.begin("gateway", name);
    nemesis
        .wait(Duration::from_millis(random.random_range(1000..4000)))
        .await;
    nemesis.mood.set(0);
    fault.over();
    Ok(())
}

/// Not a fault, but as good as one: everybody in a showtime must be given the money back.
async fn cancel_showtime(nemesis: &Nemesis) -> anyhow::Result<()> {
    let showtime = nemesis.cancellable.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let Some(showtime) = showtime else {
        return forget(nemesis).await;
    };
    let fault = nemesis.begin("showtime cancelled", &showtime.id);
    nemesis.admin.cancel_showtime(&showtime.id).await;
    fault.over();
    Ok(())
}
