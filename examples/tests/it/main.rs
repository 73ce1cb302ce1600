//! Tests of the examples: the suite that proves a lock store, stamped on the one that is shown.

mod rush {
    use milo_examples::rush::Rush;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_rush_sells_no_seat_twice_and_loses_no_cent() {
        let report = Rush { buyers: 200, seats: 30 }.run().await.unwrap();
        assert!(report.is_sound(), "{report}");
        assert!((1..=30).contains(&report.seats_sold), "{report}");
    }
}

mod sharded_seat_locks {
    use std::sync::Arc;
    use std::time::Duration;

    use async_trait::async_trait;
    use jiff::Timestamp;
    use milo_adapters::memory::ManualClock;
    use milo_core::conformance::EngineClock;
    use milo_core::conformance::seat_locks::SeatLocksFixture;
    use milo_core::ports::{Clock, SeatLocks};
    use milo_examples::sharded_seat_locks::ShardedSeatLocks;

    struct Fixture {
        clock: ManualClock,
        locks: Arc<ShardedSeatLocks>,
    }

    #[async_trait]
    impl EngineClock for Fixture {
        async fn now(&self) -> Timestamp {
            self.clock.now()
        }

        async fn advance(&self, by: Duration) {
            self.clock.advance(by);
        }

        fn is_manual(&self) -> bool {
            true
        }
    }

    impl SeatLocksFixture for Fixture {
        fn locks(&self) -> Arc<dyn SeatLocks> {
            self.locks.clone()
        }
    }

    async fn fresh() -> Fixture {
        let clock = ManualClock::default();
        let locks = Arc::new(ShardedSeatLocks::new(Arc::new(clock.clone())));
        Fixture { clock, locks }
    }

    milo_core::seat_locks_conformance!(fresh());
}
