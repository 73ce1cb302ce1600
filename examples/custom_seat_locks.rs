//! A lock store of your own behind Milo's core: implement the port, prove it with the suite, put it in.
//!
//! The adapter is `examples/src/sharded_seat_locks`; `cargo test -p milo-examples` proves it.
//! `cargo run -p milo-examples --example custom_seat_locks`

use std::sync::Arc;

use milo_adapters::assembly::{AdapterSettings, Embedded};
use milo_adapters::demo;
use milo_core::booking::HoldSeatsError;
use milo_core::domain::{Admin, Caller, SeatSelection};
use milo_core::policy::Policy;
use milo_core::ports::NoWakeup;
use milo_core::{Milo, Ports};
use milo_examples::sharded_seat_locks::ShardedSeatLocks;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example shows what it does")]
async fn main() -> anyhow::Result<()> {
    // Nothing is paid here, so nobody needs to be woken.
    let ports = Embedded::new(&AdapterSettings::default(), Arc::new(NoWakeup))?.ports;
    let locks = Arc::new(ShardedSeatLocks::new(ports.clock.clone()));
    let milo = Milo::new(Ports { locks, ..ports }, Policy::default());

    let people = milo_examples::two_people(&milo);
    let [ann, bob] = people.map(Caller::trusted);
    let demo = demo::seed(&milo, Admin::trusted(people[0]), milo.ports().clock.now()).await?;
    let seats = SeatSelection::parse(demo.sample.seats)?;

    let hold = milo.booking().hold(ann, demo.sample.showtime, &seats, None).await?;
    println!("Ann holds {} seats until {}", hold.seats.len(), hold.expires_at);
    match milo.booking().hold(bob, demo.sample.showtime, &seats, None).await {
        Err(HoldSeatsError::SeatsUnavailable(taken)) => println!("Bob is refused: {} seats are not free", taken.len()),
        other => anyhow::bail!("Bob should have been refused: {other:?}"),
    }
    milo.booking().release_hold(ann, hold.id).await?;
    milo.booking().hold(bob, demo.sample.showtime, &seats, None).await?;
    println!("Ann lets go, and Bob holds them");
    Ok(())
}
