//! Currencies and amounts.

use milo_core::domain::{Currency, Money};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::{code, is_json, many, refuses_json};

const CODES: [&str; 6] = ["USD", "EUR", "JPY", "KWD", "ZWG", "AED"];

fn currency() -> impl Strategy<Value = Currency> {
    select(&CODES[..]).prop_map(|code| Currency::parse(code).unwrap())
}

fn money(amount: i64) -> Money {
    Money::parse(amount, Currency::USD).unwrap()
}

mod currencies {
    use super::*;

    #[test]
    fn an_active_code_is_read_and_written() {
        for text in CODES {
            let currency = Currency::parse(text).unwrap();
            assert_eq!(currency.as_str(), text);
            assert_eq!(
                (format!("{currency}"), format!("{currency:?}")),
                (text.into(), text.into())
            );
            is_json(&currency, text);
        }
        assert_eq!(Currency::parse("USD"), Ok(Currency::USD));
    }

    #[test]
    fn retired_codes_funds_metals_and_near_misses_are_refused() {
        let wrong = [
            "DEM", "XAU", "XTS", "XXX", "CHE", "usd", "Usd", "US", "USDD", "", "   ", " USD", "USD ", "U$D", "ÜSD",
            "€", "AED AFN", "ED ", " AF",
        ];
        for text in wrong {
            assert_eq!(code(Currency::parse(text)), "invalid_currency", "{text:?}");
            refuses_json::<Currency>(text);
        }
    }

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn whatever_is_read_is_three_capitals(text in "[A-Z]{3}|.{0,4}") {
            match Currency::parse(&text) {
                Ok(currency) => {
                    prop_assert_eq!(currency.as_str(), &text);
                    prop_assert!(text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()));
                }
                Err(wrong) => prop_assert_eq!(wrong.code, "invalid_currency"),
            }
        }
    }
}

mod amounts {
    use super::*;

    #[test]
    fn the_bounds_are_zero_and_the_largest_amount() {
        assert_eq!(money(0).amount(), 0);
        assert_eq!(money(Money::AMOUNT_MAX).amount(), 1_000_000_000_000);
        for outside in [-1, Money::AMOUNT_MAX + 1, i64::MIN, i64::MAX] {
            assert_eq!(code(Money::parse(outside, Currency::USD)), "out_of_range");
            refuses_json::<Money>(json!({"amount": outside, "currency": "USD"}));
        }
    }

    #[test]
    fn json_of_another_shape_is_refused() {
        refuses_json::<Money>(json!({"amount": 5}));
        refuses_json::<Money>(json!({"currency": "USD"}));
        refuses_json::<Money>(json!({"amount": 5, "currency": "DEM"}));
        refuses_json::<Money>(json!({"amount": 5.5, "currency": "USD"}));
        refuses_json::<Money>(json!({"amount": "5", "currency": "USD"}));
        refuses_json::<Money>(5);
    }

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn an_amount_is_kept_with_its_currency(amount in any::<i64>(), small in 0..=Money::AMOUNT_MAX, currency in currency()) {
            prop_assert_eq!(Money::parse(amount, currency).is_ok(), (0..=Money::AMOUNT_MAX).contains(&amount));
            let money = Money::parse(small, currency).unwrap();
            prop_assert_eq!((money.amount(), money.currency()), (small, currency));
            prop_assert_eq!(money.to_string(), format!("{small} {}", currency.as_str()));
            is_json(&money, json!({"amount": small, "currency": currency.as_str()}));
        }
    }
}

mod sums {
    use super::*;

    #[test]
    fn nothing_has_no_sum() {
        assert_eq!(code(Money::sum([])), "empty");
    }

    #[test]
    fn a_sum_may_reach_the_bound_but_not_pass_it() {
        assert_eq!(
            Money::sum([money(Money::AMOUNT_MAX - 1), money(1)]),
            Ok(money(Money::AMOUNT_MAX))
        );
        assert_eq!(code(Money::sum([money(Money::AMOUNT_MAX), money(1)])), "out_of_range");
        assert_eq!(code(Money::sum(vec![money(Money::AMOUNT_MAX); 10_000])), "out_of_range");
    }

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn a_sum_is_exact_in_any_order(amounts in prop::collection::vec(0..=Money::AMOUNT_MAX / 8, 1..12)) {
            let exact: i64 = amounts.iter().sum();
            let sum = Money::sum(amounts.iter().map(|amount| money(*amount)));
            let reversed = Money::sum(amounts.iter().rev().map(|amount| money(*amount)));
            prop_assert_eq!(&sum, &reversed);
            match sum {
                Ok(sum) => prop_assert_eq!(sum, money(exact)),
                Err(wrong) => prop_assert!(wrong.code == "out_of_range" && exact > Money::AMOUNT_MAX),
            }
        }

        #[test]
        fn two_currencies_have_no_sum(amounts in prop::collection::vec((1..1000_i64, currency()), 2..6)) {
            let mixed = amounts.iter().any(|(_, currency)| *currency != amounts[0].1);
            let sum = Money::sum(amounts.iter().map(|(amount, currency)| Money::parse(*amount, *currency).unwrap()));
            prop_assert_eq!(sum.err().map(|wrong| wrong.code), mixed.then_some("mixed_currencies"));
        }
    }
}
