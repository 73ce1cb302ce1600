//! What the scripts answer.

use std::str::FromStr;

use jiff::Timestamp;
use milo_core::domain::{Hold, SeatClaim, SeatId, SeatSnapshot};
use milo_core::ports::{AcquireError, HoldError, PortError};
use redis::Value;

use super::PORT;

/// An array whose first item says what became of the act.
pub(super) struct Reply {
    outcome: String,
    rest: Vec<Value>,
}

impl Reply {
    pub(super) fn of(value: Value) -> Result<Self, PortError> {
        let Value::Array(items) = value else {
            return Err(unexpected());
        };
        let mut items = items.into_iter();
        let outcome = items.next().ok_or_else(unexpected)?;
        Ok(Self {
            outcome: text(&outcome)?.to_owned(),
            rest: items.collect(),
        })
    }

    /// The hold that was acquired now or before; `new` is what a new one looks like but for when it lapses.
    pub(super) fn acquired(&self, new: Hold) -> Result<Hold, AcquireError> {
        match self.outcome.as_str() {
            "held" => Ok(Hold {
                expires_at: self.time(0)?,
                ..new
            }),
            "known" => Ok(self.hold()?),
            "reused" => Err(AcquireError::IdReused),
            "cold" => Err(AcquireError::Cold),
            "unavailable" => Err(AcquireError::Unavailable(
                self.rest.iter().map(parsed).collect::<Result<_, _>>()?,
            )),
            "too_many" => Err(AcquireError::TooManySeats),
            _ => Err(unexpected().into()),
        }
    }

    /// What a script would answer that does not know the hold.
    pub(super) fn unknown() -> Self {
        Self {
            outcome: "unknown".to_owned(),
            rest: Vec::new(),
        }
    }

    /// Whether the showtime that was asked does not know the hold.
    pub(super) fn is_unknown(&self) -> bool {
        self.outcome == "unknown"
    }

    /// The live hold.
    pub(super) fn live(&self) -> Result<Hold, HoldError> {
        match self.outcome.as_str() {
            "hold" => Ok(self.hold()?),
            _ => Err(self.refusal()?),
        }
    }

    pub(super) fn done(&self) -> Result<(), HoldError> {
        match self.outcome.as_str() {
            "done" => Ok(()),
            _ => Err(self.refusal()?),
        }
    }

    fn refusal(&self) -> Result<HoldError, PortError> {
        match self.outcome.as_str() {
            "unknown" => Ok(HoldError::Unknown),
            "lapsed" => Ok(HoldError::Lapsed),
            "used" => Ok(HoldError::Used(parsed(self.item(0)?)?)),
            "limit" => Ok(HoldError::AtLimit),
            _ => Err(unexpected()),
        }
    }

    fn hold(&self) -> Result<Hold, PortError> {
        let Value::BulkString(body) = self.item(1)? else {
            return Err(unexpected());
        };
        let hold: Hold = serde_json::from_slice(body).map_err(|_| unexpected())?;
        Ok(Hold {
            expires_at: self.time(0)?,
            ..hold
        })
    }

    fn time(&self, place: usize) -> Result<Timestamp, PortError> {
        match self.item(place)? {
            Value::Int(millis) => Timestamp::from_millisecond(*millis).map_err(|_| unexpected()),
            _ => Err(unexpected()),
        }
    }

    fn item(&self, place: usize) -> Result<&Value, PortError> {
        self.rest.get(place).ok_or_else(unexpected)
    }
}

/// What of a hold never changes, as its record keeps it: all but when it lapses.
pub(super) fn body(hold: &Hold) -> Result<Vec<u8>, PortError> {
    serde_json::to_vec(hold).map_err(|_| PortError::refused(PORT, "a hold cannot be written down"))
}

/// A snapshot, unless the showtime is cold.
pub(super) fn snapshot(answer: Option<(u64, String)>) -> Result<Option<SeatSnapshot>, PortError> {
    let Some((version, map)) = answer else {
        return Ok(None);
    };
    let claim = |line: &str| {
        let (seat, claim) = line.split_once(' ').ok_or_else(unexpected)?;
        Ok((read(seat)?, claim_of(claim)?))
    };
    let claims = map
        .lines()
        .map(claim)
        .collect::<Result<Vec<(SeatId, SeatClaim)>, PortError>>()?;
    Ok(Some(SeatSnapshot { version, claims }))
}

fn claim_of(text: &str) -> Result<SeatClaim, PortError> {
    let mut words = text.split(' ');
    match (words.next(), words.next(), words.next_back()) {
        (Some("held"), Some(hold), Some(user)) => Ok(SeatClaim::Held {
            hold: read(hold)?,
            user: read(user)?,
        }),
        // The last of several owners, in the moment in which messages overtake one another.
        (Some("taken"), Some(only), last) => Ok(SeatClaim::Taken {
            reservation: read(last.unwrap_or(only))?,
        }),
        _ => Err(unexpected()),
    }
}

fn text(value: &Value) -> Result<&str, PortError> {
    match value {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).map_err(|_| unexpected()),
        Value::SimpleString(text) => Ok(text),
        _ => Err(unexpected()),
    }
}

fn parsed<T: FromStr>(value: &Value) -> Result<T, PortError> {
    read(text(value)?)
}

fn read<T: FromStr>(text: &str) -> Result<T, PortError> {
    text.parse().map_err(|_| unexpected())
}

pub(super) fn unexpected() -> PortError {
    PortError::corrupt(PORT, "a script gave an answer of an unexpected shape")
}

#[cfg(test)]
mod tests {
    use milo_core::conformance::samples::id;
    use milo_core::domain::{HoldId, ReservationId, UserId};

    use super::*;

    fn words(words: &[&str]) -> Value {
        let words = words.iter().map(|word| Value::BulkString(word.as_bytes().to_vec()));
        Value::Array(words.collect())
    }

    #[test]
    fn claims_are_read_as_the_scripts_write_them() {
        let (hold, user): (HoldId, UserId) = (id(), id());
        let (first, last): (ReservationId, ReservationId) = (id(), id());
        let held = claim_of(&format!("held {hold} {user}")).unwrap();
        assert_eq!(held, SeatClaim::Held { hold, user });
        let taken = claim_of(&format!("taken {first}")).unwrap();
        assert_eq!(taken, SeatClaim::Taken { reservation: first });
        let contested = claim_of(&format!("taken {first} {last}")).unwrap();
        assert_eq!(contested, SeatClaim::Taken { reservation: last });
    }

    #[test]
    fn what_no_script_answers_is_corrupt() {
        for text in ["", "held", "held x y", "taken", "taken x", "lost 1 2"] {
            assert!(claim_of(text).is_err(), "{text:?}");
        }
        for value in [Value::Nil, Value::Int(7), Value::Array(Vec::new())] {
            assert!(Reply::of(value).is_err());
        }
        for reply in [&["hold"][..], &["used"], &["used", "x"], &["something"]] {
            let reply = Reply::of(words(reply)).unwrap();
            assert!(matches!(reply.live(), Err(HoldError::Port(_))));
        }
        assert!(
            snapshot(Some((1, "seat".to_owned()))).is_err(),
            "a seat without a claim"
        );
    }
}
