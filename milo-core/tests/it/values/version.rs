//! Compare-and-set versions.

use milo_core::domain::Version;
use proptest::prelude::*;

use super::{is_json, many, refuses_json};

#[test]
fn a_new_record_is_at_version_1_and_the_last_version_stays() {
    assert_eq!(Version::FIRST, Version(1));
    assert_eq!(Version::FIRST.next(), Version(2));
    assert_eq!(Version(u32::MAX).next(), Version(u32::MAX));
    refuses_json::<Version>(-1);
    refuses_json::<Version>("1");
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn every_change_raises_the_version_by_one(number in 0..u32::MAX) {
        prop_assert_eq!(Version(number).next(), Version(number + 1));
        prop_assert!(Version(number) < Version(number).next());
        is_json(&Version(number), number);
    }
}
