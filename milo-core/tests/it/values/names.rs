//! Published and stored names: one each, and the same in JSON.

use std::collections::HashSet;

use milo_core::domain::*;

use super::{is_json, refuses_json};

macro_rules! names {
    ($($module:ident: $Kind:ident [$($Variant:ident = $name:literal),+ $(,)?];)+) => {$(
        mod $module {
            use super::*;

            #[test]
            fn every_name_is_as_published_and_the_same_in_json() {
                let named = [$(($Kind::$Variant, $name)),+];
                for (value, name) in named {
                    assert_eq!(value.as_str(), name);
                    is_json(&value, name);
                }
                let distinct: HashSet<&str> = named.iter().map(|(_, name)| *name).collect();
                assert_eq!(distinct.len(), named.len());
            }

            #[test]
            fn any_other_name_is_refused() {
                for wrong in ["", "Owner", "PENDING", "pendingPayment", "unknown"] {
                    refuses_json::<$Kind>(wrong);
                }
                refuses_json::<$Kind>(0);
            }
        }
    )+};
}

names! {
    reservation_status: ReservationStatus [
        PendingPayment = "pending_payment", Paying = "paying", Confirmed = "confirmed", Expired = "expired",
        Cancelled = "cancelled", PaymentFailed = "payment_failed",
    ];
    payment_status: PaymentStatus [
        Created = "created", Authorizing = "authorizing", Capturing = "capturing", Captured = "captured",
        Voiding = "voiding", Voided = "voided", Declined = "declined", Dropped = "dropped", Refunding = "refunding",
        Refunded = "refunded",
    ];
    payment_kind: PaymentKind [
        CreditCard = "credit_card", DebitCard = "debit_card", Paypal = "paypal", BankTransfer = "bank_transfer",
        MobilePayment = "mobile_payment",
    ];
    cancel_reason: CancelReason [Owner = "owner", ShowtimeCancelled = "showtime_cancelled"];
    actor: Actor [
        Owner = "owner", PaymentWorker = "payment_worker", Expiry = "expiry",
        ShowtimeCancellation = "showtime_cancellation",
    ];
    notice: Notice [
        Confirmed = "confirmed", Expired = "expired", PaymentFailed = "payment_failed", Cancelled = "cancelled",
        ShowtimeCancelled = "showtime_cancelled", Refunded = "refunded",
    ];
    seat_kind: SeatKind [
        Regular = "regular", Premium = "premium", Recliner = "recliner", Wheelchair = "wheelchair",
        Companion = "companion",
    ];
    screen_kind: ScreenKind [Regular = "regular", Imax = "imax", ThreeD = "three_d"];
    showtime_status: ShowtimeStatus [Scheduled = "scheduled", Cancelled = "cancelled"];
}
