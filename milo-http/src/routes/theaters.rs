//! Theaters.

use milo_core::domain::{TheaterId, Version};
use salvo::Writer;
use salvo::http::StatusCode;
use salvo::oapi::endpoint;

use crate::App;
use crate::dto::{NewTheater, TheaterChange, TheaterQuery, TheaterView};
use crate::idempotency::answer_once;
use crate::problem::Problem;
use crate::reply::{Answer, CreatedTagged, List, Removed, Tagged};
use crate::request::{AdminCaller, Body, Id, IfMatch, Keyed, Query, Shared};

/// Lists theaters by name.
#[endpoint(tags("catalog"))]
pub(super) async fn list_theaters(
    app: Shared,
    query: Query<TheaterQuery>,
) -> Result<Tagged<List<TheaterView<'static>>>, Problem> {
    let page = app.0.milo.catalog().theaters(&query.0.filter, &query.0.page).await?;
    Tagged::answer(&List::of(&page, |theater| TheaterView::of(theater)))
}

/// Adds a theater.
#[endpoint(tags("catalog"))]
pub(super) async fn add_theater(
    app: Shared,
    admin: AdminCaller,
    keyed: Keyed,
    body: Body<NewTheater>,
) -> Result<CreatedTagged<TheaterView<'static>>, Problem> {
    let (request, details) = (keyed.request(&body), body.value.parse()?);
    app.0
        .finish(|app| async move {
            let work = async {
                let theater = app
                    .milo
                    .catalog()
                    .add_theater(admin.0, details, keyed.key.as_ref())
                    .await?;
                let answer = Answer::json(StatusCode::CREATED, &TheaterView::of(&theater))?;
                Ok(answer.tagged().at(format!("/api/v1/theaters/{}", theater.id)))
            };
            answer_once(&app, admin.0.user(), request, work).await.map(Into::into)
        })
        .await
}

/// Shows a theater.
#[endpoint(tags("catalog"))]
pub(super) async fn show_theater(app: Shared, id: Id<TheaterId>) -> Result<Tagged<TheaterView<'static>>, Problem> {
    let theater = app.0.milo.catalog().theater(id.0).await?;
    Tagged::answer(&TheaterView::of(&theater))
}

/// Changes a theater.
///
/// A JSON merge patch: what is absent stays.
#[endpoint(tags("catalog"))]
pub(super) async fn change_theater(
    app: Shared,
    admin: AdminCaller,
    id: Id<TheaterId>,
    condition: IfMatch,
    body: Body<TheaterChange>,
) -> Result<Tagged<TheaterView<'static>>, Problem> {
    let patch = body.value.parse()?;
    app.0
        .finish(|app| async move {
            let expected = expected(&app, id.0, &condition).await?;
            let theater = app
                .milo
                .catalog()
                .change_theater(admin.0, id.0, patch, expected)
                .await?;
            Tagged::answer(&TheaterView::of(&theater))
        })
        .await
}

/// Removes a theater in which nothing was ever reserved, with its screens and showtimes.
#[endpoint(tags("catalog"))]
pub(super) async fn remove_theater(
    app: Shared,
    admin: AdminCaller,
    id: Id<TheaterId>,
    condition: IfMatch,
) -> Result<Removed, Problem> {
    app.0
        .finish(|app| async move {
            let expected = expected(&app, id.0, &condition).await?;
            app.milo.catalog().remove_theater(admin.0, id.0, expected).await?;
            Ok(Removed)
        })
        .await
}

/// The version to insist on, if the caller has seen the theater as it is.
async fn expected(app: &App, id: TheaterId, condition: &IfMatch) -> Result<Option<Version>, Problem> {
    condition
        .on(async {
            let theater = app.milo.catalog().theater(id).await?;
            Ok((
                theater.version,
                Answer::json(StatusCode::OK, &TheaterView::of(&theater))?,
            ))
        })
        .await
}
