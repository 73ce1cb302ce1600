//! How the simulated gateway behaves: it reads that from the payment's token.

use std::sync::atomic::{AtomicUsize, Ordering};

use rand::RngExt;
use rand::rngs::StdRng;

/// What the gateway does at the moment to those who pay now.
#[derive(Debug, Default)]
pub(crate) struct Mood(AtomicUsize);

/// Each mood: its name, and what one of a hundred tokens is.
type Tokens = &'static [(u32, &'static str)];

const MOODS: [(&str, Tokens); 5] = [
    (
        "usual",
        &[
            (81, "tok_ok"),
            (5, "tok_declined"),
            (4, "tok_flaky_2"),
            (2, "tok_slow_500"),
            (1, "tok_slow_3000"),
            (3, "tok_lost_1"),
            (2, "tok_capture_refused"),
            (1, "tok_refund_flaky_1"),
            (1, "tok_down"),
        ],
    ),
    ("declines", &[(80, "tok_declined"), (20, "tok_capture_refused")]),
    // Longer than a worker waits for an answer.
    ("slow", &[(70, "tok_slow_3000"), (30, "tok_slow_800")]),
    (
        "loses answers",
        &[(60, "tok_lost_1"), (25, "tok_lost_2"), (15, "tok_refund_flaky_1")],
    ),
    ("down", &[(40, "tok_down"), (60, "tok_flaky_3")]),
];

/// How many moods there are besides the usual one.
pub(crate) const MOODS_COUNT: usize = MOODS.len() - 1;

impl Mood {
    /// Changes the mood: 0 is the usual one. Gives its name.
    pub(crate) fn set(&self, mood: usize) -> &'static str {
        self.0.store(mood, Ordering::Relaxed);
        MOODS[mood].0
    }

    pub(crate) fn token(&self, random: &mut StdRng) -> &'static str {
        let (_, tokens) = MOODS[self.0.load(Ordering::Relaxed)];
        let mut place = random.random_range(0..100);
        for (share, token) in tokens {
            if place < *share {
                return token;
            }
            place -= share;
        }
        "tok_ok"
    }
}

#[cfg(test)]
mod tests {
    use super::MOODS;

    #[test]
    fn the_tokens_of_every_mood_are_a_hundred() {
        for (mood, tokens) in MOODS {
            assert_eq!(tokens.iter().map(|(share, _)| share).sum::<u32>(), 100, "{mood}");
        }
    }
}
