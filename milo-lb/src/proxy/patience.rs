//! How long an answer is waited for.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;

use crate::wire::Alarm;

/// How often it is looked whether waiting still makes sense.
const LOOK: Duration = Duration::from_millis(100);

/// Why nothing was waited for any longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Impatience {
    /// The time is over.
    TimedOut,
    /// It is in vain.
    InVain,
}

/// What a future gives, if it does in time and before `in_vain` holds.
///
/// `alarm` belongs to the client's connection and is used for all its requests: most are answered long before it fires, so waiting costs them next to
/// nothing, where a timer of their own would have to be entered and taken out again.
pub(super) async fn wait<T>(
    answer: impl Future<Output = T>,
    patience: Duration,
    alarm: &mut Alarm,
    in_vain: impl Fn() -> bool,
) -> Result<T, Impatience> {
    let mut answer = pin!(answer);
    let mut times: Option<(Instant, Instant)> = None;
    poll_fn(|context| {
        if let Poll::Ready(answer) = answer.as_mut().poll(context) {
            return Poll::Ready(Ok(answer));
        }
        loop {
            let (end, look) = *times.get_or_insert_with(|| {
                let now = Instant::now();
                (now + patience, now + LOOK)
            });
            if alarm.poll(context, look.min(end)).is_pending() {
                return Poll::Pending;
            }
            if look >= end {
                return Poll::Ready(Err(Impatience::TimedOut));
            }
            if in_vain() {
                return Poll::Ready(Err(Impatience::InVain));
            }
            times = Some((end, look + LOOK));
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn what_comes_in_time_is_taken() {
        let mut alarm = Alarm::default();
        let later = async {
            tokio::time::sleep(LONG / 2).await;
            7
        };
        assert_eq!(wait(ready(6), LONG, &mut alarm, || false).await, Ok(6));
        assert_eq!(wait(later, LONG, &mut alarm, || false).await, Ok(7));
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_come_is_waited_for_no_longer_than_was_said() {
        let mut alarm = Alarm::default();
        for patience in [LONG, Duration::from_millis(30), Duration::from_millis(130)] {
            let begun = Instant::now();
            let waited = wait(pending::<()>(), patience, &mut alarm, || false).await;
            assert_eq!(
                (waited, begun.elapsed().as_millis().abs_diff(patience.as_millis()) < 5),
                (Err(Impatience::TimedOut), true)
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_in_vain_is_given_up_soon() {
        let mut alarm = Alarm::default();
        let begun = Instant::now();
        let waited = wait(pending::<()>(), LONG, &mut alarm, || begun.elapsed() > LONG / 4).await;
        assert_eq!(waited, Err(Impatience::InVain));
        assert!(begun.elapsed() < LONG / 2);
    }
}
