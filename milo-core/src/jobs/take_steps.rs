//! One step of every booking of a batch, for the jobs that end reservations.

use super::JobReport;
use crate::domain::{Actor, Booking, IllegalStep, MessageId, SeatClaims, Step, Transition};
use crate::milo::Core;
use crate::ports::{ApplyError, JobKind, PortError};

/// The beginning of a step; what it is asked for are the ids of its messages.
pub(super) type Beginning<'a> = Step<&'a mut (dyn FnMut() -> MessageId + Send)>;

impl Core {
    /// Takes the step that `decide` makes of each booking, and counts it under the name that `outcome` gives it. A booking
    /// that has moved on meanwhile is left to the next run, which looks at it again.
    ///
    /// # Errors
    /// See [`PortError`]; the steps taken before stay taken.
    pub(super) async fn take_steps(
        &self,
        bookings: Vec<Booking>,
        actor: Actor,
        decide: impl Fn(Beginning<'_>) -> Result<Transition, IllegalStep>,
        outcome: impl Fn(&Transition) -> &'static str,
    ) -> Result<JobReport, PortError> {
        let ports = &self.ports;
        let mut report = JobReport {
            more: bookings.len() >= self.policy.batch,
            ..JobReport::default()
        };
        for booking in bookings {
            let mut new_id = || MessageId(ports.ids.next_id());
            let Ok(transition) = decide(booking.step(actor, None, &mut new_id)) else {
                continue;
            };
            match ports.bookings.apply(&transition).await {
                Ok(booking) => {
                    if transition.seats == SeatClaims::Release {
                        self.tell_moved(&booking).await;
                    }
                    report.count(outcome(&transition));
                }
                Err(ApplyError::Stale | ApplyError::GuardFailed) => report.count("moved_on"),
                Err(ApplyError::Port(error)) => return Err(error),
            }
        }
        if report.handled > 0 {
            ports.wakeup.wake(JobKind::OutboxRelay);
        }
        Ok(report)
    }
}
