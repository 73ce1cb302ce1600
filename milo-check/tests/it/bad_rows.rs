//! Books that are wrong in one row, each against its own invariant.

use serde_json::{Value, json};

use crate::books::Became::{Cancelled, Confirmed, Declined, Expired, Paying, Pending, Refunded, Voided};
use crate::books::Books;
use crate::judge::false_books;

fn confirmed() -> Books {
    Books::new().with("r1", "ann", "h1", &["A1", "A2"], Confirmed)
}

fn one(became: crate::books::Became) -> Books {
    Books::new().with("r1", "ann", "h1", &["A1"], became)
}

#[test]
fn i1_two_reservations_own_one_seat() {
    let books = one(Confirmed).with("r2", "bob", "h2", &["A1"], Confirmed);
    false_books(&books, "I1", 2);
}

#[test]
fn i2_a_confirmed_reservation_lost_a_seat() {
    let books = confirmed().change("reserved_seats", 1, "released_at", json!("2026-01-01T10:00:05Z"));
    false_books(&books, "I2", 2);
}

#[test]
fn i2_an_expired_reservation_keeps_its_seat() {
    false_books(
        &one(Expired).change("reserved_seats", 0, "released_at", Value::Null),
        "I2",
        2,
    );
}

#[test]
fn i2_a_reservation_has_fewer_seats_than_it_counts() {
    false_books(&confirmed().without("reserved_seats", 1), "I2", 2);
}

#[test]
fn i2_a_seat_belongs_to_no_reservation() {
    let books = one(Confirmed).twin("reserved_seats", 0, "reservation_id", json!("nobody"));
    let last = books.dump["reserved_seats"].as_array().unwrap().len() - 1;
    false_books(&books.change("reserved_seats", last, "seat_id", json!("B1")), "I2", 1);
}

#[test]
fn i2_a_reservation_and_its_payment_stand_apart() {
    let books = one(Expired).change("payments", 0, "status", json!("voided"));
    false_books(&books, "I2", 2);
}

#[test]
fn i3_a_confirmed_reservation_was_never_captured() {
    let books = one(Confirmed).without("payment_ops", 1);
    false_books(&books, "I3", 2);
}

#[test]
fn i3_a_failed_reservation_was_captured() {
    let mut books = one(Voided);
    books.add("payment_ops", json!({
        "showtime_id": "show", "reservation_id": "r1", "step": 3, "payment_id": "pay-r1", "op_key": "milo:pay-r1:capture",
        "outcome": "captured", "amount_minor": 1000,
    }));
    books.enter("pay-r1", "capture", true, 1000);
    books.enter("pay-r1", "refund", true, 1000);
    false_books(&books, "I3", 3);
}

#[test]
fn i4_a_reservation_has_two_payments() {
    let books = one(Expired).twin("payments", 0, "id", json!("pay-other"));
    false_books(&books, "I4", 3);
}

#[test]
fn i4_a_reservation_has_no_payment() {
    false_books(&one(Expired).without("payments", 0), "I4", 1);
}

#[test]
fn i5_the_seats_cost_more_than_the_reservation() {
    false_books(
        &confirmed().change("reserved_seats", 1, "price_minor", json!(1100)),
        "I5",
        3,
    );
}

#[test]
fn i5_the_payment_is_of_another_price() {
    false_books(&one(Pending).change("payments", 0, "amount_minor", json!(999)), "I5", 2);
}

#[test]
fn i5_the_payment_is_of_another_currency() {
    false_books(&one(Pending).change("payments", 0, "currency", json!("USD")), "I5", 2);
}

#[test]
fn i5_more_was_captured_than_was_owed() {
    let books = one(Confirmed).change("payment_ops", 1, "amount_minor", json!(2000));
    false_books(&books, "I5", 2);
}

#[test]
fn i5_more_was_given_back_than_was_taken() {
    let books = one(Refunded).change("payment_ops", 2, "amount_minor", json!(1001));
    false_books(&books, "I5", 3);
}

#[test]
fn i6_an_event_is_missing() {
    // The third of four; its message goes with it, which there is none of.
    false_books(&one(Confirmed).without("reservation_events", 2), "I6", 3);
}

#[test]
fn i6_an_event_does_not_begin_where_the_last_one_ended() {
    let books = one(Voided).change("reservation_events", 3, "from_payment_status", json!("authorizing"));
    false_books(&books, "I6", 2);
}

#[test]
fn i6_a_step_that_there_is_not() {
    let books = one(Voided).change("reservation_events", 4, "to_payment_status", json!("declined"));
    false_books(&books.change("payments", 0, "status", json!("declined")), "I6", 1);
}

#[test]
fn i6_the_last_event_leads_elsewhere() {
    let books = one(Declined).change("payments", 0, "status", json!("voided"));
    false_books(&books, "I6", 3);
}

#[test]
fn i6_an_event_of_nobody() {
    let books = one(Pending).twin("reservation_events", 0, "reservation_id", json!("nobody"));
    false_books(&books, "I6", 1);
}

#[test]
fn i7_the_owner_leaves_paying() {
    let books = one(Declined).change("reservation_events", 2, "actor", json!("owner"));
    false_books(&books, "I7", 1);
}

#[test]
fn i8_work_that_nobody_will_do() {
    let books = one(Paying)
        .unsettled()
        .change("payments", 0, "next_attempt_at", Value::Null);
    false_books(&books, "I8", 1);
}

#[test]
fn i8_a_wish_that_nobody_will_honour() {
    let books = one(Confirmed).change("reservations", 0, "cancel_requested", json!("owner"));
    false_books(&books, "I8", 2);
}

#[test]
fn i8_seats_were_freed_and_nobody_was_told() {
    let books = one(Expired);
    let freed = books.dump["outbox"].as_array().unwrap().len() - 1;
    false_books(&books.without("outbox", freed), "I8", 1);
}

#[test]
fn i9_a_message_of_a_step_that_was_not_taken() {
    let books = one(Pending).unsettled().twin("outbox", 0, "id", json!("stray"));
    false_books(&books.change("outbox", 2, "step", json!(7)), "I9", 1);
}

#[test]
fn i9_a_message_names_another_reservation() {
    let books = one(Pending).unsettled();
    let payload = json!({"topic": "seats_taken", "reservation": "r9"});
    false_books(&books.change("outbox", 1, "payload", payload), "I9", 1);
}

#[test]
fn i9_a_message_is_delivered_and_parked() {
    let books = one(Confirmed).change("outbox", 0, "parked_at", json!("2026-01-01T10:00:07Z"));
    false_books(&books, "I9", 1);
}

#[test]
fn i9_a_message_was_delivered_before_it_was_written() {
    let books = one(Confirmed).change("outbox", 0, "delivered_at", json!("2025-12-31T10:00:00Z"));
    false_books(&books, "I9", 1);
}

#[test]
fn i10_a_hold_was_reserved_twice() {
    let books = one(Confirmed).with("r2", "ann", "h1", &["A2"], Confirmed);
    false_books(&books, "I10", 2);
}

#[test]
fn i10_two_tickets_have_one_code() {
    let books = one(Confirmed).with("r2", "bob", "h2", &["A2"], Confirmed);
    false_books(&books.change("reservations", 1, "code", json!("CODE-r1")), "I10", 2);
}

#[test]
fn i10_a_key_is_somebody_elses() {
    false_books(&one(Confirmed).keyed("r1", "bob", "k1"), "I10", 2);
}

#[test]
fn i10_a_reservation_has_two_keys() {
    let books = one(Confirmed).keyed("r1", "ann", "k1").keyed("r1", "ann", "k2");
    false_books(&books, "I10", 2);
}

#[test]
fn i11_somebody_stands_in_a_cancelled_showtime() {
    let books = one(Confirmed).change("showtimes", 0, "status", json!("cancelled"));
    false_books(&books, "I11", 2);
}

#[test]
fn i11_nobody_will_reach_who_stands_in_a_cancelled_showtime() {
    let books = one(Pending)
        .unsettled()
        .change("showtimes", 0, "status", json!("cancelled"));
    false_books(&books, "I11", 2);
}

#[test]
fn i12_a_seat_of_another_screen() {
    false_books(
        &one(Confirmed).change("reserved_seats", 0, "screen_id", json!("elsewhere")),
        "I12",
        2,
    );
}

#[test]
fn i12_a_seat_that_is_not_there() {
    let books = Books::new().with("r1", "ann", "h1", &["Z9"], Confirmed);
    false_books(&books, "I12", 1);
}

#[test]
fn i12_more_unpaid_seats_than_one_user_may_have() {
    let books = Books::new()
        .unsettled()
        .with("r1", "ann", "h1", &["A1", "A2"], Pending)
        .with("r2", "ann", "h2", &["A3"], Pending)
        .with("r3", "ann", "h3", &["A4", "B1"], Pending)
        .with("r4", "ann", "h4", &["A4", "B1"], Expired);
    false_books(&books, "I12", 3);
}

#[test]
fn i13_a_ticket_that_the_gateway_was_never_paid_for() {
    let mut books = one(Confirmed);
    books.enter("pay-r1", "refund", true, 1000);
    false_books(&books, "I13", 3);
}

#[test]
fn i13_money_without_a_ticket() {
    let mut books = one(Voided).without("ledger", 1);
    books.enter("pay-r1", "capture", true, 1000);
    false_books(&books, "I13", 2);
}

#[test]
fn i13_money_of_a_payment_that_we_do_not_know() {
    let mut books = one(Confirmed);
    books.enter("pay-of-nobody", "capture", true, 1000);
    false_books(&books, "I13", 1);
}

#[test]
fn i13_an_authorization_is_open_for_ever() {
    // Closed, we wrote; the gateway has it open.
    false_books(&one(Voided).without("ledger", 1), "I13", 2);
}

#[test]
fn i13_a_refund_that_the_gateway_never_made() {
    let books = one(Refunded).without("ledger", 2);
    // What we wrote down, and the balance: two sentences of one promise's number.
    let report = crate::judge::report(None, Some(&books));
    assert!(
        report.violations.iter().all(|violation| violation.invariant == "I13"),
        "{report}"
    );
    assert_eq!(report.violations.len(), 2, "{report}");
}

#[test]
fn i13_another_currency_at_the_gateway() {
    false_books(&one(Confirmed).change("ledger", 1, "currency", json!("USD")), "I13", 2);
}

#[test]
fn i14_a_capture_had_two_effects() {
    let mut books = one(Confirmed);
    books.enter("pay-r1", "capture", true, 1000);
    false_books(&books, "I14", 2);
}

#[test]
fn i14_every_attempt_had_a_key_of_its_own() {
    let mut books = one(Cancelled);
    books.enter("pay-r1", "close", true, 1000);
    books.enter("pay-r1", "close", false, 1000);
    false_books(
        &books.change("ledger", 1, "key", json!("milo:pay-r1:close:2")),
        "I14",
        2,
    );
}
