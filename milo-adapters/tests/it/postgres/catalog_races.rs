//! Changes of the catalogue that meet a sale at the narrowest place.

use std::sync::Arc;

use milo_adapters::postgres::PgStore;
use milo_core::conformance::samples::{self, Hall};
use milo_core::conformance::{EngineClock, LONG, later};
use milo_core::ports::{BookingStore, Catalog, ChangeError};
use sqlx::{Connection, PgConnection};

use super::engine::PgEngine;
use super::waiting::until_waiting;

/// Lets `change` begin while a sale of the hall's first seat is on its way, and gives what became of the change.
///
/// The sale's lock on the showtime is held from before the change until after the sale, as a slow sale would.
async fn meeting_a_sale<Act: Future<Output = Result<(), ChangeError>> + Send + 'static>(
    change: impl FnOnce(Arc<PgStore>, Hall) -> Act,
) -> Result<(), ChangeError> {
    let engine = PgEngine::new().await;
    let hall = Hall::open(&*engine.store, later(engine.now().await, 100 * LONG)).await;
    let mut sale = PgConnection::connect(&engine.database.url()).await.unwrap();
    sqlx::raw_sql("begin; select from showtimes for share")
        .execute(&mut sale)
        .await
        .unwrap();
    let changing = tokio::spawn(change(engine.store.clone(), hall.clone()));
    until_waiting(&engine.pool, 1).await;
    engine.store.place(&hall.placement(samples::id(), 0..1)).await.unwrap();
    sqlx::raw_sql("commit").execute(&mut sale).await.unwrap();
    changing.await.unwrap()
}

#[tokio::test]
async fn a_new_layout_waits_for_a_sale_and_keeps_its_seat() {
    let changed = meeting_a_sale(async |store, hall| {
        let smaller = samples::layout(hall.screen.id, &Hall::ROWS[1..], Some(&hall.layout));
        store.change_layout(&smaller, hall.screen.version).await
    })
    .await;
    let Err(ChangeError::SeatsInUse(seats)) = changed else {
        panic!("{changed:?}");
    };
    assert_eq!(seats.len(), 1);
}

#[tokio::test]
async fn a_move_waits_for_a_sale_and_is_refused() {
    let changed = meeting_a_sale(async |store, hall| {
        let moved = samples::moved(&hall.showtime, LONG);
        store.change_showtime(&moved, hall.showtime.version).await
    })
    .await;
    assert!(matches!(changed, Err(ChangeError::InUse)), "{changed:?}");
}

#[tokio::test]
async fn a_removal_waits_for_a_sale_and_is_refused() {
    let changed =
        meeting_a_sale(async |store, hall| store.remove_theater(hall.theater.id, hall.theater.version).await).await;
    assert!(matches!(changed, Err(ChangeError::InUse)), "{changed:?}");
}
