//! Each invariant is looked for: whoever removes a protection and breaks a promise is found out.

use milo_core::conformance::samples;

use super::stage::Stage;

/// Removes a protection, breaks a promise, and gives the numbers of the promises that are found to be broken.
async fn found_after(sabotage: &str) -> Vec<&'static str> {
    let stage = Stage::with_bookings().await;
    assert_eq!(stage.store.invariants().await.unwrap(), []);
    stage.run(sabotage).await;
    let mut found: Vec<_> = stage
        .store
        .invariants()
        .await
        .unwrap()
        .iter()
        .map(|violation| violation.invariant)
        .collect();
    found.dedup();
    stage.engine.is_broken_on_purpose();
    found
}

macro_rules! sabotages {
    ($($name:ident: $sabotage:literal => $found:expr,)+) => {$(
        #[tokio::test]
        async fn $name() {
            assert_eq!(found_after($sabotage).await, $found);
        }
    )+};
}

sabotages! {
    a_seat_with_two_owners_is_found:
        "drop index seat_owner;
         alter table reserved_seats disable trigger user;
         update reserved_seats set seat_id = (select min(seat_id::text)::uuid from reserved_seats)
             where (reservation_id, seat_id) in (
                 select reservation_id, min(seat_id::text)::uuid from reserved_seats
                 where released_at is null group by reservation_id
             )" => ["I1"],
    a_standing_reservation_without_its_seats_is_found:
        "update reserved_seats set released_at = now() where released_at is null" => ["I2"],
    a_reservation_that_stands_elsewhere_than_its_payment_is_found:
        "update reservations set version = version + 1, status = 'confirmed' where status = 'pending_payment'"
            => ["I2", "I6"],
    a_ticket_that_nobody_paid_for_is_found:
        "alter table payment_ops disable trigger user;
         delete from payment_ops where outcome = 'captured'" => ["I3"],
    a_reservation_without_a_payment_is_found:
        "alter table payments disable trigger user;
         delete from payments where status = 'dropped'" => ["I4"],
    a_reservation_at_another_price_than_its_seats_is_found:
        "alter table reservations disable trigger user;
         update reservations set total_minor = total_minor + 1 where status = 'cancelled';
         update payments set amount_minor = amount_minor + 1 where status = 'dropped'" => ["I5"],
    a_payment_of_another_amount_is_found:
        "update payments set amount_minor = amount_minor + 1 where status = 'dropped'" => ["I5"],
    a_missing_event_is_found:
        "alter table reservation_events disable trigger user;
         alter table outbox drop constraint outbox_step;
         alter table payment_ops drop constraint payment_ops_step;
         delete from reservation_events where seq = 3" => ["I6"],
    an_owner_who_left_paying_is_found:
        "alter table reservation_events disable trigger user;
         alter table reservation_events drop constraint reservation_events_only_the_payment_machine_leaves_paying;
         update reservation_events set actor = 'owner' where to_status = 'confirmed'" => ["I7"],
    a_payment_that_nobody_will_drive_is_found:
        "alter table payments drop constraint payments_due_while_there_is_work;
         update payments set next_attempt_at = null" => ["I8"],
    a_captured_payment_with_a_wish_to_cancel_that_nobody_will_drive_is_found:
        "alter table reservations disable trigger user;
         update reservations set cancel_requested = 'owner' where status = 'confirmed'" => ["I8"],
    a_step_that_sent_nothing_is_found:
        "delete from outbox where topic = 'seats_freed'" => ["I8"],
    a_message_about_another_reservation_is_found:
        "alter table outbox disable trigger user;
         update outbox set payload = jsonb_set(payload, '{reservation}', to_jsonb(gen_random_uuid()))
             where topic = 'notify'" => ["I9"],
    a_message_that_was_delivered_before_it_was_written_is_found:
        "update outbox set delivered_at = written_at - interval '1 second'" => ["I9"],
    a_hold_that_was_reserved_twice_is_found:
        "alter table reservations disable trigger user;
         alter table reservations drop constraint reservations_hold_once;
         update reservations set hold_id = (select min(hold_id::text)::uuid from reservations)" => ["I10"],
    a_code_on_two_tickets_is_found:
        "alter table reservations disable trigger user;
         alter table reservations drop constraint reservations_code_once;
         update reservations set code = '2222-2222'" => ["I10"],
    a_reservation_with_two_keys_is_found:
        "insert into reservation_keys
         select user_id, key, decode(repeat('00', 32), 'hex'), showtime_id, id, now()
         from (select * from reservations limit 1) as one, (values ('one'), ('two')) as keys (key)" => ["I10"],
    a_cancelled_showtime_that_nobody_cleans_up_is_found:
        "update showtimes set status = 'cancelled';
         delete from showtime_cancellations" => ["I11"],
    an_owned_seat_that_vanished_is_found:
        "update seats set removed_at = now()" => ["I12"],
    a_user_beyond_the_limit_is_found:
        "alter table reservations disable trigger user;
         update reservations set user_seats_max = seat_count;
         alter table reservations drop constraint reservations_check;
         update reservations set user_seats_max = 1 where status = 'pending_payment'" => ["I12"],
}

#[tokio::test]
async fn a_cancelled_showtime_that_is_being_cleaned_up_breaks_nothing() {
    let stage = Stage::with_bookings().await;
    stage.hall.cancel(&*stage.store).await;
    assert_eq!(stage.store.invariants().await.unwrap(), []);
}

#[tokio::test]
async fn no_more_than_a_hundred_cases_of_one_promise_are_told() {
    let stage = Stage::open().await;
    let booking = stage.placed(stage.ann, 0..1).await;
    samples::withdrawn(&*stage.store, &booking).await;
    stage
        .run(
            "alter table outbox disable trigger all;
             insert into outbox (showtime_id, id, reservation_id, step, payload, written_at, available_at)
             select showtime_id, gen_random_uuid(), reservation_id, 99, payload, now(), now()
             from (select * from outbox limit 1) as message, generate_series(1, 200)",
        )
        .await;
    assert_eq!(stage.store.invariants().await.unwrap().len(), 100);
    stage.engine.is_broken_on_purpose();
}
