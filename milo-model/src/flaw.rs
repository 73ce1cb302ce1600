//! Bugs that can be planted, one at a time, to see that the check finds them.

use clap::ValueEnum;

/// A bug of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ValueEnum, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// The store of record has no unique index over the seats.
    NoUniqueIndex,
    /// A live hold is taken for the proof that its seats are free.
    HoldIsTheProof,
    /// A reservation claims those of its seats that are free, instead of all or none.
    PartOfTheSeats,
    /// The expiry job also ends what is being paid.
    ExpiresPaying,
    /// An expired reservation keeps its seats.
    ExpiryKeepsSeats,
    /// A time-out of an authorization counts as a decline.
    TimeoutIsDecline,
    /// A time-out of a capture counts as a refusal.
    TimeoutIsRefusal,
    /// The gateway closes a payment that it does not know yet, and forgets it.
    CloseDoesNotClose,
    /// Every attempt to authorize has a key of its own.
    KeyPerAttempt,
    /// Every attempt to refund has a key of its own.
    RefundsTwice,
    /// Steps are written whatever the booking has become since they were decided.
    NoCompareAndSet,
    /// A payment that was captured confirms its reservation, even one that has ended.
    ResurrectsFinal,
    /// The seats are free as soon as a payment is given up, before the gateway has closed it.
    FreesBeforeClosed,
    /// The seats are free as soon as the owner wishes to cancel, while the payment is under way.
    WishFreesSeats,
    /// A wish that came after the point of no return is forgotten once the money is taken.
    ForgetsWish,
    /// A payment passes the point of no return although its showtime is closed.
    CapturesForClosedShowtime,
    /// A reservation is placed without looking at its showtime.
    PlacesInClosedShowtime,
    /// The cancellation of a showtime looks once, and forgets what is being paid.
    CancellationForgetsPaying,
    /// Nobody drives a payment unless a message says so.
    OnlyMessages,
    /// What leaves the store is told once, and not again if that fails.
    NoOutbox,
    /// The lock store forgets that a reservation was freed, so a late message takes its seats again.
    LateTakeWins,
    /// Whoever claims a payment gets it, and is not asked for the lease when it writes. Not a bug: the version alone
    /// makes it safe, and the lease only saves work.
    NoLease,
}

impl Flaw {
    /// Whether the check must find it.
    pub fn is_harmful(self) -> bool {
        self != Self::NoLease
    }
}
