//! The names of keys. Nothing else builds one, and scripts only build those of a showtime, from its own.

use std::fmt::Write;

use milo_core::domain::{HoldId, ShowtimeId};

/// Names of keys under one prefix. Ids come typed and names of others are encoded, so nothing can be mistaken for
/// something else, and no name can choose its slot in a cluster.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    prefix: String,
}

impl Keys {
    pub(super) fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
        }
    }

    /// What a showtime's keys begin with; the braces put them all into one slot.
    pub(super) fn showtime(&self, showtime: ShowtimeId) -> String {
        format!("{}{{{showtime}}}", self.prefix)
    }

    /// The showtime that has this key.
    pub(super) fn showtime_of(&self, key: &str) -> Option<ShowtimeId> {
        let id = key.strip_prefix(&self.prefix)?.strip_prefix('{')?.strip_suffix('}')?;
        id.parse().ok()
    }

    /// What is remembered of a hold, in the slot of its showtime.
    pub(super) fn hold(showtime_key: &str, hold: HoldId) -> String {
        format!("{showtime_key}:hold:{hold}")
    }

    /// Says which showtime a hold belongs to.
    pub(super) fn locator(&self, hold: HoldId) -> String {
        format!("{}hold:{hold}", self.prefix)
    }

    /// The index of showtimes that a sweep visits.
    pub(super) fn index(&self) -> String {
        format!("{}showtimes", self.prefix)
    }

    /// An entry of the cache.
    pub(super) fn cached(&self, name: &str) -> String {
        self.named("cache:", name)
    }

    /// A token bucket.
    pub(super) fn bucket(&self, name: &str) -> String {
        self.named("rate:", name)
    }

    /// Letters, digits and `: _ . -` stand for themselves, every other byte is `%` and two hexadecimal digits.
    fn named(&self, kind: &str, name: &str) -> String {
        let mut key = format!("{}{kind}", self.prefix);
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() || b":_.-".contains(&byte) {
                key.push(char::from(byte));
            } else {
                // Writing to a string cannot fail.
                let _ = write!(key, "%{byte:02x}");
            }
        }
        key
    }
}

/// How many slots a cluster has.
pub(super) const SLOTS: u16 = 16_384;

/// The slot of a key in a cluster, as the cluster's specification says: CRC16 (XMODEM) of the hash tag, if there is one.
pub(super) fn slot(key: &str) -> u16 {
    let tag = key.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
    let hashed = match tag {
        Some((tag, _)) if !tag.is_empty() => tag,
        _ => key,
    };
    let crc = hashed.bytes().fold(0_u16, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 {
                crc << 1
            } else {
                (crc << 1) ^ 0x1021
            }
        })
    });
    crc % SLOTS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn keys() -> Keys {
        Keys::new("milo:")
    }

    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(slot("123456789"), 0x31C3);
        assert_eq!(slot("a{123456789}b{c}"), 0x31C3);
        assert_ne!(slot("{}a"), slot("{}b"), "an empty tag is none");
    }

    /// The parts of the scripts that build keys.
    fn suffixes_built_by_scripts() -> Vec<&'static str> {
        let sources = [
            include_str!("../../../lua/shared/showtime.lua"),
            include_str!("../../../lua/shared/holds.lua"),
        ];
        let built = |line: &'static str| {
            let (before, suffix) = line.split_once("key .. '")?;
            let is_code = !before.trim_start().starts_with("--");
            is_code.then(|| suffix.split('\'').next()).flatten()
        };
        sources
            .iter()
            .flat_map(|source| source.lines())
            .filter_map(built)
            .collect()
    }

    #[test]
    fn scripts_build_the_keys_that_are_documented() {
        let mut built = suffixes_built_by_scripts();
        built.sort_unstable();
        assert_eq!(
            built,
            [
                ":ends",
                ":hold:",
                ":holds",
                ":lapses",
                ":reservations",
                ":seats",
                ":users"
            ]
        );
    }

    proptest! {
        #[test]
        fn all_keys_of_a_showtime_lie_in_one_slot(showtime: u128, hold: u128) {
            let showtime = keys().showtime(ShowtimeId(Uuid::from_u128(showtime)));
            let hold = HoldId(Uuid::from_u128(hold));
            prop_assert_eq!(slot(&Keys::hold(&showtime, hold)), slot(&showtime));
            for suffix in suffixes_built_by_scripts() {
                prop_assert_eq!(slot(&format!("{showtime}{suffix}{hold}")), slot(&showtime));
            }
        }

        #[test]
        fn a_showtime_is_read_back_from_its_key(id: u128) {
            let showtime = ShowtimeId(Uuid::from_u128(id));
            let key = keys().showtime(showtime);
            prop_assert_eq!(keys().showtime_of(&key), Some(showtime));
            let inner = format!("{}:seats", key);
            prop_assert_eq!(keys().showtime_of(&inner), None);
        }

        #[test]
        fn different_names_have_different_keys(one in "[{}:*%\\n a-cé]{0,6}", other in "[{}:*%\\n a-cé]{0,6}") {
            prop_assert_eq!(keys().cached(&one) == keys().cached(&other), one == other);
            prop_assert_ne!(keys().cached(&one), keys().bucket(&other));
        }

        #[test]
        fn no_name_leaves_its_place_or_chooses_its_slot(name: String) {
            let key = keys().cached(&name);
            let rest = key.strip_prefix("milo:cache:").unwrap();
            prop_assert!(rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":_.-%".contains(&byte)));
        }
    }
}
