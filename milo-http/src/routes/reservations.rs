//! Reservations.

use std::time::Duration;

use milo_core::booking::Reserved;
use milo_core::domain::{Booking, Caller, Invalid, PageRequest, ReservationId};
use salvo::Writer;
use salvo::http::StatusCode;
use salvo::oapi::{BasicType, Object, Parameter, endpoint};

use crate::App;
use crate::dto::{NewReservation, ReservationView};
use crate::idempotency::answer_once;
use crate::measure::{self, Measured};
use crate::problem::Problem;
use crate::reply::{Answer, CreatedOrShown, List, Shown};
use crate::request::{Body, Id, Keyed, Parameters, Query, QueryReader, Shared, User, parameter, whole_number};

/// Reserves the seats of a hold, or seats without one.
///
/// The seats are the caller's from here on, and the payment goes on in the background: ask for the reservation with
/// `?wait` to see what became of it. The same hold again gives the same reservation with 200.
#[endpoint(tags("booking"))]
pub(super) async fn reserve(
    app: Shared,
    user: User,
    keyed: Keyed,
    body: Body<NewReservation>,
) -> Result<CreatedOrShown<ReservationView<'static>>, Problem> {
    let (wanted, request) = body.value.parse(keyed.key)?;
    let reserved = app
        .0
        .finish(move |app| async move {
            let reserved = app.milo.booking().reserve(user.0, request).await;
            let reserved = reserved.map_err(|error| wanted.not_reserved(error))?;
            let booking = reserved.booking();
            let view = ReservationView::of(booking);
            let location = format!("/api/v1/reservations/{}", booking.reservation.id);
            let answer = match reserved {
                Reserved::New(_) => Answer::json(StatusCode::CREATED, &view)?,
                Reserved::Again(_) => Answer::json(StatusCode::OK, &view)?,
                Reserved::Replayed(_) => Answer::json(StatusCode::CREATED, &view)?.replayed(),
            };
            Ok(answer.at(location).into())
        })
        .await;
    measure::outcome(Measured::Reservation, "reserved", &reserved);
    reserved
}

/// Lists the caller's reservations, the newest first.
#[endpoint(tags("booking"))]
pub(super) async fn list_reservations(
    app: Shared,
    user: User,
    query: Query<PageRequest>,
) -> Result<Shown<List<ReservationView<'static>>>, Problem> {
    let page = app.0.milo.booking().reservations(user.0, &query.0).await?;
    Shown::answer(&List::of(&page, ReservationView::of))
}

/// How long to wait for a payment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wait(Option<Duration>);

impl Parameters for Wait {
    fn describe() -> Vec<Parameter> {
        let seconds = Object::with_type(BasicType::Integer)
            .minimum(0)
            .maximum(i64::from(WAIT_MAX));
        let what = "Answer as soon as the reservation is neither `pending_payment` nor `paying`, after this many \
                    seconds at the latest.";
        vec![parameter("wait", what, seconds)]
    }

    fn read(query: &mut QueryReader<'_>) -> Option<Self> {
        let seconds = query.optional("wait", |text| match whole_number(text)? {
            seconds if seconds <= WAIT_MAX => Ok(Duration::from_secs(seconds.into())),
            _ => Err(Invalid::new("out_of_range", "must be from 0 to 30 seconds")),
        });
        seconds.map(Self)
    }
}

/// The longest wait, in seconds.
const WAIT_MAX: u32 = 30;
/// How soon a reservation is looked at again, at first and at most.
const LOOK_FIRST: Duration = Duration::from_millis(25);
const LOOK_CAP: Duration = Duration::from_millis(500);

/// Shows one of the caller's reservations.
#[endpoint(tags("booking"))]
pub(super) async fn show_reservation(
    app: Shared,
    user: User,
    id: Id<ReservationId>,
    wait: Query<Wait>,
) -> Result<Shown<ReservationView<'static>>, Problem> {
    let booking = match wait.0.0 {
        Some(wait) => watch(&app.0, user.0, id.0, wait).await?,
        None => app.0.milo.booking().reservation(user.0, id.0).await?,
    };
    Shown::answer(&ReservationView::of(&booking))
}

/// The reservation as soon as its payment is settled, or as it stands after `wait`, or when the server stops.
async fn watch(app: &App, user: Caller, id: ReservationId, wait: Duration) -> Result<Booking, Problem> {
    let deadline = tokio::time::Instant::now() + wait;
    let mut pause = LOOK_FIRST;
    loop {
        let booking = app.milo.booking().reservation(user, id).await?;
        let now = tokio::time::Instant::now();
        if !booking.reservation.status.is_open() || now >= deadline || app.is_stopping() {
            return Ok(booking);
        }
        let next = (now + pause).min(deadline);
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            () = app.stopped() => {}
        }
        pause = (pause * 2).min(LOOK_CAP);
    }
}

/// Cancels one of the caller's reservations.
///
/// A pending one frees its seats at once. One that is being paid is cancelled as soon as the payment allows it. A
/// confirmed one is refunded, if its showtime has not started.
#[endpoint(tags("booking"))]
pub(super) async fn cancel_reservation(
    app: Shared,
    user: User,
    id: Id<ReservationId>,
    keyed: Keyed,
) -> Result<Shown<ReservationView<'static>>, Problem> {
    let cancelled = app
        .0
        .finish(move |app| async move {
            let work = async {
                let booking = app.milo.booking().cancel(user.0, id.0).await?;
                Answer::json(StatusCode::OK, &ReservationView::of(&booking))
            };
            let request = keyed.bodiless_request();
            answer_once(&app, user.0.user, request, work).await.map(Into::into)
        })
        .await;
    measure::outcome(Measured::Cancellation, "cancelled", &cancelled);
    cancelled
}
