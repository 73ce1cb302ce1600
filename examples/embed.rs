//! Milo inside your own program, in fifteen lines: a hold, a reservation, a payment.
//!
//! `cargo run -p milo-examples --example embed`

use std::sync::Arc;
use std::time::Duration;

use milo_adapters::assembly::{AdapterSettings, Embedded};
use milo_adapters::demo;
use milo_core::Milo;
use milo_core::booking::Reserve;
use milo_core::domain::{Admin, Caller, PaymentKind, PaymentMethod, PaymentToken, SeatSelection};
use milo_core::policy::Policy;
use milo_worker::{WakeupBell, Worker, WorkerSettings};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example shows what it does")]
async fn main() -> anyhow::Result<()> {
    let bell = WakeupBell::default();
    let embedded = Embedded::new(&AdapterSettings::default(), Arc::new(bell.clone()))?; // every port could be yours
    let milo = Milo::new(embedded.ports, Policy::default());
    let worker = Worker::start(&milo, &bell, &WorkerSettings::default()); // drives the payments, beside your requests

    let [keeper, ann] = milo_examples::two_people(&milo); // who is who, your program knows
    let demo = demo::seed(&milo, Admin::trusted(keeper), milo.ports().clock.now()).await?;
    let (ann, seats) = (Caller::trusted(ann), SeatSelection::parse(demo.sample.seats)?);

    let hold = milo.booking().hold(ann, demo.sample.showtime, &seats, None).await?;
    let method = PaymentMethod::new(PaymentKind::CreditCard, PaymentToken::parse("tok_ok")?);
    let reserved = milo.booking().reserve(ann, Reserve::hold(hold.id, method)).await?;
    let booking = milo_examples::settled(&milo, ann, reserved.booking().reservation.id).await?;

    let ticket = &booking.reservation;
    println!("{:?} is {}", ticket.code, ticket.status.as_str());
    anyhow::ensure!(worker.drain(Duration::from_secs(10)).await.is_clean());
    Ok(())
}
