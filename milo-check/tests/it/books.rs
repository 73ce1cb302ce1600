//! What the database and the gateway have written of a few reservations: right in every row, until a test changes one.

use serde_json::{Value, json};

use crate::tale::SHOW;

const AT: &str = "2026-01-01T10:00:00+00:00";
const LATER: &str = "2026-01-01T10:00:05.5+00:00";

/// The tables and the ledger.
#[derive(Clone, Debug)]
pub(crate) struct Books {
    pub(crate) dump: Value,
    pub(crate) ledger: Value,
}

/// How a reservation came to where it is: states of reservation and payment, who led there, what the gateway answered.
type Step = (&'static str, &'static str, &'static str, Option<&'static str>);

const BEGUN: Step = ("paying", "authorizing", "payment_worker", None);
const CAPTURING: Step = ("paying", "capturing", "payment_worker", Some("authorized"));
const CONFIRMED: Step = ("confirmed", "captured", "payment_worker", Some("captured"));

#[derive(Clone, Copy, Debug)]
pub(crate) enum Became {
    Pending,
    Paying,
    Confirmed,
    Refunded,
    Declined,
    Voided,
    Expired,
    Cancelled,
}

impl Became {
    fn steps(self) -> Vec<Step> {
        match self {
            Self::Pending => vec![],
            Self::Paying => vec![BEGUN],
            Self::Confirmed => vec![BEGUN, CAPTURING, CONFIRMED],
            Self::Refunded => vec![
                BEGUN,
                CAPTURING,
                CONFIRMED,
                ("cancelled", "refunding", "owner", None),
                ("cancelled", "refunded", "payment_worker", Some("refunded")),
            ],
            Self::Declined => vec![
                BEGUN,
                ("payment_failed", "declined", "payment_worker", Some("declined")),
            ],
            Self::Voided => vec![
                BEGUN,
                CAPTURING,
                ("paying", "voiding", "payment_worker", None),
                ("payment_failed", "voided", "payment_worker", Some("closed")),
            ],
            Self::Expired => vec![("expired", "dropped", "expiry", None)],
            Self::Cancelled => vec![("cancelled", "dropped", "owner", None)],
        }
    }
}

impl Books {
    pub(crate) fn new() -> Self {
        let seats: Vec<Value> = ["A1", "A2", "A3", "A4", "B1"]
            .map(|seat| json!({"screen_id": "screen", "id": seat}))
            .into();
        let dump = json!({
            "settled": true,
            "showtimes": [{"id": SHOW, "status": "scheduled", "screen_id": "screen"}],
            "seats": seats,
            "reservations": [], "reserved_seats": [], "payments": [], "reservation_events": [], "payment_ops": [],
            "outbox": [], "reservation_keys": [], "showtime_cancellations": [],
        });
        Self {
            dump,
            ledger: json!({"ledger": []}),
        }
    }

    /// Everything is written down, and nothing came to rest yet.
    pub(crate) fn unsettled(mut self) -> Self {
        self.dump["settled"] = json!(false);
        self
    }

    /// A reservation of `user`, made from `hold`.
    pub(crate) fn with(mut self, id: &str, user: &str, hold: &str, seats: &[&str], became: Became) -> Self {
        let steps = became.steps();
        let (status, payment_status) = steps
            .last()
            .map_or(("pending_payment", "created"), |step| (step.0, step.1));
        let owns = ["pending_payment", "paying", "confirmed"].contains(&status);
        let total = 1000 * seats.len();
        let payment = format!("pay-{id}");
        self.add("reservations", json!({
            "showtime_id": SHOW, "id": id, "version": steps.len() + 1, "code": format!("CODE-{id}"), "user_id": user,
            "hold_id": hold, "status": status, "seat_count": seats.len(), "total_minor": total, "currency": "EUR",
            "user_seats_max": 4, "cancel_requested": null,
        }));
        for seat in seats {
            self.add("reserved_seats", json!({
                "showtime_id": SHOW, "reservation_id": id, "seat_id": seat, "screen_id": "screen", "price_minor": 1000,
                "released_at": (!owns).then_some(LATER),
            }));
        }
        let is_due = ["created", "authorizing", "capturing", "voiding", "refunding"].contains(&payment_status);
        self.add("payments", json!({
            "showtime_id": SHOW, "id": payment, "reservation_id": id, "status": payment_status, "amount_minor": total,
            "currency": "EUR", "next_attempt_at": is_due.then_some(LATER), "needs_review": false,
        }));
        let mut before: Option<(&str, &str)> = None;
        let made: Step = ("pending_payment", "created", "owner", None);
        for (seq, (to, to_payment, actor, answer)) in (1..).zip([made].into_iter().chain(steps)) {
            self.add(
                "reservation_events",
                json!({
                    "showtime_id": SHOW, "reservation_id": id, "seq": seq, "from_status": before.map(|from| from.0),
                    "from_payment_status": before.map(|from| from.1), "to_status": to, "to_payment_status": to_payment,
                    "actor": actor, "cause": "told", "at": AT,
                }),
            );
            self.sends(id, seq, before.map(|from| from.0), to, to_payment);
            if let Some(answer) = answer {
                self.answers(id, &payment, seq, answer, total);
            }
            before = Some((to, to_payment));
        }
        self
    }

    /// A key of the reservation's owner.
    pub(crate) fn keyed(mut self, reservation: &str, user: &str, key: &str) -> Self {
        self.add(
            "reservation_keys",
            json!({
                "user_id": user, "key": key, "showtime_id": SHOW, "reservation_id": reservation,
            }),
        );
        self
    }

    fn sends(&mut self, id: &str, seq: u64, from: Option<&str>, to: &str, to_payment: &str) {
        let topics: &[&str] = match (from, to, to_payment) {
            (None, ..) => &["payment_due", "seats_taken"],
            (_, "confirmed", _) => &["seats_settled"],
            (_, _, "refunding") => &["seats_freed", "payment_due"],
            (_, "payment_failed" | "expired", _) | (Some("pending_payment"), "cancelled", _) => &["seats_freed"],
            _ => &[],
        };
        for topic in topics {
            self.add("outbox", json!({
                "showtime_id": SHOW, "id": format!("{id}-{seq}-{topic}"), "reservation_id": id, "step": seq,
                "topic": topic, "payload": {"topic": topic, "showtime": SHOW}, "written_at": AT, "delivered_at": LATER,
                "parked_at": null,
            }));
        }
    }

    fn answers(&mut self, id: &str, payment: &str, step: u64, outcome: &str, total: usize) {
        let operation = match outcome {
            "authorized" | "declined" => "auth",
            "captured" => "capture",
            "closed" => "close",
            _ => "refund",
        };
        let key = format!("milo:{payment}:{operation}");
        self.add(
            "payment_ops",
            json!({
                "showtime_id": SHOW, "reservation_id": id, "step": step, "payment_id": payment, "op_key": key,
                "outcome": outcome, "amount_minor": total, "at": AT,
            }),
        );
        self.enter(payment, operation, outcome != "declined", total);
    }

    /// One more entry in the gateway's books.
    pub(crate) fn enter(&mut self, payment: &str, operation: &str, effect: bool, amount: usize) {
        let entries = self.ledger["ledger"].as_array_mut().expect("entries");
        entries.push(json!({
            "sequence": entries.len() + 1, "payment": payment, "key": format!("milo:{payment}:{operation}"),
            "operation": operation, "amount_minor": amount, "currency": "EUR", "effect": effect,
        }));
    }

    pub(crate) fn add(&mut self, table: &str, row: Value) {
        self.dump[table].as_array_mut().expect("a table").push(row);
    }

    /// Changes a row of a table.
    pub(crate) fn change(mut self, table: &str, row: usize, column: &str, value: Value) -> Self {
        let rows = if table == "ledger" {
            &mut self.ledger
        } else {
            &mut self.dump
        };
        let row = &mut rows[table][row];
        assert!(row.is_object(), "there is no such row of {table}");
        row[column] = value;
        self
    }

    /// Takes a row out of a table.
    pub(crate) fn without(mut self, table: &str, row: usize) -> Self {
        let rows = if table == "ledger" {
            &mut self.ledger
        } else {
            &mut self.dump
        };
        rows[table].as_array_mut().expect("a table").remove(row);
        self
    }

    /// Puts a second row beside one, with one column changed.
    pub(crate) fn twin(mut self, table: &str, row: usize, column: &str, value: Value) -> Self {
        let rows = if table == "ledger" {
            &mut self.ledger
        } else {
            &mut self.dump
        };
        let mut twin = rows[table][row].clone();
        twin[column] = value;
        rows[table].as_array_mut().expect("a table").push(twin);
        self
    }
}
