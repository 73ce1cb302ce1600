//! Ids, times, dates and published names.

use jiff::Timestamp;
use jiff::civil::Date;
use milo_core::booking::SeatState;
use milo_core::domain::{PaymentKind, PaymentStatus, ReservationStatus, ScreenKind, SeatKind, ShowtimeStatus};
use salvo::oapi::{BasicType, Components, KnownFormat, Object, RefOr, Schema, SchemaFormat, ToSchema};
use serde::{Serialize, Serializer};
use uuid::Uuid;

/// An id.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Uid(Uuid);

/// A moment: RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Time(pub(crate) Timestamp);

/// A date: `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Day(pub(crate) Date);

macro_rules! formatted {
    ($($name:ident: $format:ident, $example:literal;)+) => {$(
        impl ToSchema for $name {
            fn to_schema(_: &mut Components) -> RefOr<Schema> {
                Object::with_type(BasicType::String)
                    .format(SchemaFormat::KnownFormat(KnownFormat::$format))
                    .example($example)
                    .into()
            }
        }
    )+};
}

formatted! {
    Uid: Uuid, "0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11";
    Time: DateTime, "2026-12-24T19:30:00Z";
    Day: Date, "2026-12-24";
}

macro_rules! ids {
    ($($id:ident),+) => {$(
        impl From<milo_core::domain::$id> for Uid {
            fn from(id: milo_core::domain::$id) -> Self {
                Self(id.0)
            }
        }
    )+};
}

ids!(
    UserId,
    MovieId,
    TheaterId,
    ScreenId,
    SeatId,
    ShowtimeId,
    HoldId,
    ReservationId,
    PaymentId,
    ReviewId,
    MessageId
);

/// A value of a small closed set, by its published name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word<T>(pub(crate) T);

macro_rules! words {
    ($($set:ident: [$($one:ident),+];)+) => {$(
        impl Serialize for Word<$set> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0.as_str())
            }
        }

        impl ToSchema for Word<$set> {
            fn to_schema(_: &mut Components) -> RefOr<Schema> {
                let known = [$($set::$one),+];
                // A variant that is missing in the list above does not compile here.
                let _ = |one: $set| match one { $($set::$one => (),)+ };
                Object::with_type(BasicType::String).enum_values(known.map($set::as_str)).into()
            }
        }
    )+};
}

words! {
    SeatKind: [Regular, Premium, Recliner, Wheelchair, Companion];
    SeatState: [Available, Held, Yours, Sold];
    ScreenKind: [Regular, Imax, ThreeD];
    ShowtimeStatus: [Scheduled, Cancelled];
    ReservationStatus: [PendingPayment, Paying, Confirmed, Expired, Cancelled, PaymentFailed];
    PaymentStatus: [Created, Authorizing, Capturing, Captured, Voiding, Voided, Declined, Dropped, Refunding, Refunded];
    PaymentKind: [CreditCard, DebitCard, Paypal, BankTransfer, MobilePayment];
}
