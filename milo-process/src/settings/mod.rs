//! Settings: each is a flag, a variable of the environment, and a default. The flag is the stronger one. A secret can also
//! be read from a file that a variable names.
//!
//! Everything is checked before anything starts, and a flaw is one line that names the setting.

mod adapters;
mod command_line;
mod engine_url;
mod engines;
mod flaw;
mod known_secrets;
mod listing;
mod log;
pub mod parse;
mod policy;
mod postgres;
mod rabbitmq;
mod redis;
mod safety;
mod secret_files;
mod tokens;
mod unknown;

pub use adapters::{Deadlines, PasswordHashing};
pub use command_line::{CommandLine, Program, read};
pub use engines::EngineSettings;
pub use flaw::Flaw;
pub use known_secrets::is_known_secret;
pub use listing::{Listed, print_listing};
pub use log::{LogFormat, LogSettings};
pub use policy::PolicySettings;
pub use postgres::PostgresSettings;
pub use rabbitmq::RabbitmqSettings;
pub use redis::RedisSettings;
pub use safety::{Mode, Safety};
pub use secret_files::ABOUT_SECRETS;
pub use tokens::TokenSettings;
pub use unknown::UnknownVariable;
