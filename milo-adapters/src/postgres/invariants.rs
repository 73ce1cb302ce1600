//! The promises of the booking protocol, looked up in what is written.
//!
//! Constraints refuse most of what is looked for here; looking finds what went round them: a restored backup, a repair
//! by hand, a broken index. Each statement reads whole tables, so run them on a quiet day or by a timer of minutes.

use std::fmt;
use std::time::Duration;

use milo_core::ports::PortError;
use sqlx::{Connection, Row};

use super::PgStore;
use super::failure::{Intent, StatementError};

const PORT: &str = "booking_store";

/// The most violations of one promise that are told.
const VIOLATIONS_MAX: i64 = 100;

/// How long all the statements together may take.
const TIME_MAX: Duration = Duration::from_mins(5);

/// A promise of the protocol that is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The promise's number, such as `I1`.
    pub invariant: &'static str,
    /// What always holds.
    pub promise: &'static str,
    /// Whose case it is: an id, or several.
    pub subject: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            invariant,
            promise,
            subject,
        } = self;
        write!(f, "{invariant}, {promise}: not so for {subject}")
    }
}

impl PgStore {
    /// Every promise of the booking protocol that is broken at one moment, at most a hundred cases of each; none, always.
    ///
    /// Reads only, all in one snapshot, and whole tables: it takes as long as they are.
    ///
    /// # Errors
    /// [`PortError`] if Postgres cannot be asked, or not within five minutes.
    pub async fn invariants(&self) -> Result<Vec<Violation>, PortError> {
        let asked = tokio::time::timeout(TIME_MAX, self.look_for_violations()).await;
        let asked = asked.unwrap_or(Err(StatementError::Unanswered(Intent::Read, TIME_MAX)));
        asked.map_err(|error| error.on(PORT))
    }

    async fn look_for_violations(&self) -> Result<Vec<Violation>, StatementError> {
        let failed = |error| StatementError::Answered(Intent::Read, error);
        let mut connection = self.pool().acquire().await.map_err(StatementError::NotSent)?;
        let begin = "begin isolation level repeatable read read only";
        let mut snapshot = connection.begin_with(begin).await.map_err(failed)?;
        sqlx::query("select set_config('statement_timeout', $1, true)")
            .bind(TIME_MAX.as_millis().to_string())
            .execute(&mut *snapshot)
            .await
            .map_err(failed)?;
        let mut found = Vec::new();
        for &(invariant, promise, statement) in INVARIANTS {
            let rows = sqlx::query(statement).bind(VIOLATIONS_MAX).fetch_all(&mut *snapshot);
            for row in rows.await.map_err(failed)? {
                found.push(Violation {
                    invariant,
                    promise,
                    subject: row.try_get("subject").map_err(failed)?,
                });
            }
        }
        snapshot.rollback().await.map_err(failed)?;
        Ok(found)
    }
}

/// Number, promise, and the statement that finds up to `$1` cases that break it.
const INVARIANTS: &[(&str, &str, &str)] = &[
    (
        "I1",
        "a seat of a showtime has one owner",
        "select format('seat %s in showtime %s', seat_id, showtime_id) as subject
         from reserved_seats
         where released_at is null
         group by showtime_id, seat_id
         having count(*) > 1
         limit $1",
    ),
    (
        "I2",
        "a reservation owns all of its seats while it stands, and none when it has ended",
        "select 'reservation ' || reservations.id as subject
         from reservations
             left join reserved_seats
                 on reserved_seats.showtime_id = reservations.showtime_id
                 and reserved_seats.reservation_id = reservations.id
         group by reservations.showtime_id, reservations.id
         having count(reserved_seats.seat_id) <> reservations.seat_count
             or count(*) filter (where reserved_seats.seat_id is not null and reserved_seats.released_at is null)
                 <> case
                     when reservations.status in ('pending_payment', 'paying', 'confirmed') then reservations.seat_count
                     else 0
                 end
         limit $1",
    ),
    (
        "I2",
        "a reservation and its payment stand where one step can leave them together",
        "select 'reservation ' || reservations.id as subject
         from reservations
             join payments
                 on payments.showtime_id = reservations.showtime_id and payments.reservation_id = reservations.id
         where not case reservations.status
             when 'pending_payment' then payments.status = 'created'
             when 'paying' then payments.status in ('authorizing', 'capturing', 'voiding')
             when 'confirmed' then payments.status = 'captured'
             when 'expired' then payments.status = 'dropped'
             when 'payment_failed' then payments.status in ('declined', 'voided')
             else payments.status in ('dropped', 'declined', 'voided', 'refunding', 'refunded')
         end
         limit $1",
    ),
    (
        "I3",
        "a reservation is confirmed exactly when its whole price was captured and not given back",
        "select 'reservation ' || reservations.id as subject
         from reservations
             left join (
                 select showtime_id, reservation_id,
                     sum(case when outcome = 'captured' then amount_minor else -amount_minor end) as kept_minor
                 from payment_ops
                 where outcome in ('captured', 'refunded')
                 group by showtime_id, reservation_id
             ) as money
                 on money.showtime_id = reservations.showtime_id and money.reservation_id = reservations.id
             join payments
                 on payments.showtime_id = reservations.showtime_id and payments.reservation_id = reservations.id
         where coalesce(money.kept_minor, 0) <> case
             when payments.status in ('captured', 'refunding') then reservations.total_minor
             else 0
         end
         limit $1",
    ),
    (
        "I4",
        "a reservation has one payment",
        "select 'reservation ' || reservations.id as subject
         from reservations
             left join payments
                 on payments.showtime_id = reservations.showtime_id and payments.reservation_id = reservations.id
         group by reservations.showtime_id, reservations.id
         having count(payments.id) <> 1
         limit $1",
    ),
    (
        "I5",
        "a reservation costs what its seats cost together",
        "select 'reservation ' || reservations.id as subject
         from reservations
             left join reserved_seats
                 on reserved_seats.showtime_id = reservations.showtime_id
                 and reserved_seats.reservation_id = reservations.id
         group by reservations.showtime_id, reservations.id
         having reservations.total_minor <> coalesce(sum(reserved_seats.price_minor), 0)
             or reservations.total_minor <= 0
         limit $1",
    ),
    (
        "I5",
        "a payment is of its reservation's price",
        "select 'payment ' || payments.id as subject
         from payments
             join reservations
                 on reservations.showtime_id = payments.showtime_id and reservations.id = payments.reservation_id
         where (payments.amount_minor, payments.currency) <> (reservations.total_minor, reservations.currency)
         limit $1",
    ),
    (
        "I6",
        "a reservation's events are numbered from one to its version",
        "select 'reservation ' || reservations.id as subject
         from reservations
             left join reservation_events
                 on reservation_events.showtime_id = reservations.showtime_id
                 and reservation_events.reservation_id = reservations.id
         group by reservations.showtime_id, reservations.id
         having count(reservation_events.seq) <> reservations.version
             or min(reservation_events.seq) <> 1
             or max(reservation_events.seq) <> reservations.version
         limit $1",
    ),
    (
        "I6",
        "an event begins where the one before it led to",
        "select format('event %s of reservation %s', seq, reservation_id) as subject
         from (
             select seq, reservation_id, from_status, from_payment_status,
                 lag(to_status) over history as led_to, lag(to_payment_status) over history as payment_led_to
             from reservation_events
             window history as (partition by showtime_id, reservation_id order by seq)
         ) as step
         where (from_status, from_payment_status) is distinct from (led_to, payment_led_to)
         limit $1",
    ),
    (
        "I6",
        "the last event leads to where the reservation stands",
        "select 'reservation ' || reservations.id as subject
         from reservations
             join payments
                 on payments.showtime_id = reservations.showtime_id and payments.reservation_id = reservations.id
             join reservation_events
                 on reservation_events.showtime_id = reservations.showtime_id
                 and reservation_events.reservation_id = reservations.id
                 and reservation_events.seq = reservations.version
         where (reservation_events.to_status, reservation_events.to_payment_status)
             <> (reservations.status, payments.status)
         limit $1",
    ),
    (
        "I7",
        "nobody but the payment machine leaves paying",
        "select format('event %s of reservation %s', seq, reservation_id) as subject
         from reservation_events
         where from_status = 'paying' and to_status <> 'paying' and actor <> 'payment_worker'
         limit $1",
    ),
    (
        "I8",
        "a payment is due exactly while there is work",
        "select 'payment ' || payments.id as subject
         from payments
             join reservations
                 on reservations.showtime_id = payments.showtime_id and reservations.id = payments.reservation_id
         where (payments.next_attempt_at is not null) <> (
             payments.status in ('created', 'authorizing', 'capturing', 'voiding', 'refunding')
             or (payments.status = 'captured' and reservations.cancel_requested is not null)
         )
         limit $1",
    ),
    (
        "I8",
        "a step has sent what follows from it",
        "select format('event %s of reservation %s, without %s', event.seq, event.reservation_id, due.topic) as subject
         from reservation_events as event
             cross join lateral (
                 values
                     ('payment_due', event.seq = 1),
                     ('seats_taken', event.seq = 1),
                     (
                         'seats_freed',
                         event.from_status in ('pending_payment', 'paying', 'confirmed')
                             and event.to_status not in ('pending_payment', 'paying', 'confirmed')
                     ),
                     ('seats_settled', event.from_status <> 'confirmed' and event.to_status = 'confirmed'),
                     (
                         'payment_due',
                         event.from_payment_status <> 'refunding' and event.to_payment_status = 'refunding'
                     )
             ) as due (topic, is_due)
             left join outbox
                 on outbox.showtime_id = event.showtime_id
                 and outbox.reservation_id = event.reservation_id
                 and outbox.step = event.seq
                 and outbox.topic = due.topic
         where due.is_due and outbox.id is null
         limit $1",
    ),
    (
        "I9",
        "a message belongs to a step of the reservation that it names",
        "select 'message ' || outbox.id as subject
         from outbox
             left join reservation_events as event
                 on event.showtime_id = outbox.showtime_id
                 and event.reservation_id = outbox.reservation_id
                 and event.seq = outbox.step
         where event.seq is null
             or coalesce(outbox.payload ->> 'reservation', outbox.reservation_id::text) <> outbox.reservation_id::text
             or coalesce(outbox.payload ->> 'showtime', outbox.showtime_id::text) <> outbox.showtime_id::text
         limit $1",
    ),
    (
        "I9",
        "a message is either delivered or parked, and not before it was written",
        "select 'message ' || id as subject
         from outbox
         where (parked_at is not null and delivered_at is not null)
             or least(parked_at, delivered_at) < written_at
         limit $1",
    ),
    (
        "I10",
        "a hold is reserved once",
        "select format('hold %s in showtime %s', hold_id, showtime_id) as subject
         from reservations group by showtime_id, hold_id having count(*) > 1
         limit $1",
    ),
    (
        "I10",
        "ids and codes name one thing",
        "select subject
         from (
             select 'reservation ' || id as subject from reservations
             union all select 'code ' || code from reservations
             union all select 'payment ' || id from payments
             union all select 'message ' || id from outbox
         ) as names
         group by subject having count(*) > 1
         limit $1",
    ),
    (
        "I10",
        "a key names one reservation of its user, which no other key names",
        "select 'reservation ' || kept.reservation_id as subject
         from reservation_keys as kept
             left join reservations
                 on reservations.showtime_id = kept.showtime_id and reservations.id = kept.reservation_id
         group by kept.showtime_id, kept.reservation_id
         having count(*) > 1 or bool_or(reservations.user_id is distinct from kept.user_id)
         limit $1",
    ),
    (
        "I11",
        "whoever stands in a cancelled showtime will be reached",
        "select 'reservation ' || reservations.id as subject
         from showtimes
             join reservations on reservations.showtime_id = showtimes.id
         where showtimes.status = 'cancelled'
             and reservations.status in ('pending_payment', 'paying', 'confirmed')
             and reservations.cancel_requested is null
             and not exists (
                 select from showtime_cancellations where showtime_cancellations.showtime_id = showtimes.id
             )
         limit $1",
    ),
    (
        "I12",
        "an owned seat is one of its showtime's screen, and stays there until the showtime has started",
        "select format('seat %s of reservation %s', owned.seat_id, owned.reservation_id) as subject
         from reserved_seats as owned
             left join showtimes on showtimes.id = owned.showtime_id
             left join seats on seats.screen_id = showtimes.screen_id and seats.id = owned.seat_id
         where owned.released_at is null
             and (seats.id is null or (seats.removed_at is not null and showtimes.starts_at > now()))
         limit $1",
    ),
    (
        "I12",
        "a user's unpaid seats of a showtime are within the limit",
        "select format('user %s in showtime %s', user_id, showtime_id) as subject
         from reservations
         where status in ('pending_payment', 'paying')
         group by showtime_id, user_id
         having sum(seat_count) > max(user_seats_max)
         limit $1",
    ),
];
