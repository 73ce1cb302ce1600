//! The schema refuses by itself what must never be, whoever writes it.

use sqlx::{AssertSqlSafe, Connection};

use super::stage::Stage;

/// Runs a statement that must be refused; gives the name of what refused it.
async fn refused_by(statement: &str) -> String {
    let stage = Stage::with_bookings().await;
    let mut connection = stage.connection().await;
    let mut act = connection.begin().await.unwrap();
    let error = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(&mut *act)
        .await
        .expect_err("the statement is refused");
    let error = error.into_database_error().expect("Postgres refuses it");
    error.constraint().unwrap_or_else(|| panic!("{error}")).to_owned()
}

macro_rules! refusals {
    ($($name:ident: $statement:literal => $constraint:literal,)+) => {$(
        #[tokio::test]
        async fn $name() {
            assert_eq!(refused_by($statement).await, $constraint);
        }
    )+};
}

refusals! {
    a_seat_cannot_have_two_owners:
        "insert into reserved_seats (
             showtime_id, reservation_id, seat_id, screen_id, row_label, number, kind, price_minor
         )
         select owned.showtime_id, other.id, owned.seat_id, owned.screen_id, 'A', 1, 'regular', 1
         from reserved_seats as owned join reservations as other on other.id <> owned.reservation_id
         where owned.released_at is null limit 1" => "seat_owner",
    a_seat_of_another_screen_cannot_be_sold:
        "insert into reserved_seats (
             showtime_id, reservation_id, seat_id, screen_id, row_label, number, kind, price_minor
         )
         select showtime_id, reservation_id, gen_random_uuid(), screen_id, 'A', 1, 'regular', 1
         from reserved_seats limit 1" => "reserved_seats_on_screen",
    a_seat_cannot_be_sold_for_a_showtime_on_another_screen:
        "insert into screens (id, theater_id, version, name, kind, is_active)
             select gen_random_uuid(), theater_id, 1, 'Screen 2', 'regular', true from screens limit 1;
         insert into seats (screen_id, id, row_label, number, column_number, kind)
             select id, gen_random_uuid(), 'A', 1, 1, 'regular' from screens where name = 'Screen 2';
         insert into reserved_seats (
             showtime_id, reservation_id, seat_id, screen_id, row_label, number, kind, price_minor
         )
         select reservations.showtime_id, reservations.id, seats.id, screens.id, 'A', 1, 'regular', 1
         from reservations, screens join seats on seats.screen_id = screens.id
         where screens.name = 'Screen 2' limit 1" => "reserved_seats_in_showtime",
    a_released_seat_cannot_be_owned_again:
        "update reserved_seats set released_at = null where released_at is not null" => "reserved_seats_keep_history",
    a_sold_seat_keeps_its_price:
        "update reserved_seats set price_minor = 1" => "reserved_seats_keep_history",
    the_history_of_a_seat_cannot_be_deleted:
        "delete from reserved_seats where released_at is not null" => "reserved_seats_stay",

    a_showtime_with_reservations_cannot_be_deleted:
        "delete from showtimes" => "reservations_showtime",
    a_film_with_reservations_cannot_be_deleted:
        "delete from movies" => "reservations_showtime",
    a_screen_with_reservations_cannot_be_deleted:
        "delete from screens" => "reserved_seats_on_screen",
    a_reservation_cannot_be_deleted:
        "delete from reservations" => "reserved_seats_reservation",
    a_reservation_cannot_cost_nothing:
        "update reservations set version = version + 1, total_minor = 0" => "reservations_total_minor_check",
    a_reservation_cannot_be_in_a_state_that_nobody_knows:
        "update reservations set version = version + 1, status = 'pending' where status = 'confirmed'"
            => "reservations_status_check",
    a_change_without_a_new_version_is_refused:
        "update reservations set cancel_requested = 'owner'" => "reservations_move_by_one",
    what_has_ended_cannot_begin_again:
        "update reservations set version = version + 1, status = 'confirmed' where status = 'cancelled'"
            => "reservations_end_once",
    a_hold_cannot_be_reserved_twice:
        "update reservations set version = version + 1, hold_id = (select min(hold_id::text)::uuid from reservations)"
            => "reservations_hold_once",
    a_code_cannot_stand_on_two_tickets:
        "update reservations set version = version + 1, code = '2222-2222'" => "reservations_code_once",

    a_second_payment_of_a_reservation_is_refused:
        "insert into payments (
             showtime_id, id, reservation_id, status, amount_minor, currency, method, token, attempts, tries,
             needs_review, next_attempt_at, lease_epoch
         )
         select showtime_id, gen_random_uuid(), reservation_id, 'created', amount_minor, currency, method, token, 0, 0,
             false, now(), 0
         from payments limit 1" => "payments_one_each",
    a_negative_amount_is_refused:
        "update payments set amount_minor = -1" => "payments_amount_minor_check",
    a_payment_cannot_be_in_a_state_that_nobody_knows:
        "update payments set status = 'paid' where status = 'captured'" => "payments_status_check",
    a_payment_with_work_to_do_cannot_be_left_alone:
        "update payments set next_attempt_at = null where status = 'created'" => "payments_due_while_there_is_work",
    a_payment_that_has_ended_cannot_be_due:
        "update payments set next_attempt_at = now() where status = 'dropped'" => "payments_due_while_there_is_work",
    a_payment_without_work_cannot_be_leased:
        "update payments set lease_until = now() where status = 'dropped'" => "payments_leased_while_due",
    a_payment_cannot_be_deleted:
        "delete from payments" => "payments_stay",

    an_event_cannot_be_changed:
        "update reservation_events set cause = 'another'" => "reservation_events_are_appended_only",
    an_event_cannot_be_deleted:
        "delete from reservation_events" => "reservation_events_are_appended_only",
    events_cannot_be_truncated:
        "truncate reservation_events cascade" => "reservation_events_stay",
    an_event_cannot_be_numbered_like_another:
        "insert into reservation_events select * from reservation_events limit 1" => "reservation_events_pkey",
    an_event_cannot_skip_states:
        "insert into reservation_events
         select showtime_id, reservation_id, 99, 'expired', 'captured', 'confirmed', 'captured', 'owner', 'x', now()
         from reservation_events limit 1" => "reservation_events_follow_the_state_machine",
    a_payment_cannot_skip_states:
        "insert into reservation_events
         select showtime_id, reservation_id, 99, 'paying', 'authorizing', 'confirmed', 'captured', 'payment_worker', 'x',
             now()
         from reservation_events limit 1" => "reservation_events_follow_the_payment_machine",
    a_reservation_cannot_be_confirmed_before_its_payment:
        "insert into reservation_events
         select showtime_id, reservation_id, 99, 'paying', 'capturing', 'confirmed', 'capturing', 'payment_worker', 'x',
             now()
         from reservation_events limit 1" => "reservation_events_go_together",
    nobody_but_the_payment_machine_leaves_paying:
        "insert into reservation_events
         select showtime_id, reservation_id, 99, 'paying', 'voiding', 'cancelled', 'voided', 'owner', 'x', now()
         from reservation_events limit 1" => "reservation_events_only_the_payment_machine_leaves_paying",

    an_answer_of_the_gateway_cannot_be_changed:
        "update payment_ops set amount_minor = 1" => "payment_ops_are_appended_only",
    an_answer_of_the_gateway_cannot_be_deleted:
        "delete from payment_ops" => "payment_ops_are_appended_only",
    an_operation_cannot_have_two_effects:
        "insert into payment_ops
         select showtime_id, reservation_id, 1, payment_id, op_key, outcome, amount_minor, at
         from payment_ops where outcome = 'captured'" => "payment_ops_one_effect",

    a_delivered_message_stays_delivered:
        "update outbox set delivered_at = now();
         update outbox set delivered_at = null" => "outbox_delivers_once",
    a_message_cannot_say_something_else:
        "update outbox set payload = '{\"topic\": \"notify\"}'" => "outbox_delivers_once",
    a_message_belongs_to_a_step:
        "insert into outbox (showtime_id, id, reservation_id, step, payload, written_at, available_at)
         select showtime_id, gen_random_uuid(), reservation_id, 99, payload, now(), now()
         from outbox limit 1" => "outbox_step",
    a_message_has_a_known_topic:
        "insert into outbox (showtime_id, id, reservation_id, step, payload, written_at, available_at)
         select showtime_id, gen_random_uuid(), reservation_id, step, '{\"topic\": \"gossip\"}', now(), now()
         from outbox limit 1" => "outbox_topic_check",
    a_key_names_a_reservation:
        "insert into reservation_keys
         select user_id, 'a key', decode(repeat('00', 32), 'hex'), showtime_id, gen_random_uuid(), now()
         from reservations limit 1" => "reservation_keys_reservation",
}
