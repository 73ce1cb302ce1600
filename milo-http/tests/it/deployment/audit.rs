//! What the store and the gateway have written, past the processes.

use milo_adapters::gateway::PgSimulatedGateway;
use milo_adapters::postgres::{PgSettings, PgStore};
use milo_core::domain::{Booking, PaymentId, ReservationId, ReservationStatus};
use milo_core::ports::BookingStore;
use secrecy::SecretString;

pub(super) struct Audit {
    pub(super) store: PgStore,
    pub(super) gateway: PgSimulatedGateway,
}

impl Audit {
    pub(super) async fn of(postgres: &str) -> Self {
        let url = SecretString::from(postgres);
        Self {
            store: PgStore::connect(&PgSettings::new(url.clone())).await.unwrap(),
            gateway: PgSimulatedGateway::new(&url, 2).unwrap(),
        }
    }

    pub(super) async fn booking(&self, reservation: &str) -> Booking {
        let id = ReservationId(reservation.parse().unwrap());
        self.store
            .booking(id)
            .await
            .unwrap()
            .expect("it was answered, so it is there")
    }

    /// The promises of the store, and that the money is where the tickets are.
    pub(super) async fn check(&self, reservations: impl IntoIterator<Item = &String>) {
        let broken = self.store.invariants().await.unwrap();
        assert!(broken.is_empty(), "{broken:#?}");
        for reservation in reservations {
            let booking = self.booking(reservation).await;
            let confirmed = booking.reservation.status == ReservationStatus::Confirmed;
            let owed = if confirmed {
                booking.reservation.total.amount()
            } else {
                0
            };
            assert_eq!(
                self.gateway.balance(booking.payment.id).await.unwrap(),
                owed,
                "{booking:?}"
            );
            self.one_effect_each(booking.payment.id).await;
        }
    }

    async fn one_effect_each(&self, payment: PaymentId) {
        for operation in ["auth", "capture", "close", "refund"] {
            let effects = self
                .gateway
                .effects(&format!("milo:{payment}:{operation}"))
                .await
                .unwrap();
            assert!(effects <= 1, "{operation} of {payment} had {effects} effects");
        }
    }
}
