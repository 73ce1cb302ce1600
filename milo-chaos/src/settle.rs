//! After the last fault: does everything come to rest in time, and can everything that is free be bought?

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use futures_util::future::join_all;
use milo_check::{Dump, Status};
use reqwest::Method;
use serde::Serialize;
use serde_json::Value;
use sqlx::postgres::PgPoolOptions;
use sqlx::{PgPool, Row};
use tokio::time::Instant;

use crate::client::{Client, End, status};
use crate::deployment::{Deployment, PAY_WITHIN, PAYMENT_DEADLINE};
use crate::house::{House, send};

/// What must be so, and how long after everything was healed at the latest.
struct Bound {
    name: &'static str,
    promise: &'static str,
    within: Duration,
    /// Counts what is not so yet.
    statement: &'static str,
}

const BOUNDS: [Bound; 4] = [
    Bound {
        name: "L1",
        promise: "what was not paid in time has expired",
        within: PAY_WITHIN.saturating_add(Duration::from_secs(30)),
        statement: "select count(*) from reservations where status = 'pending_payment'",
    },
    Bound {
        name: "L2",
        promise: "no payment is under way for ever",
        within: PAYMENT_DEADLINE.saturating_add(Duration::from_secs(50)),
        statement: "select count(*) from reservations where status = 'paying'",
    },
    Bound {
        name: "L3",
        promise: "every message was delivered, and soon",
        within: Duration::from_secs(20),
        statement: "select count(*) from outbox where delivered_at is null and written_at < now() - interval '5 s'",
    },
    Bound {
        name: "L6",
        promise: "what is owed back was given back",
        within: Duration::from_secs(90),
        statement: "select count(*) from payments where next_attempt_at is not null
                    and status not in ('created', 'authorizing', 'capturing', 'voiding')",
    },
];

/// Nothing is on its way any more.
const AT_REST: &str = "select (select count(*) from payments where next_attempt_at is not null)
    + (select count(*) from outbox where delivered_at is null)
    + (select count(*) from reservations where status in ('pending_payment', 'paying'))";

/// How long until nothing moves any more, at the latest.
const REST_TIME: Duration = Duration::from_secs(120);

/// How long until every free seat was bought, at the latest.
const PROBE_TIME: Duration = Duration::from_secs(30);

/// The most seats of one hold.
const SEATS_MAX: usize = 10;

/// What did not come to rest in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unsettled {
    /// `L1` to `L6`.
    pub name: &'static str,
    /// What should have been so.
    pub promise: &'static str,
    /// What was so instead.
    pub found: String,
}

/// How it came to rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Settled {
    /// After how long nothing moved any more, in milliseconds.
    pub rest_ms: u64,
    /// How many free seats were bought afterwards, and after how long the last of them, in milliseconds.
    pub probed_seats: usize,
    /// See there.
    pub probe_ms: u64,
    /// What did not.
    pub unsettled: Vec<Unsettled>,
}

pub(crate) async fn pool(deployment: &Deployment) -> anyhow::Result<PgPool> {
    let pool = PgPoolOptions::new()
        .max_connections(2)
        .acquire_timeout(Duration::from_secs(30));
    Ok(pool.connect(&deployment.postgres.engine.url()).await?)
}

/// Waits until nothing moves, and holds the time against the bounds.
pub(crate) async fn rest(pool: &PgPool) -> anyhow::Result<Settled> {
    let healed = Instant::now();
    let mut settled = Settled::default();
    loop {
        let elapsed = healed.elapsed();
        for bound in &BOUNDS {
            let is_known = settled.unsettled.iter().any(|known| known.name == bound.name);
            if elapsed > bound.within && !is_known {
                let count = count(pool, bound.statement).await?;
                if count > 0 {
                    settled.unsettled.push(Unsettled {
                        name: bound.name,
                        promise: bound.promise,
                        found: format!("{count} after {elapsed:.1?}"),
                    });
                }
            }
        }
        if count(pool, AT_REST).await? == 0 {
            break;
        }
        if elapsed > REST_TIME {
            break;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    settled.rest_ms = millis(healed.elapsed());
    Ok(settled)
}

async fn count(pool: &PgPool, statement: &'static str) -> anyhow::Result<i64> {
    Ok(sqlx::query(statement).fetch_one(pool).await?.try_get(0)?)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// L4: buys every seat that nobody owns.
pub(crate) async fn buy_the_rest(
    house: &House,
    cancelled: &[String],
    dump: &Dump,
    probes: &[Client],
    settled: &mut Settled,
) {
    let begun = Instant::now();
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for showtime in house
        .showtimes
        .iter()
        .filter(|showtime| !cancelled.contains(&showtime.id))
    {
        let owned = dump.reserved_seats.iter();
        let owned: std::collections::HashSet<&str> = owned
            .filter(|seat| seat.showtime_id == showtime.id && seat.released_at.is_none())
            .map(|seat| &*seat.seat_id)
            .collect();
        let free: Vec<String> = showtime
            .seats
            .iter()
            .filter(|seat| !owned.contains(&***seat))
            .cloned()
            .collect();
        groups.extend(
            free.chunks(SEATS_MAX)
                .map(|seats| (showtime.id.clone(), seats.to_vec())),
        );
    }
    settled.probed_seats = groups.iter().map(|(_, seats)| seats.len()).sum();
    let groups = Arc::new(std::sync::Mutex::new(groups));
    let unsold = join_all(probes.iter().map(|probe| {
        let groups = groups.clone();
        async move {
            let mut unsold = Vec::new();
            loop {
                let next = groups.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
                let Some((showtime, seats)) = next else { return unsold };
                if let Some(why) = buy(probe, &showtime, &seats, begun).await {
                    unsold.push(why);
                }
            }
        }
    }));
    let unsold: Vec<String> = unsold.await.into_iter().flatten().collect();
    settled.probe_ms = millis(begun.elapsed());
    if let Some(first) = unsold.first() {
        settled.unsettled.push(Unsettled {
            name: "L4",
            promise: "every seat that is free can be bought",
            found: format!("{} groups of seats could not; the first: {first}", unsold.len()),
        });
    }
}

/// Gives what was in the way, if it could not be bought in time.
async fn buy(probe: &Client, showtime: &str, seats: &[String], begun: Instant) -> Option<String> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let key = format!("probe-{}-{attempt}", seats[0]);
        let mut last = probe.hold(&key, showtime, seats).await;
        if let Some(hold) = last.id() {
            last = probe.reserve_hold(&format!("{key}-r"), &hold, "tok_ok").await;
            if let Some(reservation) = last.id() {
                last = probe.read(&reservation, 20).await;
                if matches!(&last, End::Ok(body) if status(&body["status"]) == Some(Status::Confirmed)) {
                    return None;
                }
            }
        }
        if begun.elapsed() > PROBE_TIME {
            return Some(format!("{} seats from {}: {last:?}", seats.len(), seats[0]));
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// L5: every dead letter is of a payment that has ended, or that is marked for a person to look at.
pub(crate) async fn dead_letters(
    deployment: &Deployment,
    house: &House,
    dump: &Dump,
    settled: &mut Settled,
) -> anyhow::Result<usize> {
    let letters = send(
        deployment,
        Method::GET,
        "/admin/dead-letters?limit=200",
        &house.admin.token,
        None,
    )
    .await?;
    let letters = letters["items"].as_array().context("dead letters are a list")?;
    let forgotten = letters.iter().filter(|letter| {
        let payment = letter["payment_id"].as_str().unwrap_or_default();
        let payment = dump.payments.iter().find(|known| known.id == payment);
        payment.is_none_or(|payment| payment.next_attempt_at.is_some() && !payment.needs_review)
    });
    let forgotten: Vec<&Value> = forgotten.collect();
    if let Some(first) = forgotten.first() {
        settled.unsettled.push(Unsettled {
            name: "L5",
            promise: "a dead letter is of a payment that has ended, or is marked",
            found: format!("{} are not; the first: {first}", forgotten.len()),
        });
    }
    Ok(letters.len())
}
