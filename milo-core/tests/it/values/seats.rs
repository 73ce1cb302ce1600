//! The seats of one booking.

use std::collections::HashSet;

use milo_core::domain::{SeatId, SeatSelection, SeatSelectionError};
use proptest::prelude::*;
use uuid::Uuid;

use super::many;

fn seats(ids: &[u128]) -> Vec<SeatId> {
    ids.iter().map(|id| SeatId(Uuid::from_u128(*id))).collect()
}

#[test]
fn a_booking_has_1_to_10_seats() {
    assert_eq!(SeatSelection::parse([]), Err(SeatSelectionError::Empty));
    let ten: Vec<u128> = (0..10).collect();
    assert_eq!(SeatSelection::parse(seats(&ten)).unwrap().as_slice(), seats(&ten));
    let eleven: Vec<u128> = (0..11).collect();
    assert_eq!(
        SeatSelection::parse(seats(&eleven)),
        Err(SeatSelectionError::TooMany { count: 11 })
    );
    assert_eq!(SeatSelection::SEATS_MAX, 10);
}

#[test]
fn a_seat_that_is_named_twice_is_shown_where_it_stands_for_the_second_time() {
    let twice = SeatSelection::parse(seats(&[9, 4, 7, 4, 9]));
    assert_eq!(twice, Err(SeatSelectionError::Duplicate { index: 3 }));
}

#[test]
fn the_refusals_speak_of_the_limit() {
    assert_eq!(
        SeatSelectionError::TooMany { count: 11 }.to_string(),
        "must name at most 10 seats, not 11"
    );
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn seats_are_ascending_and_distinct_or_refused(ids in prop::collection::vec(0..40_u128, 0..14)) {
        let distinct: HashSet<&u128> = ids.iter().collect();
        match SeatSelection::parse(seats(&ids)) {
            Ok(selection) => {
                prop_assert!((1..=10).contains(&ids.len()));
                let mut sorted = seats(&ids);
                sorted.sort();
                prop_assert_eq!(selection.as_slice(), &sorted[..]);
                prop_assert_eq!(distinct.len(), ids.len());
                prop_assert_eq!(SeatSelection::parse(selection.as_slice().iter().rev().copied()), Ok(selection));
            }
            Err(SeatSelectionError::Empty) => prop_assert!(ids.is_empty()),
            Err(SeatSelectionError::TooMany { count }) => prop_assert!(count == ids.len() && count > 10),
            Err(SeatSelectionError::Duplicate { index }) => {
                prop_assert!(ids[..index].contains(&ids[index]));
                let before: HashSet<&u128> = ids[..index].iter().collect();
                prop_assert_eq!(before.len(), index, "an earlier twin was missed");
            }
        }
    }
}
