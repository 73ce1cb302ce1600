//! What a crash may leave behind, and that others go on from there: each named after its row in `docs/CRASH_POINTS.md`,
//! and the flaws of the program that Milo replaces.
//!
//! A process dies when its calls end: what it had in memory is gone, what it had written stays. Crashes below a call (a
//! connection that breaks, an engine that restarts) are staged by the tests of the engines; those of whole processes by
//! the tests of the deployment.

mod crash;
mod everywhere;
mod flaws;
mod house;
mod paying;
mod relaying;
mod serving;
mod sweeping;

pub(crate) use everywhere::*;
pub(crate) use flaws::*;
pub(crate) use paying::*;
pub(crate) use relaying::*;
pub(crate) use serving::*;
pub(crate) use sweeping::*;

/// Stamps one test a crash point; the expression is a future that makes a fresh [`Stage`](crate::stage::Stage).
macro_rules! crash_points {
    ($stage:expr) => {
        $crate::crash_points::crash_points! { @ $stage =>
            c01_a_hold_whose_server_died_is_found_again_by_its_key,
            c02_a_server_that_dies_after_the_promotion_has_sold_nothing,
            c03_a_sale_that_was_never_written_is_written_by_the_repeat,
            c04_a_sale_whose_answer_was_lost_is_found_by_the_repeat,
            c05_a_sale_that_the_locks_were_not_told_of_reaches_them_by_the_outbox,
            c06_a_reply_that_was_lost_is_given_again,
            c09_a_relay_that_dies_before_it_publishes_leaves_the_message_to_the_next,
            c10_a_relay_that_dies_before_the_confirm_publishes_twice_without_harm,
            c11_a_relay_that_dies_before_it_marks_delivers_twice_without_harm,
            c14_two_relays_at_once_deliver_everything,
            c16_a_queue_that_lost_everything_delays_payments_and_loses_none,
            c17_a_message_that_comes_again_moves_no_money_again,
            c18_a_message_that_no_worker_survives_is_set_aside_and_its_payment_is_not,
            c19_a_worker_that_dies_before_it_calls_the_gateway_is_taken_over,
            c20_a_worker_that_dies_after_the_gateway_authorized_charges_once,
            c20_a_worker_that_dies_after_the_gateway_captured_charges_once,
            c20_a_worker_that_dies_after_the_gateway_refunded_refunds_once,
            c21_a_worker_that_wakes_after_its_lease_was_taken_writes_nothing,
            c22_a_gateway_that_gives_no_answer_is_asked_again_and_charges_once,
            c24_a_store_that_is_down_after_the_capture_is_written_later,
            c27_an_error_that_nobody_foresaw_is_told_and_the_payment_goes_on,
            c28_expiry_and_payment_at_one_instant_have_one_winner,
            c29_a_sweeper_that_dies_half_way_leaves_the_rest_to_the_next,
            c31_when_the_locks_forget_two_may_hold_a_seat_and_one_gets_it,
            o5_a_message_is_sent_if_and_only_if_its_reservation_is_committed,
            o6_a_declined_payment_gives_its_seats_back,
            o7_a_gateway_or_store_that_fails_never_loses_a_payment,
            o8_a_message_that_comes_again_resurrects_nothing,
            o9_a_seat_is_sold_once_in_each_of_two_showtimes,
            a_server_may_die_anywhere_while_it_sells,
            a_worker_may_die_anywhere_while_it_pays,
            a_worker_may_die_anywhere_while_it_is_declined,
            a_process_may_die_anywhere_while_a_ticket_is_given_back,
            a_process_may_die_anywhere_while_a_showtime_is_cancelled,
        }
    };
    (@ $stage:expr => $($name:ident,)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let stage = $stage.await;
            $crate::crash_points::$name(&stage).await;
        }
    )+};
}
pub(crate) use crash_points;
