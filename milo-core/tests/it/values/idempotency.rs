//! Idempotency keys, the ids that are derived from them, and fingerprints.

use std::collections::HashSet;

use milo_core::domain::{Fingerprint, IdempotencyKey, UserId};
use proptest::prelude::*;
use uuid::{Uuid, Variant, Version};

use super::{code, is_json, many, refuses_json};

mod key {
    use super::*;

    #[test]
    fn the_bounds_are_1_and_255_printable_characters() {
        assert_eq!(code(IdempotencyKey::parse("")), "empty");
        assert!(IdempotencyKey::parse("~").is_ok());
        assert!(IdempotencyKey::parse(&" ".repeat(255)).is_ok());
        assert_eq!(code(IdempotencyKey::parse(&"k".repeat(256))), "too_long");
        for wrong in ["a\u{7F}", "a\nb", "a\tb", "ä", "a\0", "\u{1F}"] {
            assert_eq!(code(IdempotencyKey::parse(wrong)), "invalid_characters", "{wrong:?}");
            refuses_json::<IdempotencyKey>(wrong);
        }
        refuses_json::<IdempotencyKey>("");
    }

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn a_key_is_kept_as_it_was_sent(text in "[ -~]{1,255}") {
            let key = IdempotencyKey::parse(&text).unwrap();
            prop_assert_eq!(key.as_str(), &text);
            is_json(&key, text);
        }
    }
}

mod derived_id {
    use super::*;

    fn key(text: &str) -> IdempotencyKey {
        IdempotencyKey::parse(text).unwrap()
    }

    #[test]
    fn it_is_the_same_in_every_build() {
        let id = key("order-1").derive_id("hold", UserId(Uuid::from_u128(7)));
        assert_eq!(id, key("order-1").derive_id_for("hold", Uuid::from_u128(7).as_bytes()));
        assert_eq!(id.to_string(), "0928dab2-b45a-7058-9126-a7419ddf2b92");
    }

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn it_looks_like_a_version_7_and_is_always_the_same(
            text in "[ -~]{1,40}", scope in "[a-z/]{1,20}", owner in any::<u128>(),
        ) {
            let (key, owner) = (key(&text), UserId(Uuid::from_u128(owner)));
            let id = key.derive_id(&scope, owner);
            prop_assert_eq!(id.get_version(), Some(Version::SortRand));
            prop_assert_eq!(id.get_variant(), Variant::RFC4122);
            prop_assert_eq!(id, key.derive_id(&scope, owner));
            prop_assert_eq!(id, IdempotencyKey::parse(&text).unwrap().derive_id_for(&scope, owner.0.as_bytes()));
        }

        #[test]
        fn another_key_scope_or_owner_has_another_id(
            texts in prop::collection::hash_set("[ -~]{1,20}", 3),
            scopes in prop::collection::hash_set("[a-z]{1,6}", 3),
            owners in prop::collection::hash_set(any::<u128>(), 3),
        ) {
            let mut ids = HashSet::new();
            for text in &texts {
                for scope in &scopes {
                    for owner in &owners {
                        ids.insert(key(text).derive_id(scope, UserId(Uuid::from_u128(*owner))));
                    }
                }
            }
            prop_assert_eq!(ids.len(), 27);
        }

        #[test]
        fn characters_cannot_wander_between_scope_owner_and_key(text in "[a-z]{3,12}", one in 1..11_usize, two in 1..11_usize) {
            let (one, two) = (one.min(text.len() - 1), two.min(text.len() - 1));
            let derive = |cut: usize| key(&text[cut..]).derive_id_for("", &text.as_bytes()[..cut]);
            let scoped = |cut: usize| key(&text[cut..]).derive_id_for(&text[..cut], b"");
            prop_assert_eq!(derive(one) == derive(two), one == two);
            prop_assert_ne!(derive(one), scoped(one));
        }
    }
}

mod fingerprint {
    use super::*;

    fn of(parts: &[Vec<u8>]) -> Fingerprint {
        Fingerprint::of(parts.iter().map(Vec::as_slice))
    }

    fn parts() -> impl Strategy<Value = Vec<Vec<u8>>> {
        prop::collection::vec(prop::collection::vec(0..3_u8, 0..4), 0..4)
    }

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn the_same_parts_and_only_they_have_the_same_fingerprint(one in parts(), two in parts()) {
            prop_assert_eq!(of(&one) == of(&two), one == two);
            prop_assert_eq!(of(&one), of(&one.clone()));
        }

        #[test]
        fn the_borders_between_the_parts_count(bytes in prop::collection::vec(any::<u8>(), 2..30), cut in 1..29_usize) {
            let cut = cut.min(bytes.len() - 1);
            let (left, right) = bytes.split_at(cut);
            let whole = Fingerprint::of([&bytes[..]]);
            let cut = Fingerprint::of([left, right]);
            prop_assert_ne!(whole, cut);
            prop_assert_ne!(cut, Fingerprint::of([left, right, &[]]));
            prop_assert_ne!(cut, Fingerprint::of([&[], left, right]));
        }

        #[test]
        fn it_survives_json_and_debug_shows_its_beginning(bytes in any::<[u8; 32]>()) {
            let print = Fingerprint(bytes);
            is_json(&print, serde_json::to_value(bytes).unwrap());
            let start: String = bytes[..4].iter().map(|byte| format!("{byte:02x}")).collect();
            prop_assert_eq!(format!("{print:?}"), format!("Fingerprint({start}…)"));
        }
    }

    #[test]
    fn json_of_another_length_is_refused() {
        refuses_json::<Fingerprint>(vec![0_u8; 31]);
        refuses_json::<Fingerprint>(vec![0_u8; 33]);
    }
}
