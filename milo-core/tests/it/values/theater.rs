//! Time zones.

use milo_core::domain::ZoneName;
use proptest::prelude::*;

use super::{code, is_json, many, refuses_json};

#[test]
fn a_zone_is_kept_in_its_own_spelling() {
    for (text, name) in [
        ("America/New_York", "America/New_York"),
        ("america/new_york", "America/New_York"),
        ("UTC", "UTC"),
        ("asia/kolkata", "Asia/Kolkata"),
    ] {
        let zone = ZoneName::parse(text).unwrap();
        assert_eq!(zone.as_str(), name);
        assert_eq!(zone.rules().iana_name(), Some(name));
        is_json(&zone, name);
    }
}

#[test]
fn what_is_no_place_is_refused() {
    let wrong = [
        "",
        "Mars/Base",
        "America",
        "+02:00",
        "EST5EDT4",
        "Etc/Unknown",
        "etc/unknown",
        "America/New_York ",
        "local",
        "../etc/localtime",
        "/usr/share/zoneinfo/UTC",
        "America/New York",
    ];
    for text in wrong {
        assert_eq!(code(ZoneName::parse(text)), "invalid_time_zone", "{text:?}");
        refuses_json::<ZoneName>(text);
    }
}

#[test]
fn every_zone_of_the_database_is_read_again_as_it_was_written() {
    let mut zones = 0;
    for name in jiff::tz::db().available() {
        if let Ok(zone) = ZoneName::parse(name.as_str()) {
            assert_eq!(ZoneName::parse(zone.as_str()), Ok(zone));
            zones += 1;
        }
    }
    assert!(zones > 400, "only {zones}");
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn garbage_is_refused(text in "\\PC{0,20}") {
        if let Ok(zone) = ZoneName::parse(&text) {
            prop_assert!(zone.as_str().eq_ignore_ascii_case(&text));
        }
    }
}
