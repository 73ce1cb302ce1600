//! Secrets: what is accepted, and that none is ever printed.

use milo_core::domain::*;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::{code, is_json, many, refuses_json};

mod password {
    use super::*;

    #[test]
    fn the_bounds_count_characters_and_not_bytes() {
        for letter in ["x", "é", "漢", "🎬", " "] {
            assert_eq!(code(Password::parse(&letter.repeat(7))), "too_short");
            assert!(Password::parse(&letter.repeat(8)).is_ok());
            assert!(Password::parse(&letter.repeat(128)).is_ok());
            assert_eq!(code(Password::parse(&letter.repeat(129))), "too_long");
        }
    }

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn a_password_is_neither_trimmed_nor_changed(text in ".{8,128}", blank in "[ \t\n]{0,3}") {
            let password = Password::parse(&text).unwrap();
            prop_assert_eq!(password.expose(), &text);
            let spaced = format!("{blank}{text}");
            if let Ok(password) = Password::parse(&spaced) {
                prop_assert_eq!(password.expose(), &spaced);
            }
        }
    }
}

mod debug {
    use super::*;

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn no_secret_is_ever_printed(text in "[!-~]{20,60}", bytes in any::<[u8; 32]>()) {
            let token = PaymentToken::parse(&format!("tok_{text}")).unwrap();
            let method = PaymentMethod { kind: PaymentKind::CreditCard, token: token.clone() };
            prop_assert_eq!(format!("{:?}", Password::parse(&text).unwrap()), "Password(redacted)");
            prop_assert_eq!(format!("{:?}", PasswordHash::new(text.clone())), "PasswordHash(redacted)");
            prop_assert_eq!(format!("{:?}", RefreshToken::presented(&text)), "RefreshToken(redacted)");
            prop_assert_eq!(format!("{:?}", RefreshToken::from_random(bytes).hash()), "TokenHash(redacted)");
            prop_assert_eq!(format!("{token:?}"), "PaymentToken(redacted)");
            let shown = format!("{method:#?}");
            prop_assert!(!shown.contains(&text));
        }

        #[test]
        fn no_refusal_repeats_what_was_refused(text in "[!-~]{5,6}", times in 52..60_usize) {
            let refusals = [
                Password::parse(&text).unwrap_err(),
                Password::parse(&text.repeat(times)).unwrap_err(),
                PaymentToken::parse(&text.repeat(times)).unwrap_err(),
                PaymentToken::parse(&format!("{text} {text}")).unwrap_err(),
                PaymentToken::parse("4111111111111111").unwrap_err(),
            ];
            for refusal in refusals {
                let shown = format!("{refusal:?} {refusal}");
                prop_assert!(!shown.contains(&text) && !shown.contains("4111"));
            }
        }
    }
}

mod refresh_token {
    use super::*;

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn a_token_is_the_hexadecimal_form_of_its_bytes(bytes in any::<[u8; 32]>()) {
            let token = RefreshToken::from_random(bytes);
            let text = token.expose();
            prop_assert_eq!(text.len(), 64);
            let read: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect();
            prop_assert_eq!(&read[..], &bytes[..]);
            prop_assert_eq!(text.to_lowercase(), text);
        }

        #[test]
        fn a_presented_token_has_the_hash_of_the_given_one(bytes in any::<[u8; 32]>(), other in ".{0,70}") {
            let token = RefreshToken::from_random(bytes);
            prop_assert_eq!(RefreshToken::presented(token.expose()).hash(), token.hash());
            let expected: [u8; 32] = Sha256::digest(token.expose().as_bytes()).into();
            prop_assert_eq!(token.hash(), TokenHash(expected));
            if other != token.expose() {
                prop_assert_ne!(RefreshToken::presented(&other).hash(), token.hash());
            }
        }
    }
}

mod payment_token {
    use super::*;

    #[test]
    fn the_bounds_are_1_and_255_visible_characters() {
        assert_eq!(code(PaymentToken::parse("")), "empty");
        assert_eq!(PaymentToken::parse("x").unwrap().expose(), "x");
        assert!(PaymentToken::parse(&"x".repeat(255)).is_ok());
        assert_eq!(code(PaymentToken::parse(&"x".repeat(256))), "too_long");
        for wrong in ["tok visa", "tok\nvisa", "tok\u{7F}", "tök", "tok\0"] {
            assert_eq!(code(PaymentToken::parse(wrong)), "invalid_characters", "{wrong:?}");
        }
        refuses_json::<PaymentToken>("");
        refuses_json::<PaymentToken>("4111111111111111");
    }

    #[test]
    fn a_card_number_is_refused_however_it_is_grouped() {
        let numbers = [
            "4111111111111111",
            "378282246310005",
            "4222222222222",
            "6304000000000000000",
            "4111-1111-1111-1111",
            "4111.1111.1111.1111",
            "4111_1111_1111_1111",
            "3782-822463-10005",
            "4111/1111/1111/1111",
            "#4111111111111111",
        ];
        for number in numbers {
            assert_eq!(code(PaymentToken::parse(number)), "card_number", "{number}");
        }
    }

    #[test]
    fn tokens_of_providers_are_no_card_numbers() {
        let tokens = [
            "tok_1MqLiJLkdIwHu7ix",
            "pm_4111111111111111",
            "tok_4111111111111111",
            "12345678901",
            "12345678901234567890",
            "01234567-8901-2345-6789-012345678901",
            "a4111111111111111",
        ];
        for token in tokens {
            assert_eq!(PaymentToken::parse(token).unwrap().expose(), token);
        }
    }

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn digits_of_the_length_of_a_card_are_refused_with_any_separator(
            digits in "[0-9]{12,19}", separator in "[-._/]?", every in 1..7_usize,
        ) {
            let groups: Vec<&str> = digits.as_bytes().chunks(every).map(|group| std::str::from_utf8(group).unwrap()).collect();
            prop_assert_eq!(code(PaymentToken::parse(&groups.join(&separator))), "card_number");
        }

        #[test]
        fn a_token_is_kept_as_it_was_sent(text in "[!-~]{1,255}") {
            prop_assume!(text.contains(|c: char| c.is_ascii_alphabetic()));
            let token = PaymentToken::parse(&text).unwrap();
            prop_assert_eq!(token.expose(), &text);
            is_json(&token, text);
        }
    }
}
