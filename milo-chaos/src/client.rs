//! One person who calls Milo: every call goes into the history, with exactly what was asked and answered.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use milo_check::events::{Answered, Invoke, Line, Op};
use milo_check::{PaymentStatus, Status};
use reqwest::Method;
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_128;

use crate::recorder::Recorder;

/// How long a person waits for an answer, besides what was asked to wait for.
const PATIENCE: Duration = Duration::from_secs(8);

/// How a call ended.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// Done, and what was said.
    Ok(Value),
    /// Refused for certain: the status and the problem's name.
    Refused(u16, String),
    /// Nobody knows.
    Unknown,
}

impl End {
    pub(crate) fn id(&self) -> Option<String> {
        match self {
            Self::Ok(body) => body["id"].as_str().map(str::to_owned),
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) url: Arc<str>,
    pub(crate) token: Arc<str>,
    pub(crate) user: Arc<str>,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) process: u64,
    /// Counts what was asked for, by everybody.
    pub(crate) asked: Arc<Tally>,
}

/// What everybody together did.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) bookings: AtomicU64,
    pub(crate) ok: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) unknown: AtomicU64,
}

/// One call: what goes over the wire, and what goes into the history.
struct Call<'a> {
    method: Method,
    path: String,
    body: Option<Value>,
    wait: Duration,
    invoke: Invoke<'a>,
}

impl Client {
    pub(crate) async fn hold(&self, key: &str, showtime: &str, seats: &[String]) -> End {
        self.call(Call {
            method: Method::POST,
            path: format!("/showtimes/{showtime}/holds"),
            body: Some(json!({"seat_ids": seats})),
            wait: Duration::ZERO,
            invoke: Invoke {
                op: Op::Hold,
                key: Some(key.into()),
                showtime: Some(showtime.into()),
                seats: seats.iter().map(|seat| seat.as_str().into()).collect(),
                ..Invoke::default()
            },
        })
        .await
    }

    pub(crate) async fn release(&self, hold: &str) -> End {
        self.call(Call {
            method: Method::DELETE,
            path: format!("/holds/{hold}"),
            body: None,
            wait: Duration::ZERO,
            invoke: Invoke {
                op: Op::Release,
                hold: Some(hold.into()),
                ..Invoke::default()
            },
        })
        .await
    }

    pub(crate) async fn reserve_hold(&self, key: &str, hold: &str, token: &str) -> End {
        self.call(Call {
            method: Method::POST,
            path: "/reservations".to_owned(),
            body: Some(json!({"hold_id": hold, "payment_method": {"kind": "credit_card", "token": token}})),
            wait: Duration::ZERO,
            invoke: Invoke {
                op: Op::Reserve,
                key: Some(key.into()),
                hold: Some(hold.into()),
                ..Invoke::default()
            },
        })
        .await
    }

    pub(crate) async fn reserve_seats(&self, key: &str, showtime: &str, seats: &[String], token: &str) -> End {
        let method = json!({"kind": "paypal", "token": token});
        self.call(Call {
            method: Method::POST,
            path: "/reservations".to_owned(),
            body: Some(json!({"showtime_id": showtime, "seat_ids": seats, "payment_method": method})),
            wait: Duration::ZERO,
            invoke: Invoke {
                op: Op::Reserve,
                key: Some(key.into()),
                showtime: Some(showtime.into()),
                seats: seats.iter().map(|seat| seat.as_str().into()).collect(),
                ..Invoke::default()
            },
        })
        .await
    }

    pub(crate) async fn cancel(&self, key: &str, reservation: &str) -> End {
        self.call(Call {
            method: Method::POST,
            path: format!("/reservations/{reservation}/cancel"),
            body: None,
            wait: Duration::ZERO,
            invoke: Invoke {
                op: Op::Cancel,
                key: Some(key.into()),
                reservation: Some(reservation.into()),
                ..Invoke::default()
            },
        })
        .await
    }

    pub(crate) async fn read(&self, reservation: &str, wait_s: u64) -> End {
        self.call(Call {
            method: Method::GET,
            path: format!("/reservations/{reservation}?wait={wait_s}"),
            body: None,
            wait: Duration::from_secs(wait_s),
            invoke: Invoke {
                op: Op::Read,
                reservation: Some(reservation.into()),
                ..Invoke::default()
            },
        })
        .await
    }

    pub(crate) async fn seat_map(&self, showtime: &str) -> End {
        self.call(Call {
            method: Method::GET,
            path: format!("/showtimes/{showtime}/seats"),
            body: None,
            wait: Duration::ZERO,
            invoke: Invoke {
                op: Op::SeatMap,
                showtime: Some(showtime.into()),
                ..Invoke::default()
            },
        })
        .await
    }

    pub(crate) async fn cancel_showtime(&self, showtime: &str) -> End {
        self.call(Call {
            method: Method::POST,
            path: format!("/showtimes/{showtime}/cancel"),
            body: None,
            wait: Duration::ZERO,
            invoke: Invoke {
                op: Op::CancelShowtime,
                showtime: Some(showtime.into()),
                ..Invoke::default()
            },
        })
        .await
    }

    async fn call(&self, call: Call<'_>) -> End {
        let op = call.invoke.op;
        let key = call.invoke.key.clone();
        let mut request = self
            .http
            .request(call.method, format!("{}{}", self.url, call.path))
            .bearer_auth(&self.token)
            .timeout(PATIENCE + call.wait);
        if let Some(key) = &key {
            request = request.header("idempotency-key", &**key);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        self.recorder.write(&Line::Invoke(Invoke {
            process: self.process,
            time_us: self.recorder.now_us(),
            user: Some((&*self.user).into()),
            ..call.invoke
        }));
        let answer = async {
            let answer = request.send().await.ok()?;
            let status = answer.status().as_u16();
            Some((status, answer.bytes().await.ok()?))
        };
        let answer = answer.await;
        let mut told = Answered {
            process: self.process,
            time_us: self.recorder.now_us(),
            status: answer.as_ref().map(|(status, _)| *status),
            ..Answered::default()
        };
        let Some((status, bytes)) = answer else {
            self.asked.unknown.fetch_add(1, Ordering::Relaxed);
            self.recorder.write(&Line::Info(told));
            return End::Unknown;
        };
        let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        match status {
            200..300 => {
                self.asked.ok.fetch_add(1, Ordering::Relaxed);
                told.body_hash = Some(format!("{:032x}", xxh3_128(&bytes)).into());
                tell(op, &body, &mut told);
                self.recorder.write(&Line::Ok(told));
                End::Ok(body)
            }
            400..500 => {
                self.asked.refused.fetch_add(1, Ordering::Relaxed);
                let problem = body["type"].as_str().unwrap_or_default();
                let problem = problem.trim_start_matches("urn:milo:problem:");
                told.problem = Some(problem.into());
                told.unavailable_seats = texts(&body["unavailable_seat_ids"]);
                let refused = End::Refused(status, problem.to_owned());
                self.recorder.write(&Line::Fail(told));
                refused
            }
            _ => {
                self.asked.unknown.fetch_add(1, Ordering::Relaxed);
                self.recorder.write(&Line::Info(told));
                End::Unknown
            }
        }
    }
}

/// What a successful answer tells.
fn tell<'b>(op: Op, body: &'b Value, told: &mut Answered<'b>) {
    let text = |field: &str| body[field].as_str().map(Cow::Borrowed);
    let ids = |seats: &'b Value| -> Vec<Cow<'b, str>> {
        let seats = seats.as_array().into_iter().flatten();
        seats
            .filter_map(|seat| seat["id"].as_str())
            .map(Cow::Borrowed)
            .collect()
    };
    match op {
        Op::Hold => {
            told.hold = text("id");
            told.showtime = text("showtime_id");
            told.seats = ids(&body["seats"]);
        }
        Op::Reserve | Op::Cancel | Op::Read => {
            if op == Op::Reserve {
                told.reservation = text("id");
                told.showtime = text("showtime_id");
                told.seats = ids(&body["seats"]);
            }
            told.reservation_status = status(&body["status"]);
            told.payment_status = serde_json::from_value::<PaymentStatus>(body["payment"]["status"].clone()).ok();
        }
        Op::SeatMap => {
            let rows = body["rows"].as_array().into_iter().flatten();
            for seat in rows.flat_map(|row| row["seats"].as_array().into_iter().flatten()) {
                let list = match seat["state"].as_str() {
                    Some("held") => &mut told.held,
                    Some("sold") => &mut told.sold,
                    Some("yours") => &mut told.yours,
                    _ => continue,
                };
                list.extend(seat["id"].as_str().map(Cow::Borrowed));
            }
        }
        Op::Release | Op::CancelShowtime => {}
    }
}

pub(crate) fn status(value: &Value) -> Option<Status> {
    serde_json::from_value(value.clone()).ok()
}

fn texts(list: &Value) -> Vec<Cow<'_, str>> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(Value::as_str).map(Cow::Borrowed).collect()
}
