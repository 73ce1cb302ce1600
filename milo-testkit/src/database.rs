//! A Postgres database for one test.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use tokio::sync::OnceCell;
use url::Url;

use crate::{services, unique};

/// A database of one test; dropped with it.
#[derive(Debug)]
pub struct Database {
    url: Url,
    server: Url,
}

impl Database {
    /// An empty database.
    pub async fn empty() -> Self {
        Self::create("template0").await
    }

    /// A copy of the database that `prepare` is given the URL of; it is prepared once in the life of the process.
    pub async fn prepared<F: Future<Output = ()>>(prepare: impl FnOnce(String) -> F) -> Self {
        static TEMPLATE: OnceCell<Database> = OnceCell::const_new();
        let template = TEMPLATE
            .get_or_init(|| async {
                let template = Self::empty().await;
                prepare(template.url()).await;
                template
            })
            .await;
        Self::create(template.name()).await
    }

    /// Where to connect to.
    pub fn url(&self) -> String {
        self.url.to_string()
    }

    fn name(&self) -> &str {
        self.url.path().trim_start_matches('/')
    }

    async fn create(template: &str) -> Self {
        let server = Url::parse(&services::postgres().await).expect("the URL of the Postgres server is a URL");
        let name = unique("milo");
        // Made of letters, digits and underscores only.
        run(&server, format!("create database {name} template {template}")).await;
        let mut url = server.clone();
        url.set_path(&name);
        Self { url, server }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name().to_owned());
        // A drop may happen on any runtime or on none.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime
                .expect("a runtime for one statement")
                .block_on(run(&server, format!("drop database if exists {name} with (force)")));
        });
        let _ = dropped.join();
    }
}

async fn run(server: &Url, statement: String) {
    let options = PgConnectOptions::from_str(server.as_str()).expect("the URL of the Postgres server is right");
    let mut connection: PgConnection = options
        .connect()
        .await
        .unwrap_or_else(|error| panic!("Postgres cannot be reached: {error}"));
    sqlx::query(AssertSqlSafe(statement.clone()))
        .execute(&mut connection)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
    let _ = connection.close().await;
}
