//! Why a payment failed.

use milo_core::domain::PaymentFailure;
use proptest::prelude::*;

use super::{code, is_json, many, refuses_json};

#[test]
fn the_failures_that_milo_finds_itself_can_be_read_again() {
    for (failure, text) in [
        (PaymentFailure::gateway_unavailable(), "gateway_unavailable"),
        (PaymentFailure::cancelled(), "cancelled"),
        (PaymentFailure::showtime_closed(), "showtime_closed"),
    ] {
        assert_eq!(failure.as_str(), text);
        assert_eq!(PaymentFailure::parse(text), Ok(failure));
    }
}

#[test]
fn a_code_has_1_to_64_characters() {
    assert!(PaymentFailure::parse(&"a".repeat(64)).is_ok());
    for text in [
        "",
        &"a".repeat(65),
        "Card",
        "card declined",
        "card-declined",
        "é",
        "a\n",
    ] {
        assert_eq!(code(PaymentFailure::parse(text)), "invalid_failure", "{text:?}");
        refuses_json::<PaymentFailure>(text);
    }
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn a_code_is_kept_as_it_is(text in "[a-z0-9_]{1,64}", other in ".{0,6}") {
        let failure = PaymentFailure::parse(&text).unwrap();
        prop_assert_eq!(failure.as_str(), &text);
        is_json(&failure, text);
        let good = !other.is_empty() && other.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        prop_assert_eq!(PaymentFailure::parse(&other).is_ok(), good);
    }
}
