//! Screens.

use milo_core::domain::{PageRequest, ScreenId, TheaterId, Version};
use salvo::Writer;
use salvo::http::StatusCode;
use salvo::oapi::endpoint;

use crate::App;
use crate::dto::{NewScreen, ScreenChange, ScreenView};
use crate::idempotency::answer_once;
use crate::problem::Problem;
use crate::reply::{Answer, CreatedTagged, List, Removed, Tagged};
use crate::request::{AdminCaller, Body, Id, IfMatch, Keyed, Query, Shared};

/// Lists the screens of a theater by name.
#[endpoint(tags("catalog"))]
pub(super) async fn list_screens(
    app: Shared,
    id: Id<TheaterId>,
    query: Query<PageRequest>,
) -> Result<Tagged<List<ScreenView<'static>>>, Problem> {
    let page = app.0.milo.catalog().screens(id.0, &query.0).await?;
    Tagged::answer(&List::of(&page, |screen| ScreenView::of(screen)))
}

/// Adds a screen to a theater, without seats as yet.
#[endpoint(tags("catalog"))]
pub(super) async fn add_screen(
    app: Shared,
    admin: AdminCaller,
    id: Id<TheaterId>,
    keyed: Keyed,
    body: Body<NewScreen>,
) -> Result<CreatedTagged<ScreenView<'static>>, Problem> {
    let (request, details) = (keyed.request(&body), body.value.parse()?);
    app.0
        .finish(|app| async move {
            let work = async {
                let catalog = app.milo.catalog();
                let screen = catalog.add_screen(admin.0, id.0, details, keyed.key.as_ref()).await?;
                let answer = Answer::json(StatusCode::CREATED, &ScreenView::of(&screen))?;
                Ok(answer.tagged().at(format!("/api/v1/screens/{}", screen.id)))
            };
            answer_once(&app, admin.0.user(), request, work).await.map(Into::into)
        })
        .await
}

/// Shows a screen.
#[endpoint(tags("catalog"))]
pub(super) async fn show_screen(app: Shared, id: Id<ScreenId>) -> Result<Tagged<ScreenView<'static>>, Problem> {
    let screen = app.0.milo.catalog().screen(id.0).await?;
    Tagged::answer(&ScreenView::of(&screen))
}

/// Changes a screen.
///
/// A JSON merge patch: what is absent stays.
#[endpoint(tags("catalog"))]
pub(super) async fn change_screen(
    app: Shared,
    admin: AdminCaller,
    id: Id<ScreenId>,
    condition: IfMatch,
    body: Body<ScreenChange>,
) -> Result<Tagged<ScreenView<'static>>, Problem> {
    let patch = body.value.parse()?;
    app.0
        .finish(|app| async move {
            let expected = expected(&app, id.0, &condition).await?;
            let screen = app.milo.catalog().change_screen(admin.0, id.0, patch, expected).await?;
            Tagged::answer(&ScreenView::of(&screen))
        })
        .await
}

/// Removes a screen on which nothing was ever reserved, with its layout and showtimes.
#[endpoint(tags("catalog"))]
pub(super) async fn remove_screen(
    app: Shared,
    admin: AdminCaller,
    id: Id<ScreenId>,
    condition: IfMatch,
) -> Result<Removed, Problem> {
    app.0
        .finish(|app| async move {
            let expected = expected(&app, id.0, &condition).await?;
            app.milo.catalog().remove_screen(admin.0, id.0, expected).await?;
            Ok(Removed)
        })
        .await
}

/// The version to insist on, if the caller has seen the screen as it is.
async fn expected(app: &App, id: ScreenId, condition: &IfMatch) -> Result<Option<Version>, Problem> {
    condition
        .on(async {
            let screen = app.milo.catalog().screen(id).await?;
            Ok((screen.version, Answer::json(StatusCode::OK, &ScreenView::of(&screen))?))
        })
        .await
}
