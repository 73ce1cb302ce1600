//! The simulated gateway with its books in Postgres: what several processes share, and what outlives them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use milo_adapters::gateway::{GatewayOperation, LedgerEntry, PgSimulatedGateway};
use milo_core::conformance::payment_gateway::PaymentGatewayFixture;
use milo_core::domain::{
    Currency, Money, PaymentId, PaymentKind, PaymentMethod, PaymentToken, ReservationId, ShowtimeId,
};
use milo_core::ports::{Authorization, GatewayError, GatewayStatus, PaymentGateway};
use milo_testkit::Database;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

/// The books of one test, and a process that asks the gateway.
struct Books {
    database: Database,
    gateway: Arc<PgSimulatedGateway>,
}

impl Books {
    async fn new() -> Self {
        let database = Database::empty().await;
        let mut connection = PgConnection::connect(&database.url()).await.unwrap();
        sqlx::raw_sql(include_str!("../../../migrations/0100_simulated_gateway.sql"))
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
        let gateway = Arc::new(process(&database));
        Self { database, gateway }
    }

    /// Another process, or the same one after a restart.
    fn process(&self) -> PgSimulatedGateway {
        process(&self.database)
    }
}

fn process(database: &Database) -> PgSimulatedGateway {
    PgSimulatedGateway::new(&database.url().into(), 4).unwrap()
}

#[async_trait]
impl PaymentGatewayFixture for Books {
    fn gateway(&self) -> Arc<dyn PaymentGateway> {
        self.gateway.clone()
    }

    async fn effects(&self, key: &str) -> usize {
        self.gateway.effects(key).await.unwrap()
    }

    async fn balance(&self, payment: PaymentId) -> i64 {
        self.gateway.balance(payment).await.unwrap()
    }
}

mod payment_gateway {
    use super::Books;
    milo_core::payment_gateway_conformance!(Books::new());
}

const PAYMENT: PaymentId = PaymentId(Uuid::from_u128(1));

fn price() -> Money {
    Money::parse(1250, Currency::USD).unwrap()
}

fn asking(token: &str) -> Authorization {
    Authorization {
        payment: PAYMENT,
        key: GatewayOperation::Authorize.key(PAYMENT),
        amount: price(),
        method: PaymentMethod::new(PaymentKind::CreditCard, PaymentToken::parse(token).unwrap()),
        reservation: ReservationId(Uuid::from_u128(2)),
        showtime: ShowtimeId(Uuid::from_u128(3)),
    }
}

#[tokio::test]
async fn what_one_process_has_done_another_knows() {
    let books = Books::new().await;
    books.gateway.authorize(&asking("tok_ok")).await.unwrap();
    books.gateway.capture(PAYMENT, price()).await.unwrap();

    let after_restart = books.process();

    assert_eq!(after_restart.lookup(PAYMENT).await.unwrap(), GatewayStatus::Captured);
    after_restart.capture(PAYMENT, price()).await.unwrap();
    assert_eq!(
        after_restart
            .effects(&GatewayOperation::Capture.key(PAYMENT))
            .await
            .unwrap(),
        1
    );
    assert_eq!(after_restart.balance(PAYMENT).await.unwrap(), 1250);
}

#[tokio::test]
async fn a_slow_authorization_is_decided_although_the_process_that_asked_is_gone() {
    let books = Books::new().await;
    let asked = tokio::time::timeout(Duration::from_millis(100), async {
        books.gateway.authorize(&asking("tok_slow_300")).await
    });
    assert!(asked.await.is_err(), "it is not decided yet");

    let after_restart = books.process();
    assert_eq!(after_restart.lookup(PAYMENT).await.unwrap(), GatewayStatus::Unknown);
    after_restart.authorize(&asking("tok_slow_300")).await.unwrap();

    assert_eq!(after_restart.lookup(PAYMENT).await.unwrap(), GatewayStatus::Authorized);
    assert_eq!(
        after_restart
            .effects(&GatewayOperation::Authorize.key(PAYMENT))
            .await
            .unwrap(),
        1
    );
}

#[tokio::test]
async fn a_slow_authorization_that_is_closed_first_is_refused_in_every_process() {
    let books = Books::new().await;
    let slow = asking("tok_slow_200");
    let waiting = books.gateway.authorize(&slow);
    let closing = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        books.process().close(PAYMENT).await.unwrap();
    };

    let (answer, ()) = tokio::join!(waiting, closing);

    assert!(matches!(answer, Err(GatewayError::Refused(code)) if code.as_str() == "closed"));
    assert_eq!(
        books
            .gateway
            .effects(&GatewayOperation::Authorize.key(PAYMENT))
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn failures_are_counted_over_all_processes() {
    let books = Books::new().await;
    for _ in 0..2 {
        let answer = books.process().authorize(&asking("tok_flaky_2")).await;
        assert!(matches!(answer, Err(GatewayError::Port(error)) if error.may_retry()));
    }

    books.process().authorize(&asking("tok_flaky_2")).await.unwrap();
}

#[tokio::test]
async fn strangers_leave_no_trace() {
    let books = Books::new().await;
    books.gateway.capture(PAYMENT, price()).await.unwrap_err();
    books.gateway.lookup(PAYMENT).await.unwrap();

    assert_eq!(books.gateway.ledger().await.unwrap(), []);
    let mut connection = PgConnection::connect(&books.database.url()).await.unwrap();
    let accounts: i64 = sqlx::query_scalar("select count(*) from simulated_gateway.accounts")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(accounts, 0);
}

#[tokio::test]
async fn calls_without_an_effect_do_not_pile_up_and_effects_stay() {
    let books = Books::new().await;
    books.gateway.authorize(&asking("tok_ok")).await.unwrap();
    for _ in 0..2 * LedgerEntry::OTHERS_MAX {
        books.gateway.capture(PAYMENT, price()).await.unwrap();
    }

    let ledger = books.gateway.ledger().await.unwrap();

    assert_eq!(ledger.len(), 2 + LedgerEntry::OTHERS_MAX);
    assert_eq!(ledger.iter().map(LedgerEntry::moved).sum::<i64>(), 1250);
    assert!(ledger.is_sorted_by_key(|entry| entry.sequence));
}

#[tokio::test]
async fn books_that_cannot_be_reached_are_a_failure_that_passes() {
    let nowhere = "postgres://milo:milo@127.0.0.1:1/milo".to_owned().into();
    let gateway = PgSimulatedGateway::new(&nowhere, 1).unwrap();

    let answer = gateway.authorize(&asking("tok_ok")).await;

    assert!(matches!(answer, Err(GatewayError::Port(error)) if error.may_retry()));
}

#[test]
fn a_wrong_url_is_refused_without_being_repeated() {
    let url = "postgres://milo:hunter2@host:no-port/milo".to_owned().into();

    let error = PgSimulatedGateway::new(&url, 1).unwrap_err();

    assert!(!error.to_string().contains("hunter2") && std::error::Error::source(&error).is_none());
}

#[tokio::test]
async fn its_database_is_not_shown() {
    let url = "postgres://milo:hunter2@db.internal/milo".to_owned().into();

    let gateway = PgSimulatedGateway::new(&url, 1).unwrap();

    assert_eq!(format!("{gateway:?}"), "PgSimulatedGateway { .. }");
}
