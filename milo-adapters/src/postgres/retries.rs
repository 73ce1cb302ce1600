use std::time::Duration;

use rand::RngExt;

use super::failure::StatementError;

/// How often a statement may be sent again that lost against another one.
#[derive(Debug)]
pub(super) struct Retries {
    left: u32,
    pause_max: Duration,
}

impl Retries {
    /// The most times that one statement is sent again.
    const TIMES_MAX: u32 = 3;
    /// The longest pause before the first of them; each later one may be twice as long.
    const FIRST_PAUSE_MAX: Duration = Duration::from_millis(10);

    pub(super) fn new() -> Self {
        Self {
            left: Self::TIMES_MAX,
            pause_max: Self::FIRST_PAUSE_MAX,
        }
    }

    /// Whether to send the statement again, after a pause of random length: those who met shall not meet again.
    pub(super) async fn again(&mut self, error: &StatementError) -> bool {
        if self.left == 0 || !error.is_contention() {
            return false;
        }
        let pause = self.pause_max.mul_f64(rand::rng().random());
        self.left -= 1;
        self.pause_max *= 2;
        tokio::time::sleep(pause).await;
        true
    }
}
