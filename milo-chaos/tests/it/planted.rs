//! A protection is taken away, and the judge must say no.

use std::time::Duration;

use milo_chaos::Plant;

use crate::chaos;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "not yet seen green: see docs/PROOF.md; run it with --ignored"]
async fn without_the_index_that_decides_a_seat_is_sold_twice_and_that_is_noticed() {
    let (report, _records) = chaos("planted", |options| {
        options.plant = Some(Plant::NoSeatOwner);
        options.duration = Some(Duration::from_secs(6));
    })
    .await;

    assert!(!report.is_yes(), "the planted fault was not noticed:\n{report}");
    let broken: Vec<&str> = report
        .verdict
        .violations
        .iter()
        .map(|violation| violation.invariant)
        .collect();
    assert!(
        ["I1", "I15", "I18"].iter().any(|seat| broken.contains(seat)),
        "a seat that is sold twice is not among what was noticed:\n{report}"
    );
}
