//! Films: running times, addresses, genres, runs and reviews.

use jiff::civil::Date;
use milo_core::domain::*;
use proptest::prelude::*;
use serde_json::json;

use super::{code, is_json, many, refuses_json};

mod running_time {
    use super::*;

    #[test]
    fn a_film_runs_1_to_900_minutes() {
        for minutes in [1, 2, 899, 900] {
            is_json(&RunningTime::parse(minutes).unwrap(), minutes);
        }
        for minutes in [0, 901, u32::MAX] {
            assert_eq!(code(RunningTime::parse(minutes)), "out_of_range");
            refuses_json::<RunningTime>(minutes);
        }
        refuses_json::<RunningTime>(-1);
        refuses_json::<RunningTime>(90.5);
    }

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn the_minutes_are_kept(minutes in 0..1000_u32) {
            let read = RunningTime::parse(minutes).map(RunningTime::minutes).ok();
            prop_assert_eq!(read, (1..=900).contains(&minutes).then_some(minutes));
        }
    }
}

mod web_address {
    use super::*;

    #[test]
    fn an_address_is_kept_in_normal_form() {
        let address = WebAddress::parse("HTTPS://Example.ORG:443/a b.jpg?x=1#y").unwrap();
        assert_eq!(address.as_str(), "https://example.org/a%20b.jpg?x=1#y");
        is_json(&address, "https://example.org/a%20b.jpg?x=1#y");
    }

    #[test]
    fn what_a_page_must_not_link_to_is_refused() {
        let wrong = [
            "",
            "example.org",
            "//example.org",
            "/poster.jpg",
            "ftp://example.org/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:text/html,x",
            "mailto:ann@example.org",
            "http://",
            "https://user@example.org/",
            "https://user:word@example.org/",
            "https://:word@example.org/",
            "http://exa mple.org/",
        ];
        for text in wrong {
            assert_eq!(code(WebAddress::parse(text)), "invalid_url", "{text:?}");
            refuses_json::<WebAddress>(text);
        }
    }

    #[test]
    fn the_longest_address_has_2048_characters_before_and_after_encoding() {
        let start = "https://example.org/";
        let longest = format!("{start}{}", "a".repeat(2048 - start.len()));
        assert_eq!(WebAddress::parse(&longest).unwrap().as_str(), longest);
        assert_eq!(code(WebAddress::parse(&format!("{longest}a"))), "too_long");
        let grows = format!("{start}{}", "é".repeat(400));
        assert_eq!(code(WebAddress::parse(&grows)), "too_long");
    }

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn whatever_is_read_stays_as_it_is(text in "(https?|HTTP|ftp)://[a-zé0-9.@:]{1,12}(/[\\PC]{0,12}){0,3}(\\?\\PC{0,6})?(#\\PC{0,6})?") {
            if let Ok(address) = WebAddress::parse(&text) {
                prop_assert!(address.as_str().starts_with("http://") || address.as_str().starts_with("https://"));
                prop_assert!(address.as_str().is_ascii() && address.as_str().len() <= WebAddress::CHARS_MAX);
                prop_assert_eq!(WebAddress::parse(address.as_str()), Ok(address.clone()));
                is_json(&address, address.as_str());
            }
        }
    }
}

mod genres {
    use super::*;

    fn genres(names: &[&str]) -> Vec<Genre> {
        names.iter().map(|name| Genre::parse(name).unwrap()).collect()
    }

    #[test]
    fn a_film_has_1_to_10_genres() {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
        assert_eq!(code(Genres::parse(Vec::new())), "empty");
        for count in 1..=10 {
            let kept = Genres::parse(genres(&names[..count])).unwrap();
            assert_eq!(kept.as_slice(), genres(&names[..count]));
            is_json(&kept, names[..count].to_vec());
        }
        assert_eq!(code(Genres::parse(genres(&names))), "too_many");
        refuses_json::<Genres>(names.to_vec());
        refuses_json::<Genres>(json!([]));
        refuses_json::<Genres>(json!([""]));
    }

    #[test]
    fn a_genre_is_named_once_in_whatever_case() {
        for twice in [
            ["Drama", "Drama"],
            ["Drama", "dRAMA"],
            ["Épopée", "ÉPOPÉE"],
            ["Drama", " Drama "],
        ] {
            assert_eq!(code(Genres::parse(genres(&twice))), "duplicate", "{twice:?}");
            refuses_json::<Genres>(twice.to_vec());
        }
    }

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn the_order_is_kept_and_twins_are_found(names in prop::collection::vec("[a-cA-C]{1,2}", 1..=10)) {
            let lower: std::collections::HashSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
            let given: Vec<Genre> = names.iter().map(|name| Genre::parse(name).unwrap()).collect();
            match Genres::parse(given.clone()) {
                Ok(kept) => {
                    prop_assert_eq!(kept.as_slice(), &given[..]);
                    prop_assert_eq!(lower.len(), names.len());
                }
                Err(wrong) => {
                    prop_assert_eq!(wrong.code, "duplicate");
                    prop_assert!(lower.len() < names.len());
                }
            }
        }
    }
}

mod run {
    use super::*;

    fn details(release_date: Date, end_date: Option<Date>) -> MovieDetails {
        MovieDetails {
            title: Title::parse("Stalker").unwrap(),
            description: Description::parse("").unwrap(),
            genres: Genres::parse(vec![Genre::parse("Drama").unwrap()]).unwrap(),
            duration: RunningTime::parse(162).unwrap(),
            rating: None,
            language: Language::parse("ru").unwrap(),
            release_date,
            end_date,
            poster_url: None,
            backdrop_url: None,
            trailer_url: None,
        }
    }

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn a_run_ends_on_or_after_the_day_it_begins(first in 0..5_i8, last in prop::option::of(0..5_i8)) {
            let day = |day: i8| Date::constant(2026, 3, 1 + day);
            let details = details(day(first), last.map(day));
            let wrong = details.check().err().map(|wrong| wrong.code);
            prop_assert_eq!(wrong, last.is_some_and(|last| last < first).then_some("before_release_date"));
            let json = serde_json::to_value(&details).unwrap();
            is_json(&details, json);
        }
    }
}

mod reviews {
    use super::*;

    #[test]
    fn a_review_gives_1_to_5_stars() {
        for stars in 0..=u8::MAX {
            match Stars::parse(stars) {
                Ok(read) => {
                    assert!((1..=5).contains(&stars));
                    assert_eq!(read.get(), stars);
                    is_json(&read, stars);
                }
                Err(wrong) => {
                    assert!(!(1..=5).contains(&stars));
                    assert_eq!(wrong.code, "out_of_range");
                    refuses_json::<Stars>(stars);
                }
            }
        }
        refuses_json::<Stars>(256);
        refuses_json::<Stars>(4.5);
    }

    #[test]
    fn the_mean_is_rounded_half_up_to_one_decimal() {
        let mean = |count, stars| ReviewSummary { count, stars }.average();
        assert_eq!(mean(0, 0), None);
        assert_eq!(mean(1, 5), Some(5.0));
        assert_eq!(mean(3, 10), Some(3.3));
        assert_eq!(mean(3, 11), Some(3.7));
        assert_eq!(mean(4, 17), Some(4.3)); // 4.25
        assert_eq!(mean(20, 81), Some(4.1)); // 4.05
        assert_eq!(mean(u32::MAX, 5 * u64::from(u32::MAX)), Some(5.0));
        assert_eq!(ReviewSummary::default().average(), None);
    }

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn the_mean_is_the_nearest_tenth(stars in prop::collection::vec(1..=5_u64, 1..60)) {
            let summary = ReviewSummary { count: u32::try_from(stars.len()).unwrap(), stars: stars.iter().sum() };
            let mean = summary.average().unwrap();
            let exact = stars.iter().sum::<u64>() as f64 / stars.len() as f64;
            prop_assert!((mean - exact).abs() <= 0.05 + 1e-9);
            prop_assert_eq!((mean * 10.0).round() / 10.0, mean);
            prop_assert!((1.0..=5.0).contains(&mean));
        }
    }
}
