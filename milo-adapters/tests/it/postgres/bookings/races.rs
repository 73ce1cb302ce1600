//! Races that are staged at their narrowest place, and what becomes of them without the protection.

use milo_core::conformance::samples;
use milo_core::domain::{Booking, Placement, SeatClaims};
use milo_core::ports::{ApplyError, BookingStore, PlaceError, Placed};
use sqlx::{Connection, PgConnection};
use tokio::task::JoinHandle;

use super::stage::Stage;

fn placing(stage: &Stage, placement: &Placement) -> JoinHandle<Result<Placed, PlaceError>> {
    let (store, placement) = (stage.store.clone(), placement.clone());
    tokio::spawn(async move { store.place(&placement).await })
}

/// Begins an act past the store; whoever meets it waits until it ends.
async fn act(connection: &mut PgConnection, statement: &'static str) {
    sqlx::raw_sql("begin").execute(&mut *connection).await.unwrap();
    sqlx::raw_sql(statement).execute(connection).await.unwrap();
}

/// Two placements of one seat, both held up after their last look at it and before they claim it.
async fn two_placements_that_both_saw_a_free_seat(stage: &Stage) -> [Result<Placed, PlaceError>; 2] {
    let model = stage.placed(stage.ann, 40..41).await;
    let placements = [stage.placement(stage.ann, 0..1), stage.placement(stage.bob, 0..1)];
    // Whoever inserts a reservation whose code somebody else is just inserting waits to see what becomes of that.
    let mut connection = stage.connection().await;
    let mut obstacle = connection.begin().await.unwrap();
    for placement in &placements {
        sqlx::query(
            "insert into reservations
             select showtime_id, gen_random_uuid(), 1, $2, user_id, gen_random_uuid(), status, seat_count, total_minor,
                 currency, price_version, user_seats_max, null, expires_at, created_at, updated_at
             from reservations where id = $1",
        )
        .bind(model.reservation.id.0)
        .bind(placement.code.as_str().to_owned())
        .execute(&mut *obstacle)
        .await
        .unwrap();
    }
    let [first, second] = placements.map(|placement| placing(stage, &placement));
    stage.until_waiting(2).await;
    obstacle.rollback().await.unwrap();
    [first.await.unwrap(), second.await.unwrap()]
}

#[tokio::test]
async fn of_two_who_saw_a_free_seat_one_gets_it() {
    let stage = Stage::open().await;
    let results = two_placements_that_both_saw_a_free_seat(&stage).await;
    let won = results
        .iter()
        .filter(|result| matches!(result, Ok(Placed::New(_))))
        .count();
    let lost = results
        .iter()
        .filter(|result| matches!(result, Err(PlaceError::SeatsSold(seats)) if *seats == stage.hall.seats(0..1)))
        .count();
    assert_eq!((won, lost), (1, 1), "{results:?}");
}

#[tokio::test]
async fn without_the_unique_index_both_would_get_the_seat() {
    let stage = Stage::open().await;
    stage.run("drop index seat_owner").await;
    let results = two_placements_that_both_saw_a_free_seat(&stage).await;
    assert!(
        results.iter().all(|result| matches!(result, Ok(Placed::New(_)))),
        "{results:?}"
    );
    assert!(!stage.store.invariants().await.unwrap().is_empty());
    stage.engine.is_broken_on_purpose();
}

/// A placement that meets a change of its showtime which ends only now.
async fn placed_during(stage: &Stage, change: &'static str) -> Result<Placed, PlaceError> {
    let mut connection = stage.connection().await;
    act(&mut connection, change).await;
    let placing = placing(stage, &stage.placement(stage.ann, 0..1));
    stage.until_waiting(1).await;
    sqlx::raw_sql("commit").execute(&mut connection).await.unwrap();
    placing.await.unwrap()
}

#[tokio::test]
async fn a_placement_waits_for_a_cancellation_and_obeys_it() {
    let stage = Stage::open().await;
    let placed = placed_during(&stage, "update showtimes set status = 'cancelled'").await;
    assert!(matches!(placed, Err(PlaceError::ShowtimeClosed)), "{placed:?}");
}

#[tokio::test]
async fn a_placement_waits_for_new_prices_and_obeys_them() {
    let stage = Stage::open().await;
    let placed = placed_during(&stage, "update showtimes set price_version = price_version + 1").await;
    assert!(matches!(placed, Err(PlaceError::PriceChanged)), "{placed:?}");
}

#[tokio::test]
async fn a_placement_waits_for_an_earlier_start_and_obeys_it() {
    let stage = Stage::open().await;
    let placed = placed_during(&stage, "update showtimes set starts_at = now() - interval '1 minute'").await;
    assert!(matches!(placed, Err(PlaceError::ShowtimeClosed)), "{placed:?}");
}

#[tokio::test]
async fn a_placement_waits_for_a_new_layout_and_obeys_it() {
    let stage = Stage::open().await;
    let placed = placed_during(
        &stage,
        "select from showtimes for no key update; update seats set removed_at = now()",
    )
    .await;
    assert!(
        matches!(&placed, Err(PlaceError::SeatsSold(seats)) if *seats == stage.hall.seats(0..1)),
        "{placed:?}"
    );
}

/// A capture that meets a cancellation of its showtime which ends only now.
#[tokio::test]
async fn a_capture_waits_for_a_cancellation_and_obeys_it() {
    let stage = Stage::open().await;
    let booking = samples::begun(&*stage.store, &stage.placed(stage.ann, 0..1).await).await;
    let capture = samples::to_capture(&booking);
    let mut connection = stage.connection().await;
    act(&mut connection, "update showtimes set status = 'cancelled'").await;
    let store = stage.store.clone();
    let applying = tokio::spawn(async move { store.apply(&capture).await });
    stage.until_waiting(1).await;
    sqlx::raw_sql("commit").execute(&mut connection).await.unwrap();
    let applied = applying.await.unwrap();
    assert!(matches!(applied, Err(ApplyError::GuardFailed)), "{applied:?}");
}

/// The limit on unpaid seats, when the other placement of the buyer ends only now.
#[tokio::test]
async fn a_placement_waits_for_another_of_its_buyer() {
    let stage = Stage::open().await;
    stage.placed(stage.ann, 0..9).await;
    let mut connection = stage.connection().await;
    act(&mut connection, "update showtime_buyers set last_try_at = now()").await;
    let placing = [10..11, 11..12].map(|seats| placing(&stage, &stage.placement(stage.ann, seats)));
    stage.until_waiting(2).await;
    sqlx::raw_sql("commit").execute(&mut connection).await.unwrap();
    let mut made = 0;
    for placed in placing {
        match placed.await.unwrap() {
            Ok(_) => made += 1,
            Err(error) => assert!(matches!(error, PlaceError::TooManySeats), "{error:?}"),
        }
    }
    assert_eq!(made, 1);
}

/// What the original sold once for all showtimes.
#[tokio::test]
async fn the_same_seat_is_sold_in_two_showtimes() {
    let stage = Stage::open().await;
    let evening = stage.hall.again(&*stage.store, stage.hall.showtime.ends_at).await;
    stage.placed(stage.ann, 0..1).await;
    let again = stage.hall.placement_in(&evening, stage.bob, 0..1);
    let Booking { reservation, .. } = samples::placed(&*stage.store, &again).await;
    assert_eq!(reservation.seat_ids(), stage.hall.seats(0..1));
}

/// A claim that follows a step which it waited for shows the booking after that step, not before.
#[tokio::test]
async fn a_claim_shows_the_step_that_it_waited_for() {
    let stage = Stage::open().await;
    let booking = stage.placed(stage.ann, 0..1).await;
    let mut connection = stage.connection().await;
    // What a wish to cancel does, step by step and slowly.
    act(
        &mut connection,
        "select from payments for no key update;
         update reservations set version = version + 1, cancel_requested = 'owner';
         insert into reservation_events
         select showtime_id, id, 2, 'pending_payment', 'created', 'pending_payment', 'created', 'owner', 'a wish', now()
         from reservations",
    )
    .await;
    let (store, payment) = (stage.store.clone(), booking.payment.id);
    let claiming = tokio::spawn(async move { store.claim_payment(payment, milo_core::conformance::LONG).await });
    stage.until_waiting(1).await;
    sqlx::raw_sql("commit").execute(&mut connection).await.unwrap();
    let claim = claiming.await.unwrap().unwrap().expect("it is due");
    assert_eq!(claim.booking.reservation.version, booking.reservation.version.next());
    let begin = samples::to_begin(&claim.booking);
    assert_eq!(begin.seats, SeatClaims::Keep);
    stage.store.apply(&begin).await.unwrap();
}
