//! The demo: a catalogue that looks alive, two accounts, and the text that greets whoever starts an embedded Milo.
//!
//! Everything is made through the core's own use cases, so the demo can do nothing that an administrator cannot.

mod accounts;
mod banner;
mod films;
mod houses;
mod open;
mod prices;
mod programme;
mod seed;

pub use accounts::{Accounts, DemoLogin, OpenAccountsError, OpenedAccounts, random_password};
pub use banner::{banner, reminder};
pub use open::{OpenError, Opened, open};
pub use seed::{Demo, SampleBooking, seed};

use milo_core::domain::Invalid;

/// The demo's own constants, read as everybody's input is.
fn known<T>(parsed: Result<T, Invalid>) -> T {
    parsed.unwrap_or_else(|flaw| panic!("the demo's own data is wrong: {flaw}"))
}
