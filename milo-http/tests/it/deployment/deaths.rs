//! Processes that are killed, and told to stop.

use std::time::Duration;

use milo_core::domain::{PaymentStatus, ReservationStatus};
use serde_json::json;
use sqlx::{Connection, PgConnection};

use super::audit::Audit;
use super::{Deployment, Engines, Sale};
use crate::support::{Client, PASSWORD, text};

async fn customer(deployment: &Deployment) -> Client {
    let anybody = deployment.anybody();
    let account = json!({"email": "ann@example.org", "password": PASSWORD, "display_name": "Ann"});
    anybody.post("/auth/register", &account).await.expect(201);
    anybody.sign_in("ann@example.org", PASSWORD).await
}

/// Reserves a seat without a hold; gives the reservation.
async fn reserve(customer: &Client, sale: &Sale, seat: usize, token: &str) -> String {
    let body = json!({
        "showtime_id": sale.showtime, "seat_ids": [sale.seats[seat]],
        "payment_method": {"kind": "credit_card", "token": token},
    });
    customer.post("/reservations", &body).await.expect(201).id()
}

/// Lets nobody write an event, so that no step can be committed; claims and the gateway's books go on.
struct NoSteps(PgConnection);

impl NoSteps {
    async fn begin(postgres: &str) -> Self {
        let mut connection = PgConnection::connect(postgres).await.unwrap();
        sqlx::query("begin").execute(&mut connection).await.unwrap();
        sqlx::query("lock table reservation_events in share mode")
            .execute(&mut connection)
            .await
            .unwrap();
        Self(connection)
    }

    /// How many sessions wait for us.
    async fn waiting(&mut self) -> i64 {
        sqlx::query_scalar("select count(*) from pg_locks where not granted and database is not null")
            .fetch_one(&mut self.0)
            .await
            .unwrap()
    }

    /// Ends the sessions that wait, as happens when their process and its machine are gone, and lets the others go on.
    async fn end(mut self) {
        sqlx::query("select pg_terminate_backend(pid) from pg_locks where not granted and database is not null")
            .execute(&mut self.0)
            .await
            .unwrap();
        sqlx::query("rollback").execute(&mut self.0).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c20_a_worker_killed_after_the_gateway_charged_and_before_the_commit_charges_once() {
    let patient = [
        ("MILO_POSTGRES_LOCK_TIMEOUT", "50s"),
        ("MILO_POSTGRES_STATEMENT_TIMEOUT", "55s"),
        ("MILO_STORE_DEADLINE", "60s"),
        ("MILO_PAYMENT_RETRY_FIRST", "2s"),
        ("MILO_PAYMENT_LEASE", "12s"),
    ];
    let postgres = milo_testkit::private::postgres().await;
    let mut engines = Engines::shared().await;
    engines.postgres = postgres.url();
    let mut deployment = Deployment::with(engines, 1, 1, &patient).await;
    let (sale, audit) = (
        Sale::open(&deployment).await,
        Audit::of(&deployment.engines.postgres).await,
    );
    let customer = customer(&deployment).await;

    // The answer to the capture is lost, so that the worker will come back for it; the lock is taken in between.
    let mut caught = None;
    for seat in 0..10 {
        let reservation = reserve(&customer, &sale, seat, "tok_lost_1").await;
        deployment
            .until("the gateway has charged", async || {
                let payment = audit.booking(&reservation).await.payment.id;
                audit.gateway.effects(&format!("milo:{payment}:capture")).await.unwrap() == 1
            })
            .await;
        let lock = NoSteps::begin(&deployment.engines.postgres).await;
        let seen = audit.booking(&reservation).await;
        if seen.payment.status == PaymentStatus::Capturing && seen.payment.tries > 0 {
            caught = Some((reservation, lock));
            break;
        }
        lock.end().await;
    }
    let (reservation, mut lock) = caught.expect("one of ten is caught between the charge and the commit");
    deployment
        .until("the worker wants to commit", async || lock.waiting().await > 0)
        .await;
    deployment.workers[0].kill().await;
    lock.end().await;

    let left = audit.booking(&reservation).await;
    assert_eq!(
        left.payment.status,
        PaymentStatus::Capturing,
        "charged, and not written"
    );
    assert_eq!(
        audit.gateway.balance(left.payment.id).await.unwrap(),
        left.reservation.total.amount()
    );
    deployment.workers[0].restart().await;
    let seen = customer
        .get(&format!("/reservations/{reservation}?wait=30"))
        .await
        .expect(200)
        .json();
    assert_eq!(seen["status"], "confirmed", "{seen}");
    audit.check([&reservation]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_and_workers_are_killed_in_the_middle_of_a_sale() {
    let mut deployment = Deployment::with(Engines::shared().await, 3, 2, &[("MILO_PAYMENT_LEASE", "12s")]).await;
    let sale = Sale::open(&deployment).await;
    let buyers = sale.buyers(&deployment, 60, Duration::from_secs(10)).await;
    for victim in 0..2 {
        tokio::time::sleep(Duration::from_secs(2)).await;
        deployment.instances[victim].kill().await;
        deployment.workers[victim].kill().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        deployment.instances[victim].restart().await;
        deployment.workers[victim].restart().await;
    }
    let bought = sale.closed(&deployment, buyers).await;
    assert_eq!(bought.len(), 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_told_to_stop_finishes_what_it_does() {
    let mut deployment = Deployment::start(Engines::shared().await, 1, 1).await;
    let sale = Sale::open(&deployment).await;
    let customer = customer(&deployment).await;
    let reservation = reserve(&customer, &sale, 0, "tok_slow_1500").await;
    let audit = Audit::of(&deployment.engines.postgres).await;
    deployment
        .until("the gateway was asked", async || {
            audit.booking(&reservation).await.reservation.status == ReservationStatus::Paying
        })
        .await;

    let ended = deployment.workers[0].terminate().await;

    assert_eq!(ended.code(), Some(0));
    let seen = customer
        .get(&format!("/reservations/{reservation}"))
        .await
        .expect(200)
        .json();
    assert_eq!(text(&seen, "status"), "confirmed", "{seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_outlives_the_instance_that_made_it() {
    let mut deployment = Deployment::start(Engines::shared().await, 2, 1).await;
    let sale = Sale::open(&deployment).await;
    let customer = customer(&deployment).await;
    let holds = format!("/showtimes/{}/holds", sale.showtime);
    let first = deployment.anybody_at(0).bearing(&customer.token());
    let keyed = first.with("idempotency-key", "once");
    let hold = keyed
        .post(&holds, &json!({"seat_ids": sale.seats[..2]}))
        .await
        .expect(201);
    deployment.instances[0].kill().await;

    let second = deployment.anybody_at(1).bearing(&customer.token());
    let again = second.with("idempotency-key", "once");
    let again = again
        .post(&holds, &json!({"seat_ids": sale.seats[..2]}))
        .await
        .expect(201);

    assert_eq!(again.json(), hold.json());
    let body = json!({"hold_id": hold.id(), "payment_method": {"kind": "paypal", "token": "tok_ok"}});
    let reservation = second.post("/reservations", &body).await.expect(201).id();
    let seen = second
        .get(&format!("/reservations/{reservation}?wait=20"))
        .await
        .expect(200)
        .json();
    assert_eq!(seen["status"], "confirmed", "{seen}");
}
