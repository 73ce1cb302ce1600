//! Messages that nobody could handle, for an administrator.

use std::sync::Arc;
use std::time::Duration;

use milo_adapters::layers::{Fault, FaultAt, FaultPlan, Faulty};
use serde_json::Value;

use crate::support::{Cinema, Client, World, text};

const LETTERS: &str = "/admin/dead-letters";

/// A payment that the gateway never answers for is given up, closed and dead-lettered.
async fn give_up_a_payment(world: &World, cinema: &Cinema, seat: usize) -> Value {
    let buyer = world.person(&format!("buyer{seat}")).await;
    let reservation = cinema.reserve(&buyer, seat..seat + 1, "tok_down").await;
    world.turn().await;
    world.clock.advance(Duration::from_mins(3));
    let settled = world.settle(&buyer, &reservation).await;
    world.turn().await;
    settled
}

async fn letters(admin: &Client, query: &str) -> Vec<Value> {
    let listed = admin.get(&format!("{LETTERS}{query}")).await.expect(200).json();
    listed["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_payment_that_was_given_up_is_listed_with_its_reason() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    assert_eq!(letters(&admin, "").await, Vec::<Value>::new());

    let reservation = give_up_a_payment(&world, &cinema, 0).await;

    let listed = letters(&admin, "").await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["payment_id"], reservation["payment"]["id"]);
    assert_eq!(listed[0]["showtime_id"], cinema.showtime.as_str());
    assert_eq!(listed[0]["reason"], "gateway_unavailable");
    assert!(text(&listed[0], "at").ends_with('Z'), "{listed:?}");
    world.close().await;
}

#[tokio::test]
async fn the_oldest_come_first_and_no_more_than_were_asked_for() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let first = give_up_a_payment(&world, &cinema, 0).await;
    give_up_a_payment(&world, &cinema, 1).await;

    let listed = letters(&admin, "?limit=1").await;

    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["payment_id"], first["payment"]["id"]);
    for wrong in ["0", "201", "many"] {
        let answer = admin.get(&format!("{LETTERS}?limit={wrong}")).await;
        answer.expect_problem(422, "validation");
    }
    world.close().await;
}

#[tokio::test]
async fn a_replayed_letter_leaves_the_list_and_its_payment_is_looked_at_again() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    give_up_a_payment(&world, &cinema, 0).await;
    let id = text(&letters(&admin, "").await[0], "id");

    let replay = format!("{LETTERS}/{id}/replay");
    admin.act(&replay).await.expect(204);

    assert_eq!(letters(&admin, "").await, Vec::<Value>::new());
    let queue = &world.milo.ports().queue;
    let delivery = queue.receive(Duration::ZERO).await.unwrap().expect("it was sent again");
    assert_eq!(delivery.wake.id.to_string(), id);
    admin.act(&replay).await.expect_problem(404, "not-found");
    world.close().await;
}

#[tokio::test]
async fn a_letter_that_nobody_wrote_is_not_found() {
    let world = World::open().await;
    let admin = world.admin().await;
    for id in ["0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11", "nonsense"] {
        let answer = admin.act(&format!("{LETTERS}/{id}/replay")).await;
        answer.expect_problem(404, "not-found");
    }
    world.close().await;
}

#[tokio::test]
async fn a_queue_that_is_down_is_told_apart_from_an_empty_one() {
    let down = |operation| {
        let at = FaultAt::Call {
            port: "payment_queue",
            operation,
            nth: 0,
        };
        (at, Fault::Transient)
    };
    let plan = FaultPlan::scripted([down("dead_letters"), down("replay")]);
    let world = World::with(
        |ports| ports.queue = Arc::new(Faulty::new(ports.queue.clone(), plan)),
        |_| {},
    )
    .await;
    let admin = world.admin().await;

    admin.get(LETTERS).await.expect_problem(503, "unavailable");
    let replay = format!("{LETTERS}/0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11/replay");
    admin.act(&replay).await.expect_problem(503, "unavailable");
    world.close().await;
}
