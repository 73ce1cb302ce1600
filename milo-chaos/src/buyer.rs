//! One of many people who book: holds, reserves, waits, looks, cancels, repeats what was not answered, and starts again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use milo_check::Status;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use tokio::time::Instant;

use crate::client::{Client, End, status};
use crate::gateway::Mood;
use crate::house::Showtime;

/// How long somebody asks again for an answer that did not come.
const PERSISTENCE: Duration = Duration::from_secs(12);

/// How long somebody waits for a payment.
const PAYMENT_PATIENCE: Duration = Duration::from_secs(25);

/// The most seats of one booking.
const SEATS_MAX: usize = 4;

pub(crate) struct Buyer {
    client: Client,
    showtimes: Arc<[Showtime]>,
    mood: Arc<Mood>,
    stop: Arc<AtomicBool>,
    random: StdRng,
    turn: u64,
    /// Always without a hold, and without a thought between two bookings.
    is_greedy: bool,
}

/// What is asked for until there is an answer.
enum Question {
    ReserveHold {
        key: String,
        hold: String,
        token: &'static str,
    },
    ReserveSeats {
        key: String,
        showtime: String,
        seats: Vec<String>,
        token: &'static str,
    },
    Cancel {
        key: String,
        reservation: String,
    },
}

impl Question {
    async fn ask(&self, client: &Client) -> End {
        match self {
            Self::ReserveHold { key, hold, token } => client.reserve_hold(key, hold, token).await,
            Self::ReserveSeats {
                key,
                showtime,
                seats,
                token,
            } => client.reserve_seats(key, showtime, seats, token).await,
            Self::Cancel { key, reservation } => client.cancel(key, reservation).await,
        }
    }
}

impl Buyer {
    pub(crate) fn new(
        client: Client,
        showtimes: Arc<[Showtime]>,
        mood: Arc<Mood>,
        stop: Arc<AtomicBool>,
        seed: u64,
        is_greedy: bool,
    ) -> Self {
        let random = StdRng::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ client.process);
        Self {
            client,
            showtimes,
            mood,
            stop,
            random,
            turn: 0,
            is_greedy,
        }
    }

    /// Books until it is time to go.
    pub(crate) async fn buy(mut self) {
        while !self.stop.load(Ordering::Relaxed) {
            self.turn += 1;
            self.client.asked.bookings.fetch_add(1, Ordering::Relaxed);
            if let Some(reservation) = self.book().await {
                self.follow(&reservation).await;
            } else if !self.is_greedy {
                self.pause(10, 80).await;
            }
        }
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    async fn pause(&mut self, from_ms: u64, to_ms: u64) {
        let pause = self.random.random_range(from_ms..to_ms);
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }

    fn key(&self, of: &str) -> String {
        format!("{of}-{}-{}", self.client.process, self.turn)
    }

    /// Neighbours, in a showtime that many want.
    fn choose(&mut self) -> (String, Vec<String>) {
        let popular = self.chance(40);
        let showtime = match self.showtimes.first() {
            Some(first) if popular => first,
            _ => self.showtimes.choose(&mut self.random).expect("something is on sale"),
        };
        let count = self.random.random_range(1..=SEATS_MAX.min(showtime.seats.len()));
        let first = self.random.random_range(0..=showtime.seats.len() - count);
        (showtime.id.clone(), showtime.seats[first..first + count].to_vec())
    }

    async fn book(&mut self) -> Option<String> {
        let (showtime, seats) = self.choose();
        if self.chance(8) {
            self.client.seat_map(&showtime).await;
        }
        if self.is_greedy || self.chance(12) {
            return self.reserve_seats(&showtime, &seats).await;
        }
        let key = self.key("h");
        let mut tries = self.random.random_range(1..4);
        let hold = loop {
            match self.client.hold(&key, &showtime, &seats).await {
                End::Unknown if tries > 0 => tries -= 1,
                // Held or not, it may be reserved without a hold; or somebody goes away, and nobody knows.
                End::Unknown if self.chance(60) => return self.reserve_seats(&showtime, &seats).await,
                End::Unknown | End::Refused(..) => return None,
                held => break held.id()?,
            }
            self.pause(50, 300).await;
        };
        if self.chance(5) {
            // The same again: a double click.
            self.client.hold(&key, &showtime, &seats).await;
        }
        if self.chance(6) {
            self.client.seat_map(&showtime).await;
        }
        if self.chance(8) {
            self.client.release(&hold).await;
            return None;
        }
        if self.chance(2) {
            // Goes away: the hold lapses.
            return None;
        }
        self.reserve_hold(&hold).await
    }

    fn token(&mut self) -> &'static str {
        self.mood.token(&mut self.random)
    }

    async fn reserve_hold(&mut self, hold: &str) -> Option<String> {
        let (key, token) = (self.key("r"), self.token());
        let hold = hold.to_owned();
        self.persist(Question::ReserveHold { key, hold, token }).await
    }

    async fn reserve_seats(&mut self, showtime: &str, seats: &[String]) -> Option<String> {
        let (key, token) = (self.key("d"), self.token());
        let (showtime, seats) = (showtime.to_owned(), seats.to_vec());
        self.persist(Question::ReserveSeats {
            key,
            showtime,
            seats,
            token,
        })
        .await
    }

    /// Asks until there is an answer; sometimes once more, although there is one.
    async fn persist(&mut self, question: Question) -> Option<String> {
        let begun = Instant::now();
        loop {
            match question.ask(&self.client).await {
                End::Ok(body) => {
                    if self.chance(10) {
                        question.ask(&self.client).await;
                    }
                    return body["id"].as_str().map(str::to_owned);
                }
                // The first try is still at work; or a server whose clock is wrong does not know the token yet.
                End::Refused(409, problem) if problem == "idempotency-key-in-use" => {}
                End::Refused(401, _) | End::Unknown => {}
                End::Refused(..) => return None,
            }
            if begun.elapsed() > PERSISTENCE || self.chance(3) {
                return None;
            }
            self.pause(50, 400).await;
        }
    }

    /// Waits for the payment, and perhaps changes its mind.
    async fn follow(&mut self, reservation: &str) {
        if self.chance(10) {
            self.cancel(reservation).await;
        }
        let begun = Instant::now();
        let mut seen = None;
        while begun.elapsed() < PAYMENT_PATIENCE {
            let wait_s = self.random.random_range(0..3);
            match self.client.read(reservation, wait_s).await {
                End::Ok(body) => seen = status(&body["status"]),
                End::Refused(..) | End::Unknown => self.pause(50, 300).await,
            }
            if seen.is_some_and(|seen| !matches!(seen, Status::PendingPayment | Status::Paying)) {
                break;
            }
            if self.chance(3) || self.stop.load(Ordering::Relaxed) {
                return;
            }
            self.pause(10, 100).await;
        }
        // Seats must come back, or there is soon nothing left to sell.
        if seen == Some(Status::Confirmed) && self.chance(85) {
            self.cancel(reservation).await;
            self.client.read(reservation, 0).await;
            if self.chance(20) {
                self.pause(200, 600).await;
                self.client.read(reservation, 0).await;
            }
        }
    }

    async fn cancel(&mut self, reservation: &str) {
        let key = format!("{}-{reservation}", self.key("c"));
        let reservation = reservation.to_owned();
        self.persist(Question::Cancel { key, reservation }).await;
    }
}
