//! Who gets a seat, and what is left when nobody does.

use std::sync::Arc;
use std::time::Duration;

use milo_adapters::memory::{ManualClock, MemorySeatLocks};
use milo_core::conformance::{at_once, samples};
use milo_core::domain::{ShowtimeId, UserId};
use milo_core::ports::{AcquireError, HoldError, SeatLocks};
use serde_json::json;

use super::Insides;
use crate::support::{Cinema, showtime};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn o1_of_two_users_who_want_one_seat_exactly_one_holds_it() {
    let inside = Insides::open().await;
    let people = [inside.world.person("ann").await, inside.world.person("bob").await];

    for seat in &inside.cinema.seats {
        let tries = people.clone().map(|buyer| {
            let (path, body) = (inside.cinema.holds(), json!({"seat_ids": [seat]}));
            async move { buyer.post(&path, &body).await }
        });
        let mut answers = at_once(&|task| drop(tokio::spawn(task)), tries).await;
        answers.sort_by_key(|answer| answer.status);
        let [won, lost] = <[_; 2]>::try_from(answers).unwrap();
        won.expect(201);
        let refused = lost.expect_problem(409, "seats-unavailable");
        assert_eq!(refused["unavailable_seat_ids"], json!([seat]));
    }
    assert_eq!(inside.counts().await, json!({"available": 0, "held": 10, "sold": 0}));
}

#[tokio::test]
async fn o1_two_tabs_of_one_user_are_two_buyers() {
    let inside = Insides::open().await;
    let ann = inside.world.person("ann").await;
    let seat = &inside.cinema.seats[0];
    inside.try_hold(&ann, &[seat]).await.expect(201);
    inside
        .try_hold(&ann, &[seat])
        .await
        .expect_problem(409, "seats-unavailable");
}

/// No store of record, so no unique index, stands behind these locks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn o1_the_lock_store_alone_gives_a_seat_to_one_of_many() {
    let locks = Arc::new(MemorySeatLocks::new(Arc::new(ManualClock::default())));
    let showtime: ShowtimeId = samples::id();
    locks.warm(showtime, &[]).await.unwrap();

    for seat in samples::seats(50) {
        let tries = (0..8).map(|_| {
            let locks = locks.clone();
            let user: UserId = samples::id();
            let request = samples::hold_request(showtime, user, &[seat], Duration::from_mins(1));
            async move { (user, request.id, locks.acquire(&request).await) }
        });
        let results = at_once(&|task| drop(tokio::spawn(task)), tries).await;

        let holders: Vec<_> = results.iter().filter(|(_, _, result)| result.is_ok()).collect();
        assert_eq!(holders.len(), 1, "seat {seat} is held by {holders:?}");
        let (holder, hold, _) = holders[0];
        for (user, _, _) in results.iter().filter(|(user, _, _)| user != holder) {
            let released = locks.release(*hold, *user).await;
            assert!(matches!(released, Err(HoldError::Unknown)), "{released:?}");
        }
        let late = samples::hold_request(showtime, samples::id(), &[seat], Duration::from_mins(1));
        let refused = locks.acquire(&late).await;
        assert!(matches!(refused, Err(AcquireError::Unavailable(seats)) if seats == [seat]));
    }
}

#[tokio::test]
async fn o1_with_the_locks_fooled_the_index_alone_sells_a_seat_once() {
    let inside = Insides::open().await;
    let (ann, bob) = (inside.world.person("ann").await, inside.world.person("bob").await);
    let seat = &inside.cinema.seats[0];
    inside.try_buy(&ann, &[seat]).await.expect(201);
    inside.fool_the_locks().await;

    let refused = inside
        .try_buy(&bob, &[seat])
        .await
        .expect_problem(409, "seats-unavailable");
    assert_eq!(refused["unavailable_seat_ids"], json!([seat]));
    assert_eq!(inside.world.store.audit().owners.len(), 1);
    inside.check();
}

#[tokio::test]
async fn o2_a_refused_hold_leaves_nothing_behind() {
    let inside = Insides::open().await;
    let (ann, bob) = (inside.world.person("ann").await, inside.world.person("bob").await);
    let seats: Vec<&String> = inside.cinema.seats.iter().collect();
    inside.try_hold(&ann, &seats[4..5]).await.expect(201);

    for _ in 0..5 {
        let refused = inside
            .try_hold(&bob, &seats)
            .await
            .expect_problem(409, "seats-unavailable");
        assert_eq!(refused["unavailable_seat_ids"], json!([seats[4]]));
        assert_eq!(inside.counts().await, json!({"available": 9, "held": 1, "sold": 0}));
    }
    // Neither a seat nor a part of what one person may hold was lost.
    let others: Vec<&String> = [&seats[..4], &seats[5..]].concat();
    inside.try_hold(&bob, &others).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn o2_overlapping_holds_are_whole_or_not_at_all() {
    const BUYERS: usize = 6;
    let inside = Insides::open().await;
    let mut people = Vec::new();
    for number in 0..BUYERS {
        people.push(inside.world.person(&format!("buyer{number}")).await);
    }

    for round in 0..10 {
        // Everybody wants three seats in a row, and begins at another one, half of them from the end.
        let tries = people.iter().cloned().enumerate().map(|(number, buyer)| {
            let mut wanted: Vec<String> = (0..3)
                .map(|next| inside.cinema.seats[(number + round + next) % 10].clone())
                .collect();
            if number % 2 == 1 {
                wanted.reverse();
            }
            let (path, body) = (inside.cinema.holds(), json!({"seat_ids": wanted}));
            async move { (buyer.post(&path, &body).await, buyer) }
        });
        let answers = at_once(&|task| drop(tokio::spawn(task)), tries).await;

        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(answer, _)| answer.status == 201);
        assert!(!won.is_empty(), "somebody is always first");
        let held = 3 * won.len();
        assert_eq!(
            inside.counts().await,
            json!({"available": 10 - held, "held": held, "sold": 0})
        );
        for (answer, _) in lost {
            answer.expect_problem(409, "seats-unavailable");
        }
        for (answer, buyer) in won {
            buyer.delete(&format!("/holds/{}", answer.id())).await.expect(204);
        }
        assert_eq!(inside.counts().await, json!({"available": 10, "held": 0, "sold": 0}));
    }
}

#[tokio::test]
async fn o3_a_hold_that_is_refused_at_its_last_seat_locks_none_before_it() {
    let inside = Insides::open().await;
    let (ann, bob) = (inside.world.person("ann").await, inside.world.person("bob").await);
    let mut seats: Vec<&String> = inside.cinema.seats.iter().collect();
    seats.sort_unstable();
    inside.try_buy(&ann, &seats[3..4]).await.expect(201);

    inside
        .try_hold(&bob, &seats[..4])
        .await
        .expect_problem(409, "seats-unavailable");
    let nowhere = "ffffffff-ffff-7fff-bfff-ffffffffffff".to_owned();
    inside
        .try_hold(&bob, &[seats[0], seats[1], &nowhere])
        .await
        .expect_flaws(&[("seat_ids[2]", "unknown_seat")]);

    assert_eq!(inside.counts().await, json!({"available": 9, "held": 0, "sold": 1}));
    inside.try_hold(&ann, &seats[..3]).await.expect(201);
}

/// The locks let everything pass, so the refusal comes from the store, in the middle of the reservation.
#[tokio::test]
async fn o3_a_reservation_that_is_refused_at_its_last_seat_locks_none_before_it() {
    let inside = Insides::open().await;
    let (ann, bob) = (inside.world.person("ann").await, inside.world.person("bob").await);
    let carol = inside.world.person("carol").await;
    let mut seats: Vec<&String> = inside.cinema.seats.iter().collect();
    seats.sort_unstable();
    inside.try_buy(&ann, &seats[3..4]).await.expect(201);
    inside.fool_the_locks().await;

    let refused = inside
        .try_buy(&bob, &seats[..4])
        .await
        .expect_problem(409, "seats-unavailable");
    assert_eq!(refused["unavailable_seat_ids"], json!([seats[3]]));

    let audit = inside.world.store.audit();
    assert_eq!(audit.bookings.len(), 1, "only Ann's");
    assert_eq!(audit.seats.len(), 1, "no seat was claimed and released again");
    assert_eq!(inside.counts().await, json!({"available": 9, "held": 0, "sold": 1}));
    inside.try_buy(&carol, &seats[..3]).await.expect(201);
    inside.check();
}

#[tokio::test]
async fn o9_a_seat_is_sold_in_every_showtime() {
    let inside = Insides::open().await;
    let ann = inside.world.person("ann").await;
    let bob = inside.world.person("bob").await;
    let first = &inside.cinema;
    let later = showtime(
        &first.movie,
        &first.screen,
        &inside.world.after(Duration::from_hours(30)),
    );
    let second = Cinema {
        movie: first.movie.clone(),
        theater: first.theater.clone(),
        screen: first.screen.clone(),
        showtime: inside.admin.post("/showtimes", &later).await.expect(201).id(),
        seats: first.seats.clone(),
    };

    let tonight = first.reserve(&ann, 0..1, "tok_ok").await;
    let tomorrow = second.reserve(&bob, 0..1, "tok_ok").await;

    assert_eq!(tonight["seats"][0]["id"], tomorrow["seats"][0]["id"]);
    assert_eq!(inside.world.settle(&ann, &tonight).await["status"], "confirmed");
    assert_eq!(inside.world.settle(&bob, &tomorrow).await["status"], "confirmed");
    assert_eq!(inside.world.store.audit().owners.len(), 2);
    inside.check();
}
