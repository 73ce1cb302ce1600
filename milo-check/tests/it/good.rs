//! What looks odd and is right.

use serde_json::json;

use crate::books::Became::{Cancelled, Confirmed, Declined, Expired, Paying, Pending, Refunded, Voided};
use crate::books::Books;
use crate::judge::accepted;
use crate::tale::{LEASE_US, SHOW, Tale, ask_buy, ask_cancel, ask_hold, ask_reserve, keyed, made, merged};

#[track_caller]
fn true_tale(tale: &Tale) {
    accepted(Some(tale), None);
}

#[test]
fn nothing_at_all() {
    accepted(Some(&Tale::new()), Some(&Books::new()));
}

#[test]
fn a_whole_sale() {
    let tale = Tale::new()
        .hold((1, 2), "ann", "h1", &["A1", "A2"])
        .reserve((3, 4), "ann", "h1", "r1", &["A2", "A1"])
        .read_payment((5, 6), "r1", "paying", "authorizing")
        .read_payment((7, 8), "r1", "confirmed", "captured");
    let books = Books::new().with("r1", "ann", "h1", &["A1", "A2"], Confirmed);
    accepted(Some(&tale), Some(&books));
}

#[test]
fn every_way_a_reservation_can_end() {
    let books = Books::new()
        .with("r1", "ann", "h1", &["A1"], Confirmed)
        .with("r2", "ann", "h2", &["A2"], Refunded)
        .with("r3", "ann", "h3", &["A2"], Declined)
        .with("r4", "ann", "h4", &["A2"], Voided)
        .with("r5", "ann", "h5", &["A2"], Expired)
        .with("r6", "ann", "h6", &["A2"], Cancelled)
        .with("r7", "bob", "h7", &["A2"], Confirmed);
    accepted(None, Some(&books));
}

#[test]
fn work_in_the_middle() {
    let books =
        Books::new()
            .unsettled()
            .with("r1", "ann", "h1", &["A1"], Pending)
            .with("r2", "bob", "h2", &["A2"], Paying);
    accepted(None, Some(&books));
}

#[test]
fn a_showtime_that_is_just_being_cancelled() {
    let mut books = Books::new().unsettled().with("r1", "ann", "h1", &["A1"], Confirmed);
    books.add("showtime_cancellations", json!({"showtime_id": SHOW}));
    accepted(None, Some(&books.change("showtimes", 0, "status", json!("cancelled"))));
}

#[test]
fn an_operation_that_was_asked_for_again_and_again() {
    let mut books = Books::new().with("r1", "ann", "h1", &["A1"], Confirmed);
    for _ in 0..5 {
        books.enter("pay-r1", "capture", false, 1000);
    }
    accepted(None, Some(&books));
}

#[test]
fn a_payment_that_the_gateway_heard_of_and_we_do_not_keep_money_of() {
    let mut books = Books::new();
    books.enter("pay-of-nobody", "capture", true, 1000);
    books.enter("pay-of-nobody", "refund", true, 1000);
    accepted(None, Some(&books));
}

#[test]
fn a_seat_is_sold_again_after_it_was_cancelled() {
    let tale = Tale::new()
        .buy((1, 2), "ann", "r1", &["A1"])
        .read((3, 4), "ann", "r1", "confirmed")
        .cancel((5, 6), "ann", "r1", "cancelled")
        .buy((7, 8), "bob", "r2", &["A1"])
        .read((9, 10), "bob", "r2", "confirmed");
    true_tale(&tale);
}

#[test]
fn a_seat_is_sold_again_while_its_cancellation_is_under_way() {
    let tale = Tale::new()
        .buy((1, 2), "ann", "r1", &["A1"])
        .read((3, 4), "ann", "r1", "confirmed")
        .buy((6, 7), "bob", "r2", &["A1"])
        .cancel((5, 20), "ann", "r1", "cancelled");
    true_tale(&tale);
}

#[test]
fn a_seat_is_sold_again_after_a_cancellation_without_an_answer() {
    let tale = Tale::new()
        .buy((1, 2), "ann", "r1", &["A1"])
        .read((3, 4), "ann", "r1", "confirmed")
        .unanswered(5, ask_cancel("ann", "r1"))
        .buy((6, 7), "bob", "r2", &["A1"]);
    true_tale(&tale);
}

#[test]
fn a_seat_is_sold_again_with_a_cancelled_showtime() {
    let tale = Tale::new()
        .buy((1, 2), "ann", "r1", &["A1"])
        .read((3, 4), "ann", "r1", "confirmed")
        .call(
            (5, 9),
            json!({"op": "cancel_showtime", "showtime": SHOW}),
            "ok",
            json!({"status": 200}),
        )
        .read((10, 11), "ann", "r1", "cancelled");
    true_tale(&tale);
}

#[test]
fn a_seat_is_sold_again_after_its_payment_failed_unseen() {
    let tale = Tale::new()
        .buy((1, 2), "ann", "r1", &["A1"])
        .read((3, 4), "ann", "r1", "paying")
        .buy((5, 6), "bob", "r2", &["A1"])
        .read((7, 8), "bob", "r2", "confirmed");
    true_tale(&tale);
}

#[test]
fn a_reservation_without_an_answer_was_made() {
    let asked = keyed(ask_buy("ann", &["A1"]), "k1");
    let tale = Tale::new().unanswered(1, asked);
    let books = Books::new()
        .with("r1", "ann", "derived", &["A1"], Confirmed)
        .keyed("r1", "ann", "k1");
    accepted(Some(&tale), Some(&books));
}

#[test]
fn a_reservation_without_an_answer_was_not_made() {
    let tale = Tale::new().call((1, 2), ask_buy("ann", &["A1"]), "info", json!({"status": 503}));
    accepted(Some(&tale), Some(&Books::new()));
}

#[test]
fn a_repeat_finds_what_the_first_try_made() {
    let asked = keyed(ask_buy("ann", &["A1"]), "k1");
    let told = merged(made("r1", &["A1"]), json!({"body_hash": "aa"}));
    let tale = Tale::new()
        .call((1, 2), asked.clone(), "info", json!({"status": 503}))
        .call((3, 4), asked.clone(), "ok", told.clone())
        .call((5, 6), asked, "ok", told)
        .sold_out_for_bob();
    let books = Books::new()
        .with("r1", "ann", "derived", &["A1"], Confirmed)
        .keyed("r1", "ann", "k1");
    accepted(Some(&tale), Some(&books));
}

impl Tale {
    /// Bob wants the seat that an unanswered call took.
    fn sold_out_for_bob(self) -> Self {
        self.no_hold((2, 3), "bob", &["A1"], &["A1"])
    }
}

#[test]
fn a_repeat_is_refused_because_of_what_the_first_try_did() {
    let asked = keyed(ask_cancel("ann", "r1"), "k1");
    let tale = Tale::new()
        .buy((1, 2), "ann", "r1", &["A1"])
        .call((3, 4), asked.clone(), "info", json!({"status": 503}))
        .call(
            (5, 6),
            asked,
            "fail",
            json!({"status": 409, "problem": "not-cancellable"}),
        );
    let books = Books::new().with("r1", "ann", "direct", &["A1"], Cancelled);
    accepted(Some(&tale), Some(&books));
}

#[test]
fn a_key_is_refused_until_it_is_answered() {
    let asked = keyed(ask_buy("ann", &["A1"]), "k1");
    let tale = Tale::new().call((1, 9), asked.clone(), "ok", made("r1", &["A1"])).call(
        (2, 3),
        asked,
        "fail",
        json!({"status": 409, "problem": "idempotency-key-in-use"}),
    );
    true_tale(&tale);
}

#[test]
fn a_used_key_is_refused_to_another_request() {
    let tale = Tale::new()
        .call((1, 2), keyed(ask_buy("ann", &["A1"]), "k1"), "ok", made("r1", &["A1"]))
        .call(
            (3, 4),
            keyed(ask_buy("ann", &["A2"]), "k1"),
            "fail",
            json!({"status": 422}),
        );
    true_tale(&tale);
}

#[test]
fn two_users_have_one_key() {
    let tale = Tale::new()
        .call((1, 2), keyed(ask_buy("ann", &["A1"]), "k1"), "ok", made("r1", &["A1"]))
        .call((3, 4), keyed(ask_buy("bob", &["A2"]), "k1"), "ok", made("r2", &["A2"]));
    true_tale(&tale);
}

#[test]
fn a_hold_is_granted_after_another_was_let_go() {
    let tale = Tale::new()
        .hold((1, 2), "ann", "h1", &["A1"])
        .release((3, 4), "ann", "h1")
        .hold((5, 6), "bob", "h2", &["A1"]);
    true_tale(&tale);
}

#[test]
fn a_hold_is_granted_while_another_is_let_go() {
    let tale = Tale::new()
        .hold((1, 2), "ann", "h1", &["A1"])
        .hold((4, 5), "bob", "h2", &["A1"])
        .release((3, 9), "ann", "h1");
    true_tale(&tale);
}

#[test]
fn a_hold_is_granted_after_the_lease_of_another() {
    let tale = Tale::new()
        .hold((1, 2), "ann", "h1", &["A1"])
        .hold((LEASE_US, LEASE_US + 1), "bob", "h2", &["A1"]);
    true_tale(&tale);
}

#[test]
fn two_hold_one_seat_because_redis_forgot_one() {
    let tale = Tale::new()
        .hold((1, 2), "ann", "h1", &["A1"])
        .fault("holds_lost", (3, 4))
        .hold((5, 6), "bob", "h2", &["A1"]);
    true_tale(&tale);
}

#[test]
fn a_hold_is_made_anew_with_its_key_because_redis_forgot_it() {
    let asked = keyed(ask_hold("ann", &["A1"]), "k1");
    let told = |hash: &str| json!({"status": 201, "hold": "h1", "seats": ["A1"], "body_hash": hash});
    let tale = Tale::new()
        .call((1, 2), asked.clone(), "ok", told("aa"))
        .fault("holds_lost", (3, 4))
        .call((5, 6), asked, "ok", told("bb"));
    true_tale(&tale);
}

#[test]
fn a_hold_that_lapsed_is_told_again_to_its_key() {
    let asked = keyed(ask_hold("ann", &["A1"]), "k1");
    let told = json!({"status": 201, "hold": "h1", "seats": ["A1"], "body_hash": "aa"});
    let tale = Tale::new()
        .call((1, 2), asked.clone(), "ok", told.clone())
        .release((3, 4), "ann", "h1")
        .hold((5, 6), "bob", "h2", &["A1"])
        .call((7, 8), asked, "ok", told);
    true_tale(&tale);
}

#[test]
fn a_held_seat_was_sold_to_somebody_without_a_hold() {
    let tale = Tale::new()
        .hold((1, 2), "ann", "h1", &["A1"])
        .buy((3, 4), "bob", "r1", &["A1"])
        .sold_out((5, 6), "ann", "h1", &["A1"]);
    true_tale(&tale);
}

#[test]
fn a_held_seat_may_have_been_sold_by_a_call_without_an_answer() {
    let tale = Tale::new()
        .hold((1, 2), "ann", "h1", &["A1"])
        .unanswered(3, ask_buy("bob", &["A1"]))
        .sold_out((5, 6), "ann", "h1", &["A1"]);
    true_tale(&tale);
}

#[test]
fn a_refused_hold_lets_others_reserve() {
    let tale = Tale::new()
        .hold((1, 2), "ann", "h1", &["A1"])
        .call(
            (3, 4),
            ask_reserve("ann", "h1"),
            "fail",
            json!({"status": 409, "problem": "price-changed"}),
        )
        .hold((5, 6), "bob", "h2", &["A1"]);
    true_tale(&tale);
}

#[test]
fn reads_that_overlap_may_see_either_state() {
    let tale = Tale::new()
        .buy((1, 2), "ann", "r1", &["A1"])
        .read((3, 10), "ann", "r1", "confirmed")
        .read((4, 11), "ann", "r1", "paying");
    true_tale(&tale);
}

#[test]
fn others_were_at_work_as_well() {
    let tale = Tale::with_others().no_hold((1, 2), "ann", &["A1"], &["A1"]).seat_map(
        (3, 4),
        "ann",
        json!({"held": ["A1"], "sold": ["A2"]}),
    );
    let books = Books::new().with("r1", "zoe", "h9", &["A2"], Confirmed);
    accepted(Some(&tale), Some(&books));
}
