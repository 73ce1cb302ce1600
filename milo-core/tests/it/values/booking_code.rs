//! The code on a ticket.

use std::collections::HashSet;

use milo_core::domain::BookingCode;
use proptest::prelude::*;

use super::{code, is_json, many, refuses_json};

#[test]
fn the_alphabet_has_no_symbol_that_can_be_mistaken() {
    let symbols: HashSet<u8> = BookingCode::ALPHABET.iter().copied().collect();
    assert_eq!(symbols.len(), 32);
    assert!(b"01IO".iter().all(|symbol| !symbols.contains(symbol)));
    assert!(
        symbols
            .iter()
            .all(|symbol| symbol.is_ascii_uppercase() || symbol.is_ascii_digit())
    );
}

#[test]
fn what_is_no_code_is_refused() {
    for text in [
        "",
        "7KQ2-9FX",
        "7KQ2-9FXMM",
        "7KQ2-9FX0",
        "7KQ2-9FXI",
        "7KQ2/9FXM",
        "7KQ2-9FXé",
        "--------",
    ] {
        assert_eq!(code(BookingCode::parse(text)), "invalid_code", "{text:?}");
        refuses_json::<BookingCode>(text);
    }
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn a_code_has_four_symbols_a_hyphen_and_four_symbols(bits in any::<u64>()) {
        let code = BookingCode::from_random(bits);
        let text = code.as_str();
        prop_assert_eq!(text.len(), 9);
        prop_assert_eq!(&text[4..5], "-");
        prop_assert!(text.bytes().filter(|byte| *byte != b'-').all(|byte| BookingCode::ALPHABET.contains(&byte)));
        prop_assert_eq!(format!("{code:?}"), text);
        prop_assert_eq!(BookingCode::parse(text), Ok(code.clone()));
        is_json(&code, text);
    }

    #[test]
    fn a_code_tells_its_40_bits(one in any::<u64>(), flipped in 0..64_u32) {
        let two = one ^ (1 << flipped);
        let same = BookingCode::from_random(one) == BookingCode::from_random(two);
        prop_assert_eq!(same, flipped >= 40);
    }

    #[test]
    fn a_code_is_read_as_people_type_it(bits in any::<u64>(), spaces in prop::collection::vec(0..3_usize, 10), lower in any::<u16>()) {
        let code = BookingCode::from_random(bits);
        let mut typed = String::new();
        for (at, symbol) in code.as_str().replace('-', "").chars().enumerate() {
            typed.push_str(&" -"[..spaces[at].min(2)]);
            typed.push(if lower >> at & 1 == 1 { symbol.to_ascii_lowercase() } else { symbol });
        }
        typed.push_str(&" ".repeat(spaces[9]));
        prop_assert_eq!(BookingCode::parse(&typed), Ok(code));
    }

    #[test]
    fn garbage_is_refused_or_read_as_a_code(text in "[0-9A-Za-z -]{6,12}|.{0,12}") {
        if let Ok(code) = BookingCode::parse(&text) {
            let typed: String = text.to_ascii_uppercase().chars().filter(|c| !" -".contains(*c)).collect();
            prop_assert_eq!(code.as_str().replace('-', ""), typed);
        }
    }
}
