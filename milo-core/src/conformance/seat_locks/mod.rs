//! The suite of [`SeatLocks`].

mod holding;
mod many;
mod projecting;
mod remembering;
mod using;

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{Hold, HoldRequest, ReservationId, SeatId, SeatSnapshot, ShowtimeId, UserId};
use crate::ports::SeatLocks;

use super::{EngineClock, LONG, samples};

pub use holding::*;
pub use many::*;
pub use projecting::*;
pub use remembering::*;
pub use using::*;

/// Seat locks that know nothing yet.
pub trait SeatLocksFixture: EngineClock {
    /// The locks under test.
    fn locks(&self) -> Arc<dyn SeatLocks>;
}

/// What a lock store's clock may be apart by: it counts whole milliseconds.
const MILLISECOND: Duration = Duration::from_millis(1);

/// A warm showtime of twelve seats.
struct Show {
    locks: Arc<dyn SeatLocks>,
    id: ShowtimeId,
    seats: Vec<SeatId>,
}

impl Show {
    async fn warm(fixture: &impl SeatLocksFixture) -> Self {
        let show = Self::cold(fixture);
        show.locks.warm(show.id, &[]).await.unwrap();
        show
    }

    fn cold(fixture: &impl SeatLocksFixture) -> Self {
        Self {
            locks: fixture.locks(),
            id: samples::id(),
            seats: samples::seats(12),
        }
    }

    fn request(&self, user: UserId, seats: &[SeatId], ttl: Duration) -> HoldRequest {
        samples::hold_request(self.id, user, seats, ttl)
    }

    async fn hold_for(&self, user: UserId, seats: &[SeatId], ttl: Duration) -> Hold {
        self.locks.acquire(&self.request(user, seats, ttl)).await.unwrap()
    }

    async fn hold(&self, user: UserId, seats: &[SeatId]) -> Hold {
        self.hold_for(user, seats, LONG).await
    }

    async fn snapshot(&self) -> SeatSnapshot {
        let mut snapshot = self
            .locks
            .snapshot(self.id)
            .await
            .unwrap()
            .expect("the showtime is warm");
        snapshot.claims.sort_unstable_by_key(|(seat, _)| *seat);
        snapshot
    }

    async fn version(&self) -> u64 {
        self.snapshot().await.version
    }

    /// The claimed seats, ascending.
    async fn claimed(&self) -> Vec<SeatId> {
        self.snapshot().await.claims.into_iter().map(|(seat, _)| seat).collect()
    }

    async fn take(&self, reservation: ReservationId, user: UserId, seats: &[SeatId]) {
        let hold = samples::id();
        self.locks.take(self.id, reservation, user, hold, seats).await.unwrap();
    }

    /// Fails unless `user` may hold exactly `room` more seats; needs that many free seats and one more.
    async fn assert_room(&self, user: UserId, room: usize) {
        let claimed = self.claimed().await;
        let free: Vec<SeatId> = self
            .seats
            .iter()
            .copied()
            .filter(|seat| !claimed.contains(seat))
            .collect();
        let too_many = self.request(user, &free[..room + 1], LONG);
        let refused = self.locks.acquire(&too_many).await;
        assert!(
            matches!(refused, Err(crate::ports::AcquireError::TooManySeats)),
            "{} more seats were not too many: {refused:?}",
            room + 1
        );
        if room > 0 {
            let hold = self.hold(user, &free[..room]).await;
            self.locks.release(hold.id, user).await.unwrap();
        }
    }
}

fn user() -> UserId {
    samples::id()
}

/// Stamps the suite of the seat locks; takes a future that makes a [`SeatLocksFixture`](crate::conformance::seat_locks::SeatLocksFixture).
#[macro_export]
macro_rules! seat_locks_conformance {
    ($fixture:expr) => {
        $crate::conformance_cases!(
            seat_locks,
            $fixture,
            cases: [
                a_cold_showtime_refuses_until_it_is_warmed,
                warming_one_showtime_leaves_others_cold,
                a_hold_claims_every_seat_that_was_asked,
                a_refused_hold_claims_nothing,
                a_refused_hold_does_not_use_up_its_id,
                a_user_cannot_hold_a_seat_twice,
                a_sold_seat_cannot_be_held,
                a_lapsed_hold_counts_as_free_at_once,
                lifetimes_are_whole_milliseconds_rounded_up,
                the_limit_counts_held_seats,
                the_limit_counts_pending_seats_until_they_are_settled,
                a_used_hold_counts_once,
                the_limit_drops_when_seats_are_given_back,
                the_limit_is_of_one_user_in_one_showtime,
                showtimes_do_not_meet,
                take_settle_and_free_end_equal_in_any_order,
                take_and_settle_end_equal_in_any_order,
                taking_wins_over_any_hold,
                a_late_take_after_free_loses_no_seat,
                a_freed_reservation_stays_freed,
                free_leaves_the_seats_of_others,
                a_repeated_free_leaves_the_next_owner,
                warming_adds_what_is_sold,
                warming_leaves_freed_reservations_out,
                warming_keeps_what_is_known,
                warming_drops_the_claims_of_holds_on_sold_seats,
                the_version_rises_with_every_change_only,
                snapshot_and_tally_agree,
                a_repeated_hold_is_the_same_hold,
                a_repeat_after_an_extension_gives_the_hold_as_first_made,
                a_late_repeat_of_a_lapsed_hold_claims_nothing,
                a_late_repeat_of_a_released_hold_claims_nothing,
                a_late_repeat_of_a_used_hold_claims_nothing,
                a_swept_hold_is_still_remembered,
                an_id_used_for_another_request_is_refused,
                the_id_of_an_ended_hold_is_refused_for_another_request,
                a_sweep_removes_up_to_its_limit_of_lapsed_holds,
                a_sweep_never_frees_seats_of_others,
                an_unknown_hold_cannot_be_used,
                a_foreign_hold_cannot_be_used,
                a_foreign_ended_hold_is_unknown,
                a_lapsed_hold_cannot_be_used,
                a_released_hold_frees_its_seats_once,
                an_ended_hold_never_frees_the_seats_of_others,
                a_used_hold_names_its_reservation,
                a_used_hold_never_lapses,
                a_promotion_never_shortens,
                a_promotion_keeps_the_seats_for_the_window,
                a_hold_that_lost_a_seat_cannot_be_promoted,
                an_extension_lasts_from_now,
                a_hold_is_extended_only_once,
                an_extension_is_capped_from_the_beginning,
            ],
            at_once: [
                overlapping_holds_at_once_never_share_or_split,
                one_of_many_buyers_holds_a_seat,
                the_same_hold_at_once_is_one_hold,
                the_limit_holds_against_many_at_once,
                one_of_many_releases_wins,
                one_of_many_extensions_wins,
                messages_at_once_in_any_order_lose_no_seat,
                warming_at_once_with_sales_keeps_every_sale,
            ],
        );
    };
}
