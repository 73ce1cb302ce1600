//! Row labels, row patterns, plans and the layouts made of them.

use std::collections::{HashMap, HashSet};

use milo_core::domain::*;
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use super::{code, is_json, many, refuses_json, some};

const SCREEN: ScreenId = ScreenId(Uuid::from_u128(1));

fn label(text: &str) -> RowLabel {
    RowLabel::parse(text).unwrap()
}

fn plan(rows: &[(&str, &str)]) -> LayoutPlan {
    let rows = rows
        .iter()
        .map(|(name, pattern)| (label(name), RowPattern::parse(pattern).unwrap()));
    LayoutPlan::parse(rows.collect()).unwrap()
}

/// Hands out ids that count from `first`.
fn ids(first: u128) -> impl FnMut() -> SeatId {
    let mut next = first;
    move || {
        next += 1;
        SeatId(Uuid::from_u128(next - 1))
    }
}

fn pattern() -> impl Strategy<Value = String> {
    "[RPLWC_]{0,14}[RPLWC][RPLWC_]{0,14}"
}

fn plans() -> impl Strategy<Value = LayoutPlan> {
    prop::collection::btree_map(select(&["A", "B", "C", "D", "E", "AA", "1"][..]), pattern(), 1..7).prop_map(|rows| {
        let rows: Vec<_> = rows.iter().map(|(name, pattern)| (*name, pattern.as_str())).collect();
        plan(&rows)
    })
}

mod row_label {
    use super::*;

    #[test]
    fn a_label_is_1_to_3_capitals_or_digits() {
        for text in ["A", "Z9", "000", "BB", "1"] {
            assert_eq!(label(text).as_str(), text);
            is_json(&label(text), text);
        }
        for text in ["", "a", "AAAA", "A ", " A", "Ä", "A-", "A\n", "Ａ"] {
            assert_eq!(code(RowLabel::parse(text)), "invalid_label", "{text:?}");
            refuses_json::<RowLabel>(text);
        }
    }

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn a_label_is_kept_as_written(text in "[A-Z0-9]{1,3}", other in ".{0,5}") {
            let read = label(&text);
            prop_assert_eq!(read.as_str(), &text);
            let good = (1..=3).contains(&other.len()) && other.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
            prop_assert_eq!(RowLabel::parse(&other).is_ok(), good);
        }
    }
}

mod row_pattern {
    use super::*;

    #[test]
    fn a_pattern_has_1_to_100_columns_and_a_seat() {
        assert_eq!(code(RowPattern::parse("")), "empty");
        assert_eq!(code(RowPattern::parse("____")), "no_seats");
        assert_eq!(RowPattern::parse(&"R".repeat(100)).unwrap().as_str().len(), 100);
        assert_eq!(code(RowPattern::parse(&"R".repeat(101))), "too_long");
        for text in ["r", "RX", "R R", "R\n", "R-R", "É"] {
            assert_eq!(code(RowPattern::parse(text)), "unknown_letter", "{text:?}");
            refuses_json::<RowPattern>(text);
        }
    }

    #[test]
    fn every_kind_of_seat_has_a_letter_of_its_own() {
        let letters: String = SeatKind::ALL.into_iter().map(SeatKind::letter).collect();
        assert_eq!(letters, "RPLWC");
        for kind in SeatKind::ALL {
            assert_eq!(SeatKind::from_letter(kind.letter()), Some(kind));
            assert_eq!(SeatKind::from_name(kind.as_str()), Some(kind));
        }
        assert_eq!(SeatKind::from_letter('_'), None);
        assert_eq!(SeatKind::from_letter('r'), None);
        assert_eq!(SeatKind::from_name("Regular"), None);
    }

    #[test]
    fn seats_count_from_1_and_gaps_only_move_them_aside() {
        let seats: Vec<_> = RowPattern::parse("_RP__W_").unwrap().seats().collect();
        assert_eq!(
            seats,
            [
                (1, 2, SeatKind::Regular),
                (2, 3, SeatKind::Premium),
                (3, 6, SeatKind::Wheelchair)
            ]
        );
    }

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn every_letter_is_one_seat_at_its_column(text in pattern()) {
            let pattern = RowPattern::parse(&text).unwrap();
            is_json(&pattern, text.as_str());
            let columns: Vec<char> = text.chars().collect();
            let seats: Vec<_> = pattern.seats().collect();
            prop_assert_eq!(seats.len(), columns.iter().filter(|letter| **letter != '_').count());
            for (at, (number, column, kind)) in seats.iter().enumerate() {
                prop_assert_eq!(usize::from(*number), at + 1);
                prop_assert_eq!(columns[usize::from(*column) - 1], kind.letter());
            }
            prop_assert!(seats.windows(2).all(|pair| pair[0].1 < pair[1].1));
        }
    }
}

mod layout_plan {
    use super::*;

    fn rows(count: usize, pattern: &str) -> Vec<(RowLabel, RowPattern)> {
        (0..count)
            .map(|row| (label(&row.to_string()), RowPattern::parse(pattern).unwrap()))
            .collect()
    }

    #[test]
    fn a_plan_has_1_to_60_rows_and_up_to_2000_seats() {
        assert_eq!(code(LayoutPlan::parse(Vec::new())), "empty");
        assert_eq!(LayoutPlan::parse(rows(60, "R")).unwrap().rows().len(), 60);
        assert_eq!(code(LayoutPlan::parse(rows(61, "R"))), "too_many_rows");
        let full = rows(20, &"R".repeat(100));
        let mut over = full.clone();
        over.push((label("Z"), RowPattern::parse("R").unwrap()));
        assert_eq!(
            LayoutPlan::parse(full.clone())
                .unwrap()
                .lay_out(SCREEN, None, ids(0))
                .capacity(),
            2000
        );
        assert_eq!(code(LayoutPlan::parse(over)), "too_many_seats");
        let mut gaps = full;
        gaps[0].1 = RowPattern::parse(&format!("{}_", "R".repeat(99))).unwrap();
        assert_eq!(
            LayoutPlan::parse(gaps)
                .unwrap()
                .lay_out(SCREEN, None, ids(0))
                .capacity(),
            1999
        );
    }

    #[test]
    fn a_label_is_used_once() {
        let mut twice = rows(3, "R");
        twice[2].0 = label("0");
        assert_eq!(code(LayoutPlan::parse(twice)), "duplicate_label");
    }
}

mod lay_out {
    use super::*;

    type Place = (RowLabel, u16, SeatKind);

    fn places(layout: &SeatLayout) -> HashMap<Place, SeatId> {
        layout
            .seats()
            .map(|seat| ((seat.row.clone(), seat.number, seat.kind), seat.id))
            .collect()
    }

    #[test]
    fn a_seat_that_moves_aside_keeps_its_id_and_one_that_changes_its_kind_does_not() {
        let before = plan(&[("A", "RR"), ("B", "P")]).lay_out(SCREEN, None, ids(1));
        let after = plan(&[("B", "_P"), ("A", "R_L")]).lay_out(SCREEN, Some(&before), ids(100));
        let seats: Vec<_> = after
            .seats()
            .map(|seat| (seat.row.as_str(), seat.column, seat.id.0.as_u128()))
            .collect();
        assert_eq!(seats, [("B", 2, 3), ("A", 1, 1), ("A", 3, 100)]);
        assert_eq!(before.vanished(&after), [SeatId(Uuid::from_u128(2))]);
    }

    proptest! {
        #![proptest_config(some())]

        #[test]
        fn a_first_layout_draws_the_plan_with_new_seats(plan in plans()) {
            let layout = plan.lay_out(SCREEN, None, ids(1));
            prop_assert_eq!(layout.screen, SCREEN);
            prop_assert_eq!(layout.rows.len(), plan.rows().len());
            for (row, (label, pattern)) in layout.rows.iter().zip(plan.rows()) {
                prop_assert_eq!((&row.label, &row.pattern), (label, pattern));
                let drawn: Vec<_> = row.seats.iter().map(|seat| (seat.number, seat.column, seat.kind)).collect();
                prop_assert_eq!(drawn, pattern.seats().collect::<Vec<_>>());
                prop_assert!(row.seats.iter().all(|seat| seat.row == *label));
            }
            // The ids are asked for in the order of the plan.
            let given: Vec<u128> = layout.seats().map(|seat| seat.id.0.as_u128()).collect();
            prop_assert_eq!(given, (1..=u128::from(layout.capacity())).collect::<Vec<_>>());
            is_json(&layout, serde_json::to_value(&layout).unwrap());
        }

        #[test]
        fn the_same_plan_again_changes_nothing(plan in plans()) {
            let before = plan.lay_out(SCREEN, None, ids(1));
            let mut asked = 0;
            let after = plan.lay_out(SCREEN, Some(&before), || {
                asked += 1;
                SeatId(Uuid::from_u128(0))
            });
            prop_assert_eq!(asked, 0);
            prop_assert!(before.vanished(&after).is_empty());
            prop_assert_eq!(before, after);
        }

        #[test]
        fn unchanged_seats_keep_their_ids_and_all_others_are_new(first in plans(), second in plans()) {
            let before = first.lay_out(SCREEN, None, ids(1));
            let after = second.lay_out(SCREEN, Some(&before), ids(1_000_000));
            let (old, new) = (places(&before), places(&after));
            for (place, id) in &new {
                match old.get(place) {
                    Some(kept) => prop_assert_eq!(id, kept),
                    None => prop_assert!(id.0.as_u128() >= 1_000_000),
                }
            }
            let distinct: HashSet<SeatId> = after.seats().map(|seat| seat.id).collect();
            prop_assert_eq!(distinct.len(), after.capacity() as usize);
            let vanished: HashSet<SeatId> = before.vanished(&after).into_iter().collect();
            let expected: HashSet<SeatId> =
                old.iter().filter(|(place, _)| !new.contains_key(place)).map(|(_, id)| *id).collect();
            prop_assert_eq!(vanished, expected);
        }
    }
}
