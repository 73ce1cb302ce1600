//! Milo inside your own program: a hold, a reservation, a payment.
//!
//! `cargo run -p milo-examples --example embed`

use std::sync::Arc;
use std::time::Duration;

use milo_adapters::assembly::{AdapterSettings, Embedded};
use milo_adapters::demo;
use milo_core::Milo;
use milo_core::booking::{Reserve, ReserveSource};
use milo_core::domain::{Admin, Caller, PaymentKind, PaymentMethod, PaymentToken, SeatSelection, SessionId, UserId};
use milo_core::policy::Policy;
use milo_worker::{WakeupBell, Worker, WorkerSettings};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example shows what it does")]
async fn main() -> anyhow::Result<()> {
    // A core over ports; every port could be yours. The worker drives payments beside your requests.
    let bell = WakeupBell::default();
    let embedded = Embedded::new(&AdapterSettings::default(), Arc::new(bell.clone()))?;
    let milo = Milo::new(embedded.ports, Policy::default());
    let worker = Worker::start(&milo, &bell, &WorkerSettings::default());

    // Something to sell. Who is who, your program knows: the core takes its word for it.
    let (ids, clock) = (&milo.ports().ids, &milo.ports().clock);
    let demo = demo::seed(&milo, Admin::trusted(UserId(ids.next_id())), clock.now()).await?;
    let ann = Caller {
        user: UserId(ids.next_id()),
        session: SessionId(ids.next_id()),
        is_admin: false,
    };

    // Hold, reserve, wait.
    let seats = SeatSelection::parse(demo.sample.seats)?;
    let hold = milo.booking().hold(ann, demo.sample.showtime, &seats, None).await?;
    println!(
        "held {} seats for {} until {}",
        hold.seats.len(),
        hold.total,
        hold.expires_at
    );

    let method = PaymentMethod {
        kind: PaymentKind::CreditCard,
        token: PaymentToken::parse("tok_ok")?,
    };
    let request = Reserve {
        source: ReserveSource::Hold(hold.id),
        method,
        key: None,
    };
    let reserved = milo.booking().reserve(ann, request).await?;
    let booking = milo_examples::settled(&milo, ann, reserved.booking().reservation.id).await?;
    let (code, status) = (booking.reservation.code.as_str(), booking.reservation.status.as_str());
    println!("{code} is {status}, its payment is {}", booking.payment.status.as_str());

    anyhow::ensure!(
        worker.drain(Duration::from_secs(10)).await.is_clean(),
        "a run was cut off"
    );
    Ok(())
}
