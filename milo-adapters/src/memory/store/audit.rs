//! What the store has written, as plain data, for tests and for whoever wants to look.

use std::sync::Arc;

use jiff::Timestamp;
use milo_core::domain::{
    Actor, Booking, Fingerprint, GatewayAnswer, IdempotencyKey, LeaseEpoch, Message, Money, PaymentStatus,
    ReservationId, ReservationStatus, SeatId, SeatLayout, Showtime, ShowtimeId, UserId, Version,
};

use super::MemoryStore;

/// Everything that the store knows about reservations, at one moment.
#[derive(Clone, Debug)]
pub struct Audit {
    /// The store's time at that moment.
    pub at: Timestamp,
    /// Every booking, by id.
    pub bookings: Vec<BookingRecord>,
    /// Every claim on a seat there ever was, by reservation, then as it was placed.
    pub seats: Vec<SeatRecord>,
    /// The unique index that decides who owns a seat.
    pub owners: Vec<(ShowtimeId, SeatId, ReservationId)>,
    /// Every step, by reservation, then in its order.
    pub events: Vec<EventRecord>,
    /// What gateways answered, by reservation, then in its order.
    pub answers: Vec<AnswerRecord>,
    /// Every message, in the order they were written.
    pub outbox: Vec<OutboxRecord>,
    /// What clients' keys were used for, while they are remembered.
    pub keys: Vec<KeyRecord>,
    /// The showtimes, by id.
    pub showtimes: Vec<ShowtimeRecord>,
}

/// A booking and who drives its payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookingRecord {
    /// The booking as it stands.
    pub booking: Booking,
    /// The limit of open seats that it was placed under.
    pub user_seats_max: u32,
    /// How often its payment was claimed.
    pub epoch: LeaseEpoch,
    /// When the present claim ends; none if nobody drives the payment.
    pub lease_until: Option<Timestamp>,
}

/// A reservation's claim on one seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatRecord {
    /// The showtime.
    pub showtime: ShowtimeId,
    /// The seat.
    pub seat: SeatId,
    /// The reservation.
    pub reservation: ReservationId,
    /// What the seat cost.
    pub price: Money,
    /// When it was claimed.
    pub claimed_at: Timestamp,
    /// When it was released; none while the reservation owns it.
    pub released_at: Option<Timestamp>,
}

/// One step of a reservation and its payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRecord {
    /// The reservation.
    pub reservation: ReservationId,
    /// The version that the step made.
    pub seq: Version,
    /// The states before; none for the first.
    pub from: Option<(ReservationStatus, PaymentStatus)>,
    /// The states after.
    pub to: (ReservationStatus, PaymentStatus),
    /// Who took it.
    pub actor: Actor,
    /// Why.
    pub cause: &'static str,
    /// When.
    pub at: Timestamp,
}

/// What a gateway was asked and answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerRecord {
    /// The reservation that was to be paid.
    pub reservation: ReservationId,
    /// The version that the step made which recorded it.
    pub step: Version,
    /// What it answered.
    pub answer: GatewayAnswer,
    /// When it was recorded.
    pub at: Timestamp,
}

/// A message of the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRecord {
    /// The message.
    pub message: Message,
    /// The reservation whose step sent it.
    pub reservation: ReservationId,
    /// The version that the step made.
    pub step: Version,
    /// When it was written.
    pub written_at: Timestamp,
    /// How often its delivery failed.
    pub failures: u32,
    /// Whether it was given up.
    pub parked: bool,
    /// When it was delivered; none until then.
    pub delivered_at: Option<Timestamp>,
}

/// What a client's key was used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// Whose key it is.
    pub user: UserId,
    /// The key.
    pub key: IdempotencyKey,
    /// What the request asked.
    pub fingerprint: Fingerprint,
    /// What it made.
    pub reservation: ReservationId,
}

/// A showtime and the layout of its screen.
#[derive(Clone, Debug)]
pub struct ShowtimeRecord {
    /// The showtime.
    pub showtime: Arc<Showtime>,
    /// The present layout of its screen.
    pub layout: Option<Arc<SeatLayout>>,
}

impl MemoryStore {
    /// What the store has written about reservations.
    pub fn audit(&self) -> Audit {
        let (state, at) = self.act();
        let rows = || state.bookings.rows.values();
        let owners = state.bookings.owners.iter();
        Audit {
            at,
            bookings: rows()
                .map(|row| BookingRecord {
                    booking: row.booking.clone(),
                    user_seats_max: row.user_seats_max,
                    epoch: row.epoch,
                    lease_until: row.lease_until.filter(|until| at < *until),
                })
                .collect(),
            seats: rows().flat_map(|row| row.seats.iter().cloned()).collect(),
            owners: owners
                .flat_map(|(showtime, owners)| owners.iter().map(|(seat, id)| (*showtime, *seat, *id)))
                .collect(),
            events: rows().flat_map(|row| row.events.iter().cloned()).collect(),
            answers: rows().flat_map(|row| row.answers.iter().cloned()).collect(),
            outbox: state.outbox.records().to_vec(),
            keys: state
                .bookings
                .keys()
                .map(|((user, key), row)| KeyRecord {
                    user: *user,
                    key: key.clone(),
                    fingerprint: row.fingerprint,
                    reservation: row.reservation,
                })
                .collect(),
            showtimes: state
                .catalog
                .showtimes
                .values()
                .map(|showtime| ShowtimeRecord {
                    showtime: showtime.clone(),
                    layout: state
                        .catalog
                        .screens
                        .get(&showtime.screen)
                        .and_then(|row| row.layout.clone()),
                })
                .collect(),
        }
    }

    /// Every promise of the protocol that what is written breaks, in words, and whether an index differs from its rows;
    /// none, always.
    pub fn invariants(&self) -> Vec<String> {
        let mut found = self.audit().violations();
        if !self.act().0.bookings.indexes_are_true() {
            found.push("an index of the bookings differs from their rows".to_owned());
        }
        found
    }
}
