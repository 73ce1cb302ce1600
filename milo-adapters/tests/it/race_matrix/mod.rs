//! Every two of ten acts against each other, on the same seats, at every point where one can overtake the other.
//!
//! The first act stops before its first call to any port, the second runs from beginning to end, and the first goes on;
//! then the same before its second call, its third, and so on until it has no more calls; then all of it with the two
//! exchanged. After each of these the jobs run until all is quiet, and [`check`](crate::stage::check) says what must be true.

mod act;
mod barrier;
mod scene;

use std::sync::Arc;
use std::time::Duration;

use milo_core::Milo;
use milo_core::policy::Policy;

use crate::stage::{Stage, check};

pub(crate) use act::Act;
use barrier::Barrier;
use scene::Scene;

/// More calls than any act makes.
const CALLS_MAX: usize = 200;

/// How long an act may take that nobody stops.
const ACT_TIME: Duration = Duration::from_secs(30);

/// Lets `act` race with itself and with every act after it; says how many races that were.
pub(crate) async fn race_with_all(stage: &dyn Stage, act: Act) -> usize {
    let mut races = 0;
    for other in Act::ALL.into_iter().skip_while(|other| *other != act) {
        races += race(stage, act, other).await;
        if other != act {
            races += race(stage, other, act).await;
        }
    }
    races
}

/// Stops `first` before each of its calls in turn and runs `second` there.
async fn race(stage: &dyn Stage, first: Act, second: Act) -> usize {
    for stop_at in 0..CALLS_MAX {
        let scene = Arc::new(Scene::set(stage, first, second).await);
        let barrier = Barrier::before(stop_at);
        let gated = Milo::new(barrier.around(stage.ports()), Policy::default());
        let calm = Milo::new(stage.ports().clone(), Policy::default());

        let running = tokio::spawn({
            let scene = Arc::clone(&scene);
            async move { first.run(&gated, &scene, scene.roles.0).await }
        });
        let stopped = barrier.reached_or_done(running).await;
        let place = format!("{first:?} stopped before call {stop_at} for {second:?}");
        let within = |what| format!("{place}: {what} takes longer than {ACT_TIME:?}");
        tokio::time::timeout(ACT_TIME, second.run(&calm, &scene, scene.roles.1))
            .await
            .unwrap_or_else(|_| panic!("{}", within("the second")));
        barrier.open();
        let more = match stopped {
            Some(running) => {
                let ended = tokio::time::timeout(ACT_TIME, running).await;
                ended
                    .unwrap_or_else(|_| panic!("{}", within("the first")))
                    .expect(&place);
                true
            }
            None => false,
        };

        let bookings = scene.settled(&calm, &place).await;
        check(stage, &scene.hall, &bookings, &place).await;
        if !more {
            return stop_at + 1;
        }
    }
    panic!("{first:?} makes more than {CALLS_MAX} calls");
}

/// Stamps one test an act; the expression is a future that makes a fresh [`Stage`].
macro_rules! race_matrix {
    ($stage:expr) => {
        $crate::race_matrix::race_matrix! { @ $stage =>
            holding: Hold, reserving: Reserve, paying: Pay, declining: Decline, expiring: Expire,
            cancelling: Cancel, cancelling_the_showtime: CancelShowtime, refunding: Refund,
            changing_the_layout: ChangeLayout, sweeping: Sweep,
        }
    };
    (@ $stage:expr => $($name:ident: $act:ident,)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let stage = $stage.await;
            let races = $crate::race_matrix::race_with_all(&stage, $crate::race_matrix::Act::$act).await;
            println!("{races} races");
            assert!(races > 0);
        }
    )+};
}
pub(crate) use race_matrix;
