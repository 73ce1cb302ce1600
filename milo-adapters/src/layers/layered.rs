//! One decorator for all I/O ports.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use milo_core::domain::*;
use milo_core::ports::*;
use uuid::Uuid;

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Intent {
    /// It changes nothing: without an answer, nothing was done.
    Read,
    /// It may change something: without an answer, nobody knows.
    Write,
}

/// One kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operation {
    /// The port, as in [`PortError::port`].
    pub port: &'static str,
    /// The method.
    pub name: &'static str,
    /// What it does.
    pub intent: Intent,
    /// How long the call was told to wait for something to happen, so that this is not taken for a late answer.
    pub patience: Duration,
}

/// The error of a port's method, which may be a [`PortError`].
pub trait PortFailure: From<PortError> + Send {
    /// The port's error, unless the port did answer.
    fn port_error(&self) -> Option<&PortError>;
}

impl PortFailure for PortError {
    fn port_error(&self) -> Option<&PortError> {
        Some(self)
    }
}

macro_rules! port_failures {
    ($($error:ident),+ $(,)?) => {$(
        impl PortFailure for $error {
            fn port_error(&self) -> Option<&PortError> {
                match self {
                    Self::Port(error) => Some(error),
                    _ => None,
                }
            }
        }
    )+};
}

port_failures!(
    AcquireError,
    AddError,
    AddReviewError,
    ApplyError,
    ChangeError,
    ChangeReviewError,
    CreateAccountError,
    GatewayError,
    HoldError,
    PlaceError,
    RotateError,
);

/// What happens around every call of a [`Layered`] port.
pub trait Layer: std::fmt::Debug + Send + Sync {
    /// Makes the call by running `run`: once, never, or more than once.
    fn around<T, E, Run, Answer>(&self, operation: Operation, run: Run) -> impl Future<Output = Result<T, E>> + Send
    where
        T: Send,
        E: PortFailure,
        Run: Fn() -> Answer + Send + Sync,
        Answer: Future<Output = Result<T, E>> + Send;
}

/// A port with a layer around it; itself that port.
#[derive(Debug)]
pub struct Layered<P: ?Sized, L> {
    inner: Arc<P>,
    layer: L,
}

impl<P: ?Sized, L: Layer> Layered<P, L> {
    /// Puts `layer` around `inner`.
    pub fn new(inner: Arc<P>, layer: L) -> Self {
        Self { inner, layer }
    }
}

/// Describes one method of a port.
macro_rules! operation {
    ($port:literal, wait, $method:ident, $wait:ident) => {
        operation!(@ $port, Intent::Read, $method, $wait)
    };
    ($port:literal, read, $method:ident, $($arg:ident),*) => {
        operation!(@ $port, Intent::Read, $method, Duration::ZERO)
    };
    ($port:literal, write, $method:ident, $($arg:ident),*) => {
        operation!(@ $port, Intent::Write, $method, Duration::ZERO)
    };
    (@ $port:literal, $intent:expr, $method:ident, $patience:expr) => {
        Operation {
            port: $port,
            name: stringify!($method),
            intent: $intent,
            patience: $patience,
        }
    };
}

/// Implements ports for [`Layered`]. Each method says whether it reads, writes, or waits (for as long as its only
/// argument says); `telling` names one that cannot fail and passes unseen.
macro_rules! layered {
    ($($port:ident as $name:literal $(, telling $told:ident($told_arg:ident: $told_type:ty))? {
        $($intent:ident $method:ident($($arg:ident: $type:ty),*) -> $ok:ty, $error:ty;)+
    })+) => {$(
        #[async_trait]
        impl<L: Layer> $port for Layered<dyn $port, L> {
            $(async fn $method(&self, $($arg: $type),*) -> Result<$ok, $error> {
                let operation = operation!($name, $intent, $method, $($arg),*);
                self.layer
                    .around(operation, || self.inner.$method($(Clone::clone(&$arg)),*))
                    .await
            })+
            $(async fn $told(&self, $told_arg: $told_type) {
                self.inner.$told($told_arg).await;
            })?
        }
    )+};
}

layered! {
    Accounts as "accounts" {
        write create(account: &Account) -> (), CreateAccountError;
        read by_id(user: UserId) -> Option<Account>, PortError;
        read by_email(email: &EmailAddress) -> Option<Account>, PortError;
        write rehash(user: UserId, before: &PasswordHash, after: &PasswordHash) -> (), PortError;
    }
    Sessions as "sessions" {
        write open(session: &Session) -> (), PortError;
        write rotate(presented: &TokenHash, next: &TokenHash) -> Session, RotateError;
        write end(user: UserId, presented: &TokenHash) -> (), PortError;
    }
    Catalog as "catalog", telling forget_movie(movie: MovieId) {
        write add_movie(movie: &Movie) -> (), AddError;
        write change_movie(movie: &Movie, expected: Version) -> (), ChangeError;
        write remove_movie(movie: MovieId, expected: Version) -> (), ChangeError;
        read movie(movie: MovieId) -> Option<Arc<Movie>>, PortError;
        read movies(filter: &MovieFilter, page: &PageRequest) -> Page<Arc<Movie>>, PortError;
        write add_theater(theater: &Theater) -> (), AddError;
        write change_theater(theater: &Theater, expected: Version) -> (), ChangeError;
        write remove_theater(theater: TheaterId, expected: Version) -> (), ChangeError;
        read theater(theater: TheaterId) -> Option<Arc<Theater>>, PortError;
        read theaters(filter: &TheaterFilter, page: &PageRequest) -> Page<Arc<Theater>>, PortError;
        write add_screen(screen: &Screen) -> (), AddError;
        write change_screen(screen: &Screen, expected: Version) -> (), ChangeError;
        write remove_screen(screen: ScreenId, expected: Version) -> (), ChangeError;
        read screen(screen: ScreenId) -> Option<Arc<Screen>>, PortError;
        read screens(theater: TheaterId, page: &PageRequest) -> Page<Arc<Screen>>, PortError;
        write change_layout(layout: &SeatLayout, expected: Version) -> (), ChangeError;
        read layout(screen: ScreenId) -> Option<Arc<SeatLayout>>, PortError;
        write add_showtime(showtime: &Showtime) -> (), AddError;
        write change_showtime(showtime: &Showtime, expected: Version) -> (), ChangeError;
        read showtime(showtime: ShowtimeId) -> Option<Arc<Showtime>>, PortError;
        read showtimes(filter: &ShowtimeFilter, page: &PageRequest) -> Page<Arc<Showtime>>, PortError;
    }
    BookingStore as "booking_store" {
        write place(placement: &Placement) -> Placed, PlaceError;
        write apply(transition: &Transition) -> Booking, ApplyError;
        read booking(reservation: ReservationId) -> Option<Booking>, PortError;
        read by_hold(user: UserId, hold: HoldId) -> Option<Booking>, PortError;
        read by_key(user: UserId, key: &IdempotencyKey) -> Option<(Booking, Fingerprint)>, PortError;
        read bookings_of(user: UserId, page: &PageRequest) -> Page<Booking>, PortError;
        read taken_seats(showtime: ShowtimeId) -> Vec<TakenSeat>, PortError;
        write claim_payment(payment: PaymentId, lease: Duration) -> Option<Claim>, PortError;
        write claim_due_payments(limit: usize, lease: Duration) -> Vec<Claim>, PortError;
        read claimed(payment: PaymentId, epoch: LeaseEpoch) -> Option<Claim>, PortError;
        read expired(limit: usize) -> Vec<Booking>, PortError;
        read stranded(limit: usize) -> Vec<Booking>, PortError;
        read has_watched(user: UserId, movie: MovieId) -> bool, PortError;
        read payment_backlog() -> Backlog, PortError;
    }
    Reviews as "reviews" {
        write add(review: &Review) -> (), AddReviewError;
        write change(review: &Review, expected: Version) -> (), ChangeReviewError;
        write remove(review: ReviewId, expected: Version) -> (), ChangeReviewError;
        read review(review: ReviewId) -> Option<Review>, PortError;
        read of_movie(movie: MovieId, page: &PageRequest) -> Page<Review>, PortError;
        read of_author(author: UserId, page: &PageRequest) -> Page<Review>, PortError;
    }
    Outbox as "outbox" {
        write take(limit: usize, lease: Duration) -> Vec<TakenMessage>, PortError;
        write delivered(messages: &[MessageId]) -> (), PortError;
        write failed(message: MessageId, retry_after: Option<Duration>) -> (), PortError;
        read backlog() -> Backlog, PortError;
        read parked() -> u64, PortError;
    }
    IdempotencyKeys as "idempotency_keys" {
        write claim(user: UserId, request: &KeyedRequest, ticket: Uuid, lease: Duration) -> KeyState, PortError;
        write finish(
            user: UserId, key: &IdempotencyKey, ticket: Uuid, answer: &StoredAnswer, keep: Duration
        ) -> (), PortError;
        write abandon(user: UserId, key: &IdempotencyKey, ticket: Uuid) -> (), PortError;
        write purge(limit: usize) -> usize, PortError;
    }
    SeatLocks as "seat_locks" {
        write acquire(request: &HoldRequest) -> Hold, AcquireError;
        read find(hold: HoldId, user: UserId) -> Hold, HoldError;
        write promote(hold: HoldId, user: UserId, window: Duration) -> Hold, HoldError;
        write extend(hold: HoldId, user: UserId, ttl: Duration, lifetime_max: Duration) -> Hold, HoldError;
        write release(hold: HoldId, user: UserId) -> (), HoldError;
        write take(
            showtime: ShowtimeId, reservation: ReservationId, user: UserId, hold: HoldId, seats: &[SeatId]
        ) -> (), PortError;
        write settle(showtime: ShowtimeId, reservation: ReservationId) -> (), PortError;
        write free(showtime: ShowtimeId, reservation: ReservationId, seats: &[SeatId]) -> (), PortError;
        write warm(showtime: ShowtimeId, taken: &[TakenSeat]) -> (), PortError;
        read snapshot(showtime: ShowtimeId) -> Option<SeatSnapshot>, PortError;
        read tally(showtimes: &[ShowtimeId]) -> Vec<Option<SeatTally>>, PortError;
        write sweep(limit: usize) -> Swept, PortError;
    }
    PaymentQueue as "payment_queue" {
        write publish(wake: &PaymentWake) -> (), PortError;
        wait receive(wait: Duration) -> Option<Delivery>, PortError;
        write acknowledge(delivery: &Delivery) -> (), PortError;
        write reject(delivery: &Delivery) -> (), PortError;
        write bury(wake: &PaymentWake, reason: &PaymentFailure) -> (), PortError;
        read dead_letters(limit: usize) -> Vec<DeadLetter>, PortError;
        write replay(message: MessageId) -> bool, PortError;
    }
    PaymentGateway as "payment_gateway" {
        write authorize(authorization: &Authorization) -> (), GatewayError;
        write capture(payment: PaymentId, amount: Money) -> (), GatewayError;
        write close(payment: PaymentId) -> (), GatewayError;
        write refund(payment: PaymentId, amount: Money) -> (), GatewayError;
        read lookup(payment: PaymentId) -> GatewayStatus, GatewayError;
    }
    Notifier as "notifier" {
        write send(notification: &Notification) -> (), PortError;
    }
    Cache as "cache" {
        read get(name: &str) -> Option<Arc<[u8]>>, PortError;
        write put(name: &str, bytes: Arc<[u8]>, ttl: Duration) -> (), PortError;
    }
    RateLimiter as "rate_limiter" {
        write take(name: &str, limit: RateLimit) -> RateDecision, PortError;
        write give_back(name: &str, limit: RateLimit) -> (), PortError;
    }
}
