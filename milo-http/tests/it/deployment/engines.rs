//! The engines of one deployment.

use milo_testkit::{Database, unique};

/// Where they are, with a database and names of the deployment's own.
pub(super) struct Engines {
    pub(super) postgres: String,
    pub(super) redis: String,
    pub(super) amqp: String,
    pub(super) names: String,
    /// Dropped last, and the database with it.
    _database: Option<Database>,
}

impl Engines {
    /// Those that all tests share.
    pub(super) async fn shared() -> Self {
        let database = Database::empty().await;
        Self {
            postgres: database.url(),
            redis: milo_testkit::redis().await,
            amqp: milo_testkit::rabbitmq().await,
            names: unique("milo"),
            _database: Some(database),
        }
    }
}
