//! A history told call by call.

use serde_json::{Value, json};

/// The showtime of every tale.
pub(crate) const SHOW: &str = "show";

/// Longer than any tale.
pub(crate) const LEASE_US: u64 = 1_000_000;

/// Calls, each of a process of its own, so that any two may overlap.
#[derive(Clone, Debug)]
pub(crate) struct Tale {
    events: Vec<(u64, Value)>,
    processes: u64,
}

/// From when to when a call takes.
pub(crate) type Times = (u64, u64);

impl Tale {
    pub(crate) fn new() -> Self {
        let meta = json!({"type": "meta", "hold_lease_us": LEASE_US});
        Self {
            events: vec![(0, meta)],
            processes: 0,
        }
    }

    /// Other clients were at work as well.
    pub(crate) fn with_others() -> Self {
        let meta = json!({"type": "meta", "hold_lease_us": LEASE_US, "others_too": true});
        Self {
            events: vec![(0, meta)],
            processes: 0,
        }
    }

    /// A call that ended as `end` says: `ok`, `fail` or `info`.
    pub(crate) fn call(mut self, times: Times, asked: Value, end: &str, told: Value) -> Self {
        self = self.unanswered(times.0, asked);
        let told = merged(
            told,
            json!({"type": end, "process": self.processes, "time_us": times.1}),
        );
        self.events.push((times.1, told));
        self
    }

    /// A call that was never answered.
    pub(crate) fn unanswered(mut self, from: u64, asked: Value) -> Self {
        self.processes += 1;
        let asked = merged(
            asked,
            json!({"type": "invoke", "process": self.processes, "time_us": from}),
        );
        self.events.push((from, asked));
        self
    }

    pub(crate) fn fault(mut self, kind: &str, times: Times) -> Self {
        let fault = json!({"type": "fault", "fault": kind, "from_us": times.0, "to_us": times.1});
        self.events.push((times.1, fault));
        self
    }

    pub(crate) fn hold(self, times: Times, user: &str, hold: &str, seats: &[&str]) -> Self {
        let told = json!({"status": 201, "hold": hold, "showtime": SHOW, "seats": seats});
        self.call(times, ask_hold(user, seats), "ok", told)
    }

    pub(crate) fn no_hold(self, times: Times, user: &str, seats: &[&str], unavailable: &[&str]) -> Self {
        let told = json!({"status": 409, "problem": "seats-unavailable", "unavailable_seats": unavailable});
        self.call(times, ask_hold(user, seats), "fail", told)
    }

    pub(crate) fn release(self, times: Times, user: &str, hold: &str) -> Self {
        let asked = json!({"op": "release", "user": user, "hold": hold});
        self.call(times, asked, "ok", json!({"status": 204}))
    }

    pub(crate) fn reserve(self, times: Times, user: &str, hold: &str, reservation: &str, seats: &[&str]) -> Self {
        self.call(times, ask_reserve(user, hold), "ok", made(reservation, seats))
    }

    /// Reserves without a hold.
    pub(crate) fn buy(self, times: Times, user: &str, reservation: &str, seats: &[&str]) -> Self {
        self.call(times, ask_buy(user, seats), "ok", made(reservation, seats))
    }

    /// The hold was fine and the seats were sold.
    pub(crate) fn sold_out(self, times: Times, user: &str, hold: &str, unavailable: &[&str]) -> Self {
        let told = json!({"status": 409, "problem": "seats-unavailable", "unavailable_seats": unavailable});
        self.call(times, ask_reserve(user, hold), "fail", told)
    }

    pub(crate) fn read(self, times: Times, user: &str, reservation: &str, status: &str) -> Self {
        let asked = json!({"op": "read", "user": user, "reservation": reservation});
        self.call(times, asked, "ok", json!({"status": 200, "reservation_status": status}))
    }

    pub(crate) fn read_payment(self, times: Times, reservation: &str, status: &str, payment: &str) -> Self {
        let told = json!({"status": 200, "reservation_status": status, "payment_status": payment});
        self.call(times, json!({"op": "read", "reservation": reservation}), "ok", told)
    }

    pub(crate) fn cancel(self, times: Times, user: &str, reservation: &str, status: &str) -> Self {
        let told = json!({"status": 200, "reservation_status": status});
        self.call(times, ask_cancel(user, reservation), "ok", told)
    }

    pub(crate) fn seat_map(self, times: Times, user: &str, map: Value) -> Self {
        self.call(
            times,
            json!({"op": "seat_map", "user": user, "showtime": SHOW}),
            "ok",
            merged(map, json!({"status": 200})),
        )
    }

    /// The history, one event a line, in the order of time.
    pub(crate) fn lines(&self) -> String {
        let mut events = self.events.clone();
        events.sort_by_key(|event| event.0);
        events.into_iter().map(|(_, event)| format!("{event}\n")).collect()
    }
}

pub(crate) fn merged(mut one: Value, other: Value) -> Value {
    let fields = one.as_object_mut().expect("an object");
    fields.extend(other.as_object().expect("an object").clone());
    one
}

pub(crate) fn keyed(asked: Value, key: &str) -> Value {
    merged(asked, json!({"key": key}))
}

pub(crate) fn ask_hold(user: &str, seats: &[&str]) -> Value {
    json!({"op": "hold", "user": user, "showtime": SHOW, "seats": seats})
}

pub(crate) fn ask_reserve(user: &str, hold: &str) -> Value {
    json!({"op": "reserve", "user": user, "hold": hold})
}

pub(crate) fn ask_buy(user: &str, seats: &[&str]) -> Value {
    json!({"op": "reserve", "user": user, "showtime": SHOW, "seats": seats})
}

pub(crate) fn ask_cancel(user: &str, reservation: &str) -> Value {
    json!({"op": "cancel", "user": user, "reservation": reservation})
}

pub(crate) fn made(reservation: &str, seats: &[&str]) -> Value {
    json!({"status": 201, "reservation": reservation, "showtime": SHOW, "seats": seats})
}
