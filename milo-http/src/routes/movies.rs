//! Films.

use milo_core::domain::{MovieId, Version};
use salvo::Writer;
use salvo::http::StatusCode;
use salvo::oapi::endpoint;

use crate::App;
use crate::dto::{MovieChange, MovieQuery, MovieView, NewMovie};
use crate::idempotency::answer_once;
use crate::problem::Problem;
use crate::reply::{Answer, CreatedTagged, List, Removed, Tagged};
use crate::request::{AdminCaller, Body, Id, IfMatch, Keyed, Query, Shared};

/// Lists films by title.
#[endpoint(tags("catalog"))]
pub(super) async fn list_movies(
    app: Shared,
    query: Query<MovieQuery>,
) -> Result<Tagged<List<MovieView<'static>>>, Problem> {
    let page = app.0.milo.catalog().movies(&query.0.filter, &query.0.page).await?;
    Tagged::answer(&List::of(&page, |movie| MovieView::of(movie)))
}

/// Adds a film.
#[endpoint(tags("catalog"))]
pub(super) async fn add_movie(
    app: Shared,
    admin: AdminCaller,
    keyed: Keyed,
    body: Body<NewMovie>,
) -> Result<CreatedTagged<MovieView<'static>>, Problem> {
    let (request, details) = (keyed.request(&body), body.value.parse()?);
    app.0
        .finish(|app| async move {
            let work = async {
                let movie = app
                    .milo
                    .catalog()
                    .add_movie(admin.0, details, keyed.key.as_ref())
                    .await?;
                let answer = Answer::json(StatusCode::CREATED, &MovieView::of(&movie))?;
                Ok(answer.tagged().at(format!("/api/v1/movies/{}", movie.id)))
            };
            answer_once(&app, admin.0.user(), request, work).await.map(Into::into)
        })
        .await
}

/// Shows a film.
#[endpoint(tags("catalog"))]
pub(super) async fn show_movie(app: Shared, id: Id<MovieId>) -> Result<Tagged<MovieView<'static>>, Problem> {
    let movie = app.0.milo.catalog().movie(id.0).await?;
    Tagged::answer(&MovieView::of(&movie))
}

/// Changes a film.
///
/// A JSON merge patch: what is absent stays, `null` clears what may be empty.
#[endpoint(tags("catalog"))]
pub(super) async fn change_movie(
    app: Shared,
    admin: AdminCaller,
    id: Id<MovieId>,
    condition: IfMatch,
    body: Body<MovieChange>,
) -> Result<Tagged<MovieView<'static>>, Problem> {
    let patch = body.value.parse()?;
    app.0
        .finish(|app| async move {
            let expected = expected(&app, id.0, &condition).await?;
            let movie = app.milo.catalog().change_movie(admin.0, id.0, patch, expected).await?;
            Tagged::answer(&MovieView::of(&movie))
        })
        .await
}

/// Removes a film that was never reserved, with its showtimes and reviews.
#[endpoint(tags("catalog"))]
pub(super) async fn remove_movie(
    app: Shared,
    admin: AdminCaller,
    id: Id<MovieId>,
    condition: IfMatch,
) -> Result<Removed, Problem> {
    app.0
        .finish(|app| async move {
            let expected = expected(&app, id.0, &condition).await?;
            app.milo.catalog().remove_movie(admin.0, id.0, expected).await?;
            Ok(Removed)
        })
        .await
}

/// The version to insist on, if the caller has seen the film as it is.
async fn expected(app: &App, id: MovieId, condition: &IfMatch) -> Result<Option<Version>, Problem> {
    condition
        .on(async {
            let movie = app.milo.catalog().movie(id).await?;
            Ok((movie.version, Answer::json(StatusCode::OK, &MovieView::of(&movie))?))
        })
        .await
}
