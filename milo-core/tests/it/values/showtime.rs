//! Prices, quotes and the times of a screening.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use milo_core::domain::*;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;
use uuid::Uuid;

use super::{code, is_json, many, refuses_json, some};

fn usd(amount: i64) -> Money {
    Money::parse(amount, Currency::USD).unwrap()
}

fn price_list() -> impl Strategy<Value = BTreeMap<SeatKind, Money>> {
    prop::collection::btree_map(
        select(&SeatKind::ALL[..]),
        (1..=Prices::AMOUNT_MAX).prop_map(usd),
        1..=5,
    )
}

fn showtime(prices: Prices) -> Showtime {
    Showtime {
        id: ShowtimeId(Uuid::from_u128(1)),
        version: Version(3),
        movie: MovieId(Uuid::from_u128(2)),
        screen: ScreenId(Uuid::from_u128(3)),
        theater: TheaterId(Uuid::from_u128(4)),
        starts_at: Timestamp::from_second(1_800_000_000).unwrap(),
        ends_at: Timestamp::from_second(1_800_010_000).unwrap(),
        status: ShowtimeStatus::Scheduled,
        prices,
        price_version: Version(7),
    }
}

mod prices {
    use super::*;

    #[test]
    fn a_price_is_1_to_100_million_minor_units() {
        let of = |amount| Prices::parse(BTreeMap::from([(SeatKind::Regular, usd(amount))]));
        assert!(of(1).is_ok() && of(100_000_000).is_ok());
        assert_eq!(code(of(0)), "out_of_range");
        assert_eq!(code(of(100_000_001)), "out_of_range");
        assert_eq!(code(Prices::parse(BTreeMap::new())), "empty");
    }

    #[test]
    fn all_prices_are_in_one_currency() {
        let yen = Money::parse(5, Currency::parse("JPY").unwrap()).unwrap();
        let mixed = BTreeMap::from([(SeatKind::Regular, usd(5)), (SeatKind::Companion, yen)]);
        assert_eq!(code(Prices::parse(mixed)), "mixed_currencies");
    }

    #[test]
    fn wrong_prices_are_refused_in_json() {
        refuses_json::<Prices>(json!({}));
        refuses_json::<Prices>(json!({"regular": {"amount": 0, "currency": "USD"}}));
        refuses_json::<Prices>(json!({"throne": {"amount": 5, "currency": "USD"}}));
        refuses_json::<Prices>(json!({
            "regular": {"amount": 5, "currency": "USD"}, "premium": {"amount": 5, "currency": "EUR"},
        }));
    }

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn a_kind_costs_what_was_said_or_cannot_be_sold(list in price_list()) {
            let prices = Prices::parse(list.clone()).unwrap();
            for kind in SeatKind::ALL {
                prop_assert_eq!(prices.of(kind), list.get(&kind).copied());
            }
            prop_assert_eq!(prices.iter().collect::<BTreeMap<_, _>>(), list.clone());
            is_json(&prices, serde_json::to_value(list).unwrap());
        }
    }
}

mod quote {
    use super::*;

    /// A screen with every kind of seat, whose ids descend so that the order of the rows is not the order of the ids.
    fn layout() -> SeatLayout {
        let rows = [("A", "RR_PP"), ("B", "L_WC")]
            .map(|(label, pattern)| (RowLabel::parse(label).unwrap(), RowPattern::parse(pattern).unwrap()));
        let mut next = 100;
        LayoutPlan::parse(rows.to_vec())
            .unwrap()
            .lay_out(ScreenId(Uuid::from_u128(3)), None, || {
                next -= 1;
                SeatId(Uuid::from_u128(next))
            })
    }

    proptest! {
        #![proptest_config(some())]

        #[test]
        fn a_quote_is_exact_or_names_the_seats_in_the_way(
            list in price_list(),
            wanted in prop::collection::btree_set(91..=101_u128, 1..=7),
        ) {
            let (layout, showtime) = (layout(), showtime(Prices::parse(list.clone()).unwrap()));
            let wanted: Vec<SeatId> = wanted.into_iter().map(|id| SeatId(Uuid::from_u128(id))).collect();
            let seat = |id: &SeatId| layout.seats().find(|seat| seat.id == *id);
            let unknown: Vec<SeatId> = wanted.iter().copied().filter(|id| seat(id).is_none()).collect();
            let unpriced: Vec<SeatId> = wanted
                .iter()
                .copied()
                .filter(|id| seat(id).is_some_and(|seat| !list.contains_key(&seat.kind)))
                .collect();
            match showtime.quote(&layout, &SeatSelection::parse(wanted.clone()).unwrap()) {
                Ok(quote) => {
                    prop_assert!(unknown.is_empty() && unpriced.is_empty());
                    let ids: Vec<SeatId> = quote.seats.iter().map(|seat| seat.id).collect();
                    prop_assert_eq!(ids, wanted);
                    for priced in &quote.seats {
                        let seat = seat(&priced.id).unwrap();
                        prop_assert_eq!((&priced.row, priced.number, priced.kind), (&seat.row, seat.number, seat.kind));
                        prop_assert_eq!(priced.price, list[&seat.kind]);
                    }
                    let total: i64 = quote.seats.iter().map(|seat| seat.price.amount()).sum();
                    prop_assert_eq!(quote.total, usd(total));
                    prop_assert_eq!(quote.price_version, Version(7));
                }
                Err(QuoteError::UnknownSeats(seats)) => {
                    prop_assert!(!seats.is_empty());
                    prop_assert_eq!(seats, unknown);
                }
                Err(QuoteError::Unpriced(seats)) => {
                    prop_assert!(!seats.is_empty() && unknown.is_empty());
                    prop_assert_eq!(seats, unpriced);
                }
                Err(QuoteError::TooLarge) => prop_assert!(false, "ten seats are never too dear"),
            }
        }
    }

    #[test]
    fn ten_of_the_dearest_seats_can_still_be_quoted() {
        let row = vec![(RowLabel::parse("A").unwrap(), RowPattern::parse("RRRRRRRRRR").unwrap())];
        let mut next = 0;
        let layout = LayoutPlan::parse(row)
            .unwrap()
            .lay_out(ScreenId(Uuid::from_u128(3)), None, || {
                next += 1;
                SeatId(Uuid::from_u128(next))
            });
        let prices = Prices::parse(BTreeMap::from([(SeatKind::Regular, usd(Prices::AMOUNT_MAX))])).unwrap();
        let all = SeatSelection::parse(layout.seats().map(|seat| seat.id)).unwrap();
        let quote = showtime(prices).quote(&layout, &all).unwrap();
        assert_eq!(quote.total, usd(10 * Prices::AMOUNT_MAX));
    }
}

mod times {
    use super::*;

    fn prices() -> Prices {
        Prices::parse(BTreeMap::from([(SeatKind::Regular, usd(1200))])).unwrap()
    }

    proptest! {
        #![proptest_config(many())]

        #[test]
        fn a_screen_is_free_after_the_film_and_the_cleaning(start in 0..4_000_000_000_i64, minutes in 1..=900_u32, cleaning in 0..7200_i64) {
            let starts_at = Timestamp::from_second(start).unwrap();
            let ends_at = Showtime::ends_at(starts_at, RunningTime::parse(minutes).unwrap(), SignedDuration::from_secs(cleaning));
            prop_assert_eq!(ends_at.unwrap().as_second(), start + i64::from(minutes) * 60 + cleaning);
        }

        #[test]
        fn seats_are_on_sale_until_the_film_starts(offset in -1000..1000_i64) {
            let mut showtime = showtime(prices());
            let now = showtime.starts_at.checked_add(SignedDuration::from_millis(offset)).unwrap();
            prop_assert_eq!(showtime.is_on_sale(now), offset < 0);
            showtime.status = ShowtimeStatus::Cancelled;
            prop_assert!(!showtime.is_on_sale(now));
        }
    }

    #[test]
    fn an_end_beyond_the_calendar_is_refused() {
        let film = RunningTime::parse(1).unwrap();
        assert_eq!(
            code(Showtime::ends_at(Timestamp::MAX, film, SignedDuration::ZERO)),
            "out_of_range"
        );
        let early = Timestamp::MAX.checked_sub(SignedDuration::from_mins(1)).unwrap();
        assert_eq!(Showtime::ends_at(early, film, SignedDuration::ZERO), Ok(Timestamp::MAX));
        assert_eq!(
            code(Showtime::ends_at(early, film, SignedDuration::MAX)),
            "out_of_range"
        );
    }

    #[test]
    fn a_showtime_survives_json() {
        let showtime = showtime(prices());
        let json = serde_json::to_value(&showtime).unwrap();
        is_json(&showtime, json);
    }
}
