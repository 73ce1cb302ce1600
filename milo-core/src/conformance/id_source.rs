//! The suite of [`IdSource`].

use std::collections::HashSet;
use std::sync::Arc;

use crate::ports::IdSource;

use super::{Spawn, at_once};

/// A source of ids.
pub trait IdSourceFixture: Send + Sync {
    /// The source under test.
    fn ids(&self) -> Arc<dyn IdSource>;
}

/// Every id is a UUIDv7, and later ones are greater.
pub async fn ids_are_of_version_7_and_ascend(fixture: &impl IdSourceFixture) {
    let source = fixture.ids();
    let ids: Vec<_> = (0..10_000).map(|_| source.next_id()).collect();
    assert!(
        ids.iter()
            .all(|id| id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122)
    );
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
}

/// Secrets and random numbers do not repeat, and every bit of them moves.
pub async fn secrets_and_numbers_do_not_repeat(fixture: &impl IdSourceFixture) {
    let source = fixture.ids();
    let secrets: Vec<_> = (0..1000).map(|_| source.secret()).collect();
    assert_eq!(secrets.iter().collect::<HashSet<_>>().len(), 1000);
    let ever = secrets.iter().fold([0; 32], |mut bits, secret| {
        bits.iter_mut().zip(secret).for_each(|(bits, byte)| *bits |= byte);
        bits
    });
    assert_eq!(ever, [255; 32], "every bit was set at least once");
    let always = secrets.iter().fold([255; 32], |mut bits, secret| {
        bits.iter_mut().zip(secret).for_each(|(bits, byte)| *bits &= byte);
        bits
    });
    assert_eq!(always, [0; 32], "no bit was always set");
    let numbers: HashSet<_> = (0..1000).map(|_| source.random()).collect();
    assert_eq!(numbers.len(), 1000);
}

/// Many draws at once are all different.
pub async fn draws_at_once_are_all_different(fixture: &impl IdSourceFixture, spawn: &dyn Spawn) {
    let source = fixture.ids();
    let draws = (0..20).map(|_| {
        let source = source.clone();
        async move {
            (0..500)
                .map(|_| (source.next_id(), source.secret()))
                .collect::<Vec<_>>()
        }
    });
    let drawn: Vec<_> = at_once(spawn, draws).await.into_iter().flatten().collect();
    assert_eq!(drawn.iter().map(|(id, _)| id).collect::<HashSet<_>>().len(), 10_000);
    assert_eq!(
        drawn.iter().map(|(_, secret)| secret).collect::<HashSet<_>>().len(),
        10_000
    );
}

/// Stamps the suite of the id source; takes a future that makes an [`IdSourceFixture`](crate::conformance::id_source::IdSourceFixture).
#[macro_export]
macro_rules! id_source_conformance {
    ($fixture:expr) => {
        $crate::conformance_cases!(
            id_source,
            $fixture,
            cases: [
                ids_are_of_version_7_and_ascend,
                secrets_and_numbers_do_not_repeat,
            ],
            at_once: [
                draws_at_once_are_all_different,
            ],
        );
    };
}
