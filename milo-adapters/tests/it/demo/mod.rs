//! The demo catalogue, its accounts and its greeting.

mod accounts;
mod banner;
mod catalogue;
mod opening;

use std::sync::Arc;

use jiff::Timestamp;
use milo_adapters::assembly::{AdapterSettings, Embedded};
use milo_adapters::auth::Argon2Params;
use milo_adapters::memory::{ManualClock, SeededIds};
use milo_core::Milo;
use milo_core::domain::{Admin, PageRequest, Showtime, ShowtimeFilter, UserId};
use milo_core::policy::Policy;
use milo_core::ports::NoWakeup;

/// An empty Milo in which it is `now`.
fn empty(now: Timestamp) -> Milo {
    let settings = AdapterSettings {
        argon2: Argon2Params {
            memory_kib: 8,
            passes: 1,
            lanes: 1,
        },
        ..AdapterSettings::default()
    };
    let (clock, ids) = (Arc::new(ManualClock::new(now)), Arc::new(SeededIds::new(1)));
    let embedded = Embedded::on(&settings, clock, ids, Arc::new(NoWakeup)).unwrap();
    Milo::new(embedded.ports, Policy::default())
}

fn somebody() -> Admin {
    Admin::trusted(milo_core::conformance::samples::id::<UserId>())
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Every showtime, by start.
async fn showtimes(milo: &Milo) -> Vec<Showtime> {
    let mut page = PageRequest::parse(PageRequest::LIMIT_MAX, None).unwrap();
    let mut all = Vec::new();
    loop {
        let found = milo
            .catalog()
            .showtimes(&ShowtimeFilter::default(), &page)
            .await
            .unwrap();
        all.extend(found.items.iter().map(|view| Showtime::clone(&view.showtime)));
        match found.next {
            Some(cursor) => page.after = Some(cursor),
            None => return all,
        }
    }
}
