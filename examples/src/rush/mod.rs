//! Many buyers, few seats: everybody at once on the core itself, and then a look at three records that know nothing of
//! each other: what buyers were told, what the store has written, and what the gateway took.

mod buyer;
mod hall;
mod report;

use std::sync::Arc;
use std::time::{Duration, Instant};

use milo_adapters::assembly::{AdapterSettings, Embedded};
use milo_core::Milo;
use milo_core::policy::{Backoff, Policy};
use milo_worker::{WakeupBell, Worker, WorkerSettings};
use tokio::sync::Barrier;

use buyer::Buyer;
pub use report::Report;

/// How many buyers want how many seats.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Rush {
    /// How many buyers come at once
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub buyers: u32,
    /// How many seats the hall has
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub seats: u16,
}

/// How long payments under way may take to end.
const DRAIN_MAX: Duration = Duration::from_secs(10);

impl Rush {
    /// Opens the hall, lets everybody in, waits for the last payment, and counts.
    ///
    /// # Errors
    /// If the hall cannot be opened; what goes wrong for a buyer is in the report.
    pub async fn run(self) -> anyhow::Result<Report> {
        let bell = WakeupBell::default();
        let embedded = Embedded::new(&AdapterSettings::default(), Arc::new(bell.clone()))?;
        let milo = Milo::new(embedded.ports, impatient());
        let settings = WorkerSettings {
            reconciler: Duration::from_millis(50),
            ..WorkerSettings::default()
        };
        let showtime = hall::open(&milo, self.seats).await?;
        let worker = Worker::start(&milo, &bell, &settings);

        let doors = Arc::new(Barrier::new(self.buyers as usize));
        let began = Instant::now();
        let buyers: Vec<_> = (0..self.buyers)
            .map(|number| tokio::spawn(Buyer::new(&milo, number, &doors).shop(milo.clone(), showtime)))
            .collect();
        let mut purchases = Vec::with_capacity(buyers.len());
        for buyer in buyers {
            purchases.push(buyer.await?);
        }
        let took = began.elapsed();

        let drained = worker.drain(DRAIN_MAX).await;
        let mut report = Report::of(self, &purchases, &embedded.store, &embedded.gateway, took);
        if !drained.is_clean() {
            report
                .violations
                .push(format!("runs were cut off: {:?}", drained.aborted));
        }
        Ok(report)
    }
}

/// The usual policy, but a flaky gateway is asked again sooner: nobody wants to watch a minute's back-off.
fn impatient() -> Policy {
    Policy {
        payment_retry: Backoff {
            first: Duration::from_millis(20),
            ..Policy::default().payment_retry
        },
        ..Policy::default()
    }
}
