//! Every type of problem that Milo answers. The list is append-only: clients match on the names.

use salvo::http::StatusCode;

macro_rules! problem_types {
    ($($(#[doc = $doc:literal])+ $kind:ident = $name:literal, $status:ident, $title:literal;)+) => {
        /// What went wrong, as a client tells it apart. The published form is `urn:milo:problem:<name>`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ProblemType {
            $($(#[doc = $doc])+ $kind,)+
        }

        impl ProblemType {
            /// Every type, in the order that they were published.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// The last part of the URN.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }

            /// The URN.
            pub const fn urn(self) -> &'static str {
                match self { $(Self::$kind => concat!("urn:milo:problem:", $name),)+ }
            }

            /// The status that the type always comes with.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$kind => StatusCode::$status,)+ }
            }

            /// The sentence that never changes.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$kind => $title,)+ }
            }
        }
    };
}

problem_types! {
    /// Fields or parameters are wrong; `errors` lists them.
    Validation = "validation", UNPROCESSABLE_ENTITY, "Some fields are not valid";
    /// The request cannot be read at all.
    MalformedRequest = "malformed-request", BAD_REQUEST, "The request cannot be read";
    /// No access token.
    Unauthorized = "unauthorized", UNAUTHORIZED, "An access token is needed";
    /// A token that is not valid, or not any more.
    InvalidToken = "invalid-token", UNAUTHORIZED, "The token is not valid";
    /// The wrong e-mail address or password.
    InvalidCredentials = "invalid-credentials", UNAUTHORIZED, "The e-mail address or the password is wrong";
    /// Too many attempts to sign in.
    TooManyAttempts = "too-many-attempts", TOO_MANY_REQUESTS, "Too many attempts";
    /// The caller is known but may not do this: it is an administrator's, or an author's.
    Forbidden = "forbidden", FORBIDDEN, "You may not do this";
    /// There is no such thing, or it is somebody else's.
    NotFound = "not-found", NOT_FOUND, "There is no such thing";
    /// The path exists, but not for this method.
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "The method is not allowed here";
    /// The body is not JSON.
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "The body must be application/json";
    /// The body is too large.
    PayloadTooLarge = "payload-too-large", PAYLOAD_TOO_LARGE, "The body is too large";
    /// Another account has the e-mail address.
    EmailTaken = "email-taken", CONFLICT, "The e-mail address is taken";
    /// An idempotency key was used for another request.
    IdempotencyKeyReused = "idempotency-key-reused", UNPROCESSABLE_ENTITY, "The idempotency key was used for another request";
    /// The first request with this idempotency key is still running.
    IdempotencyKeyInUse = "idempotency-key-in-use", CONFLICT, "A request with this idempotency key is still running";
    /// The thing changed since the caller read it.
    PreconditionFailed = "precondition-failed", PRECONDITION_FAILED, "The thing has changed since it was read";
    /// Reservations depend on the thing.
    InUse = "in-use", CONFLICT, "Reservations depend on it";
    /// Seats that would vanish are held or sold.
    SeatsInUse = "seats-in-use", CONFLICT, "Some seats are held or sold in a showtime to come";
    /// The screen has another showtime in that time.
    ScreenBusy = "screen-busy", CONFLICT, "The screen is busy with another showtime";
    /// Some seats are held or sold.
    SeatsUnavailable = "seats-unavailable", CONFLICT, "Some seats are not available";
    /// The showtime has started or was cancelled.
    ShowtimeClosed = "showtime-closed", CONFLICT, "The showtime has started or was cancelled";
    /// More seats of one user in one showtime than allowed.
    HoldLimit = "hold-limit", TOO_MANY_REQUESTS, "Too many held or unpaid seats in this showtime";
    /// The hold's time is over.
    HoldLapsed = "hold-lapsed", GONE, "The hold has lapsed";
    /// The hold cannot be extended any further.
    HoldLimitReached = "hold-limit-reached", CONFLICT, "The hold cannot be extended any further";
    /// The price is another one by now.
    PriceChanged = "price-changed", CONFLICT, "The price has changed";
    /// The reservation is over, or its showtime has started.
    NotCancellable = "not-cancellable", CONFLICT, "The reservation cannot be cancelled";
    /// Nobody reviews a film that they have not seen.
    NotWatched = "not-watched", FORBIDDEN, "Only who has seen the film may review it";
    /// One review of each person for each film.
    AlreadyReviewed = "already-reviewed", CONFLICT, "You have reviewed the film already";
    /// Something that Milo depends on does not answer.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "Milo cannot do this at the moment";
    /// The request took too long.
    Timeout = "timeout", SERVICE_UNAVAILABLE, "The request took too long";
    /// A defect of Milo.
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong inside Milo";
}
