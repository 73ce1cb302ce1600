//! The promises of the booking protocol, looked up in what was written.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use milo_core::domain::{
    Actor, HoldId, MessageId, MessageKind, Money, PaymentId, PaymentMove, PaymentStatus, ReservationId,
    ReservationMove, ReservationStatus, SeatId, ShowtimeId, UserId, Version,
};

use super::audit::{AnswerRecord, Audit, BookingRecord, EventRecord, SeatRecord};

impl Audit {
    /// Every promise that these records break, in words, each beginning with its number: I1 (one owner a seat), I2
    /// (seats follow the state), I4 (one payment), I5 (amounts), I6 (history), I7 (who leaves `paying`), I8 (nothing is
    /// left undriven or unsaid), I10 (holds, codes and keys are used once), I12 (seats of the screen, limits of users).
    pub fn violations(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.one_owner_a_seat(&mut found);
        self.seats_follow_the_state(&mut found);
        self.one_payment(&mut found);
        self.amounts_add_up(&mut found);
        self.history_is_whole(&mut found);
        self.nothing_is_left_undone(&mut found);
        self.used_once(&mut found);
        self.seats_belong_to_the_screen(&mut found);
        self.limits_are_kept(&mut found);
        found
    }

    fn one_owner_a_seat(&self, found: &mut Vec<String>) {
        let mut owned: BTreeMap<(ShowtimeId, SeatId), ReservationId> = BTreeMap::new();
        for claim in self.seats.iter().filter(|claim| claim.released_at.is_none()) {
            if let Some(other) = owned.insert((claim.showtime, claim.seat), claim.reservation) {
                let SeatRecord { seat, reservation, .. } = claim;
                found.push(format!("I1: seat {seat} is owned by {other} and by {reservation}"));
            }
        }
        let index: BTreeMap<_, _> = self
            .owners
            .iter()
            .map(|(showtime, seat, reservation)| ((*showtime, *seat), *reservation))
            .collect();
        if index != owned {
            found.push("I1: the unique index and the claims disagree about who owns which seat".to_owned());
        }
        let mut history: BTreeMap<(ShowtimeId, SeatId), Vec<&SeatRecord>> = BTreeMap::new();
        for claim in &self.seats {
            history.entry((claim.showtime, claim.seat)).or_default().push(claim);
        }
        for claims in history.values_mut() {
            claims.sort_by_key(|claim| (claim.claimed_at, claim.released_at.unwrap_or(Timestamp::MAX)));
            for pair in claims.windows(2) {
                if pair[0].released_at.is_none_or(|released| released > pair[1].claimed_at) {
                    let (seat, first, second) = (pair[0].seat, pair[0].reservation, pair[1].reservation);
                    found.push(format!(
                        "I1: seat {seat} was claimed by {second} before {first} released it"
                    ));
                }
            }
        }
    }

    fn seats_follow_the_state(&self, found: &mut Vec<String>) {
        let mut claims: BTreeMap<ReservationId, Vec<&SeatRecord>> = BTreeMap::new();
        for claim in &self.seats {
            claims.entry(claim.reservation).or_default().push(claim);
        }
        for BookingRecord { booking, .. } in &self.bookings {
            let reservation = &booking.reservation;
            let (id, status) = (reservation.id, reservation.status.as_str());
            let claims = claims.get(&id).map(Vec::as_slice).unwrap_or_default();
            let claimed: BTreeSet<SeatId> = claims.iter().map(|claim| claim.seat).collect();
            let asked: BTreeSet<SeatId> = reservation.seats.iter().map(|seat| seat.id).collect();
            if claimed != asked || claims.len() != reservation.seats.len() {
                found.push(format!("I2: {id} has claimed other seats than it names"));
            }
            if claims.iter().any(|claim| claim.showtime != reservation.showtime) {
                found.push(format!("I2: {id} has claimed seats of another showtime"));
            }
            let owned = claims.iter().filter(|claim| claim.released_at.is_none()).count();
            let expected = if reservation.status.owns_seats() {
                reservation.seats.len()
            } else {
                0
            };
            if owned != expected {
                found.push(format!(
                    "I2: {id} is {status} and owns {owned} seats instead of {expected}"
                ));
            }
            if !go_together(reservation.status, booking.payment.status) {
                let payment = booking.payment.status.as_str();
                found.push(format!("I2: {id} is {status} while its payment is {payment}"));
            }
        }
    }

    fn one_payment(&self, found: &mut Vec<String>) {
        let mut payments: BTreeMap<PaymentId, ReservationId> = BTreeMap::new();
        for BookingRecord { booking, .. } in &self.bookings {
            let (payment, id) = (booking.payment.id, booking.reservation.id);
            if let Some(other) = payments.insert(payment, id) {
                found.push(format!("I4: {payment} pays for {other} and for {id}"));
            }
        }
    }

    fn amounts_add_up(&self, found: &mut Vec<String>) {
        let mut claimed: BTreeMap<ReservationId, Vec<Money>> = BTreeMap::new();
        for claim in &self.seats {
            claimed.entry(claim.reservation).or_default().push(claim.price);
        }
        for BookingRecord { booking, .. } in &self.bookings {
            let reservation = &booking.reservation;
            let id = reservation.id;
            let sums = [
                Money::sum(reservation.seats.iter().map(|seat| seat.price)),
                Money::sum(claimed.remove(&id).unwrap_or_default()),
            ];
            if sums.iter().any(|sum| sum.as_ref() != Ok(&reservation.total)) {
                found.push(format!("I5: the seats of {id} do not cost its total"));
            }
            if reservation.total.amount() <= 0 {
                found.push(format!("I5: {id} costs nothing"));
            }
            if booking.payment.amount != reservation.total {
                found.push(format!("I5: the payment of {id} is not its total"));
            }
        }
        let mut outcomes: BTreeSet<(ReservationId, &str)> = BTreeSet::new();
        for AnswerRecord {
            reservation, answer, ..
        } in &self.answers
        {
            if answer.outcome == "refunded" && !outcomes.contains(&(*reservation, "captured")) {
                found.push(format!("I5: {reservation} was refunded and never captured"));
            }
            if !outcomes.insert((*reservation, answer.outcome)) && matches!(answer.outcome, "captured" | "refunded") {
                found.push(format!("I5: {reservation} was {} twice", answer.outcome));
            }
        }
    }

    fn history_is_whole(&self, found: &mut Vec<String>) {
        let mut histories: BTreeMap<ReservationId, Vec<&EventRecord>> = BTreeMap::new();
        for event in &self.events {
            histories.entry(event.reservation).or_default().push(event);
        }
        for BookingRecord { booking, .. } in &self.bookings {
            let reservation = &booking.reservation;
            let id = reservation.id;
            let events = histories.remove(&id).unwrap_or_default();
            let numbered = (1..).zip(&events).all(|(number, event)| event.seq == Version(number));
            if !numbered || events.len() != reservation.version.0 as usize {
                found.push(format!("I6: the events of {id} are not numbered 1 to its version"));
            }
            let last = events.last().map(|event| event.to);
            if last != Some((reservation.status, booking.payment.status)) {
                found.push(format!("I6: the last event of {id} does not lead to its state"));
            }
            if events.first().is_some_and(|event| event.from.is_some()) {
                found.push(format!("I6: the first event of {id} begins somewhere"));
            }
            for pair in events.windows(2) {
                if pair[1].from != Some(pair[0].to) {
                    found.push(format!(
                        "I6: event {} of {id} does not follow the one before",
                        pair[1].seq.0
                    ));
                }
            }
            for event in events {
                check_step(event, found);
            }
        }
        for orphan in histories.keys() {
            found.push(format!("I6: {orphan} has events and does not exist"));
        }
    }

    fn nothing_is_left_undone(&self, found: &mut Vec<String>) {
        for BookingRecord { booking, .. } in &self.bookings {
            let payment = &booking.payment;
            if booking.needs_work() != payment.next_attempt_at.is_some() {
                let (id, status) = (payment.id, payment.status.as_str());
                let said = if booking.needs_work() {
                    "nobody will drive it"
                } else {
                    "it is still due"
                };
                found.push(format!("I8: {id} is {status} and {said}"));
            }
        }
        let mut sent: BTreeMap<(ReservationId, Version), BTreeSet<&str>> = BTreeMap::new();
        let mut ids: BTreeSet<MessageId> = BTreeSet::new();
        let steps: BTreeSet<(ReservationId, Version)> =
            self.events.iter().map(|event| (event.reservation, event.seq)).collect();
        for record in &self.outbox {
            let (step, topic) = ((record.reservation, record.step), record.message.kind.topic());
            sent.entry(step).or_default().insert(topic);
            if !ids.insert(record.message.id) {
                found.push(format!("I8: {} was written twice", record.message.id));
            }
            let names = named_by(&record.message.kind);
            if !steps.contains(&step) || names.is_some_and(|named| named != record.reservation) {
                found.push(format!("I8: message {} belongs to no step", record.message.id));
            }
        }
        for event in &self.events {
            let sent = sent.get(&(event.reservation, event.seq));
            for topic in due_messages(event) {
                if !sent.is_some_and(|sent| sent.contains(topic)) {
                    let (id, seq) = (event.reservation, event.seq.0);
                    found.push(format!("I8: event {seq} of {id} sent no {topic}"));
                }
            }
        }
    }

    fn used_once(&self, found: &mut Vec<String>) {
        let mut holds: BTreeMap<(ShowtimeId, HoldId), ReservationId> = BTreeMap::new();
        let mut codes: BTreeMap<&str, ReservationId> = BTreeMap::new();
        let mut owners: BTreeMap<ReservationId, UserId> = BTreeMap::new();
        for BookingRecord { booking, .. } in &self.bookings {
            let reservation = &booking.reservation;
            let id = reservation.id;
            if let Some(other) = holds.insert((reservation.showtime, reservation.hold), id) {
                found.push(format!("I10: {other} and {id} were made from one hold"));
            }
            if let Some(other) = codes.insert(reservation.code.as_str(), id) {
                found.push(format!("I10: {other} and {id} have one code"));
            }
            if owners.insert(id, reservation.user).is_some() {
                found.push(format!("I10: {id} is kept twice"));
            }
        }
        let mut keys = BTreeMap::new();
        let mut keyed = BTreeSet::new();
        for record in &self.keys {
            let id = record.reservation;
            if !keyed.insert(id) {
                found.push(format!("I10: {id} was made with two keys"));
            }
            if owners.get(&id) != Some(&record.user) {
                found.push(format!("I10: a key names {id}, which is not its user's"));
            }
            if let Some(other) = keys.insert((record.user, &record.key), id) {
                found.push(format!("I10: {other} and {id} were made with one key"));
            }
        }
    }

    fn seats_belong_to_the_screen(&self, found: &mut Vec<String>) {
        let to_come: BTreeMap<ShowtimeId, BTreeSet<SeatId>> = self
            .showtimes
            .iter()
            .filter(|record| self.at < record.showtime.starts_at)
            .map(|record| {
                let seats = record
                    .layout
                    .iter()
                    .flat_map(|layout| layout.seats().map(|seat| seat.id));
                (record.showtime.id, seats.collect())
            })
            .collect();
        let known: BTreeSet<ShowtimeId> = self.showtimes.iter().map(|record| record.showtime.id).collect();
        for claim in self.seats.iter().filter(|claim| claim.released_at.is_none()) {
            let SeatRecord {
                seat,
                showtime,
                reservation,
                ..
            } = claim;
            if !known.contains(showtime) {
                found.push(format!(
                    "I12: {reservation} owns a seat of a showtime that does not exist"
                ));
            }
            if to_come.get(showtime).is_some_and(|seats| !seats.contains(seat)) {
                found.push(format!(
                    "I12: {reservation} owns seat {seat}, which is not on the screen"
                ));
            }
        }
    }

    fn limits_are_kept(&self, found: &mut Vec<String>) {
        let mut open: BTreeMap<(ShowtimeId, UserId), (usize, u32)> = BTreeMap::new();
        for record in &self.bookings {
            let reservation = &record.booking.reservation;
            if reservation.status.is_open() {
                let (seats, limit) = open.entry((reservation.showtime, reservation.user)).or_default();
                *seats += reservation.seats.len();
                *limit = record.user_seats_max.max(*limit);
            }
        }
        for ((showtime, user), (seats, limit)) in open {
            if seats > limit as usize {
                found.push(format!(
                    "I12: user {user} has {seats} unpaid seats in {showtime}, more than {limit}"
                ));
            }
        }
    }
}

/// The states that one step can leave a reservation and its payment in together.
fn go_together(reservation: ReservationStatus, payment: PaymentStatus) -> bool {
    use PaymentStatus as Payment;
    match reservation {
        ReservationStatus::PendingPayment => payment == Payment::Created,
        ReservationStatus::Paying => {
            matches!(payment, Payment::Authorizing | Payment::Capturing | Payment::Voiding)
        }
        ReservationStatus::Confirmed => payment == Payment::Captured,
        ReservationStatus::Expired => payment == Payment::Dropped,
        ReservationStatus::PaymentFailed => matches!(payment, Payment::Declined | Payment::Voided),
        ReservationStatus::Cancelled => matches!(
            payment,
            Payment::Dropped | Payment::Declined | Payment::Voided | Payment::Refunding | Payment::Refunded
        ),
    }
}

fn check_step(event: &EventRecord, found: &mut Vec<String>) {
    let EventRecord {
        reservation: id,
        from,
        to,
        ..
    } = event;
    let seq = event.seq.0;
    let Some(from) = from else {
        if *to != (ReservationStatus::PendingPayment, PaymentStatus::Created) {
            found.push(format!("I6: {id} begins as {} and {}", to.0.as_str(), to.1.as_str()));
        }
        return;
    };
    let reservation_may = from.0 == to.0 || ReservationMove::ALL.iter().any(|step| from.0.after(*step) == Ok(to.0));
    let payment_may = from.1 == to.1 || PaymentMove::ALL.iter().any(|step| from.1.after(*step) == Ok(to.1));
    if !reservation_may || !payment_may || !go_together(to.0, to.1) {
        found.push(format!("I6: event {seq} of {id} is a step that nobody may take"));
    }
    let leaves = from.0 == ReservationStatus::Paying && to.0 != ReservationStatus::Paying;
    if leaves && event.actor != Actor::PaymentWorker {
        found.push(format!("I7: event {seq} of {id}: {} left paying", event.actor.as_str()));
    }
}

/// The topics that a step must have sent.
fn due_messages(event: &EventRecord) -> Vec<&'static str> {
    let Some(from) = event.from else {
        return vec!["payment_due", "seats_taken"];
    };
    let mut due = Vec::new();
    if from.0.owns_seats() && !event.to.0.owns_seats() {
        due.push("seats_freed");
    }
    if event.to.0 == ReservationStatus::Confirmed && from.0 != ReservationStatus::Confirmed {
        due.push("seats_settled");
    }
    if event.to.1 == PaymentStatus::Refunding && from.1 != PaymentStatus::Refunding {
        due.push("payment_due");
    }
    due
}

/// The reservation that a message names, if it names one.
fn named_by(kind: &MessageKind) -> Option<ReservationId> {
    match kind {
        MessageKind::PaymentDue { .. } | MessageKind::PaymentDead { .. } => None,
        MessageKind::SeatsTaken { reservation, .. }
        | MessageKind::SeatsSettled { reservation, .. }
        | MessageKind::SeatsFreed { reservation, .. }
        | MessageKind::Notify { reservation, .. } => Some(*reservation),
    }
}
