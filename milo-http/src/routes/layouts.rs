//! Seat layouts.

use milo_core::domain::ScreenId;
use salvo::Writer;
use salvo::http::StatusCode;
use salvo::oapi::endpoint;

use crate::dto::{LayoutBody, LayoutView};
use crate::problem::Problem;
use crate::reply::{Answer, Tagged};
use crate::request::{AdminCaller, Body, Id, IfMatch, Shared};

/// Shows a screen's seats; no rows while nobody has drawn them.
#[endpoint(tags("catalog"))]
pub(super) async fn show_layout(app: Shared, id: Id<ScreenId>) -> Result<Tagged<LayoutView<'static>>, Problem> {
    let layout = app.0.milo.catalog().layout(id.0).await?;
    Tagged::answer(&LayoutView::of(&layout))
}

/// Draws a screen's seats anew.
///
/// Seats that are unchanged (the same row, number and kind) keep their ids. A seat that is held or sold in a showtime
/// to come cannot vanish.
#[endpoint(tags("catalog"))]
pub(super) async fn change_layout(
    app: Shared,
    admin: AdminCaller,
    id: Id<ScreenId>,
    condition: IfMatch,
    body: Body<LayoutBody>,
) -> Result<Tagged<LayoutView<'static>>, Problem> {
    let plan = body.value.parse()?;
    app.0
        .finish(|app| async move {
            let catalog = app.milo.catalog();
            let read = async {
                // The version is that of the screen, and is read first: if the layout changes in between, it is stale.
                let version = catalog.screen(id.0).await?.version;
                let layout = catalog.layout(id.0).await?;
                Ok((version, Answer::json(StatusCode::OK, &LayoutView::of(&layout))?))
            };
            let expected = condition.on(read).await?;
            let layout = catalog.change_layout(admin.0, id.0, &plan, expected).await?;
            Tagged::answer(&LayoutView::of(&layout))
        })
        .await
}
