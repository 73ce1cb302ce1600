use milo_core::ports::IdSource;
use rand::RngExt;
use uuid::Uuid;

/// Ids by the machine's clock, and randomness from its cryptographically secure generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

impl IdSource for SystemIds {
    fn next_id(&self) -> Uuid {
        // The crate orders all ids of one process, within a millisecond and when the clock steps back too.
        Uuid::now_v7()
    }

    fn secret(&self) -> [u8; 32] {
        rand::rng().random()
    }

    fn random(&self) -> u64 {
        rand::rng().random()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_ids_are_greater() {
        let ids: Vec<Uuid> = (0..10_000).map(|_| SystemIds.next_id()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn ids_of_many_threads_never_repeat() {
        let draw = || (0..2_000).map(|_| SystemIds.next_id()).collect::<Vec<_>>();
        let mut ids: Vec<Uuid> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(draw)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn secrets_differ() {
        assert_ne!(SystemIds.secret(), SystemIds.secret());
    }
}
