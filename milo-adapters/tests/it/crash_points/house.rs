//! A hall with one buyer, and the processes that serve them.

use std::time::Duration;

use jiff::SignedDuration;
use milo_core::Milo;
use milo_core::booking::{HoldSeatsError, Reserve, ReserveError, ReserveSource, Reserved};
use milo_core::conformance::samples::{self, Hall};
use milo_core::domain::{Booking, Caller, Hold, IdempotencyKey, PaymentMethod, ReservationId, SeatSelection};
use milo_core::jobs::Job;
use milo_core::policy::{Backoff, Policy};

use super::crash::Crash;
use crate::stage::{Stage, check, settled};

/// How long a worker may drive a payment, and a relay its messages: short, because crashes are waited out.
pub(super) const LEASE: Duration = Duration::from_millis(300);

pub(super) struct House<'a> {
    pub(super) stage: &'a dyn Stage,
    pub(super) hall: Hall,
    pub(super) ann: Caller,
    key: IdempotencyKey,
}

impl<'a> House<'a> {
    pub(super) async fn open(stage: &'a dyn Stage) -> Self {
        let ports = stage.ports();
        let starts_at = ports.clock.now().checked_add(SignedDuration::from_hours(24)).unwrap();
        Self {
            hall: Hall::open(&*ports.catalog, starts_at).await,
            ann: Caller::trusted(samples::person(&*ports.accounts).await),
            key: IdempotencyKey::parse(&format!("key {}", samples::number())).unwrap(),
            stage,
        }
    }

    pub(super) fn policy() -> Policy {
        let soon = |policy: Backoff| Backoff {
            first: Duration::from_millis(1),
            cap: Duration::from_millis(10),
            ..policy
        };
        let usual = Policy::default();
        Policy {
            payment_lease: LEASE,
            outbox_lease: LEASE,
            payment_retry: soon(usual.payment_retry),
            outbox_retry: soon(usual.outbox_retry),
            ..usual
        }
    }

    /// A process that lives.
    pub(super) async fn process(&self) -> Milo {
        Milo::new(self.stage.process().await, Self::policy())
    }

    /// A process that dies as `crash` says.
    pub(super) async fn doomed(&self, crash: &Crash) -> Milo {
        Milo::new(crash.around(&self.stage.process().await), Self::policy())
    }

    /// The job is begun by a process that dies in it.
    ///
    /// # Panics
    /// If it does not die.
    pub(super) async fn dies_in<J: Job>(&self, crash: &Crash, job: impl FnOnce(&Milo) -> J) {
        let doomed = self.doomed(crash).await;
        let job = job(&doomed);
        let survived = crash.survives(job.run_once()).await;
        assert!(survived.is_none(), "{crash:?} was never reached: {survived:?}");
    }

    pub(super) fn seats(&self) -> SeatSelection {
        SeatSelection::parse(self.hall.seats(0..2)).unwrap()
    }

    /// Ann holds the two seats; a repeat is the same request.
    pub(super) async fn hold(&self, milo: &Milo) -> Result<Hold, HoldSeatsError> {
        let showtime = self.hall.showtime.id;
        milo.booking()
            .hold(self.ann, showtime, &self.seats(), Some(&self.key))
            .await
    }

    /// Ann reserves what she holds; without a hold, the seats themselves. A repeat is the same request.
    pub(super) async fn reserve(
        &self,
        milo: &Milo,
        hold: Option<&Hold>,
        method: PaymentMethod,
    ) -> Result<Reserved, ReserveError> {
        let source = match hold {
            Some(hold) => ReserveSource::Hold(hold.id),
            None => ReserveSource::Seats {
                showtime: self.hall.showtime.id,
                seats: self.seats(),
            },
        };
        let request = Reserve {
            source,
            method,
            key: Some(self.key.clone()),
        };
        milo.booking().reserve(self.ann, request).await
    }

    /// Ann has a reservation that waits for its payment.
    pub(super) async fn reserved(&self, token: &str) -> Booking {
        let milo = self.process().await;
        let reserved = self.reserve(&milo, None, samples::method(token)).await.unwrap();
        reserved.booking().clone()
    }

    /// The reservation as it stands now.
    pub(super) async fn look(&self, reservation: ReservationId) -> Booking {
        self.stage.ports().bookings.booking(reservation).await.unwrap().unwrap()
    }

    /// Lets processes that live come after those that died, and checks everything; gives what became of the booking.
    pub(super) async fn settle(&self, reservation: ReservationId, place: &str) -> Booking {
        let milo = self.process().await;
        let mut bookings = settled(&milo, place, async || vec![self.look(reservation).await]).await;
        check(self.stage, &self.hall, &bookings, place).await;
        bookings.remove(0)
    }
}
