//! A world whose lock store and gateway can be looked at and fooled.

use std::sync::Arc;

use milo_adapters::gateway::SimulatedGateway;
use milo_adapters::memory::MemorySeatLocks;
use milo_core::domain::{PaymentId, ShowtimeId};
use milo_core::jobs::Job;
use milo_core::ports::SeatLocks;
use serde_json::{Value, json};

use crate::support::{Answer, Cinema, Client, World, text};

/// A cinema that sells, and what stands behind it.
pub(crate) struct Insides {
    pub(crate) world: World,
    pub(crate) cinema: Cinema,
    pub(crate) admin: Client,
    pub(crate) locks: Arc<MemorySeatLocks>,
    pub(crate) gateway: Arc<SimulatedGateway>,
}

impl Insides {
    pub(crate) async fn open() -> Self {
        let gateway = Arc::new(SimulatedGateway::new());
        let mut locks = None;
        let world = World::with(
            |ports| {
                let own = Arc::new(MemorySeatLocks::new(ports.clock.clone()));
                ports.locks = own.clone();
                ports.gateway = gateway.clone();
                locks = Some(own);
            },
            |_| {},
        )
        .await;
        let admin = world.admin().await;
        let cinema = Cinema::open(&world, &admin).await;
        Self {
            world,
            cinema,
            admin,
            locks: locks.unwrap(),
            gateway,
        }
    }

    pub(crate) fn showtime(&self) -> ShowtimeId {
        self.cinema.showtime.parse().unwrap()
    }

    /// Makes the lock store believe that nothing was ever held or sold, so that only the store's index is left.
    pub(crate) async fn fool_the_locks(&self) {
        self.locks.wipe();
        self.locks.warm(self.showtime(), &[]).await.unwrap();
    }

    /// Asks to hold these seats.
    pub(crate) async fn try_hold(&self, buyer: &Client, seats: &[&String]) -> Answer {
        buyer.post(&self.cinema.holds(), &json!({"seat_ids": seats})).await
    }

    /// Asks to hold and reserve these seats in one step.
    pub(crate) async fn try_buy(&self, buyer: &Client, seats: &[&String]) -> Answer {
        let body = json!({
            "showtime_id": self.cinema.showtime, "seat_ids": seats,
            "payment_method": {"kind": "credit_card", "token": "tok_ok"},
        });
        buyer.post("/reservations", &body).await
    }

    /// How many seats are available, held and sold.
    pub(crate) async fn counts(&self) -> Value {
        let map = self.world.anybody().get(&self.cinema.map()).await.expect(200);
        map.json()["counts"].clone()
    }

    /// Runs one job, which must not fail.
    pub(crate) async fn run(&self, job: impl Job) {
        job.run_once().await.unwrap();
    }

    /// Nothing that the protocol promises is broken by what is written.
    pub(crate) fn check(&self) {
        assert_eq!(self.world.store.invariants(), Vec::<String>::new());
    }
}

/// The payment of a reservation.
pub(crate) fn payment_of(reservation: &Value) -> PaymentId {
    text(&reservation["payment"], "id").parse().unwrap()
}
