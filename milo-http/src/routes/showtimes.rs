//! Showtimes and their seat maps.

use milo_core::domain::{MovieId, PageRequest, ScreenId, ShowtimeFilter, ShowtimeId, Version};
use salvo::Writer;
use salvo::http::StatusCode;
use salvo::oapi::endpoint;

use crate::App;
use crate::dto::{NewShowtime, SeatMapView, ShowtimeChange, ShowtimeQuery, ShowtimeScope, ShowtimeView};
use crate::idempotency::answer_once;
use crate::problem::Problem;
use crate::reply::{Answer, CreatedTagged, List, Shown, Tagged};
use crate::request::{AdminCaller, Body, Id, IfMatch, Keyed, Query, Shared, Visitor};

/// Every showtime.
#[derive(Debug)]
pub(super) struct Everywhere;

impl ShowtimeScope for Everywhere {
    const BY_MOVIE: bool = true;
    const BY_THEATER: bool = true;
}

/// The showtimes of one film.
#[derive(Debug)]
pub(super) struct OfMovie;

impl ShowtimeScope for OfMovie {
    const BY_MOVIE: bool = false;
    const BY_THEATER: bool = true;
}

/// The showtimes on one screen.
#[derive(Debug)]
pub(super) struct OnScreen;

impl ShowtimeScope for OnScreen {
    const BY_MOVIE: bool = true;
    const BY_THEATER: bool = false;
}

type ShowtimeList = Result<Tagged<List<ShowtimeView<'static>>>, Problem>;

/// Lists showtimes by start, cancelled ones too.
#[endpoint(tags("catalog"))]
pub(super) async fn list_showtimes(app: Shared, query: Query<ShowtimeQuery<Everywhere>>) -> ShowtimeList {
    list(&app.0, query.0.filter, &query.0.page).await
}

/// Lists the showtimes of a film by start, cancelled ones too.
#[endpoint(tags("catalog"))]
pub(super) async fn list_showtimes_of_movie(
    app: Shared,
    id: Id<MovieId>,
    query: Query<ShowtimeQuery<OfMovie>>,
) -> ShowtimeList {
    app.0.milo.catalog().movie(id.0).await?;
    let filter = ShowtimeFilter {
        movie: Some(id.0),
        ..query.0.filter
    };
    list(&app.0, filter, &query.0.page).await
}

/// Lists the showtimes on a screen by start, cancelled ones too.
#[endpoint(tags("catalog"))]
pub(super) async fn list_showtimes_on_screen(
    app: Shared,
    id: Id<ScreenId>,
    query: Query<ShowtimeQuery<OnScreen>>,
) -> ShowtimeList {
    app.0.milo.catalog().screen(id.0).await?;
    let filter = ShowtimeFilter {
        screen: Some(id.0),
        ..query.0.filter
    };
    list(&app.0, filter, &query.0.page).await
}

async fn list(app: &App, filter: ShowtimeFilter, page: &PageRequest) -> ShowtimeList {
    let page = app.milo.catalog().showtimes(&filter, page).await?;
    Tagged::answer(&List::of(&page, ShowtimeView::of))
}

/// Schedules a showtime.
///
/// It ends when the film and the cleaning gap are over; a screen never has two showtimes at once. A kind of seat without
/// a price cannot be sold.
#[endpoint(tags("catalog"))]
pub(super) async fn add_showtime(
    app: Shared,
    admin: AdminCaller,
    keyed: Keyed,
    body: Body<NewShowtime>,
) -> Result<CreatedTagged<ShowtimeView<'static>>, Problem> {
    let (request, schedule) = (keyed.request(&body), body.value.parse()?);
    app.0
        .finish(|app| async move {
            let work = async {
                let view = app
                    .milo
                    .catalog()
                    .add_showtime(admin.0, schedule, keyed.key.as_ref())
                    .await?;
                let answer = Answer::json(StatusCode::CREATED, &ShowtimeView::of(&view))?;
                Ok(answer.tagged().at(format!("/api/v1/showtimes/{}", view.showtime.id)))
            };
            answer_once(&app, admin.0.user(), request, work).await.map(Into::into)
        })
        .await
}

/// Shows a showtime.
#[endpoint(tags("catalog"))]
pub(super) async fn show_showtime(app: Shared, id: Id<ShowtimeId>) -> Result<Tagged<ShowtimeView<'static>>, Problem> {
    let view = app.0.milo.catalog().showtime(id.0).await?;
    Tagged::answer(&ShowtimeView::of(&view))
}

/// Changes a showtime that has not started.
///
/// A JSON merge patch: what is absent stays; a price of `null` takes that kind of seat off sale. Its time can change only
/// while nothing was ever reserved; reservations keep their prices.
#[endpoint(tags("catalog"))]
pub(super) async fn change_showtime(
    app: Shared,
    admin: AdminCaller,
    id: Id<ShowtimeId>,
    condition: IfMatch,
    body: Body<ShowtimeChange>,
) -> Result<Tagged<ShowtimeView<'static>>, Problem> {
    let change = body.value;
    app.0
        .finish(|app| async move {
            let catalog = app.milo.catalog();
            let mut expected = expected(&app, id.0, &condition).await?;
            let mut before = None;
            if change.touches_prices() {
                // The prices to be depend on those that are, so the change stands on this version.
                let present = catalog.showtime(id.0).await?.showtime;
                expected = expected.or(Some(present.version));
                before = Some(present);
            }
            let patch = change.parse(before.as_ref().map(|showtime| &showtime.prices))?;
            let view = catalog.change_showtime(admin.0, id.0, patch, expected).await?;
            Tagged::answer(&ShowtimeView::of(&view))
        })
        .await
}

/// Cancels a showtime that has not started.
///
/// Nothing can be reserved from this moment on, and every reservation is cancelled and refunded. Cancelling again
/// changes nothing.
#[endpoint(tags("catalog"))]
pub(super) async fn cancel_showtime(
    app: Shared,
    admin: AdminCaller,
    id: Id<ShowtimeId>,
    condition: IfMatch,
    keyed: Keyed,
) -> Result<Shown<ShowtimeView<'static>>, Problem> {
    app.0
        .finish(|app| async move {
            let work = async {
                let expected = expected(&app, id.0, &condition).await?;
                let view = app.milo.catalog().cancel_showtime(admin.0, id.0, expected).await?;
                Answer::json(StatusCode::OK, &ShowtimeView::of(&view))
            };
            let request = keyed.bodiless_request();
            answer_once(&app, admin.0.user(), request, work).await.map(Into::into)
        })
        .await
}

/// Shows every seat of a showtime and whether it can be had.
///
/// `yours` are the seats that the caller holds, if a token says who that is.
#[endpoint(tags("booking"))]
pub(super) async fn show_seats(
    app: Shared,
    visitor: Visitor,
    id: Id<ShowtimeId>,
) -> Result<Tagged<SeatMapView<'static>>, Problem> {
    let map = app
        .0
        .milo
        .booking()
        .seat_map(id.0, visitor.0.map(|caller| caller.user))
        .await?;
    Tagged::personal(&SeatMapView::of(&map), SeatMapView::tag)
}

/// The version to insist on, if the caller has seen the showtime as it is.
async fn expected(app: &App, id: ShowtimeId, condition: &IfMatch) -> Result<Option<Version>, Problem> {
    condition
        .on(async {
            let view = app.milo.catalog().showtime(id).await?;
            Ok((
                view.showtime.version,
                Answer::json(StatusCode::OK, &ShowtimeView::of(&view))?,
            ))
        })
        .await
}
