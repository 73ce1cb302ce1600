//! Faults of Milo's own processes.

use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::Nemesis;
use crate::process::{Process, can_skew};

/// Breaks one process, or all servers one after the other, and mends it.
pub(super) async fn break_one(nemesis: &Nemesis, random: &mut StdRng) -> anyhow::Result<()> {
    let all: Vec<&Process> = nemesis.deployment.processes().collect();
    let victim = *all.choose(random).expect("there are processes");
    let behind: Vec<&&Process> = all.iter().filter(|process| process.name != "balancer").collect();
    match random.random_range(0..100) {
        0..40 => kill(nemesis, victim, random).await,
        40..70 => freeze(nemesis, victim, random).await,
        70..80 => terminate(nemesis, victim).await,
        80..88 => roll(nemesis).await,
        _ if can_skew() => skew(nemesis, behind.choose(random).expect("there are servers"), random).await,
        _ => kill(nemesis, victim, random).await,
    }
}

async fn kill(nemesis: &Nemesis, victim: &Process, random: &mut StdRng) -> anyhow::Result<()> {
    let fault = nemesis.begin("kill -9", &victim.name);
    victim.kill().await?;
    nemesis.wait(Duration::from_millis(random.random_range(50..1500))).await;
    victim.start().await?;
    fault.over();
    victim.serves(&nemesis.deployment.http).await
}

/// Sometimes for longer than a worker's lease.
async fn freeze(nemesis: &Nemesis, victim: &Process, random: &mut StdRng) -> anyhow::Result<()> {
    let fault = nemesis.begin("SIGSTOP", &victim.name);
    let longest = if victim.name.starts_with("worker") { 8000 } else { 3000 };
    victim.freeze().await?;
    nemesis
        .wait(Duration::from_millis(random.random_range(200..longest)))
        .await;
    victim.thaw().await?;
    fault.over();
    Ok(())
}

async fn terminate(nemesis: &Nemesis, victim: &Process) -> anyhow::Result<()> {
    let fault = nemesis.begin("SIGTERM", &victim.name);
    victim.terminate().await?;
    victim.start().await?;
    fault.over();
    victim.serves(&nemesis.deployment.http).await
}

async fn roll(nemesis: &Nemesis) -> anyhow::Result<()> {
    let fault = nemesis.begin("rolling restart", "servers");
    for server in &nemesis.deployment.servers {
        server.terminate().await?;
        server.start().await?;
        server.serves(&nemesis.deployment.http).await?;
    }
    fault.over();
    Ok(())
}

/// Starts it again with a clock that is ten minutes off, and later with the right one.
async fn skew(nemesis: &Nemesis, victim: &Process, random: &mut StdRng) -> anyhow::Result<()> {
    let seconds = if random.random_range(0..2) == 0 { 600 } else { -600 };
    let fault = nemesis.begin("clock skew", &format!("{} by {seconds:+} s", victim.name));
    victim.kill().await?;
    victim.start_skewed(seconds).await?;
    nemesis
        .wait(Duration::from_millis(random.random_range(2000..6000)))
        .await;
    victim.kill().await?;
    victim.start().await?;
    fault.over();
    victim.serves(&nemesis.deployment.http).await
}
