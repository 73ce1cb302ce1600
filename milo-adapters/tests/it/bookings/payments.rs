//! How payments end, token by token, and what may happen to them on the way.

use std::time::Duration;

use milo_adapters::layers::{Fault, FaultAt, FaultPlan};
use milo_core::booking::{Reserve, ReserveSource};
use milo_core::domain::{
    Admin, Booking, Caller, PaymentStatus, ReservationId, ReservationStatus, SeatSelection, ShowtimeStatus,
};
use milo_core::jobs::Job;
use milo_core::ports::{BookingStore, PaymentGateway, PaymentQueue};

use crate::world::{World, method};

async fn calm_world() -> World {
    World::new(&FaultPlan::quiet()).await
}

/// Holds and reserves seats of a new person, to be paid with `token`.
async fn reserved(world: &World, seats: std::ops::Range<usize>, token: &str) -> (Caller, ReservationId) {
    let buyer = world.person().await;
    let hold = world
        .milo
        .booking()
        .hold(buyer, world.hall.showtime.id, &world.seats(seats), None)
        .await
        .unwrap();
    let request = Reserve {
        source: ReserveSource::Hold(hold.id),
        method: method(token),
        key: None,
    };
    let reserved = world.milo.booking().reserve(buyer, request).await.unwrap();
    (buyer, reserved.booking().reservation.id)
}

async fn look(world: &World, buyer: Caller, reservation: ReservationId) -> Booking {
    world.milo.booking().reservation(buyer, reservation).await.unwrap()
}

/// Pays with `token`, lets everything come to rest, and gives the booking.
async fn settled(token: &str) -> (World, Booking) {
    let world = calm_world().await;
    let (buyer, reservation) = reserved(&world, 0..2, token).await;
    world.settle().await;
    let booking = look(&world, buyer, reservation).await;
    (world, booking)
}

fn states(booking: &Booking) -> (ReservationStatus, PaymentStatus) {
    (booking.reservation.status, booking.payment.status)
}

mod tokens {
    use super::*;

    #[tokio::test]
    async fn ok_is_paid_at_the_first_attempt() {
        let (world, booking) = settled("tok_ok").await;
        assert_eq!(
            states(&booking),
            (ReservationStatus::Confirmed, PaymentStatus::Captured)
        );
        assert_eq!(booking.payment.attempts, 1);
        world.check().await;
    }

    #[tokio::test]
    async fn declined_fails_and_frees_the_seats() {
        let (world, booking) = settled("tok_declined").await;
        assert_eq!(
            states(&booking),
            (ReservationStatus::PaymentFailed, PaymentStatus::Declined)
        );
        assert_eq!(booking.payment.failure.unwrap().as_str(), "card_declined");
        assert!(world.store.audit().owners.is_empty());
        world.check().await;
    }

    #[tokio::test]
    async fn flaky_is_paid_after_its_failures() {
        let (world, booking) = settled("tok_flaky_3").await;
        assert_eq!(
            states(&booking),
            (ReservationStatus::Confirmed, PaymentStatus::Captured)
        );
        assert_eq!(booking.payment.attempts, 4);
        world.check().await;
    }

    #[tokio::test]
    async fn down_ends_in_the_dead_letter_queue_and_frees_the_seats() {
        let (world, booking) = settled("tok_down").await;
        assert_eq!(
            states(&booking),
            (ReservationStatus::PaymentFailed, PaymentStatus::Voided)
        );
        assert_eq!(booking.payment.failure.unwrap().as_str(), "gateway_unavailable");
        let letters = world.queue.dead_letters(10).await.unwrap();
        assert_eq!(
            letters.iter().map(|letter| letter.wake.payment).collect::<Vec<_>>(),
            [booking.payment.id]
        );
        world.check().await;
    }

    #[tokio::test(start_paused = true)]
    async fn slow_is_paid_in_the_end() {
        let (world, booking) = settled("tok_slow_4000").await;
        assert_eq!(
            states(&booking),
            (ReservationStatus::Confirmed, PaymentStatus::Captured)
        );
        world.check().await;
    }

    #[tokio::test]
    async fn a_lost_answer_is_neither_a_decline_nor_a_second_charge() {
        let (world, booking) = settled("tok_lost_2").await;
        assert_eq!(
            states(&booking),
            (ReservationStatus::Confirmed, PaymentStatus::Captured)
        );
        world.check().await;
    }

    #[tokio::test]
    async fn a_refused_capture_is_closed_before_the_seats_are_free() {
        let (world, booking) = settled("tok_capture_refused").await;
        assert_eq!(
            states(&booking),
            (ReservationStatus::PaymentFailed, PaymentStatus::Voided)
        );
        world.check().await;
    }

    #[tokio::test]
    async fn an_unknown_token_is_declined() {
        let (world, booking) = settled("tok_what").await;
        assert_eq!(
            states(&booking),
            (ReservationStatus::PaymentFailed, PaymentStatus::Declined)
        );
        assert_eq!(booking.payment.failure.unwrap().as_str(), "invalid_token");
        world.check().await;
    }

    #[tokio::test]
    async fn a_flaky_refund_is_made_once() {
        let (world, booking) = settled("tok_refund_flaky_2").await;
        let owner = Caller {
            user: booking.reservation.user,
            ..world.person().await
        };
        world
            .milo
            .booking()
            .cancel(owner, booking.reservation.id)
            .await
            .unwrap();
        world.settle().await;
        let booking = look(&world, owner, booking.reservation.id).await;
        assert_eq!(
            states(&booking),
            (ReservationStatus::Cancelled, PaymentStatus::Refunded)
        );
        world.check().await;
    }
}

mod wishes {
    use super::*;

    /// A world whose payment was authorized, but whose worker died before it wrote that down.
    async fn authorized_but_not_known() -> (World, Caller, ReservationId) {
        // The third write of the worker's is the point of no return: claim, begin, and then this one is never made.
        let at = FaultAt::Call {
            port: "booking_store",
            operation: "apply",
            nth: 1,
        };
        let plan = FaultPlan::scripted([(at, Fault::Transient)]);
        let world = World::new(&plan).await;
        let (buyer, reservation) = reserved(&world, 0..2, "tok_ok").await;
        world.turn().await;
        let booking = look(&world, buyer, reservation).await;
        assert_eq!(
            states(&booking),
            (ReservationStatus::Paying, PaymentStatus::Authorizing)
        );
        (world, buyer, reservation)
    }

    #[tokio::test]
    async fn a_wish_before_the_point_of_no_return_closes_the_payment() {
        let (world, buyer, reservation) = authorized_but_not_known().await;

        let marked = world.milo.booking().cancel(buyer, reservation).await.unwrap();
        assert_eq!(
            marked.reservation.status,
            ReservationStatus::Paying,
            "only the payment machine leaves paying"
        );
        assert_eq!(
            world.store.audit().owners.len(),
            2,
            "the seats stay until the gateway has closed the payment"
        );
        world.settle().await;

        let booking = look(&world, buyer, reservation).await;
        assert_eq!(states(&booking), (ReservationStatus::Cancelled, PaymentStatus::Voided));
        world.check().await;
    }

    #[tokio::test]
    async fn a_wish_may_be_repeated() {
        let (world, buyer, reservation) = authorized_but_not_known().await;
        let first = world.milo.booking().cancel(buyer, reservation).await.unwrap();
        let again = world.milo.booking().cancel(buyer, reservation).await.unwrap();
        assert_eq!(first, again);
    }

    #[tokio::test]
    async fn a_showtime_that_starts_before_the_capture_gives_the_money_back() {
        let (world, buyer, reservation) = authorized_but_not_known().await;

        world.clock.set(world.hall.showtime.starts_at);
        world.settle().await;

        let booking = look(&world, buyer, reservation).await;
        assert_eq!(booking.reservation.status, ReservationStatus::PaymentFailed);
        assert_eq!(booking.payment.status, PaymentStatus::Voided);
        assert_eq!(world.gateway.balance(booking.payment.id), 0);
    }

    #[tokio::test]
    async fn a_cancelled_showtime_ends_pending_paying_and_confirmed_reservations() {
        let (world, paying_buyer, paying) = authorized_but_not_known().await;
        let (confirmed_buyer, confirmed) = reserved(&world, 2..4, "tok_ok").await;
        world.turn().await;
        assert_eq!(
            look(&world, confirmed_buyer, confirmed).await.reservation.status,
            ReservationStatus::Confirmed
        );
        let (pending_buyer, pending) = reserved(&world, 4..6, "tok_ok").await;

        let admin = Admin::trusted(pending_buyer.user);
        let cancelled = world
            .milo
            .catalog()
            .cancel_showtime(admin, world.hall.showtime.id, None)
            .await
            .unwrap();
        assert_eq!(cancelled.showtime.status, ShowtimeStatus::Cancelled);
        world.settle().await;

        for (buyer, reservation) in [
            (paying_buyer, paying),
            (confirmed_buyer, confirmed),
            (pending_buyer, pending),
        ] {
            let booking = look(&world, buyer, reservation).await;
            assert_eq!(booking.reservation.status, ReservationStatus::Cancelled);
            assert_eq!(world.gateway.balance(booking.payment.id), 0);
        }
        assert_eq!(world.store.invariants(), Vec::<String>::new());
    }
}

mod cancelling {
    use super::*;

    async fn cancelled_with(fault: Fault) -> (World, ReservationId, Result<Booking, milo_core::booking::CancelError>) {
        let at = FaultAt::Call {
            port: "booking_store",
            operation: "apply",
            nth: 0,
        };
        let world = World::new(&FaultPlan::scripted([(at, fault)])).await;
        let (buyer, reservation) = reserved(&world, 0..2, "tok_ok").await;
        let cancelled = world.milo.booking().cancel(buyer, reservation).await;
        (world, reservation, cancelled)
    }

    #[tokio::test]
    async fn a_cancellation_whose_answer_was_lost_is_looked_up() {
        let (world, reservation, cancelled) = cancelled_with(Fault::LostAnswer).await;
        let booking = cancelled.expect("it was cancelled, whatever the store's answer");
        assert_eq!(
            (booking.reservation.id, booking.reservation.status),
            (reservation, ReservationStatus::Cancelled)
        );
        world.settle().await;
        world.check().await;
    }

    #[tokio::test]
    async fn a_cancellation_that_was_not_made_is_not_said_to_be() {
        let (world, _, cancelled) = cancelled_with(Fault::Transient).await;
        assert!(matches!(cancelled, Err(milo_core::booking::CancelError::Port(_))));
        assert_eq!(world.store.audit().owners.len(), 2);
    }
}

mod workers {
    use super::*;

    #[tokio::test]
    async fn with_the_queue_lost_the_reconciler_settles_every_payment() {
        let world = calm_world().await;
        let mut bookings = Vec::new();
        for pair in 0..5 {
            bookings.push(reserved(&world, 2 * pair..2 * pair + 2, "tok_ok").await);
        }
        world.milo.jobs().outbox_relay().run_once().await.unwrap();
        world.queue.wipe();

        world.settle().await;

        for (buyer, reservation) in bookings {
            assert_eq!(
                look(&world, buyer, reservation).await.reservation.status,
                ReservationStatus::Confirmed
            );
        }
        world.check().await;
    }

    #[tokio::test]
    async fn a_worker_that_died_after_the_charge_is_replaced_without_a_second_charge() {
        // The capture is made, its answer never written: the worker is gone.
        let at = FaultAt::Call {
            port: "booking_store",
            operation: "apply",
            nth: 2,
        };
        let plan = FaultPlan::scripted([(at, Fault::Transient)]);
        let world = World::new(&plan).await;
        let (buyer, reservation) = reserved(&world, 0..2, "tok_ok").await;
        world.turn().await;
        let charged = look(&world, buyer, reservation).await;
        assert_eq!(charged.payment.status, PaymentStatus::Capturing);
        assert_eq!(
            world.gateway.balance(charged.payment.id),
            charged.payment.amount.amount()
        );

        world.settle().await;

        assert_eq!(
            look(&world, buyer, reservation).await.reservation.status,
            ReservationStatus::Confirmed
        );
        world.check().await;
    }

    #[tokio::test]
    async fn a_worker_that_slept_past_its_lease_cannot_write() {
        let world = calm_world().await;
        let (buyer, reservation) = reserved(&world, 0..2, "tok_ok").await;
        let payment = look(&world, buyer, reservation).await.payment.id;
        let lease = world.milo.policy().payment_lease;
        let slept = world.store.claim_payment(payment, lease).await.unwrap().unwrap();

        world.clock.advance(lease);
        let awake = world.store.claim_payment(payment, lease).await.unwrap().unwrap();

        assert!(awake.epoch > slept.epoch);
        assert_eq!(world.store.claimed(payment, slept.epoch).await.unwrap(), None);
        let late = slept
            .booking
            .step(
                milo_core::domain::Actor::PaymentWorker,
                Some(slept.epoch),
                milo_core::conformance::samples::id,
            )
            .begin()
            .unwrap();
        assert!(matches!(
            world.store.apply(&late).await,
            Err(milo_core::ports::ApplyError::Stale)
        ));
    }

    #[tokio::test]
    async fn an_expired_reservation_and_its_payment_have_one_winner() {
        let world = calm_world().await;
        let (buyer, reservation) = reserved(&world, 0..2, "tok_ok").await;
        world.clock.advance(world.milo.policy().pay_within);

        // The worker comes first, a moment too late; then the expiry.
        world.milo.jobs().outbox_relay().run_once().await.unwrap();
        world
            .milo
            .jobs()
            .payment_processor(Duration::ZERO)
            .run_once()
            .await
            .unwrap();
        assert_eq!(
            look(&world, buyer, reservation).await.reservation.status,
            ReservationStatus::PendingPayment,
            "a payment never begins after its time"
        );
        world.settle().await;

        let booking = look(&world, buyer, reservation).await;
        assert_eq!(states(&booking), (ReservationStatus::Expired, PaymentStatus::Dropped));
        assert_eq!(world.gateway.ledger().len(), 0, "the gateway was never asked");
        world.check().await;
    }

    #[tokio::test]
    async fn a_payment_that_begins_in_time_is_not_expired() {
        let at = FaultAt::Call {
            port: "booking_store",
            operation: "apply",
            nth: 1,
        };
        let world = World::new(&FaultPlan::scripted([(at, Fault::Transient)])).await;
        let (buyer, reservation) = reserved(&world, 0..2, "tok_ok").await;
        world.turn().await;
        world.clock.advance(world.milo.policy().pay_within);

        world.milo.jobs().reservation_expiry().run_once().await.unwrap();

        assert_eq!(
            look(&world, buyer, reservation).await.reservation.status,
            ReservationStatus::Paying
        );
    }
}

mod money {
    use super::*;

    #[tokio::test]
    async fn a_gateway_that_is_closed_refuses_a_late_authorization() {
        let (world, booking) = settled("tok_down").await;
        let late = milo_core::ports::Authorization {
            payment: booking.payment.id,
            key: format!("milo:{}:auth", booking.payment.id),
            amount: booking.payment.amount,
            method: booking.payment.method.clone(),
            reservation: booking.reservation.id,
            showtime: booking.reservation.showtime,
        };
        assert!(matches!(
            world.gateway.authorize(&late).await,
            Err(milo_core::ports::GatewayError::Refused(_))
        ));
    }

    #[tokio::test]
    async fn seats_of_a_failed_payment_can_be_sold_to_somebody_else() {
        let (world, booking) = settled("tok_declined").await;
        let seats = SeatSelection::parse(booking.reservation.seat_ids()).unwrap();
        let other = world.person().await;
        let hold = world
            .milo
            .booking()
            .hold(other, world.hall.showtime.id, &seats, None)
            .await
            .unwrap();
        let request = Reserve {
            source: ReserveSource::Hold(hold.id),
            method: method("tok_ok"),
            key: None,
        };
        world.milo.booking().reserve(other, request).await.unwrap();
        world.settle().await;
        assert_eq!(world.store.audit().owners.len(), 2);
        world.check().await;
    }
}
