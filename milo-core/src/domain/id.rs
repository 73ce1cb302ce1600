//! Typed identifiers: a seat can never be passed where a showtime is meant.

use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl std::str::FromStr for $name {
            type Err = super::Invalid;

            /// Reads the hyphenated form only, in either case of its hexadecimal digits.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                parse_hyphenated(text).map(Self)
            }
        }
    )+};
}

fn parse_hyphenated(text: &str) -> Result<Uuid, super::Invalid> {
    let wrong = || {
        super::Invalid::new(
            "invalid_id",
            "must be a UUID such as 0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11",
        )
    };
    if text.len() != 36 {
        return Err(wrong());
    }
    Uuid::try_parse(text).map_err(|_| wrong())
}

id! {
    /// An account.
    UserId,
    /// A signed-in session: one family of refresh tokens.
    SessionId,
    /// A film.
    MovieId,
    /// A cinema.
    TheaterId,
    /// One auditorium of a theater.
    ScreenId,
    /// One seat of one screen's layout.
    SeatId,
    /// One screening of a film.
    ShowtimeId,
    /// A short claim on seats.
    HoldId,
    /// A booking of seats.
    ReservationId,
    /// The one payment of a reservation.
    PaymentId,
    /// A review of a film.
    ReviewId,
    /// One message of the outbox.
    MessageId,
}
