//! Somebody who wants seats, with little patience and several tabs.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, join, select};
use milo_core::Milo;
use milo_core::booking::{
    CancelError, HoldLookupError, HoldSeatsError, Reserve, ReserveError, ReserveSource, Reserved,
};
use milo_core::conformance::samples;
use milo_core::domain::{
    Booking, Caller, Hold, HoldId, IdempotencyKey, ReservationId, ReservationStatus, SeatSelection,
};
use milo_core::ports::PortError;

use rand::seq::IndexedRandom;
use tokio::sync::oneshot;

use crate::history::{Refused, SeenHold, SeenReservation};
use crate::house::{Hall, House};

const PATIENCE: Duration = Duration::from_secs(4);
const TRIES_MAX: usize = 5;
const TOKENS: [&str; 12] = [
    "tok_ok",
    "tok_ok",
    "tok_ok",
    "tok_ok",
    "tok_declined",
    "tok_flaky_2",
    "tok_lost_1",
    "tok_lost_2",
    "tok_down",
    "tok_capture_refused",
    "tok_refund_flaky_2",
    "nonsense",
];

pub(crate) struct Buyer {
    pub(crate) house: House,
    pub(crate) caller: Caller,
    pub(crate) number: usize,
    keys: usize,
}

/// What a client is told; nothing, if no answer came.
type Told<T, E> = Option<Result<T, E>>;

impl Buyer {
    pub(crate) fn new(house: &House, number: usize) -> Self {
        Self {
            house: house.clone(),
            caller: Caller::trusted(house.people[number]),
            number,
            keys: 0,
        }
    }

    pub(crate) async fn shop(mut self) {
        for _ in 0..self.house.swarm.actions {
            if self.house.weather.is_over() {
                break;
            }
            self.rest(4_000).await;
            match self.house.sim.below(20) {
                0..=12 => self.book().await,
                13..=15 => self.book_directly().await,
                16 => self.look().await,
                _ => self.steal().await,
            }
        }
        self.house.history.with(|seen| seen.shoppers -= 1);
    }

    async fn rest(&self, millis_max: u64) {
        let time = self
            .house
            .sim
            .between(Duration::ZERO, Duration::from_millis(millis_max));
        self.house.sim.sleep(time).await;
    }

    fn perhaps(&self, percent: u32) -> bool {
        self.house.sim.happens(percent * 10)
    }

    fn new_key(&mut self) -> IdempotencyKey {
        self.keys += 1;
        IdempotencyKey::parse(&format!("buyer {} key {}", self.number, self.keys)).expect("a good key")
    }

    fn token(&self) -> &'static str {
        self.house
            .sim
            .draw(|chance| TOKENS.choose(chance).copied().unwrap_or("tok_ok"))
    }

    fn hall(&self) -> Hall {
        self.house.halls[self.house.sim.below(self.house.halls.len())].clone()
    }

    fn choice(&self, hall: &Hall) -> SeatSelection {
        let count = 1 + self.house.sim.below(3.min(hall.seats.len()));
        let mut wanted = BTreeSet::new();
        while wanted.len() < count {
            wanted.insert(hall.seats[self.house.sim.below(hall.seats.len())]);
        }
        SeatSelection::parse(wanted).expect("a few seats")
    }

    /// Asks one of the servers. The request is the server's: it goes on when nobody waits, and dies with its process, or when its client hangs up.
    async fn ask<T, Answer>(&self, request: impl FnOnce(Milo, Caller) -> Answer) -> Option<T>
    where
        T: Send + 'static,
        Answer: Future<Output = T> + Send + 'static,
    {
        let (sim, swarm) = (&self.house.sim, &self.house.swarm);
        let Some(instance) = self.house.instance() else {
            sim.sleep(Duration::from_millis(20)).await;
            return None;
        };
        let (tell, told) = oneshot::channel();
        let work = request(instance.milo, self.caller);
        let task = sim.spawn(instance.process, async move {
            let _ = tell.send(work.await);
        });
        let is_stormy = !self.house.weather.is_over();
        if is_stormy && sim.happens(swarm.hang_ups) {
            self.rest(40).await;
            sim.abort(task);
            self.house.history.count("client hung up");
            return None;
        }
        let patience = pin!(sim.sleep(PATIENCE));
        let answer = match select(told, patience).await {
            Either::Left((answer, _)) => answer.ok(),
            Either::Right(_) => None,
        };
        if is_stormy && sim.happens(swarm.lost_replies) {
            self.house.history.count("reply lost");
            return None;
        }
        answer
    }

    async fn book(&mut self) {
        let hall = self.hall();
        let wanted = self.choice(&hall);
        let Some(hold) = self.hold(&hall, &wanted).await else {
            return;
        };
        match self.house.sim.below(20) {
            0 | 1 => return,
            2 | 3 => return self.release(&hold).await,
            4..=6 => self.extend(&hold).await,
            _ => {}
        }
        self.rest(if self.perhaps(15) { 20_000 } else { 1_500 }).await;
        let source = ReserveSource::Hold(hold.id);
        self.reserve(source, &wanted, Some(hold.id)).await;
    }

    async fn book_directly(&mut self) {
        let hall = self.hall();
        let wanted = self.choice(&hall);
        let source = ReserveSource::Seats {
            showtime: hall.showtime.id,
            seats: wanted.clone(),
        };
        self.reserve(source, &wanted, None).await;
    }

    async fn hold(&mut self, hall: &Hall, wanted: &SeatSelection) -> Option<Hold> {
        let key = self.new_key();
        let mut first: Option<Hold> = None;
        for _ in 0..TRIES_MAX {
            let asked_at = self.house.sim.timestamp();
            let (showtime, seats, sent) = (hall.showtime.id, wanted.clone(), key.clone());
            let told: Told<Hold, HoldSeatsError> = self
                .ask(
                    move |milo, caller| async move { milo.booking().hold(caller, showtime, &seats, Some(&sent)).await },
                )
                .await;
            match told {
                Some(Ok(hold)) => {
                    self.check_hold(&hold, wanted, first.as_ref());
                    let is_new = first.is_none();
                    if is_new {
                        self.note_hold(&hold, asked_at);
                    }
                    first.get_or_insert(hold);
                    if !self.perhaps(10) {
                        break;
                    }
                }
                Some(Err(HoldSeatsError::Port(error))) => self.failed("hold", &error),
                Some(Err(refused)) => {
                    self.house.history.count(format!("hold refused: {}", name(&refused)));
                    let lives = |hold: &Hold| self.house.sim.timestamp() < hold.expires_at;
                    if first
                        .as_ref()
                        .is_some_and(|first| lives(first) && !self.is_forgotten(asked_at))
                    {
                        self.complain(format!(
                            "I20: a hold that was given is refused to its repeat: {refused}"
                        ));
                    }
                    break;
                }
                None => {}
            }
            self.rest(300).await;
        }
        first
    }

    /// Whether the locks have forgotten everything since shortly before.
    fn is_forgotten(&self, since: jiff::Timestamp) -> bool {
        let before = since.saturating_sub(Duration::from_secs(60)).unwrap_or(since);
        self.house
            .history
            .with(|seen| seen.wipes_of_locks.iter().any(|wipe| before <= *wipe))
    }

    fn check_hold(&self, hold: &Hold, wanted: &SeatSelection, first: Option<&Hold>) {
        if hold.seat_ids() != wanted.as_slice() {
            self.complain(format!(
                "I16: a hold has {:?} and was asked for {:?}",
                hold.seat_ids(),
                wanted.as_slice()
            ));
        }
        if first.is_some_and(|first| first != hold) {
            self.complain(format!("I20: a repeat was given another hold: {first:?} and {hold:?}"));
        }
    }

    fn note_hold(&self, hold: &Hold, asked_at: jiff::Timestamp) {
        let told_at = self.house.sim.timestamp();
        self.house.history.count("hold given");
        self.house.history.with(|seen| {
            seen.holds.push(SeenHold {
                hold: hold.clone(),
                asked_at,
                told_at,
                ended_at: None,
            });
        });
    }

    async fn release(&self, hold: &Hold) {
        self.house.history.ending(hold.id, self.house.sim.timestamp());
        let id = hold.id;
        let told: Told<(), HoldLookupError> = self
            .ask(move |milo, caller| async move { milo.booking().release_hold(caller, id).await })
            .await;
        if matches!(told, Some(Ok(()))) {
            self.house.history.count("hold released");
        }
    }

    async fn extend(&self, hold: &Hold) {
        let id = hold.id;
        let told = self
            .ask(move |milo, caller| async move { milo.booking().extend_hold(caller, id).await })
            .await;
        if let Some(Ok(extended)) = told {
            self.house.history.count("hold extended");
            if extended.expires_at < hold.expires_at {
                self.complain("I17: an extension shortened a hold".to_owned());
            }
        }
    }

    async fn reserve(&mut self, source: ReserveSource, wanted: &SeatSelection, hold: Option<HoldId>) {
        let key = self.new_key();
        let request = Reserve {
            source,
            method: samples::method(self.token()),
            key: Some(key.clone()),
        };
        if let Some(hold) = hold {
            self.house.history.ending(hold, self.house.sim.timestamp());
        }
        let mut first: Option<Booking> = None;
        let mut is_doubtful = false;
        for _ in 0..TRIES_MAX {
            let told = if self.perhaps(10) {
                // A double click: two servers may see the same request at once.
                let (one, other) = join(self.ask_to_reserve(&request), self.ask_to_reserve(&request)).await;
                if let (Some(Ok(one)), Some(Ok(other))) = (&one, &other) {
                    self.check_same(one.booking(), other.booking());
                }
                is_doubtful |= one.is_none() || other.is_none();
                match (one, other) {
                    (Some(Ok(one)), _) => Some(Ok(one)),
                    (_, other) => other,
                }
            } else {
                self.ask_to_reserve(&request).await
            };
            match told {
                Some(Ok(reserved)) => {
                    let booking = reserved.booking().clone();
                    self.check_reservation(&booking, wanted, first.as_ref());
                    if first.is_none() {
                        self.note_reservation(&booking);
                    }
                    first.get_or_insert(booking);
                    if !self.perhaps(15) {
                        break;
                    }
                }
                Some(Err(ReserveError::Port(error))) => {
                    is_doubtful |= error.failure == milo_core::ports::Failure::OutcomeUnknown;
                    self.failed("reserve", &error);
                }
                Some(Err(refused)) => {
                    self.house.history.count(format!("reserve refused: {}", name(&refused)));
                    if first.is_some() {
                        self.complain(format!(
                            "I20: a reservation that was made is refused to its repeat: {refused}"
                        ));
                    } else if !is_doubtful {
                        let why = refused.to_string();
                        let user = self.caller.user;
                        self.house.history.with(|seen| {
                            seen.refused.push(Refused {
                                user,
                                key: key.clone(),
                                hold,
                                why,
                            })
                        });
                    }
                    break;
                }
                None => is_doubtful = true,
            }
            self.rest(400).await;
        }
        let Some(booking) = first else { return };
        if self.perhaps(15) {
            self.reuse(&request).await;
        }
        self.follow(booking.reservation.id).await;
    }

    async fn ask_to_reserve(&self, request: &Reserve) -> Told<Reserved, ReserveError> {
        let request = request.clone();
        self.ask(move |milo, caller| async move { milo.booking().reserve(caller, request).await })
            .await
    }

    /// The same key for another request.
    async fn reuse(&self, request: &Reserve) {
        let other = Reserve {
            method: samples::method("tok_other"),
            ..request.clone()
        };
        match self.ask_to_reserve(&other).await {
            Some(Ok(_)) => self.complain("I20: a key was taken for two requests".to_owned()),
            Some(Err(ReserveError::KeyReused)) => self.house.history.count("reserve refused: KeyReused"),
            _ => {}
        }
    }

    fn check_reservation(&self, booking: &Booking, wanted: &SeatSelection, first: Option<&Booking>) {
        let reservation = &booking.reservation;
        if reservation.seat_ids() != wanted.as_slice() {
            self.complain(format!("I16: {} has other seats than it was asked for", reservation.id));
        }
        if reservation.user != self.caller.user {
            self.complain(format!("I16: {} belongs to somebody else", reservation.id));
        }
        if let Some(first) = first {
            self.check_same(first, booking);
        }
    }

    fn check_same(&self, one: &Booking, other: &Booking) {
        if one.reservation.id != other.reservation.id {
            self.complain(format!(
                "I20: one key made {} and {}",
                one.reservation.id, other.reservation.id
            ));
        }
    }

    fn note_reservation(&self, booking: &Booking) {
        self.house.history.count("reserved");
        let (id, user) = (booking.reservation.id, self.caller.user);
        self.house.history.with(|seen| {
            seen.reservations.push(SeenReservation {
                id,
                user,
                is_cancelled: false,
            })
        });
    }

    /// Looks at the reservation until it is settled or patience ends, and may cancel it meanwhile.
    async fn follow(&self, id: ReservationId) {
        let looks = 1 + self.house.sim.below(6);
        let cancels_at = self.perhaps(35).then(|| self.house.sim.below(looks));
        let mut last: Option<Booking> = None;
        for look in 0..looks {
            if cancels_at == Some(look) {
                self.cancel(id).await;
            }
            let told = self
                .ask(move |milo, caller| async move { milo.booking().reservation(caller, id).await })
                .await;
            if let Some(Ok(now)) = told {
                self.check_progress(last.as_ref(), &now);
                let is_over = !now.reservation.status.is_open();
                last = Some(now);
                if is_over && cancels_at.is_none_or(|at| at <= look) {
                    break;
                }
            } else if told.is_some_and(|told| matches!(told, Err(milo_core::booking::BookingReadError::NotFound))) {
                self.complain(format!("I19: {id} was made and is not found by its owner"));
            }
            self.rest(3_000).await;
        }
    }

    fn check_progress(&self, before: Option<&Booking>, now: &Booking) {
        let Some(before) = before else { return };
        let id = now.reservation.id;
        if now.reservation.version < before.reservation.version {
            self.complain(format!(
                "I19: {id} went back from version {:?} to {:?}",
                before.reservation.version, now.reservation.version
            ));
        }
        let was = before.reservation.status;
        let is = now.reservation.status;
        let was_final = !was.is_open() && was != ReservationStatus::Confirmed;
        if was_final && was != is {
            self.complain(format!(
                "I19: {id} was {} for good and is {}",
                was.as_str(),
                is.as_str()
            ));
        }
    }

    async fn cancel(&self, id: ReservationId) {
        let told: Told<Booking, CancelError> = self
            .ask(move |milo, caller| async move { milo.booking().cancel(caller, id).await })
            .await;
        match told {
            Some(Ok(_)) => {
                self.house.history.count("cancelled");
                self.house.history.with(|seen| {
                    for known in &mut seen.reservations {
                        known.is_cancelled |= known.id == id;
                    }
                });
            }
            Some(Err(CancelError::Port(error))) => self.failed("cancel", &error),
            Some(Err(refused)) => self.house.history.count(format!("cancel refused: {}", name(&refused))),
            None => {}
        }
    }

    /// What belongs to somebody else must stay so.
    async fn steal(&self) {
        let mine = self.caller.user;
        let foreign: Vec<HoldId> = self.house.history.with(|seen| {
            seen.holds
                .iter()
                .filter(|known| known.hold.user != mine)
                .map(|known| known.hold.id)
                .collect()
        });
        let Some(id) = foreign.get(self.house.sim.below(foreign.len())).copied() else {
            return;
        };
        self.house.history.count("theft tried");
        if self.perhaps(50) {
            let told = self
                .ask(move |milo, caller| async move { milo.booking().release_hold(caller, id).await })
                .await;
            if let Some(Ok(())) = told {
                self.complain(format!("A1: somebody else released the hold {id}"));
            }
        } else {
            let request = Reserve {
                source: ReserveSource::Hold(id),
                method: samples::method("tok_ok"),
                key: None,
            };
            if let Some(Ok(_)) = self.ask_to_reserve(&request).await {
                self.complain(format!("A1: somebody else reserved the hold {id}"));
            }
        }
    }

    async fn look(&self) {
        let hall = self.hall();
        let (showtime, seats) = (hall.showtime.id, hall.seats.len());
        let told = self
            .ask(move |milo, caller| async move { milo.booking().seat_map(showtime, Some(caller.user)).await })
            .await;
        if let Some(Ok(map)) = told
            && map.layout.seats().count() != seats
        {
            self.complain(format!("I16: a seat map does not show all of its {seats} seats"));
        }
    }

    fn complain(&self, complaint: String) {
        self.house.history.complain(complaint);
    }

    fn failed(&self, what: &str, error: &PortError) {
        self.house.history.count(format!("{what} failed: {:?}", error.failure));
    }
}

/// The name of a variant, without what is in it.
fn name(error: &impl std::fmt::Debug) -> String {
    let text = format!("{error:?}");
    text.split(['(', ' ', '{']).next().unwrap_or_default().to_owned()
}
