use std::sync::Mutex;

use milo_core::ports::IdSource;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

use super::lock;

/// The same ids and numbers for the same seed, for tests and simulations. Never for production: its secrets can be
/// guessed.
#[derive(Debug)]
pub struct SeededIds(Mutex<Drawn>);

#[derive(Debug)]
struct Drawn {
    generator: StdRng,
    millis: u64,
}

impl SeededIds {
    /// Where the time bits of the ids begin: 2026-01-01. They count ids, not milliseconds.
    const FIRST_MILLIS: u64 = 1_767_225_600_000;

    /// The ids and numbers of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(Drawn {
            generator: StdRng::seed_from_u64(seed),
            millis: Self::FIRST_MILLIS,
        }))
    }
}

impl IdSource for SeededIds {
    fn next_id(&self) -> Uuid {
        let mut drawn = lock(&self.0);
        drawn.millis += 1;
        let random: [u8; 10] = drawn.generator.random();
        uuid::Builder::from_unix_timestamp_millis(drawn.millis, &random).into_uuid()
    }

    fn secret(&self) -> [u8; 32] {
        lock(&self.0).generator.random()
    }

    fn random(&self) -> u64 {
        lock(&self.0).generator.random()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64) -> (Vec<Uuid>, [u8; 32], u64) {
        let ids = SeededIds::new(seed);
        ((0..100).map(|_| ids.next_id()).collect(), ids.secret(), ids.random())
    }

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        assert_eq!(drawn(7), drawn(7));
    }

    #[test]
    fn two_seeds_never_share_an_id() {
        let (left, right) = (drawn(7).0, drawn(8).0);
        assert!(left.iter().all(|id| !right.contains(id)));
    }

    #[test]
    fn later_ids_are_greater_and_of_version_seven() {
        let (ids, ..) = drawn(7);
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }
}
