//! E-mail addresses and telephone numbers.

use milo_core::domain::{EmailAddress, Phone};
use proptest::prelude::*;

use super::{code, is_json, many, refuses_json};

mod email {
    use super::*;

    #[test]
    fn an_address_is_trimmed_and_lowered() {
        let email = EmailAddress::parse("  Ann.Example+Tickets@Example.ORG\n").unwrap();
        assert_eq!(email.as_str(), "ann.example+tickets@example.org");
        assert_eq!(email.to_string(), email.as_str());
        assert_eq!(
            EmailAddress::parse("ANN@EXAMPLE.ORG"),
            EmailAddress::parse("ann@example.org")
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let wrong = [
            "",
            "ann",
            "@example.org",
            "ann@",
            "ann@localhost",
            "ann@@example.org",
            "ann @example.org",
            "ann@exam ple.org",
            "ann@example..org",
            ".ann@example.org",
            "ann.@example.org",
            "ann@-example.org",
            "Ann <ann@example.org>",
            "ann@[127.0.0.1]",
            "ann@example.org, bob@example.org",
            "\"a b\"@example.org",
            "ann\0@example.org",
            "ann@example.org\0",
        ];
        for text in wrong {
            assert_eq!(code(EmailAddress::parse(text)), "invalid_email", "{text:?}");
            refuses_json::<EmailAddress>(text);
        }
    }

    #[test]
    fn hidden_characters_are_refused() {
        for hidden in crate::values::text::HIDDEN {
            let text = format!("a{hidden}nn@example.org");
            assert_eq!(code(EmailAddress::parse(&text)), "invalid_email", "{hidden:?}");
        }
    }

    #[test]
    fn the_longest_address_has_254_characters() {
        let address = |labels: usize, last: usize| {
            format!(
                "{}@{}{}.org",
                "a".repeat(60),
                format!("{}.", "b".repeat(60)).repeat(labels),
                "c".repeat(last)
            )
        };
        // 60 + 1 + 3 * 61 + 6 + 4
        let longest = address(3, 6);
        assert_eq!(longest.len(), EmailAddress::CHARS_MAX);
        assert!(EmailAddress::parse(&longest).is_ok());
        assert_eq!(code(EmailAddress::parse(&address(3, 7))), "too_long");
    }

    #[test]
    fn lower_case_that_grows_past_the_bound_is_refused() {
        // This capital becomes two characters.
        let local = format!("İİ{}", "a".repeat(48));
        let domain = format!("{}{}.org", format!("{}.", "b".repeat(60)).repeat(3), "c".repeat(16));
        let text = format!("{local}@{domain}");
        assert_eq!(text.chars().count(), EmailAddress::CHARS_MAX);
        assert!(EmailAddress::parse(&text).is_err());
        assert!(EmailAddress::parse(&text.replace('İ', "I")).is_ok());
    }

    #[test]
    fn debug_shows_no_more_than_the_first_letter_and_the_domain() {
        let email = EmailAddress::parse("secretive@example.org").unwrap();
        assert_eq!(format!("{email:?}"), "s…@example.org");
    }

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn an_ordinary_address_is_read_again_as_it_was_written(
            local in "[a-z0-9]{1,10}([._+-][a-z0-9]{1,10}){0,3}",
            domain in "[a-z0-9]{1,10}(-[a-z0-9]{1,10})?\\.[a-z]{2,10}",
        ) {
            let text = format!("{local}@{domain}");
            let email = EmailAddress::parse(&text).unwrap();
            prop_assert_eq!(email.as_str(), &text);
            prop_assert_eq!(EmailAddress::parse(&text.to_uppercase()), Ok(email.clone()));
            is_json(&email, text);
        }

        #[test]
        fn whatever_is_read_stays_as_it_is(text in "[\\PC@. \"]{0,20}@[\\PC.]{0,12}\\.(org|É)") {
            if let Ok(email) = EmailAddress::parse(&text) {
                prop_assert_eq!(EmailAddress::parse(email.as_str()), Ok(email.clone()));
                prop_assert_eq!(email.as_str().to_lowercase(), email.as_str());
                prop_assert!(!email.as_str().chars().any(char::is_whitespace));
            }
        }
    }
}

mod phone {
    use super::*;

    #[test]
    fn a_number_is_kept_as_written() {
        for text in ["+1 555 0100", "(030) 12-34/5.6", "12345", "+12345", &"1".repeat(32)] {
            let phone = Phone::parse(text).unwrap();
            assert_eq!(phone.as_str(), text);
            is_json(&phone, text);
        }
        assert_eq!(Phone::parse("  12345 ").unwrap().as_str(), "12345");
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let wrong = [
            "",
            "1234",
            "12 34 +5",
            "1+2345",
            "++12345",
            "12345x",
            "1234٥",
            "12345\n6",
            "123\u{202E}45",
            "     ",
            &"1".repeat(33),
        ];
        for text in wrong {
            assert_eq!(code(Phone::parse(text)), "invalid_phone", "{text:?}");
            refuses_json::<Phone>(text);
        }
    }

    #[test]
    fn debug_shows_no_digit() {
        assert_eq!(format!("{:?}", Phone::parse("12345").unwrap()), "Phone(…)");
    }

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn a_number_has_enough_digits_and_nothing_foreign(text in "\\+?[0-9 ()./-]{0,34}|.{0,12}") {
            let inner = text.trim();
            let digits = inner.bytes().filter(u8::is_ascii_digit).count();
            let body = inner.strip_prefix('+').unwrap_or(inner);
            let good = (5..=32).contains(&digits) && inner.len() <= 32 && body.chars().all(|c| "0123456789 -()./".contains(c));
            match Phone::parse(&text) {
                Ok(phone) => {
                    prop_assert!(good);
                    prop_assert_eq!(phone.as_str(), inner);
                }
                Err(_) => prop_assert!(!good),
            }
        }
    }
}
