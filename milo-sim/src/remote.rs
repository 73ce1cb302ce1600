//! The ports as a process reaches them: over a link.
//!
//! What is sent belongs to the call and not to the caller, so that it can still arrive when the caller is gone.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use milo_adapters::layers::Intent;
use milo_core::domain::*;
use milo_core::ports::*;

use crate::link::Link;

/// A port behind a link.
#[derive(Debug)]
pub(crate) struct Remote<P: ?Sized> {
    inner: Arc<P>,
    link: Link,
}

impl<P: ?Sized> Remote<P> {
    pub(crate) fn new(inner: Arc<P>, link: &Link) -> Arc<Self> {
        Arc::new(Self {
            inner,
            link: link.clone(),
        })
    }
}

/// Implements ports for [`Remote`]. Each argument is said to be lent (`r`), a slice (`s`) or a value (`v`).
macro_rules! remote {
    (@own r $arg:ident) => { (*$arg).clone() };
    (@own s $arg:ident) => { $arg.to_vec() };
    (@own v $arg:ident) => { $arg };
    (@pass r $arg:ident) => { &$arg };
    (@pass s $arg:ident) => { &$arg };
    (@pass v $arg:ident) => { $arg };
    ($($port:ident as $name:literal {
        $($intent:ident $method:ident($($arg:ident: $kind:tt $type:ty),*) -> $ok:ty, $error:ty;)+
    })+) => {$(
        #[async_trait]
        impl $port for Remote<dyn $port> {
            $(async fn $method(&self, $($arg: $type),*) -> Result<$ok, $error> {
                $(let $arg = remote!(@own $kind $arg);)*
                let make = || {
                    let inner = Arc::clone(&self.inner);
                    $(#[allow(clippy::clone_on_copy, reason = "some arguments are Copy and some are not")] let $arg = $arg.clone();)*
                    async move { inner.$method($(remote!(@pass $kind $arg)),*).await }
                };
                self.link.call($name, stringify!($method), Intent::$intent, make).await
            })+
        }
    )+};
}

remote! {
    BookingStore as "booking_store" {
        Write place(placement: r &Placement) -> Placed, PlaceError;
        Write apply(transition: r &Transition) -> Booking, ApplyError;
        Read booking(reservation: v ReservationId) -> Option<Booking>, PortError;
        Read by_hold(user: v UserId, hold: v HoldId) -> Option<Booking>, PortError;
        Read by_key(user: v UserId, key: r &IdempotencyKey) -> Option<(Booking, Fingerprint)>, PortError;
        Read bookings_of(user: v UserId, page: r &PageRequest) -> Page<Booking>, PortError;
        Read taken_seats(showtime: v ShowtimeId) -> Vec<TakenSeat>, PortError;
        Write claim_payment(payment: v PaymentId, lease: v Duration) -> Option<Claim>, PortError;
        Write claim_due_payments(limit: v usize, lease: v Duration) -> Vec<Claim>, PortError;
        Read claimed(payment: v PaymentId, epoch: v LeaseEpoch) -> Option<Claim>, PortError;
        Read expired(limit: v usize) -> Vec<Booking>, PortError;
        Read stranded(limit: v usize) -> Vec<Booking>, PortError;
        Read has_watched(user: v UserId, movie: v MovieId) -> bool, PortError;
        Read payment_backlog() -> Backlog, PortError;
    }
    SeatLocks as "seat_locks" {
        Write acquire(request: r &HoldRequest) -> Hold, AcquireError;
        Read find(hold: v HoldId, user: v UserId) -> Hold, HoldError;
        Write promote(hold: v HoldId, user: v UserId, window: v Duration) -> Hold, HoldError;
        Write extend(hold: v HoldId, user: v UserId, ttl: v Duration, lifetime_max: v Duration) -> Hold, HoldError;
        Write release(hold: v HoldId, user: v UserId) -> (), HoldError;
        Write take(
            showtime: v ShowtimeId, reservation: v ReservationId, user: v UserId, hold: v HoldId, seats: s &[SeatId]
        ) -> (), PortError;
        Write settle(showtime: v ShowtimeId, reservation: v ReservationId) -> (), PortError;
        Write free(showtime: v ShowtimeId, reservation: v ReservationId, seats: s &[SeatId]) -> (), PortError;
        Write warm(showtime: v ShowtimeId, taken: s &[TakenSeat]) -> (), PortError;
        Read snapshot(showtime: v ShowtimeId) -> Option<SeatSnapshot>, PortError;
        Read tally(showtimes: s &[ShowtimeId]) -> Vec<Option<SeatTally>>, PortError;
        Write sweep(limit: v usize) -> Swept, PortError;
    }
    PaymentQueue as "payment_queue" {
        Write publish(wake: r &PaymentWake) -> (), PortError;
        Write receive(wait: v Duration) -> Option<Delivery>, PortError;
        Write acknowledge(delivery: r &Delivery) -> (), PortError;
        Write reject(delivery: r &Delivery) -> (), PortError;
        Write bury(wake: r &PaymentWake, reason: r &PaymentFailure) -> (), PortError;
        Read dead_letters(limit: v usize) -> Vec<DeadLetter>, PortError;
        Write replay(message: v MessageId) -> bool, PortError;
    }
    PaymentGateway as "payment_gateway" {
        Write authorize(authorization: r &Authorization) -> (), GatewayError;
        Write capture(payment: v PaymentId, amount: v Money) -> (), GatewayError;
        Write close(payment: v PaymentId) -> (), GatewayError;
        Write refund(payment: v PaymentId, amount: v Money) -> (), GatewayError;
        Read lookup(payment: v PaymentId) -> GatewayStatus, GatewayError;
    }
    Outbox as "outbox" {
        Write take(limit: v usize, lease: v Duration) -> Vec<TakenMessage>, PortError;
        Write delivered(messages: s &[MessageId]) -> (), PortError;
        Write failed(message: v MessageId, retry_after: v Option<Duration>) -> (), PortError;
        Read backlog() -> Backlog, PortError;
        Read parked() -> u64, PortError;
    }
    Notifier as "notifier" {
        Write send(notification: r &Notification) -> (), PortError;
    }
}
