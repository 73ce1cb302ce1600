//! Histories that no honest seller leaves behind, each against its own invariant.

use serde_json::json;

use crate::books::Became::{Cancelled, Confirmed, Declined};
use crate::books::Books;
use crate::judge::{broken, lines, untrue};
use crate::tale::{LEASE_US, Tale, ask_buy, ask_cancel, ask_hold, ask_reserve, keyed, made, merged};

mod i15 {
    use super::*;

    #[test]
    fn a_seat_is_sold_while_it_is_sold() {
        let tale = Tale::new()
            .buy((1, 2), "ann", "r1", &["A1"])
            .buy((3, 4), "bob", "r2", &["A1"])
            .read((5, 6), "ann", "r1", "confirmed");
        let report = untrue(&tale, "I15", 6);
        assert_eq!(lines(&report).len(), 6);
    }

    #[test]
    fn two_tickets_for_one_seat_among_many_sales() {
        let mut tale = Tale::new();
        for seat in 0..50_u64 {
            let (name, id) = (format!("S{seat}"), format!("r{seat}"));
            let at = seat * 10;
            tale = tale
                .buy((at + 1, at + 2), "ann", &id, &[&name])
                .read((at + 3, at + 4), "ann", &id, "confirmed");
        }
        tale = tale.buy((900, 905), "bob", "twin", &["S7"]);
        untrue(&tale, "I15", 6);
    }

    #[test]
    fn both_were_seen_to_own_the_seat() {
        let tale = Tale::new()
            .buy((1, 10), "ann", "r1", &["A1"])
            .buy((2, 9), "bob", "r2", &["A1"])
            .read((20, 21), "ann", "r1", "paying")
            .read((22, 23), "bob", "r2", "paying");
        untrue(&tale, "I15", 8);
    }

    #[test]
    fn a_seat_is_sold_from_two_holds() {
        let tale = Tale::new()
            .hold((1, 2), "ann", "h1", &["A1"])
            .reserve((3, 4), "ann", "h1", "r1", &["A1"])
            .hold((5, 6), "bob", "h2", &["A1"])
            .reserve((7, 8), "bob", "h2", "r2", &["A1"])
            .read((9, 10), "ann", "r1", "confirmed");
        untrue(&tale, "I15", 10);
    }

    #[test]
    fn the_seat_is_sold_again_before_its_owner_cancels() {
        let tale = Tale::new()
            .buy((1, 2), "ann", "r1", &["A1"])
            .read((3, 4), "ann", "r1", "confirmed")
            .buy((5, 6), "bob", "r2", &["A1"])
            .cancel((8, 9), "ann", "r1", "cancelled");
        untrue(&tale, "I15", 6);
    }
}

mod i16 {
    use super::*;

    #[test]
    fn a_hold_has_another_seat() {
        let told = json!({"status": 201, "hold": "h1", "seats": ["A2"]});
        untrue(
            &Tale::new().call((1, 2), ask_hold("ann", &["A1"]), "ok", told),
            "I16",
            2,
        );
    }

    #[test]
    fn a_hold_has_a_part_of_the_seats() {
        let told = json!({"status": 201, "hold": "h1", "seats": ["A1"]});
        untrue(
            &Tale::new().call((1, 2), ask_hold("ann", &["A1", "A2"]), "ok", told),
            "I16",
            2,
        );
    }

    #[test]
    fn a_reservation_has_not_the_seats_of_its_hold() {
        let tale = Tale::new()
            .hold((1, 2), "ann", "h1", &["A1", "A2"])
            .reserve((3, 4), "ann", "h1", "r1", &["A1"]);
        untrue(&tale, "I16", 4);
    }

    #[test]
    fn a_reservation_is_in_another_showtime() {
        let told = merged(made("r1", &["A1"]), json!({"showtime": "tomorrow"}));
        untrue(&Tale::new().call((1, 2), ask_buy("ann", &["A1"]), "ok", told), "I16", 2);
    }

    #[test]
    fn the_database_has_other_seats_than_were_answered() {
        let tale = Tale::new().buy((1, 2), "ann", "r1", &["A1"]);
        let books = Books::new().with("r1", "ann", "direct", &["A2"], Confirmed);
        broken(Some(&tale), Some(&books), "I16", 4);
    }
}

mod i17 {
    use super::*;

    #[test]
    fn two_hold_one_seat() {
        let tale = Tale::new()
            .hold((1, 2), "ann", "h1", &["A1"])
            .hold((3, 4), "bob", "h2", &["A1"]);
        untrue(&tale, "I17", 4);
    }

    #[test]
    fn a_seat_is_held_again_before_the_lease_is_over() {
        let tale = Tale::new()
            .hold((1, 2), "ann", "h1", &["A1"])
            .hold((LEASE_US - 9, LEASE_US), "bob", "h2", &["A1"]);
        untrue(&tale, "I17", 4);
    }

    #[test]
    fn a_loss_excuses_nothing_after_it() {
        let tale = Tale::new()
            .fault("holds_lost", (1, 5))
            .hold((10, 11), "ann", "h1", &["A1"])
            .hold((12, 13), "bob", "h2", &["A1"]);
        untrue(&tale, "I17", 4);
    }

    #[test]
    fn other_faults_excuse_nothing() {
        let tale = Tale::new()
            .hold((10, 11), "ann", "h1", &["A1"])
            .fault("postgres_paused", (11, 12))
            .hold((12, 13), "bob", "h2", &["A1"]);
        untrue(&tale, "I17", 4);
    }

    #[test]
    fn a_release_does_not_free_the_seat_before_it() {
        let tale = Tale::new()
            .hold((1, 2), "ann", "h1", &["A1"])
            .hold((3, 4), "bob", "h2", &["A1"])
            .release((5, 6), "ann", "h1");
        untrue(&tale, "I17", 4);
    }

    #[test]
    fn three_holds_at_one_time_and_one_release() {
        let tale = Tale::new()
            .hold((1, 9), "ann", "h1", &["A1"])
            .hold((1, 9), "bob", "h2", &["A1"])
            .hold((1, 9), "eve", "h3", &["A1"])
            .release((2, 8), "ann", "h1");
        untrue(&tale, "I17", 4);
    }

    #[test]
    fn the_smallest_proof_of_many_holds_is_two() {
        let mut tale = Tale::new();
        for turn in 0..200_u64 {
            let (at, hold) = (turn * 10, format!("h{turn}"));
            tale = tale
                .hold((at + 1, at + 2), "ann", &hold, &["A1"])
                .release((at + 3, at + 4), "ann", &hold);
        }
        tale = tale
            .hold((2001, 2002), "ann", "last", &["A1"])
            .hold((2003, 2004), "bob", "twin", &["A1"]);
        untrue(&tale, "I17", 4);
    }

    #[test]
    fn a_seat_is_refused_that_nobody_asked_for() {
        untrue(&Tale::new().no_hold((1, 2), "ann", &["A1"], &["A1"]), "I17", 2);
    }

    #[test]
    fn a_seat_map_shows_a_hold_of_nobody() {
        untrue(&Tale::new().seat_map((1, 2), "ann", json!({"held": ["A1"]})), "I17", 2);
    }

    #[test]
    fn a_seat_map_shows_a_sale_that_comes_later() {
        let tale = Tale::new()
            .seat_map((1, 2), "ann", json!({"sold": ["A1"]}))
            .buy((5, 6), "bob", "r1", &["A1"]);
        untrue(&tale, "I17", 2);
    }

    #[test]
    fn a_seat_is_yours_that_somebody_else_holds() {
        let tale = Tale::new()
            .hold((1, 2), "bob", "h1", &["A1"])
            .seat_map((3, 4), "ann", json!({"yours": ["A1"]}));
        untrue(&tale, "I17", 2);
    }
}

mod i18 {
    use super::*;

    #[test]
    fn a_held_seat_is_refused_as_sold_that_nobody_bought() {
        let tale = Tale::new()
            .hold((1, 2), "ann", "h1", &["A1"])
            .sold_out((3, 4), "ann", "h1", &["A1"]);
        untrue(&tale, "I18", 4);
    }

    #[test]
    fn a_held_seat_is_refused_as_sold_before_it_is_sold() {
        let tale = Tale::new()
            .hold((1, 2), "ann", "h1", &["A1"])
            .sold_out((3, 4), "ann", "h1", &["A1"])
            .buy((5, 6), "bob", "r1", &["A1"]);
        untrue(&tale, "I18", 4);
    }

    #[test]
    fn a_released_seat_is_refused_as_sold() {
        let tale = Tale::new()
            .buy((1, 2), "ann", "r1", &["A1"])
            .cancel((3, 4), "ann", "r1", "cancelled")
            .hold((5, 6), "bob", "h2", &["A1"])
            .sold_out((7, 8), "bob", "h2", &["A1"]);
        let report = untrue(&tale, "I18", 8);
        assert!(lines(&report).contains(&9), "the refusal itself: {report}");
    }

    #[test]
    fn a_seat_has_another_owner_between_two_looks_of_its_owner() {
        let tale = Tale::new()
            .buy((1, 30), "ann", "r1", &["A1"])
            .buy((2, 9), "bob", "r2", &["A1"])
            .read((3, 8), "ann", "r1", "paying")
            .read((10, 11), "bob", "r2", "paying")
            .read((12, 31), "ann", "r1", "paying")
            .read((3, 4), "ann", "r1", "paying");
        untrue(&tale, "I18", 10);
    }

    #[test]
    fn a_confirmed_seat_is_free_and_nobody_cancelled() {
        let tale = Tale::new()
            .buy((1, 20), "ann", "r1", &["A1"])
            .read((2, 3), "ann", "r1", "confirmed")
            .buy((4, 5), "bob", "r2", &["A1"]);
        untrue(&tale, "I18", 6);
    }
}

mod i19 {
    use super::*;

    #[test]
    fn a_confirmed_reservation_is_paying_again() {
        let tale = Tale::new()
            .buy((1, 2), "ann", "r1", &["A1"])
            .read((3, 4), "ann", "r1", "confirmed")
            .read((5, 6), "ann", "r1", "paying");
        untrue(&tale, "I19", 4);
    }

    #[test]
    fn a_payment_goes_back() {
        let tale = Tale::new()
            .buy((1, 2), "ann", "r1", &["A1"])
            .read_payment((3, 4), "r1", "paying", "voiding")
            .read_payment((5, 6), "r1", "paying", "capturing");
        untrue(&tale, "I19", 4);
    }

    #[test]
    fn an_owner_does_not_find_what_was_reserved() {
        let asked = json!({"op": "read", "user": "ann", "reservation": "r1"});
        let tale = Tale::new()
            .buy((1, 2), "ann", "r1", &["A1"])
            .call((3, 4), asked, "fail", json!({"status": 404}));
        untrue(&tale, "I19", 4);
    }

    #[test]
    fn a_cancelled_reservation_stands_again() {
        let tale = Tale::new()
            .buy((1, 2), "ann", "r1", &["A1"])
            .cancel((3, 4), "ann", "r1", "cancelled")
            .read((5, 9), "ann", "r1", "pending_payment");
        let report = crate::judge::report(Some(&tale), None);
        assert!(
            report.violations.iter().any(|violation| violation.invariant == "I19"),
            "{report}"
        );
    }

    #[test]
    fn a_payment_that_failed_is_cancelled_later() {
        let tale = Tale::new()
            .buy((1, 2), "ann", "r1", &["A1"])
            .read((3, 4), "ann", "r1", "payment_failed")
            .read((5, 6), "ann", "r1", "cancelled");
        untrue(&tale, "I19", 4);
    }
}

mod i20 {
    use super::*;

    fn told(hash: &str, status: u16) -> serde_json::Value {
        merged(made("r1", &["A1"]), json!({"body_hash": hash, "status": status}))
    }

    #[test]
    fn a_repeat_is_given_other_bytes() {
        let asked = keyed(ask_buy("ann", &["A1"]), "k1");
        let tale =
            Tale::new()
                .call((1, 2), asked.clone(), "ok", told("aa", 201))
                .call((3, 4), asked, "ok", told("bb", 201));
        untrue(&tale, "I20", 4);
    }

    #[test]
    fn a_repeat_is_given_another_status() {
        let asked = keyed(ask_buy("ann", &["A1"]), "k1");
        let tale =
            Tale::new()
                .call((1, 2), asked.clone(), "ok", told("aa", 201))
                .call((3, 4), asked, "ok", told("aa", 200));
        untrue(&tale, "I20", 4);
    }

    #[test]
    fn a_repeat_is_refused() {
        let asked = keyed(ask_cancel("ann", "r1"), "k1");
        let tale = Tale::new()
            .buy((1, 2), "ann", "r1", &["A1"])
            .call(
                (3, 4),
                asked.clone(),
                "ok",
                json!({"status": 200, "reservation_status": "cancelled"}),
            )
            .call(
                (5, 6),
                asked,
                "fail",
                json!({"status": 409, "problem": "not-cancellable"}),
            );
        untrue(&tale, "I20", 4);
    }

    #[test]
    fn another_request_is_taken_with_a_used_key() {
        let tale = Tale::new()
            .call((1, 2), keyed(ask_buy("ann", &["A1"]), "k1"), "ok", made("r1", &["A1"]))
            .call((3, 4), keyed(ask_buy("ann", &["A2"]), "k1"), "ok", made("r2", &["A2"]));
        untrue(&tale, "I20", 4);
    }

    #[test]
    fn a_repeated_hold_is_another_hold() {
        let asked = keyed(ask_hold("ann", &["A1"]), "k1");
        let tale = Tale::new()
            .call(
                (1, 2),
                asked.clone(),
                "ok",
                json!({"status": 201, "hold": "h1", "seats": ["A1"]}),
            )
            .release((3, 4), "ann", "h1")
            .call(
                (5, 6),
                asked,
                "ok",
                json!({"status": 201, "hold": "h2", "seats": ["A1"]}),
            );
        untrue(&tale, "I20", 4);
    }
}

mod i21 {
    use super::*;

    fn refused() -> serde_json::Value {
        json!({"status": 409, "problem": "price-changed"})
    }

    #[test]
    fn a_refused_reservation_was_made() {
        let tale =
            Tale::new()
                .hold((1, 2), "ann", "h1", &["A1"])
                .call((3, 4), ask_reserve("ann", "h1"), "fail", refused());
        let books = Books::new().with("r1", "ann", "h1", &["A1"], Confirmed);
        broken(Some(&tale), Some(&books), "I21", 3);
    }

    #[test]
    fn a_refused_key_has_a_reservation() {
        let tale = Tale::new().call((3, 4), keyed(ask_buy("ann", &["A1"]), "k1"), "fail", refused());
        let books = Books::new()
            .with("r1", "ann", "derived", &["A1"], Confirmed)
            .keyed("r1", "ann", "k1");
        broken(Some(&tale), Some(&books), "I21", 3);
    }

    #[test]
    fn a_reservation_that_nobody_asked_for() {
        let tale = Tale::new().hold((1, 2), "ann", "h1", &["A1"]);
        let books = Books::new().with("r1", "ann", "h9", &["A1"], Confirmed);
        broken(Some(&tale), Some(&books), "I21", 1);
    }

    #[test]
    fn a_refused_cancellation_cancelled() {
        let tale = Tale::new().buy((1, 2), "ann", "r1", &["A1"]).call(
            (3, 4),
            ask_cancel("ann", "r1"),
            "fail",
            json!({"status": 422}),
        );
        let books = Books::new().with("r1", "ann", "direct", &["A1"], Cancelled);
        broken(Some(&tale), Some(&books), "I21", 3);
    }
}

mod accepted_work {
    use super::*;

    #[test]
    fn a_reservation_that_was_answered_is_not_there() {
        let tale = Tale::new().buy((1, 2), "ann", "r1", &["A1"]);
        let report = broken(Some(&tale), Some(&Books::new()), "accepted-work", 2);
        assert_eq!(report.counts.accepted_work_lost, 1);
    }

    #[test]
    fn a_ticket_that_was_seen_confirmed_is_gone() {
        let tale = Tale::new()
            .buy((1, 2), "ann", "r1", &["A1"])
            .read((3, 4), "ann", "r1", "confirmed");
        let books = Books::new().with("r1", "ann", "direct", &["A1"], Declined);
        let report = crate::judge::report(Some(&tale), Some(&books));
        assert!(
            report
                .violations
                .iter()
                .any(|violation| violation.invariant == "accepted-work"),
            "{report}"
        );
        assert_eq!(report.counts.accepted_work_lost, 1);
    }
}
