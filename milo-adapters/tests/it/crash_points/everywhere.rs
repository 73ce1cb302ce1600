//! A process dies before and after every call of every story, one by one.

use std::time::Duration;

use milo_core::Milo;
use milo_core::conformance::samples::method;
use milo_core::domain::{Admin, Booking, ReservationId, ReservationStatus};
use milo_core::jobs::Job;

use super::crash::{Crash, Moment, Where};
use super::house::House;
use crate::stage::Stage;

/// More calls than any story makes.
const CALLS_MAX: usize = 200;

/// What a process does from beginning to end, and dies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Story {
    /// Reserve.
    Buy,
    /// Deliver the outbox, receive, pay.
    Pay(&'static str),
    /// Give a paid ticket back, refund.
    GiveBack,
    /// Cancel the showtime of a paid ticket, fan out, refund.
    CancelShowtime,
}

impl Story {
    /// Brings the house to where the story begins.
    async fn before(self, house: &House<'_>) -> Option<Booking> {
        match self {
            Self::Buy => None,
            Self::Pay(token) => Some(house.reserved(token).await),
            Self::GiveBack | Self::CancelShowtime => {
                let booking = house.reserved("tok_ok").await;
                house.settle(booking.reservation.id, "before the story").await;
                Some(booking)
            }
        }
    }

    async fn run(self, house: &House<'_>, milo: &Milo, reservation: Option<ReservationId>) {
        let jobs = milo.jobs();
        match (self, reservation) {
            (Self::Buy, _) => drop(house.reserve(milo, None, method("tok_ok")).await),
            (Self::Pay(_), _) => {
                let _ = jobs.outbox_relay().run_once().await;
                let _ = jobs.payment_processor(Duration::from_secs(5)).run_once().await;
                let _ = jobs.reconciler().run_once().await;
            }
            (Self::GiveBack, Some(reservation)) => {
                let _ = milo.booking().cancel(house.ann, reservation).await;
                let _ = jobs.reconciler().run_once().await;
            }
            (Self::CancelShowtime, _) => {
                let admin = Admin::trusted(house.ann.user);
                let _ = milo
                    .catalog()
                    .cancel_showtime(admin, house.hall.showtime.id, None)
                    .await;
                let _ = jobs.showtime_cancellation().run_once().await;
                let _ = jobs.reconciler().run_once().await;
            }
            (Self::GiveBack, None) => unreachable!("the story begins with a ticket"),
        }
    }

    /// The same once more, by a process that lives: the client repeats, the administrator too, the jobs come again.
    async fn after(self, house: &House<'_>, reservation: Option<ReservationId>, place: &str) {
        let milo = house.process().await;
        let reservation = match (self, reservation) {
            (Self::Buy, _) => {
                let again = house.reserve(&milo, None, method("tok_ok")).await;
                let again = again.unwrap_or_else(|error| panic!("{place}: {error:?}"));
                again.booking().reservation.id
            }
            (story, Some(reservation)) => {
                if story != Self::Pay("tok_ok") && story != Self::Pay("tok_declined") {
                    story.run(house, &milo, Some(reservation)).await;
                }
                reservation
            }
            (_, None) => unreachable!("only a purchase begins without one"),
        };
        let ended = house.settle(reservation, place).await;
        let due = match self {
            Self::Buy | Self::Pay("tok_ok") => ReservationStatus::Confirmed,
            Self::Pay(_) => ReservationStatus::PaymentFailed,
            Self::GiveBack | Self::CancelShowtime => ReservationStatus::Cancelled,
        };
        assert_eq!(ended.reservation.status, due, "{place}: {ended:?}");
    }
}

/// Kills a process at every call of the story.
async fn dies_everywhere(stage: &dyn Stage, story: Story) {
    for moment in [Moment::Before, Moment::After] {
        for call in 0..CALLS_MAX {
            let house = House::open(stage).await;
            let booking = story.before(&house).await;
            let reservation = booking.map(|booking| booking.reservation.id);
            let crash = Crash::at(Where::Call(call), moment);
            let doomed = house.doomed(&crash).await;
            let survived = crash.survives(story.run(&house, &doomed, reservation)).await;
            drop(doomed);
            story
                .after(&house, reservation, &format!("{story:?}, dead {moment:?} call {call}"))
                .await;
            if survived.is_some() {
                assert!(call > 2, "{story:?} makes no calls");
                break;
            }
        }
    }
}

pub(crate) async fn a_server_may_die_anywhere_while_it_sells(stage: &dyn Stage) {
    dies_everywhere(stage, Story::Buy).await;
}

pub(crate) async fn a_worker_may_die_anywhere_while_it_pays(stage: &dyn Stage) {
    dies_everywhere(stage, Story::Pay("tok_ok")).await;
}

pub(crate) async fn a_worker_may_die_anywhere_while_it_is_declined(stage: &dyn Stage) {
    dies_everywhere(stage, Story::Pay("tok_declined")).await;
}

pub(crate) async fn a_process_may_die_anywhere_while_a_ticket_is_given_back(stage: &dyn Stage) {
    dies_everywhere(stage, Story::GiveBack).await;
}

pub(crate) async fn a_process_may_die_anywhere_while_a_showtime_is_cancelled(stage: &dyn Stage) {
    dies_everywhere(stage, Story::CancelShowtime).await;
}
