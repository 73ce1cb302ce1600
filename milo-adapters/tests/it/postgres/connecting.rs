//! What is said when Postgres cannot be reached: one line, and never a secret.

use std::time::Duration;

use milo_adapters::postgres::{PgConnectError, PgSettings, PgStore};
use milo_testkit::Database;
use tokio::net::TcpListener;

use super::engine::settings;

const PASSWORD: &str = "a-password-of-this-test";

async fn refusal(settings: &PgSettings) -> PgConnectError {
    let error = PgStore::connect(settings).await.expect_err("there is no such Postgres");
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(!text.contains(PASSWORD), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
    error
}

fn at(port: u16) -> PgSettings {
    PgSettings::new(format!("postgres://milo:{PASSWORD}@127.0.0.1:{port}/cinema"))
}

#[tokio::test]
async fn an_unreachable_server_is_named_in_one_line() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = refusal(&at(port)).await;
    let place = format!("Postgres at 127.0.0.1:{port}/cinema cannot be reached: ");
    assert!(error.to_string().starts_with(&place), "{error}");
}

#[tokio::test]
async fn a_silent_server_is_given_up_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = PgSettings {
        connect_timeout: Duration::from_millis(100),
        ..at(listener.local_addr().unwrap().port())
    };
    let error = refusal(&settings).await;
    assert!(error.to_string().ends_with("no answer within 100 ms"), "{error}");
}

#[tokio::test]
async fn a_server_that_refuses_us_is_quoted_in_one_line() {
    let database = Database::empty().await;
    let url = database.url();
    let server = url.rsplit_once('/').expect("the URL ends with the database").0;
    let error = refusal(&PgSettings::new(format!("{server}/no_such_database"))).await;
    assert!(matches!(error, PgConnectError::Refused { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains("database \"no_such_database\" does not exist"),
        "{error}"
    );
}

#[tokio::test]
async fn a_wrong_url_is_not_repeated() {
    for url in ["postgres://milo:PASSWORD@host:port/cinema", "PASSWORD"] {
        let error = refusal(&PgSettings::new(url.replace("PASSWORD", PASSWORD))).await;
        assert!(matches!(error, PgConnectError::Url), "{error}");
    }
}

#[tokio::test]
async fn neither_settings_nor_store_print_the_url() {
    let database = Database::empty().await;
    let settings = settings(&database.url());
    let store = PgStore::connect(&settings).await.unwrap();
    for text in [format!("{settings:?}"), format!("{store:?}")] {
        assert!(!text.contains("postgres://"), "{text}");
    }
}
