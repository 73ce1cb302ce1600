//! What people and jobs do to the same seats.

use std::time::Duration;

use milo_core::Milo;
use milo_core::booking::{CancelError, HoldSeatsError, Reserve, ReserveError};
use milo_core::catalog::CatalogWriteError;
use milo_core::conformance::samples;
use milo_core::jobs::Job;
use milo_core::ports::PortError;

use super::scene::{BRIEF, Role, Scene};

/// One of the ten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Carl wants to hold the seats.
    Hold,
    /// Bob reserves the seats that he holds.
    Reserve,
    /// The outbox is delivered, and a worker receives the message and pays.
    Pay,
    /// The reconciler finds the payment, which is declined.
    Decline,
    /// The time to pay is over.
    Expire,
    /// Ann cancels.
    Cancel,
    /// An administrator cancels the showtime, and the job looks for what belongs to it.
    CancelShowtime,
    /// Ann gives a paid ticket back, and the reconciler refunds.
    Refund,
    /// An administrator draws the screen anew, without the seats.
    ChangeLayout,
    /// Lapsed holds are cleared away.
    Sweep,
}

/// The reservation that an act wants to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// None.
    Nothing,
    /// Any.
    Any,
    /// One that waits for its payment, which will succeed.
    Pending,
    /// One whose payment will be declined.
    Declined,
    /// A paid one.
    Confirmed,
}

impl Act {
    pub(crate) const ALL: [Self; 10] = [
        Self::Hold,
        Self::Reserve,
        Self::Pay,
        Self::Decline,
        Self::Expire,
        Self::Cancel,
        Self::CancelShowtime,
        Self::Refund,
        Self::ChangeLayout,
        Self::Sweep,
    ];

    pub(super) fn needs(self) -> Needs {
        match self {
            Self::Hold | Self::Reserve | Self::CancelShowtime | Self::ChangeLayout | Self::Sweep => Needs::Nothing,
            Self::Pay => Needs::Pending,
            Self::Decline => Needs::Declined,
            Self::Expire | Self::Cancel => Needs::Any,
            Self::Refund => Needs::Confirmed,
        }
    }

    pub(super) fn wants_free_seats(self) -> bool {
        matches!(self, Self::Hold | Self::Reserve)
    }

    /// Does it. Whatever the domain refuses is well refused; a port that fails is not.
    pub(super) async fn run(self, milo: &Milo, scene: &Scene, role: Role) {
        let failure = match self {
            Self::Hold => hold(milo, scene).await,
            Self::Reserve => reserve(milo, scene).await,
            Self::Pay => {
                let jobs = milo.jobs();
                let (relay, worker) = (jobs.outbox_relay(), jobs.payment_processor(Duration::ZERO));
                run_all(&[&relay, &worker]).await
            }
            Self::Decline => run_all(&[&milo.jobs().reconciler()]).await,
            Self::Expire => {
                tokio::time::sleep(BRIEF + Duration::from_millis(10)).await;
                run_all(&[&milo.jobs().reservation_expiry()]).await
            }
            Self::Cancel => cancel(milo, scene, role).await,
            Self::CancelShowtime => match cancel_showtime(milo, scene).await {
                None => run_all(&[&milo.jobs().showtime_cancellation()]).await,
                failure => failure,
            },
            Self::Refund => match cancel(milo, scene, role).await {
                None => run_all(&[&milo.jobs().reconciler()]).await,
                failure => failure,
            },
            Self::ChangeLayout => change_layout(milo, scene).await,
            Self::Sweep => run_all(&[&milo.jobs().hold_sweep()]).await,
        };
        if let Some(error) = failure {
            panic!("{self:?}: {error:?}");
        }
    }
}

async fn run_all(jobs: &[&dyn Job]) -> Option<PortError> {
    for job in jobs {
        if let Err(error) = job.run_once().await {
            return Some(error);
        }
    }
    None
}

async fn hold(milo: &Milo, scene: &Scene) -> Option<PortError> {
    let seats = scene.seats();
    match milo
        .booking()
        .hold(scene.carl, scene.hall.showtime.id, &seats, None)
        .await
    {
        Err(HoldSeatsError::Port(error)) => Some(error),
        _ => None,
    }
}

async fn reserve(milo: &Milo, scene: &Scene) -> Option<PortError> {
    let hold = scene.hold.expect("bob holds the seats");
    let request = Reserve::hold(hold, samples::method("tok_ok"));
    match milo.booking().reserve(scene.bob, request).await {
        Err(ReserveError::Port(error)) => Some(error),
        _ => None,
    }
}

async fn cancel(milo: &Milo, scene: &Scene, role: Role) -> Option<PortError> {
    let reservation = scene.reservation(role).reservation.id;
    match milo.booking().cancel(scene.ann, reservation).await {
        Err(CancelError::Port(error)) => Some(error),
        _ => None,
    }
}

async fn cancel_showtime(milo: &Milo, scene: &Scene) -> Option<PortError> {
    let showtime = scene.hall.showtime.id;
    match milo.catalog().cancel_showtime(scene.admin, showtime, None).await {
        Err(CatalogWriteError::Port(error)) => Some(error),
        _ => None,
    }
}

async fn change_layout(milo: &Milo, scene: &Scene) -> Option<PortError> {
    // The rows but for the first, in which the seats are.
    let plan = samples::plan(&samples::Hall::ROWS[1..]);
    match milo
        .catalog()
        .change_layout(scene.admin, scene.hall.screen.id, &plan, None)
        .await
    {
        Err(CatalogWriteError::Port(error)) => Some(error),
        _ => None,
    }
}
