//! Holds.

use milo_core::domain::{HoldId, ShowtimeId};
use salvo::Writer;
use salvo::http::StatusCode;
use salvo::oapi::endpoint;

use crate::dto::{HoldView, NewHold};
use crate::measure::{self, Measured};
use crate::problem::Problem;
use crate::reply::{Answer, Created, Removed, Shown};
use crate::request::{Body, Id, Keyed, Shared, User};

/// Holds seats for a few minutes: every one of them, or none.
#[endpoint(tags("booking"))]
pub(super) async fn hold_seats(
    app: Shared,
    user: User,
    id: Id<ShowtimeId>,
    keyed: Keyed,
    body: Body<NewHold>,
) -> Result<Created<HoldView<'static>>, Problem> {
    let (wanted, selection) = body.value.parse()?;
    let held = app
        .0
        .finish(move |app| async move {
            let key = keyed.key.as_ref();
            let hold = app.milo.booking().hold(user.0, id.0, &selection, key).await;
            let hold = hold.map_err(|error| wanted.not_held(error))?;
            let answer = Answer::json(StatusCode::CREATED, &HoldView::of(&hold))?;
            Ok(answer.at(format!("/api/v1/holds/{}", hold.id)).into())
        })
        .await;
    measure::outcome(Measured::Hold, "held", &held);
    held
}

/// Shows a hold that has not lapsed.
#[endpoint(tags("booking"))]
pub(super) async fn show_hold(app: Shared, user: User, id: Id<HoldId>) -> Result<Shown<HoldView<'static>>, Problem> {
    let hold = app.0.milo.booking().find_hold(user.0, id.0).await?;
    Shown::answer(&HoldView::of(&hold))
}

/// Lets the seats of a hold go at once.
#[endpoint(tags("booking"))]
pub(super) async fn release_hold(app: Shared, user: User, id: Id<HoldId>) -> Result<Removed, Problem> {
    app.0
        .finish(move |app| async move {
            app.milo.booking().release_hold(user.0, id.0).await?;
            Ok(Removed)
        })
        .await
}

/// Makes a hold last its full time again, once.
#[endpoint(tags("booking"))]
pub(super) async fn extend_hold(app: Shared, user: User, id: Id<HoldId>) -> Result<Shown<HoldView<'static>>, Problem> {
    app.0
        .finish(move |app| async move {
            let hold = app.milo.booking().extend_hold(user.0, id.0).await?;
            Shown::answer(&HoldView::of(&hold))
        })
        .await
}
