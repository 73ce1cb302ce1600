//! Waiting until all is quiet.

use std::time::Duration;

use milo_core::Milo;
use milo_core::domain::Booking;
use milo_core::jobs::Job;

/// How many rounds of every job a world may need.
const ROUNDS_MAX: usize = 1000;

/// Between two rounds: what waits for a lease to end must not use the rounds up.
const REST: Duration = Duration::from_millis(5);

/// Runs every job until nothing is left to do for these bookings; gives what became of them.
pub(crate) async fn settled(milo: &Milo, place: &str, bookings: impl AsyncFn() -> Vec<Booking>) -> Vec<Booking> {
    let jobs = milo.jobs();
    let jobs: [Box<dyn Job>; 6] = [
        Box::new(jobs.outbox_relay()),
        Box::new(jobs.payment_processor(Duration::ZERO)),
        Box::new(jobs.reconciler()),
        Box::new(jobs.reservation_expiry()),
        Box::new(jobs.showtime_cancellation()),
        Box::new(jobs.hold_sweep()),
    ];
    for _ in 0..ROUNDS_MAX {
        for job in &jobs {
            job.run_once()
                .await
                .unwrap_or_else(|error| panic!("{place}: {error:?}"));
        }
        let found = bookings().await;
        let is_delivered = milo.ports().outbox.backlog().await.unwrap().count == 0;
        if is_delivered && !found.iter().any(Booking::needs_work) {
            return found;
        }
        tokio::time::sleep(REST).await;
    }
    panic!("{place}: the world does not come to rest: {:#?}", bookings().await);
}
