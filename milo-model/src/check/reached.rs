//! What must be seen somewhere: every transition of both machines. A check that never got there has proven nothing of it.

use milo_core::domain::{CancelReason, PaymentStatus as P, ReservationStatus as R};
use milo_core::ports::GatewayStatus;

use super::Sight;
use crate::step::Rules;
use crate::world::{Row, World};

macro_rules! sights {
    ($($name:literal => $row:expr;)+) => {
        /// Everything that must be seen.
        pub const SIGHTS: [Sight; [$($name),+].len()] = [$(Sight {
            name: $name,
            seen: |rules, world| any(rules, world, $row),
        }),+];
    };
}

fn any(rules: &Rules, world: &World, wanted: fn(&Row) -> bool) -> bool {
    world
        .rows
        .iter()
        .take(rules.size.rows())
        .any(|row| row.placed && wanted(row))
}

fn is(row: &Row, reservation: R, payment: P) -> bool {
    (row.case.reservation, row.case.payment) == (reservation, payment)
}

sights! {
    "R1 placed" => |row| is(row, R::PendingPayment, P::Created);
    "R2 P1 the payment began" => |row| is(row, R::Paying, P::Authorizing);
    "R3 expired" => |row| is(row, R::Expired, P::Dropped);
    "R4 cancelled before the payment began" => |row| is(row, R::Cancelled, P::Dropped);
    "R5 P6 confirmed" => |row| is(row, R::Confirmed, P::Captured);
    "R6 P2 declined" => |row| is(row, R::PaymentFailed, P::Declined);
    "R6 P5 voided" => |row| is(row, R::PaymentFailed, P::Voided);
    "R7 P5 voided as was wished" => |row| is(row, R::Cancelled, P::Voided);
    "R8 P7 the money goes back" => |row| is(row, R::Cancelled, P::Refunding);
    "P3 the point of no return" => |row| is(row, R::Paying, P::Capturing);
    "P4 the gateway is asked to close" => |row| is(row, R::Paying, P::Voiding);
    "P4 after a refused capture" => |row| row.case.payment == P::Voiding && row.ledger.refuses_capture;
    "P5 closed without having been asked to authorize" =>
        |row| row.case.payment == P::Voided && row.ledger.authorized == 0;
    "P7 the money is back" => |row| is(row, R::Cancelled, P::Refunded);
    "P8 a human is asked to look while capturing" => |row| row.case.review && row.case.payment == P::Capturing;
    "P8 a human is asked to look while voiding" => |row| row.case.review && row.case.payment == P::Voiding;
    "P8 a human is asked to look while refunding" => |row| row.case.review && row.case.payment == P::Refunding;
    "a wish after the point of no return" => |row| row.case.payment == P::Capturing && row.case.wish.is_some();
    "a wish that waits for its refund" => |row| row.case.payment == P::Captured && row.case.wish.is_some();
    "a payment voided because its showtime was cancelled" =>
        |row| row.case.payment == P::Voided && row.case.wish == Some(CancelReason::ShowtimeCancelled);
    "money reserved that no state knows of yet" =>
        |row| row.case.payment == P::Authorizing && row.ledger.status == GatewayStatus::Authorized;
    "money taken that no state knows of yet" =>
        |row| row.case.payment == P::Capturing && row.ledger.status == GatewayStatus::Captured;
    "a late request to a closed payment" => |row| row.case.payment == P::Voided && row.late & 1 != 0;
}
