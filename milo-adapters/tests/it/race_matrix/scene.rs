//! What two acts race for.

use std::time::Duration;

use jiff::SignedDuration;
use milo_core::Milo;
use milo_core::conformance::samples::{self, Hall};
use milo_core::domain::{Admin, Booking, Caller, HoldId, PaymentToken, SeatSelection};
use milo_core::ports::PaymentGateway;

use super::act::{Act, Needs};
use crate::stage::{Stage, settled};

/// How long the reservation of a scene may be paid that somebody wants to expire: long enough to begin its payment.
pub(super) const BRIEF: Duration = Duration::from_millis(150);

/// Which of a scene's reservations an act is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    First,
    Second,
}

/// A hall of its own, the same two seats wanted by everybody.
pub(super) struct Scene {
    pub(super) hall: Hall,
    pub(super) admin: Admin,
    /// Which reservation each of the two acts is about.
    pub(super) roles: (Role, Role),
    /// Owns `reservations`.
    pub(super) ann: Caller,
    /// Holds the seats, if somebody wants to reserve.
    pub(super) bob: Caller,
    pub(super) hold: Option<HoldId>,
    /// Wants to hold them.
    pub(super) carl: Caller,
    reservations: Vec<Booking>,
}

impl Scene {
    pub(super) async fn set(stage: &dyn Stage, first: Act, second: Act) -> Self {
        let ports = stage.ports();
        let starts_at = ports.clock.now().checked_add(SignedDuration::from_hours(24)).unwrap();
        let hall = Hall::open(&*ports.catalog, starts_at).await;
        let [ann, bob, carl, keeper] = [(); 4].map(|()| samples::person(&*ports.accounts));
        let mut scene = Self {
            admin: Admin::trusted(keeper.await),
            roles: (Role::First, Role::First),
            ann: Caller::trusted(ann.await),
            bob: Caller::trusted(bob.await),
            carl: Caller::trusted(carl.await),
            hold: None,
            reservations: Vec::new(),
            hall,
        };
        // Warm, so that what is sold below is sold behind the locks' back, as after a fail-over.
        ports.locks.warm(scene.hall.showtime.id, &[]).await.unwrap();
        if [first, second].contains(&Act::Reserve) {
            scene.hold = Some(scene.held(stage, scene.bob, 0..2, Duration::from_mins(5)).await);
        }
        scene.held(stage, scene.carl, 6..7, Duration::from_millis(1)).await;
        let brief = [first, second].contains(&Act::Expire);
        match (first.needs(), second.needs()) {
            (Needs::Nothing, Needs::Nothing) if first.wants_free_seats() || second.wants_free_seats() => {}
            (Needs::Nothing, Needs::Nothing) => scene.reserved(stage, Needs::Any, 0..2, brief).await,
            (Needs::Nothing | Needs::Any, needs) | (needs, Needs::Nothing | Needs::Any) => {
                scene.reserved(stage, needs, 0..2, brief).await;
            }
            (one, other) if one == other => scene.reserved(stage, one, 0..2, brief).await,
            (one, other) => {
                scene.reserved(stage, one, 0..2, brief).await;
                scene.reserved(stage, other, 2..4, brief).await;
                scene.roles.1 = Role::Second;
            }
        }
        scene
    }

    pub(super) fn seats(&self) -> SeatSelection {
        SeatSelection::parse(self.hall.seats(0..2)).unwrap()
    }

    /// The reservation of a role, as it was when the scene was set.
    pub(super) fn reservation(&self, role: Role) -> &Booking {
        &self.reservations[role as usize]
    }

    async fn held(&self, stage: &dyn Stage, who: Caller, seats: std::ops::Range<usize>, ttl: Duration) -> HoldId {
        let quote = self.hall.placement(who.user, seats.clone());
        let mut request = samples::hold_request(self.hall.showtime.id, who.user, &self.hall.seats(seats), ttl);
        (request.seats, request.total) = (quote.seats, quote.total);
        stage.ports().locks.acquire(&request).await.unwrap().id
    }

    /// Makes a reservation of ann's behind the locks' back and brings it where it is needed.
    async fn reserved(&mut self, stage: &dyn Stage, needs: Needs, seats: std::ops::Range<usize>, brief: bool) {
        let ports = stage.ports();
        let mut placement = self.hall.placement(self.ann.user, seats);
        if needs == Needs::Declined {
            placement.method.token = PaymentToken::parse("tok_declined").unwrap();
        }
        if brief {
            placement.pay_within = BRIEF;
        }
        let mut booking = samples::placed(&*ports.bookings, &placement).await;
        if needs == Needs::Confirmed {
            let authorization = milo_core::ports::Authorization {
                payment: booking.payment.id,
                key: format!("milo:{}:auth", booking.payment.id),
                amount: booking.payment.amount,
                method: booking.payment.method.clone(),
                reservation: booking.reservation.id,
                showtime: booking.reservation.showtime,
            };
            stage.gateway().authorize(&authorization).await.unwrap();
            let (payment, amount) = (booking.payment.id, booking.payment.amount);
            stage.gateway().capture(payment, amount).await.unwrap();
            booking = samples::confirmed(&*ports.bookings, &booking).await;
        }
        self.reservations.push(booking);
    }

    /// Runs every job until nothing is left to do; gives what became of the reservations.
    pub(super) async fn settled(&self, milo: &Milo, place: &str) -> Vec<Booking> {
        settled(milo, place, async || self.all(milo).await).await
    }

    /// Every reservation of the scene as it stands now, bob's among them if he made one.
    async fn all(&self, milo: &Milo) -> Vec<Booking> {
        let store = &milo.ports().bookings;
        let mut all = Vec::new();
        for booking in &self.reservations {
            let found = store.booking(booking.reservation.id).await.unwrap();
            all.push(found.expect("a reservation never vanishes"));
        }
        if let Some(hold) = self.hold {
            all.extend(store.by_hold(self.bob.user, hold).await.unwrap());
        }
        all
    }
}
