//! The doors open: two thousand people, two hundred seats, one showtime, real connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use milo_adapters::assembly::{AdapterSettings, Embedded};
use milo_adapters::gateway::{GatewayOperation, SimulatedGateway};
use milo_core::conformance::samples;
use milo_core::domain::{Claims, ReservationStatus, SeatId, ShowtimeId, UserId};
use milo_core::policy::Policy;
use milo_core::{Milo, Ports};
use milo_http::Limits;
use milo_worker::{WakeupBell, Worker, WorkerSettings};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::support::{Answer, Client, Served, text};

const BUYERS: usize = 2_000;
const SEATS: usize = 200;
/// So many requests, and so connections, at one time.
const CONNECTIONS_MAX: usize = 128;
/// Everybody begins with one of the best seats.
const POPULAR: usize = 40;
/// A buyer who asks more often than this is not being answered.
const ROUNDS_MAX: usize = 2_000;

/// The showtime and its seats.
struct Sale {
    showtime: ShowtimeId,
    seats: Vec<SeatId>,
    /// How many tickets people have in their hands.
    tickets: AtomicUsize,
}

impl Sale {
    async fn open(ports: &Ports) -> Self {
        let catalog = &ports.catalog;
        let (movie, theater) = (samples::movie("The Rush"), samples::theater("Lumen"));
        let mut screen = samples::screen(theater.id, "Screen 1");
        catalog.add_movie(&movie).await.unwrap();
        catalog.add_theater(&theater).await.unwrap();
        catalog.add_screen(&screen).await.unwrap();
        let row = "R".repeat(20);
        let rows: Vec<(&str, &str)> = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"]
            .map(|label| (label, row.as_str()))
            .into();
        let layout = samples::layout(screen.id, &rows, None);
        catalog.change_layout(&layout, screen.version).await.unwrap();
        screen.version = screen.version.next();
        let starts_at = ports.clock.now().checked_add(SignedDuration::from_hours(24)).unwrap();
        let showtime = samples::showtime(&movie, &screen, starts_at);
        catalog.add_showtime(&showtime).await.unwrap();
        let seats: Vec<SeatId> = layout.seats().map(|seat| seat.id).collect();
        assert_eq!(seats.len(), SEATS);
        Self {
            showtime: showtime.id,
            seats,
            tickets: AtomicUsize::new(0),
        }
    }
}

/// Somebody with an account of his own, and a token that nobody had to hash a password for.
struct Buyer {
    number: usize,
    client: Client,
    turns: Arc<Semaphore>,
    sale: Arc<Sale>,
}

/// What a buyer went home with.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Ticket(String),
    SoldOut,
}

impl Buyer {
    async fn get(&self, path: &str) -> Answer {
        let _turn = self.turns.acquire().await.unwrap();
        Self::served(self.client.get(path).await)
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        let _turn = self.turns.acquire().await.unwrap();
        Self::served(self.client.post(path, body).await)
    }

    fn served(answer: Answer) -> Answer {
        assert!(!answer.status.is_server_error(), "{}", answer.text());
        answer
    }

    /// Tries until there is a ticket or nothing is left.
    async fn buy(self) -> End {
        let mut cards = self.cards().into_iter();
        let mut card = cards.next().unwrap();
        let mut seat = self.sale.seats[self.number % POPULAR];
        for _ in 0..ROUNDS_MAX {
            if let Some(reservation) = self.reserve(seat, card).await {
                let path = format!("/reservations/{reservation}?wait=30");
                let ended = self.get(&path).await.expect(200).json();
                match ended["status"].as_str().unwrap() {
                    "confirmed" => {
                        self.sale.tickets.fetch_add(1, Ordering::Relaxed);
                        return End::Ticket(text(&ended, "code"));
                    }
                    "payment_failed" => card = cards.next().unwrap(),
                    other => panic!("buyer {} ends {other}: {ended}", self.number),
                }
            }
            match self.another_seat().await {
                Some(free) => seat = free,
                None if !self.is_patient() || self.is_sold_out() => return End::SoldOut,
                // What is left is held or being paid by others: it may come back, and does when a card is declined.
                None => {}
            }
        }
        panic!("buyer {} was never answered", self.number);
    }

    /// What is tried to pay with: now and then the first card is no good, or the gateway is moody.
    fn cards(&self) -> Vec<&'static str> {
        match self.number % 20 {
            3 | 13 => vec!["tok_declined", "tok_ok"],
            7 => vec!["tok_lost_1"],
            _ => vec!["tok_ok"],
        }
    }

    /// Holds and reserves the seat; none if somebody else has it.
    async fn reserve(&self, seat: SeatId, card: &str) -> Option<String> {
        let holds = format!("/showtimes/{}/holds", self.sale.showtime);
        let held = self.post(&holds, &json!({"seat_ids": [seat]})).await;
        if held.status == 409 {
            held.expect_problem(409, "seats-unavailable");
            return None;
        }
        let hold = held.expect(201).id();
        let body = json!({"hold_id": hold, "payment_method": {"kind": "credit_card", "token": card}});
        let reserved = self.post("/reservations", &body).await.expect(201);
        Some(reserved.id())
    }

    /// A seat that is free at this moment.
    async fn another_seat(&self) -> Option<SeatId> {
        let showtime = format!("/showtimes/{}", self.sale.showtime);
        let left = self.get(&showtime).await.expect(200).json();
        if left["seats_available"] == 0 {
            return None;
        }
        let map = self.get(&format!("{showtime}/seats")).await.expect(200).json();
        let rows = map["rows"].as_array().unwrap().iter();
        let free: Vec<&Value> = rows
            .flat_map(|row| row["seats"].as_array().unwrap())
            .filter(|seat| seat["state"] == "available")
            .collect();
        let choice = self.number.checked_rem(free.len())?;
        Some(text(free[choice], "id").parse().unwrap())
    }

    /// Most go home when nothing is left; some stay until every seat is paid. Whoever has a bad card is among them, so
    /// a seat that comes back finds a buyer.
    fn is_patient(&self) -> bool {
        self.number % 10 == 3
    }

    fn is_sold_out(&self) -> bool {
        self.sale.tickets.load(Ordering::Relaxed) == SEATS
    }
}

/// A token such as signing in gives.
fn token(ports: &Ports, user: UserId, now: Timestamp) -> String {
    let claims = Claims {
        user,
        session: samples::id(),
        is_admin: false,
        issued_at: now,
        expires_at: now.checked_add(SignedDuration::from_mins(10)).unwrap(),
    };
    ports.signer.sign(&claims).unwrap()
}

/// What the gateway has taken and not given back, of everybody.
fn taken(gateway: &SimulatedGateway) -> i64 {
    let ledger = gateway.ledger();
    let moved = ledger.iter().filter(|entry| entry.effect);
    moved
        .map(|entry| match (entry.operation, entry.amount) {
            (GatewayOperation::Capture, Some(amount)) => amount.amount(),
            (GatewayOperation::Refund, Some(amount)) => -amount.amount(),
            _ => 0,
        })
        .sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_buyers_share_two_hundred_seats() {
    let bell = WakeupBell::default();
    let embedded = Embedded::new(&AdapterSettings::default(), Arc::new(bell.clone())).unwrap();
    let milo = Milo::new(embedded.ports.clone(), Policy::default());
    // A moody gateway is asked again soon: everybody who has no seat waits for it.
    let settings = WorkerSettings {
        reconciler: Duration::from_millis(100),
        ..WorkerSettings::default()
    };
    let worker = Worker::start(&milo, &bell, &settings);
    let Served { url, stop, serving } = Served::open(milo, Limits::default()).await;
    let sale = Arc::new(Sale::open(&embedded.ports).await);

    let (anybody, turns) = (Client::new(url), Arc::new(Semaphore::new(CONNECTIONS_MAX)));
    let now = embedded.ports.clock.now();
    let mut buyers = Vec::with_capacity(BUYERS);
    for number in 0..BUYERS {
        let user = samples::person(embedded.ports.accounts.as_ref()).await;
        let buyer = Buyer {
            number,
            client: anybody.bearing(&token(&embedded.ports, user, now)),
            turns: turns.clone(),
            sale: sale.clone(),
        };
        buyers.push(tokio::spawn(buyer.buy()));
    }
    let mut codes = Vec::new();
    let mut empty_handed = 0;
    for buyer in buyers {
        match buyer.await.unwrap() {
            End::Ticket(code) => codes.push(code),
            End::SoldOut => empty_handed += 1,
        }
    }

    assert_eq!((codes.len(), empty_handed), (SEATS, BUYERS - SEATS));
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), SEATS, "every ticket has a code of its own");
    let audit = embedded.store.audit();
    assert_eq!(audit.owners.len(), SEATS);
    assert_eq!(embedded.store.invariants(), Vec::<String>::new());
    let (mut confirmed, mut owed) = (0, 0);
    for record in &audit.bookings {
        let (reservation, payment) = (&record.booking.reservation, &record.booking.payment);
        let is_confirmed = reservation.status == ReservationStatus::Confirmed;
        let due = if is_confirmed { reservation.total.amount() } else { 0 };
        assert_eq!(embedded.gateway.balance(payment.id), due, "{:?}", record.booking);
        confirmed += usize::from(is_confirmed);
        owed += due;
    }
    assert_eq!(confirmed, SEATS);
    assert_eq!(owed, 1000 * i64::try_from(SEATS).unwrap());
    assert_eq!(
        taken(&embedded.gateway),
        owed,
        "money was taken for something that was never sold"
    );

    stop.cancel();
    serving.await.unwrap().unwrap();
    assert!(worker.drain(Duration::from_secs(5)).await.is_clean());
}
