//! The three records, as they are read.

pub mod dump;
pub mod history;
pub mod ledger;

use serde_json::Error;

/// Why evidence could not be read. Nothing is judged then.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// A line of the history is not an event.
    #[error("history line {line} is not an event")]
    Event {
        /// From 1.
        line: u64,
        /// Why.
        source: Error,
    },
    /// The events do not follow one another as events do.
    #[error("history line {line}: {flaw}")]
    Order {
        /// From 1.
        line: u64,
        /// What is wrong.
        flaw: &'static str,
    },
    /// The dump of the database cannot be read.
    #[error("the dump of the database is not as documented")]
    Dump(#[source] Error),
    /// The gateway's books cannot be read.
    #[error("the gateway's ledger is not as documented")]
    Ledger(#[source] Error),
    /// The input broke off.
    #[error("the input cannot be read")]
    Io(#[from] std::io::Error),
}
