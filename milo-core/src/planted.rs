//! Mistakes that can be planted on purpose, to see that the suites would notice them.
//!
//! Without the feature `planted-bugs` there are none: every question is answered `false` when the program is compiled. With it they are still asleep,
//! until one is woken for the present thread.

/// A mistake.
macro_rules! bugs {
    ($($bug:ident $name:literal $what:literal)+) => {
        /// A known mistake, made by somebody somewhere before.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Bug {
            $(#[doc = $what] $bug,)+
        }

        impl Bug {
            /// Every one.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$bug),+];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$bug => $name,)+ }
            }

            /// What is wrong.
            pub const fn what(self) -> &'static str {
                match self { $(Self::$bug => $what,)+ }
            }
        }
    };
}

bugs! {
    NoUniqueIndex "no_unique_index" "The store does not look who owns a seat."
    PriceNotChecked "price_not_checked" "The store sells at prices that were changed meanwhile."
    ShowtimeNotChecked "showtime_not_checked" "The store sells seats of a showtime that is over."
    KeyNotRemembered "key_not_remembered" "The key of a request is not written with its effect."
    RepeatsPlaceAgain "repeats_place_again" "A repeated placement is taken for a new one."
    MessagesForgotten "messages_forgotten" "A reservation is written without its messages."
    BlindUpdate "blind_update" "A step is written whatever the state has become."
    GuardsIgnored "guards_ignored" "The store does not judge by its clock."
    TimeoutIsDecline "timeout_is_decline" "An authorization without an answer counts as declined."
    KeyPerAttempt "key_per_attempt" "Every attempt to authorize has a key of its own."
    CloseSkipped "close_skipped" "A payment that is given up is not closed at the gateway."
    RefusedCaptureConfirms "refused_capture_confirms" "A refused capture counts as paid."
    NeverGivesUp "never_gives_up" "An authorization is asked for without an end."
    RetryForgotten "retry_forgotten" "What gave no certain answer is not asked again."
    DeclineKeepsSeats "decline_keeps_seats" "A declined payment keeps its seats."
    VoidFreesSeats "void_frees_seats" "Seats are free before the payment is closed."
    WishForgotten "wish_forgotten" "A wish to cancel is forgotten once the money was taken."
    RefundForgotten "refund_forgotten" "A cancelled reservation keeps the money."
    DeliveredBeforeSent "delivered_before_sent" "Messages are marked as delivered before they are."
    HeldTwice "held_twice" "The locks give a seat that is held already."
    AnybodyReleases "anybody_releases" "The locks do not ask whose hold it is."
    LapsedHoldsStay "lapsed_holds_stay" "A hold that has lapsed keeps its seats."
    QuotaNotReturned "quota_not_returned" "Seats that were given back still count against their user."
    FreesForeignSeats "frees_foreign_seats" "A reservation that ends frees seats that others have by now."
    FreedIsForgotten "freed_is_forgotten" "A late message takes the seats of a reservation that has ended."
    ColdCountsAsWarm "cold_counts_as_warm" "Locks that know nothing take every seat for free."
    CloseLeavesDoorOpen "close_leaves_door_open" "The gateway authorizes what was closed."
    PaidOutliveTheShow "paid_outlive_the_show" "Paid reservations of a cancelled showtime are left alone."
    ExpirySleeps "expiry_sleeps" "Nobody expires what nobody pays."
    ReconcilerSleeps "reconciler_sleeps" "Only the queue drives payments."
}

#[cfg(feature = "planted-bugs")]
mod awake {
    use std::cell::Cell;

    use super::Bug;

    thread_local! {
        static AWAKE: Cell<Option<Bug>> = const { Cell::new(None) };
    }

    /// Keeps a mistake awake in this thread.
    #[derive(Debug)]
    pub struct Planted(());

    impl Drop for Planted {
        fn drop(&mut self) {
            AWAKE.set(None);
        }
    }

    /// Makes a mistake in this thread, until the answer is dropped.
    #[must_use]
    pub fn plant(bug: Bug) -> Planted {
        AWAKE.set(Some(bug));
        Planted(())
    }

    /// Whether this mistake is to be made now.
    #[must_use]
    pub fn is_planted(bug: Bug) -> bool {
        AWAKE.get() == Some(bug)
    }
}

#[cfg(feature = "planted-bugs")]
pub use awake::{Planted, is_planted, plant};

/// Whether this mistake is to be made now: never.
#[cfg(not(feature = "planted-bugs"))]
#[must_use]
#[inline(always)]
pub const fn is_planted(_bug: Bug) -> bool {
    false
}
