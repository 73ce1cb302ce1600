//! The history as calls: what was asked, and how it ended.

use std::io::BufRead;

use rustc_hash::FxHashMap;
use serde_json::json;

use crate::input::InputError;
use crate::input::history::{Answered, Fault, Invoke, Line, Meta, Op};
use crate::names::{Name, Names};
use crate::search::NEVER;
use crate::states::{PaymentStatus, Status};
use crate::verdict::Evidence;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ok,
    Fail,
    /// Nobody knows.
    Info,
}

/// One call of one client. Every attempt is a call of its own.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) process: u64,
    pub(crate) op: Op,
    pub(crate) line: u64,
    pub(crate) from: u64,
    /// Line and time of the answer; 0 and never, if there was none.
    pub(crate) end_line: u64,
    pub(crate) to: u64,
    pub(crate) outcome: Outcome,
    pub(crate) user: Option<Name>,
    pub(crate) key: Option<Name>,
    pub(crate) showtime: Option<Name>,
    pub(crate) hold: Option<Name>,
    pub(crate) reservation: Option<Name>,
    pub(crate) seats: Box<[Name]>,
    pub(crate) answer: Answer,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: Option<u16>,
    pub(crate) problem: Option<Name>,
    pub(crate) body_hash: Option<Name>,
    pub(crate) hold: Option<Name>,
    pub(crate) reservation: Option<Name>,
    pub(crate) showtime: Option<Name>,
    pub(crate) seats: Box<[Name]>,
    pub(crate) reservation_status: Option<Status>,
    pub(crate) payment_status: Option<PaymentStatus>,
    pub(crate) unavailable: Box<[Name]>,
    /// Of a seat map.
    pub(crate) map: Option<Box<SeatMap>>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct SeatMap {
    pub(crate) held: Box<[Name]>,
    pub(crate) sold: Box<[Name]>,
    pub(crate) yours: Box<[Name]>,
}

impl Call {
    pub(crate) fn is_ok(&self) -> bool {
        self.outcome == Outcome::Ok
    }

    /// Whether it may have had an effect.
    pub(crate) fn may_have_happened(&self) -> bool {
        self.outcome != Outcome::Fail
    }
}

/// A whole history.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    pub(crate) names: Names,
    pub(crate) meta: Meta,
    pub(crate) calls: Vec<Call>,
    pub(crate) faults: u64,
    /// When the store of holds lost what it knew.
    pub(crate) losses: Vec<(u64, u64)>,
}

impl History {
    /// Reads events, one a line; empty lines are passed over.
    pub(crate) fn read(mut input: impl BufRead) -> Result<Self, InputError> {
        let mut history = Self::default();
        let mut open: FxHashMap<u64, usize> = FxHashMap::default();
        let mut text = String::new();
        let mut line = 0;
        loop {
            text.clear();
            if input.read_line(&mut text)? == 0 {
                return Ok(history);
            }
            line += 1;
            if text.trim().is_empty() {
                continue;
            }
            let event = serde_json::from_str(&text).map_err(|source| InputError::Event { line, source })?;
            history
                .add(event, line, &mut open)
                .map_err(|flaw| InputError::Order { line, flaw })?;
        }
    }

    fn add(&mut self, event: Line<'_>, line: u64, open: &mut FxHashMap<u64, usize>) -> Result<(), &'static str> {
        match event {
            Line::Meta(meta) => self.meta = meta,
            Line::Fault(fault) => {
                if fault.from_us > fault.to_us {
                    return Err("a fault ends before it begins");
                }
                self.faults += 1;
                if fault.fault == Fault::HOLDS_LOST {
                    self.losses.push((fault.from_us, fault.to_us));
                }
            }
            Line::Invoke(invoke) => {
                if open.insert(invoke.process, self.calls.len()).is_some() {
                    return Err("the process has asked and was not answered yet");
                }
                self.invoke(invoke, line)?;
            }
            Line::Ok(answered) => self.answer(&answered, Outcome::Ok, line, open)?,
            Line::Fail(answered) => self.answer(&answered, Outcome::Fail, line, open)?,
            Line::Info(answered) => self.answer(&answered, Outcome::Info, line, open)?,
        }
        Ok(())
    }

    fn invoke(&mut self, invoke: Invoke<'_>, line: u64) -> Result<(), &'static str> {
        let Self { names, calls, .. } = self;
        let mut name = |text: Option<std::borrow::Cow<'_, str>>| text.map(|text| names.name(&text));
        let call = Call {
            process: invoke.process,
            op: invoke.op,
            line,
            from: invoke.time_us,
            end_line: 0,
            to: NEVER,
            outcome: Outcome::Info,
            user: name(invoke.user),
            key: name(invoke.key),
            showtime: name(invoke.showtime),
            hold: name(invoke.hold),
            reservation: name(invoke.reservation),
            seats: all(names, &invoke.seats),
            answer: Answer::default(),
        };
        check(&call)?;
        calls.push(call);
        Ok(())
    }

    fn answer(
        &mut self,
        answered: &Answered<'_>,
        outcome: Outcome,
        line: u64,
        open: &mut FxHashMap<u64, usize>,
    ) -> Result<(), &'static str> {
        let call = open
            .remove(&answered.process)
            .ok_or("the process is answered and has asked nothing")?;
        let Self { names, calls, .. } = self;
        let call = &mut calls[call];
        if answered.time_us < call.from {
            return Err("an answer comes before its question");
        }
        call.end_line = line;
        call.outcome = outcome;
        // Whoever was told nothing was told nothing at any time: the effect may come later.
        call.to = if outcome == Outcome::Info {
            NEVER
        } else {
            answered.time_us
        };
        let mut name = |text: &Option<std::borrow::Cow<'_, str>>| text.as_ref().map(|text| names.name(text));
        call.answer = Answer {
            status: answered.status,
            problem: name(&answered.problem),
            body_hash: name(&answered.body_hash),
            hold: name(&answered.hold),
            reservation: name(&answered.reservation),
            showtime: name(&answered.showtime),
            reservation_status: answered.reservation_status,
            payment_status: answered.payment_status,
            seats: all(names, &answered.seats),
            unavailable: all(names, &answered.unavailable_seats),
            map: (call.op == Op::SeatMap).then(|| {
                Box::new(SeatMap {
                    held: all(names, &answered.held),
                    sold: all(names, &answered.sold),
                    yours: all(names, &answered.yours),
                })
            }),
        };
        let said = &call.answer;
        if outcome == Outcome::Ok {
            match call.op {
                Op::Hold if said.hold.is_none() => return Err("a hold that was granted has no `hold`"),
                Op::Reserve if said.reservation.is_none() => return Err("a reservation has no `reservation`"),
                Op::Read | Op::Cancel if said.reservation_status.is_none() => {
                    return Err("a reservation has no `reservation_status`");
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A call as it stands in the history, for a counterexample.
    pub(crate) fn evidence(&self, call: usize) -> Vec<Evidence> {
        let call = &self.calls[call];
        let text = |name: &Option<Name>| name.map(|name| self.names.text(name).into());
        let texts = |names: &[Name]| names.iter().map(|name| self.names.text(*name).into()).collect();
        let asked = Line::Invoke(Invoke {
            process: call.process,
            time_us: call.from,
            op: call.op,
            user: text(&call.user),
            key: text(&call.key),
            showtime: text(&call.showtime),
            seats: texts(&call.seats),
            hold: text(&call.hold),
            reservation: text(&call.reservation),
        });
        let mut events = vec![Evidence::History {
            line: call.line,
            event: json!(asked),
        }];
        if call.end_line > 0 {
            let said = &call.answer;
            let map = said.map.as_deref().cloned().unwrap_or_default();
            let answered = Answered {
                process: call.process,
                time_us: if call.to == NEVER { call.from } else { call.to },
                status: said.status,
                problem: text(&said.problem),
                body_hash: text(&said.body_hash),
                hold: text(&said.hold),
                reservation: text(&said.reservation),
                showtime: text(&said.showtime),
                seats: texts(&said.seats),
                reservation_status: said.reservation_status,
                payment_status: said.payment_status,
                unavailable_seats: texts(&said.unavailable),
                held: texts(&map.held),
                sold: texts(&map.sold),
                yours: texts(&map.yours),
            };
            let event = json!(match call.outcome {
                Outcome::Ok => Line::Ok(answered),
                Outcome::Fail => Line::Fail(answered),
                Outcome::Info => Line::Info(answered),
            });
            events.push(Evidence::History {
                line: call.end_line,
                event,
            });
        }
        events
    }

    /// The evidence of several calls, in the order of the history.
    pub(crate) fn evidence_of(&self, calls: impl IntoIterator<Item = usize>) -> Vec<Evidence> {
        let mut calls: Vec<usize> = calls.into_iter().collect();
        calls.sort_unstable();
        calls.dedup();
        calls.into_iter().flat_map(|call| self.evidence(call)).collect()
    }

    pub(crate) fn text(&self, name: Name) -> &str {
        self.names.text(name)
    }
}

fn all(names: &mut Names, texts: &[std::borrow::Cow<'_, str>]) -> Box<[Name]> {
    texts.iter().map(|text| names.name(text)).collect()
}

fn check(call: &Call) -> Result<(), &'static str> {
    let seats = call.showtime.is_some() && !call.seats.is_empty();
    match call.op {
        Op::Hold if !seats => Err("`hold` names a `showtime` and `seats`"),
        Op::Release if call.hold.is_none() => Err("`release` names a `hold`"),
        Op::Reserve if call.hold.is_some() == seats => Err("`reserve` names a `hold`, or a `showtime` and `seats`"),
        Op::Cancel | Op::Read if call.reservation.is_none() => Err("`cancel` and `read` name a `reservation`"),
        Op::SeatMap | Op::CancelShowtime if call.showtime.is_none() => {
            Err("`seat_map` and `cancel_showtime` name a `showtime`")
        }
        _ if call.key.is_some() && call.user.is_none() => Err("a `key` belongs to a `user`"),
        _ => Ok(()),
    }
}
