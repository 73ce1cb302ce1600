//! What becomes of a call whose connection breaks, and of the sessions' settings.

use std::time::Duration;

use milo_adapters::postgres::{PgSettings, PgStore, PgTls};
use milo_core::conformance::samples;
use milo_core::ports::{ApplyError, BookingStore, Failure, PlaceError, Placed};
use milo_testkit::{Relay, Wire};

use super::stage::{EMPTY_MESSAGE_BYTES, Stage};
use crate::postgres::engine::settings;

/// A store of one connection over a wire that can break.
async fn linked(stage: &Stage, change: impl FnOnce(&mut PgSettings)) -> (Relay, PgStore) {
    let url = stage.engine.database.url();
    let relay = Relay::to_url(&url).await;
    relay.ignore_up_to(EMPTY_MESSAGE_BYTES);
    let mut settings = settings(&relay.url(&url));
    settings.connections_max = 1;
    settings.tls = Some(PgTls::Disable);
    change(&mut settings);
    let store = PgStore::connect(&settings).await.unwrap();
    (relay, store)
}

#[tokio::test]
async fn a_placement_whose_answer_is_lost_is_found_by_its_repeat() {
    let stage = Stage::open().await;
    let (relay, store) = linked(&stage, |_| {}).await;
    samples::placed(&store, &stage.placement(stage.bob, 0..1)).await;

    let placement = stage.placement(stage.ann, 1..3);
    relay.set(Wire::AnswersLost);
    let lost = store.place(&placement).await;
    let Err(PlaceError::Port(error)) = lost else {
        panic!("{lost:?}");
    };
    assert_eq!(error.failure, Failure::OutcomeUnknown);
    relay.set(Wire::Open);
    let repeated = store.place(&placement).await.unwrap();
    assert!(matches!(&repeated, Placed::SameHold(booking) if booking.reservation.id == placement.reservation));
}

#[tokio::test]
async fn a_step_whose_answer_is_lost_was_taken_once() {
    let stage = Stage::open().await;
    let (relay, store) = linked(&stage, |_| {}).await;
    samples::begun(&store, &stage.placed(stage.bob, 0..1).await).await;

    let booking = stage.placed(stage.ann, 1..3).await;
    let begin = samples::to_begin(&booking);
    relay.set(Wire::AnswersLost);
    let lost = store.apply(&begin).await;
    let Err(ApplyError::Port(error)) = lost else {
        panic!("{lost:?}");
    };
    assert_eq!(error.failure, Failure::OutcomeUnknown);
    relay.set(Wire::Open);
    let repeated = store.apply(&begin).await;
    assert!(matches!(repeated, Err(ApplyError::Stale)), "{repeated:?}");
    let now = store.booking(booking.reservation.id).await.unwrap().unwrap();
    assert_eq!(now.reservation.version, booking.reservation.version.next());
}

#[tokio::test]
async fn a_read_whose_answer_is_lost_may_be_repeated() {
    let stage = Stage::open().await;
    let (relay, store) = linked(&stage, |_| {}).await;
    let booking = stage.placed(stage.ann, 0..1).await;
    store.booking(booking.reservation.id).await.unwrap();
    relay.set(Wire::AnswersLost);
    let error = store.booking(booking.reservation.id).await.unwrap_err();
    assert_eq!(error.failure, Failure::Transient);
}

#[tokio::test]
async fn a_placement_that_nobody_answers_is_of_unknown_outcome_in_time() {
    let stage = Stage::open().await;
    let (relay, store) = linked(&stage, |settings| {
        settings.statement_timeout = Duration::from_millis(500)
    })
    .await;
    let mut connection = stage.connection().await;
    sqlx::raw_sql("begin; select from showtimes for no key update")
        .execute(&mut connection)
        .await
        .unwrap();
    let placement = stage.placement(stage.ann, 1..2);
    let placing = tokio::spawn(async move { store.place(&placement).await });
    stage.until_waiting(1).await;
    relay.set(Wire::Blackhole);
    let unanswered = tokio::time::timeout(Duration::from_secs(5), placing);
    match unanswered.await.expect("the wait has a bound").unwrap() {
        Err(PlaceError::Port(error)) => assert_eq!(error.failure, Failure::OutcomeUnknown),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_store_whose_connections_were_killed_goes_on() {
    let stage = Stage::open().await;
    let (_relay, store) = linked(&stage, |_| {}).await;
    let booking = samples::placed(&store, &stage.placement(stage.ann, 0..1)).await;
    stage
        .run(
            "select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and application_name = 'milo'",
        )
        .await;
    let begin = samples::to_begin(&booking);
    // A connection is trusted for a moment: one call may be told the truth about it.
    let first = store.apply(&begin).await;
    if let Err(error) = &first {
        assert!(
            matches!(error, ApplyError::Port(error) if error.may_retry()),
            "{error:?}"
        );
        store.apply(&begin).await.expect("the next call goes on");
    }
}

#[tokio::test]
async fn a_sale_is_read_committed_whatever_the_servers_default() {
    let stage = Stage::open().await;
    stage
        .run(
            "do $$ begin
                 execute format('alter database %I set default_transaction_isolation = serializable', current_database());
             end $$;
             create function only_read_committed() returns trigger language plpgsql as $$
             begin
                 if current_setting('transaction_isolation') <> 'read committed' then
                     raise exception 'isolated as %', current_setting('transaction_isolation');
                 end if;
                 return new;
             end $$;
             create trigger only_read_committed before insert on reservations
                 for each row execute function only_read_committed();",
        )
        .await;
    let (_relay, store) = linked(&stage, |_| {}).await;
    samples::placed(&store, &stage.placement(stage.ann, 0..1)).await;
}

#[tokio::test]
async fn a_placement_that_waits_too_long_for_a_lock_is_tried_again() {
    let stage = Stage::open().await;
    let (_relay, store) = linked(&stage, |settings| settings.lock_timeout = Duration::from_millis(50)).await;
    let mut connection = stage.connection().await;
    sqlx::raw_sql("begin; select from showtimes for no key update")
        .execute(&mut connection)
        .await
        .unwrap();
    let placement = stage.placement(stage.ann, 0..1);
    let placing = tokio::spawn(async move { store.place(&placement).await });
    // It waits, gives up, and waits again.
    let first = stage.waits_since().await;
    while stage.waits_since().await == first {}
    sqlx::raw_sql("commit").execute(&mut connection).await.unwrap();
    assert!(matches!(placing.await.unwrap(), Ok(Placed::New(_))));
}
