//! The suite of [`BookingStore`](crate::ports::BookingStore).

mod claiming;
mod listing;
mod many;
mod placing;
mod refusing;
mod stepping;

pub use claiming::*;
pub use listing::*;
pub use many::*;
pub use placing::*;
pub use refusing::*;
pub use stepping::*;

/// Stamps the suite of the booking store; takes a future that makes a [`StoreFixture`](crate::conformance::StoreFixture).
#[macro_export]
macro_rules! booking_store_conformance {
    ($fixture:expr) => {
        $crate::conformance_cases!(
            booking_store,
            $fixture,
            cases: [
                a_due_payment_is_claimed_once,
                an_unknown_payment_cannot_be_claimed,
                a_payment_without_work_is_not_claimed,
                a_refund_is_claimed_like_a_payment,
                a_paid_booking_with_a_wish_to_cancel_is_claimed,
                an_ended_lease_is_taken_over,
                a_step_that_continues_keeps_the_lease,
                a_wish_to_cancel_leaves_the_lease,
                a_step_that_waits_ends_the_lease,
                due_payments_are_claimed_longest_overdue_first,
                a_claim_of_a_batch_names_its_lease,
                bookings_are_listed_newest_first,
                expired_bookings_are_listed_longest_overdue_first,
                stranded_bookings_are_those_of_cancelled_showtimes,
                only_a_confirmed_and_started_showtime_was_watched,
                the_backlog_counts_overdue_payments,
                a_placement_becomes_a_pending_reservation,
                a_reservation_is_found_by_id_hold_and_key,
                placed_seats_are_taken,
                a_placement_writes_its_messages,
                a_seat_is_sold_once_for_each_showtime,
                a_repeated_placement_gives_the_same_reservation,
                a_reserved_hold_gives_its_reservation_as_it_stands_now,
                a_hold_whose_reservation_ended_makes_no_second_one,
                a_repeated_key_gives_its_reservation_as_it_stands_now,
                a_key_used_for_another_request_is_refused,
                users_do_not_share_keys,
                a_known_key_comes_before_a_known_hold,
                repeats_are_answered_after_the_showtime_closed,
                a_key_is_remembered_for_a_day,
                sold_seats_are_refused_and_named,
                seats_that_are_not_on_the_screen_are_refused,
                seats_that_vanished_from_the_layout_are_refused,
                an_unknown_showtime_is_closed,
                a_cancelled_showtime_is_closed,
                a_started_showtime_is_closed,
                an_outdated_price_is_refused,
                a_sold_seat_keeps_its_price,
                too_many_unpaid_seats_are_refused,
                released_seats_do_not_count_against_the_limit,
                a_code_in_use_is_refused,
                a_booking_is_paid_and_refunded,
                a_declined_booking_gives_its_seats_back,
                a_payment_that_is_given_up_keeps_its_seats_until_it_is_closed,
                released_seats_are_sold_again_and_history_stays,
                a_stale_step_is_refused,
                staleness_is_told_before_the_guard,
                the_time_to_pay_divides_begin_from_expire,
                the_showtime_guards_hold_while_it_is_open,
                a_cancelled_showtime_is_not_open_but_not_started,
                a_started_showtime_fails_both_guards,
                a_capture_after_the_showtime_was_cancelled_is_refused,
                a_ticket_of_a_started_showtime_cannot_be_given_back,
                a_step_says_when_the_payment_is_due_next,
            ],
            at_once: [
                overlapping_placements_at_once_never_share_or_split,
                one_of_many_placements_wins_a_seat,
                the_same_placement_at_once_is_one_reservation,
                one_key_at_once_is_one_reservation,
                the_limit_on_unpaid_seats_holds_against_many_at_once,
                one_of_many_steps_wins,
                a_placement_races_with_a_cancelled_showtime,
                a_placement_races_with_a_moved_showtime,
                a_placement_races_with_a_new_layout,
                claimers_at_once_never_overlap,
                one_of_many_claimers_wins_a_payment,
            ],
        );
    };
}
