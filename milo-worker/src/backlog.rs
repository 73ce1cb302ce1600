//! Measuring how much work waits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use milo_core::ports::{Backlog, BookingStore, Outbox, PortError};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::job_loop::in_full;
use crate::{BacklogStatus, meters};

/// The last measurement.
#[derive(Debug, Default)]
pub(crate) struct BacklogRecord(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    measured: Option<(Measured, Instant)>,
    error: Option<String>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    outbox: Backlog,
    payments: Backlog,
    parked: u64,
}

/// Asks the stores how much waits. It changes nothing there, so it is stopped in the middle when the worker stops.
pub(crate) struct BacklogMeter {
    pub(crate) outbox: Arc<dyn Outbox>,
    pub(crate) bookings: Arc<dyn BookingStore>,
    pub(crate) period: Duration,
}

impl BacklogMeter {
    pub(crate) async fn go(self, record: Arc<BacklogRecord>, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(self.period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let endless = async {
            loop {
                ticks.tick().await;
                record.note(self.measure().await);
            }
        };
        stop.run_until_cancelled(endless).await;
    }

    async fn measure(&self) -> Result<Measured, PortError> {
        Ok(Measured {
            outbox: self.outbox.backlog().await?,
            payments: self.bookings.payment_backlog().await?,
            parked: self.outbox.parked().await?,
        })
    }
}

impl BacklogRecord {
    fn note(&self, result: Result<Measured, PortError>) {
        let mut state = self.state();
        match result {
            Ok(measured) => {
                meters::backlog(&measured.outbox, &measured.payments, measured.parked);
                state.measured = Some((measured, Instant::now()));
                state.error = None;
            }
            Err(error) => {
                let first = state.error.replace(in_full(&error)).is_none();
                drop(state);
                if first {
                    tracing::warn!(%error, "the backlog cannot be measured");
                }
            }
        }
    }

    /// The last measurement and why there is no newer one.
    pub(crate) fn status(&self) -> (Option<BacklogStatus>, Option<String>) {
        let state = self.state();
        let status = state.measured.map(|(measured, at)| BacklogStatus {
            outbox: measured.outbox,
            payments: measured.payments,
            parked: measured.parked,
            measured_ago: at.elapsed(),
        });
        (status, state.error.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
