//! Cursors and pages.

use milo_core::domain::{Cursor, Page, PageRequest};
use proptest::prelude::*;
use uuid::Uuid;

use super::{code, many};

mod cursor {
    use super::*;

    fn cursor(key: String, id: u128) -> Cursor {
        Cursor {
            key,
            id: Uuid::from_u128(id),
        }
    }

    #[test]
    fn the_longest_key_has_1024_bytes() {
        let longest = cursor("k".repeat(Cursor::KEY_BYTES_MAX), 1);
        assert_eq!(Cursor::parse(&longest.encode()), Ok(longest));
        let longer = cursor("k".repeat(Cursor::KEY_BYTES_MAX + 1), 1);
        assert_eq!(code(Cursor::parse(&longer.encode())), "invalid_cursor");
        let empty = cursor(String::new(), u128::MAX);
        assert_eq!(Cursor::parse(&empty.encode()), Ok(empty));
    }

    #[test]
    fn what_encode_never_writes_is_refused() {
        let good = cursor("b".to_owned(), 5).encode();
        let not_utf8 = format!("{}ff", &good[..32]);
        let wrong = [
            "",
            "00",
            &good[..33],
            &good[..30],
            &good.to_uppercase().replace('0', "A"),
            &not_utf8,
            &good.replace("62", "6g"),
            &format!(" {good}"),
            &format!("{good}\n"),
            &"é".repeat(16),
            &"🎬".repeat(8),
        ];
        for text in wrong {
            assert_eq!(code(Cursor::parse(text)), "invalid_cursor", "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn a_cursor_is_read_as_it_was_written(key in ".{0,80}", id in any::<u128>()) {
            let cursor = cursor(key, id);
            let text = cursor.encode();
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase()));
            prop_assert_eq!(Cursor::parse(&text), Ok(cursor));
        }

        #[test]
        fn garbage_is_refused_or_is_what_its_cursor_writes(text in "([0-9a-f]{2}){14,40}|[0-9a-fA-F]{30,50}|.{0,80}") {
            match Cursor::parse(&text) {
                Ok(cursor) => prop_assert_eq!(cursor.encode(), text),
                Err(wrong) => prop_assert_eq!(wrong.code, "invalid_cursor"),
            }
        }

        #[test]
        fn a_damaged_cursor_never_panics(key in ".{0,20}", id in any::<u128>(), at in any::<prop::sample::Index>(), by in any::<char>()) {
            let whole = cursor(key, id).encode();
            let at = at.index(whole.len());
            let damaged: String = whole.chars().enumerate().map(|(place, c)| if place == at { by } else { c }).collect();
            if let Ok(cursor) = Cursor::parse(&damaged) {
                prop_assert_eq!(cursor.encode(), damaged);
            }
        }
    }
}

mod request {
    use super::*;

    #[test]
    fn a_page_has_1_to_200_rows_and_50_when_nobody_says() {
        for limit in [1, 2, 50, 199, 200] {
            assert_eq!(PageRequest::parse(limit, None).unwrap().limit(), limit as usize);
        }
        for limit in [0, 201, u32::MAX] {
            assert_eq!(code(PageRequest::parse(limit, None)), "out_of_range");
        }
        assert_eq!(PageRequest::first(), PageRequest::parse(50, None).unwrap());
    }

    #[test]
    fn a_page_begins_where_it_was_told() {
        let after = Cursor {
            key: "k".to_owned(),
            id: Uuid::from_u128(3),
        };
        assert_eq!(PageRequest::parse(1, Some(after.clone())).unwrap().after, Some(after));
    }
}

mod cut {
    use super::*;

    fn after(row: &u32) -> Cursor {
        Cursor {
            key: row.to_string(),
            id: Uuid::from_u128(u128::from(*row)),
        }
    }

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn one_row_more_than_asked_means_that_a_page_follows(rows in prop::collection::vec(any::<u32>(), 0..=11), limit in 1..=12_usize) {
            let page = Page::cut(rows.clone(), limit, after);
            let kept = rows.len().min(limit);
            prop_assert_eq!(&page.items[..], &rows[..kept]);
            let next = if rows.len() > limit { Some(after(&rows[limit - 1])) } else { None };
            prop_assert_eq!(page.next, next);
        }

        #[test]
        fn the_pages_of_a_listing_hold_every_row_once(count in 0..60_u32, limit in 1..=9_usize) {
            let rows: Vec<u32> = (0..count).collect();
            let mut read = Vec::new();
            let mut next: Option<Cursor> = None;
            loop {
                let start = next.map_or(0, |cursor| cursor.key.parse::<u32>().unwrap() as usize + 1);
                let fetched: Vec<u32> = rows.iter().skip(start).take(limit + 1).copied().collect();
                let page = Page::cut(fetched, limit, after);
                read.extend(page.items);
                next = page.next;
                if next.is_none() {
                    break;
                }
            }
            prop_assert_eq!(read, rows);
        }
    }
}
