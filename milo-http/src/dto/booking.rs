use milo_core::booking::{Reserve, ReserveSource};
use milo_core::domain::{
    Booking, Hold, HoldId, IdempotencyKey, Invalid, Payment, PaymentFailure, PaymentKind, PaymentMethod, PaymentStatus,
    PaymentToken, PricedSeat, ReservationStatus, SeatId, SeatKind, SeatSelection, SeatSelectionError, ShowtimeId,
};
use salvo::oapi::ToSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::scalar::Word;
use super::{Distinct, MoneyView, ProviderToken, Time, Uid};
use crate::problem::{FieldError, Problem, ProblemType, Violations};
use crate::request::Object;

/// The seats of a request, in its own order: a refusal points at them by their place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted(Vec<SeatId>);

impl Wanted {
    /// Reads ids at `seat_ids`.
    fn parse(raw: &[String], violations: &mut Violations) -> Option<(Self, SeatSelection)> {
        let refuse = |error: SeatSelectionError| {
            let (field, code) = match error {
                SeatSelectionError::Empty => ("seat_ids".to_owned(), "empty"),
                SeatSelectionError::TooMany { .. } => ("seat_ids".to_owned(), "too_many"),
                SeatSelectionError::Duplicate { index } => (format!("seat_ids[{index}]"), "duplicate"),
            };
            (field, Invalid::new(code, error.to_string()))
        };
        if raw.len() > SeatSelection::SEATS_MAX {
            let (field, flaw) = refuse(SeatSelectionError::TooMany { count: raw.len() });
            violations.add(field, flaw);
            return None;
        }
        let parsed: Vec<_> = raw
            .iter()
            .enumerate()
            .map(|(index, text)| violations.keep(format!("seat_ids[{index}]"), text.parse::<SeatId>()))
            .collect();
        let seats: Vec<SeatId> = parsed.into_iter().collect::<Option<_>>()?;
        match SeatSelection::parse(seats.iter().copied()) {
            Ok(selection) => Some((Self(seats), selection)),
            Err(error) => {
                let (field, flaw) = refuse(error);
                violations.add(field, flaw);
                None
            }
        }
    }

    /// Some of the seats are wrong.
    pub(crate) fn wrong(&self, seats: &[SeatId], code: &'static str, message: &'static str) -> Problem {
        let errors: Vec<FieldError> = seats
            .iter()
            .filter_map(|seat| self.0.iter().position(|wanted| wanted == seat))
            .map(|index| FieldError::new(format!("seat_ids[{index}]"), code, message))
            .collect();
        if errors.is_empty() {
            // The seats of a hold, which the request did not name: the layout or the prices changed meanwhile.
            return seats_unavailable(seats);
        }
        Problem::validation(errors)
    }
}

/// Some seats are held or sold.
pub(crate) fn seats_unavailable(seats: &[SeatId]) -> Problem {
    let ids: Vec<String> = seats.iter().map(ToString::to_string).collect();
    Problem::new(
        ProblemType::SeatsUnavailable,
        "See unavailable_seat_ids; none of the seats was taken. Choose others.",
    )
    .with("unavailable_seat_ids", ids)
}

/// The seats to hold.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[salvo(schema(name = "NewHold", example = json!({"seat_ids": ["0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11"]})))]
pub(crate) struct NewHold {
    /// Distinct, and all on the showtime's screen.
    #[salvo(schema(value_type = Distinct<Uid, 1, { SeatSelection::SEATS_MAX }>))]
    seat_ids: Vec<String>,
}

impl NewHold {
    pub(crate) fn parse(self) -> Result<(Wanted, SeatSelection), Problem> {
        let mut violations = Violations::default();
        let seats = Wanted::parse(&self.seat_ids, &mut violations);
        violations.finish(seats)
    }
}

/// A short claim on seats.
#[derive(Debug, Serialize, ToSchema)]
#[salvo(schema(name = "Hold", bound = "'a: 'static"))]
pub(crate) struct HoldView<'a> {
    id: Uid,
    showtime_id: Uid,
    seats: Vec<PricedSeatView<'a>>,
    total: MoneyView,
    /// The seats are free again from then on.
    expires_at: Time,
}

/// A seat and what it costs.
#[derive(Debug, Serialize, ToSchema)]
#[salvo(schema(name = "PricedSeat", bound = "'a: 'static"))]
struct PricedSeatView<'a> {
    id: Uid,
    row: &'a str,
    number: u16,
    kind: Word<SeatKind>,
    price: MoneyView,
}

impl<'a> PricedSeatView<'a> {
    fn of(seat: &'a PricedSeat) -> Self {
        Self {
            id: seat.id.into(),
            row: seat.row.as_str(),
            number: seat.number,
            kind: Word(seat.kind),
            price: seat.price.into(),
        }
    }
}

impl<'a> HoldView<'a> {
    pub(crate) fn of(hold: &'a Hold) -> Self {
        Self {
            id: hold.id.into(),
            showtime_id: hold.showtime.into(),
            seats: hold.seats.iter().map(PricedSeatView::of).collect(),
            total: hold.total.into(),
            expires_at: Time(hold.expires_at),
        }
    }
}

/// What to reserve and how it is paid. Either `hold_id`, or `showtime_id` and `seat_ids` to hold and reserve in one
/// step. Prices and owner come from the server.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[salvo(schema(name = "NewReservation", example = json!({
    "hold_id": "0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11", "payment_method": {"kind": "credit_card", "token": "tok_ok"},
})))]
pub(crate) struct NewReservation {
    #[salvo(schema(value_type = Option<Uid>))]
    hold_id: Option<String>,
    #[salvo(schema(value_type = Option<Uid>))]
    showtime_id: Option<String>,
    /// Distinct, and all on the showtime's screen.
    #[salvo(schema(value_type = Option<Distinct<Uid, 1, { SeatSelection::SEATS_MAX }>>))]
    seat_ids: Option<Vec<String>>,
    #[salvo(schema(value_type = PaymentMethodBody))]
    payment_method: Object<PaymentMethodBody>,
}

/// What the derived schema of [`NewReservation`] cannot say: which fields exclude each other.
pub(crate) fn either_hold_or_seats() -> Value {
    json!([
        {
            "required": ["hold_id"],
            "properties": {"hold_id": {"type": "string"}, "showtime_id": {"type": "null"}, "seat_ids": {"type": "null"}},
        },
        {
            "required": ["showtime_id", "seat_ids"],
            "properties": {
                "hold_id": {"type": "null"}, "showtime_id": {"type": "string"},
                "seat_ids": {"type": "array", "minItems": 1},
            },
        },
    ])
}

/// How a reservation is paid.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[salvo(schema(name = "PaymentMethod", example = json!({"kind": "credit_card", "token": "tok_ok"})))]
struct PaymentMethodBody {
    #[salvo(schema(value_type = Word<PaymentKind>))]
    kind: String,
    /// What the payment provider gave for the payment data; never a card number. The simulated gateway knows `tok_ok`,
    /// `tok_declined`, `tok_flaky_N`, `tok_down` and `tok_slow_MS`.
    #[salvo(schema(value_type = ProviderToken))]
    token: String,
}

impl NewReservation {
    pub(crate) fn parse(self, key: Option<IdempotencyKey>) -> Result<(Wanted, Reserve), Problem> {
        let mut violations = Violations::default();
        let source = self.source(&mut violations);
        let method = &self.payment_method.0;
        let known = PaymentKind::ALL.into_iter().find(|kind| kind.as_str() == method.kind);
        let kind = known.ok_or_else(|| {
            let names = PaymentKind::ALL.map(PaymentKind::as_str).join(", ");
            Invalid::new("unknown_value", format!("must be one of {names}"))
        });
        let kind = violations.keep("payment_method.kind", kind);
        let token = violations.keep("payment_method.token", PaymentToken::parse(&method.token));
        let reserve = || {
            let (wanted, source) = source?;
            let method = PaymentMethod {
                kind: kind?,
                token: token?,
            };
            Some((wanted, Reserve { source, method, key }))
        };
        violations.finish(reserve())
    }

    fn source(&self, violations: &mut Violations) -> Option<(Wanted, ReserveSource)> {
        match (&self.hold_id, &self.showtime_id, &self.seat_ids) {
            (Some(hold), None, None) => {
                let hold = violations.keep("hold_id", hold.parse::<HoldId>())?;
                Some((Wanted::default(), ReserveSource::Hold(hold)))
            }
            (None, Some(showtime), Some(seats)) => {
                let showtime = violations.keep("showtime_id", showtime.parse::<ShowtimeId>());
                let (wanted, seats) = Wanted::parse(seats, violations)?;
                let showtime = showtime?;
                Some((wanted, ReserveSource::Seats { showtime, seats }))
            }
            (None, None, None) => {
                let message = "must be given, or showtime_id and seat_ids in its place";
                violations.add("hold_id", Invalid::new("missing", message));
                None
            }
            (None, Some(_), None) => {
                violations.add("seat_ids", Invalid::new("missing", "must be given with showtime_id"));
                None
            }
            (None, None, Some(_)) => {
                violations.add("showtime_id", Invalid::new("missing", "must be given with seat_ids"));
                None
            }
            (Some(_), showtime, _) => {
                let field = if showtime.is_some() { "showtime_id" } else { "seat_ids" };
                violations.add(field, Invalid::new("conflict", "must not be given with hold_id"));
                None
            }
        }
    }
}

/// A booking of seats.
#[derive(Debug, Serialize, ToSchema)]
#[salvo(schema(name = "Reservation", bound = "'a: 'static"))]
pub(crate) struct ReservationView<'a> {
    id: Uid,
    /// What stands on the ticket.
    code: &'a str,
    showtime_id: Uid,
    status: Word<ReservationStatus>,
    seats: Vec<PricedSeatView<'a>>,
    total: MoneyView,
    payment: PaymentView<'a>,
    /// The payment must have begun by then.
    expires_at: Time,
    created_at: Time,
    updated_at: Time,
}

/// The payment of a reservation.
#[derive(Debug, Serialize, ToSchema)]
#[salvo(schema(name = "Payment", bound = "'a: 'static"))]
struct PaymentView<'a> {
    id: Uid,
    status: Word<PaymentStatus>,
    /// How often the gateway was asked to authorize.
    attempts: u32,
    /// Why it failed, such as `card_declined`; null unless it has.
    #[salvo(schema(required = true))]
    failure: Option<&'a str>,
}

impl<'a> PaymentView<'a> {
    fn of(payment: &'a Payment) -> Self {
        Self {
            id: payment.id.into(),
            status: Word(payment.status),
            attempts: payment.attempts,
            failure: payment.failure.as_ref().map(PaymentFailure::as_str),
        }
    }
}

impl<'a> ReservationView<'a> {
    pub(crate) fn of(booking: &'a Booking) -> Self {
        let reservation = &booking.reservation;
        Self {
            id: reservation.id.into(),
            code: reservation.code.as_str(),
            showtime_id: reservation.showtime.into(),
            status: Word(reservation.status),
            seats: reservation.seats.iter().map(PricedSeatView::of).collect(),
            total: reservation.total.into(),
            payment: PaymentView::of(&booking.payment),
            expires_at: Time(reservation.expires_at),
            created_at: Time(reservation.created_at),
            updated_at: Time(reservation.updated_at),
        }
    }
}
