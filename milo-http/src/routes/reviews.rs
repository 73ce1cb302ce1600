//! Reviews.

use milo_core::domain::{MovieId, PageRequest, ReviewId};
use salvo::Writer;
use salvo::http::StatusCode;
use salvo::oapi::endpoint;

use crate::dto::{NewReview, ReviewChange, ReviewView};
use crate::idempotency::answer_once;
use crate::problem::Problem;
use crate::reply::{Answer, Created, List, Removed, Shown, Tagged};
use crate::request::{Body, Id, Keyed, Query, Shared, User};

/// Lists the reviews of a film, the newest first.
#[endpoint(tags("reviews"))]
pub(super) async fn list_reviews(
    app: Shared,
    id: Id<MovieId>,
    query: Query<PageRequest>,
) -> Result<Tagged<List<ReviewView<'static>>>, Problem> {
    let page = app.0.milo.reviews().of_movie(id.0, &query.0).await?;
    Tagged::answer(&List::of(&page, ReviewView::of))
}

/// Lists the caller's reviews, the newest first.
#[endpoint(tags("reviews"))]
pub(super) async fn list_my_reviews(
    app: Shared,
    user: User,
    query: Query<PageRequest>,
) -> Result<Shown<List<ReviewView<'static>>>, Problem> {
    let page = app.0.milo.reviews().mine(user.0, &query.0).await?;
    Shown::answer(&List::of(&page, ReviewView::of))
}

/// Reviews a film that the caller has seen.
#[endpoint(tags("reviews"))]
pub(super) async fn write_review(
    app: Shared,
    user: User,
    id: Id<MovieId>,
    keyed: Keyed,
    body: Body<NewReview>,
) -> Result<Created<ReviewView<'static>>, Problem> {
    let (request, review) = (keyed.request(&body), body.value.parse(id.0)?);
    app.0
        .finish(move |app| async move {
            let work = async {
                let review = app.milo.reviews().write(user.0, review, keyed.key.as_ref()).await?;
                let answer = Answer::json(StatusCode::CREATED, &ReviewView::of(&review))?;
                Ok(answer.at(format!("/api/v1/movies/{}/reviews", review.movie)))
            };
            answer_once(&app, user.0.user, request, work).await.map(Into::into)
        })
        .await
}

/// Changes the caller's own review.
///
/// A JSON merge patch: what is absent stays.
#[endpoint(tags("reviews"))]
pub(super) async fn change_review(
    app: Shared,
    user: User,
    id: Id<ReviewId>,
    body: Body<ReviewChange>,
) -> Result<Shown<ReviewView<'static>>, Problem> {
    let patch = body.value.parse()?;
    app.0
        .finish(move |app| async move {
            let review = app.milo.reviews().change(user.0, id.0, patch).await?;
            Shown::answer(&ReviewView::of(&review))
        })
        .await
}

/// Removes the caller's own review; an administrator may remove any.
#[endpoint(tags("reviews"))]
pub(super) async fn remove_review(app: Shared, user: User, id: Id<ReviewId>) -> Result<Removed, Problem> {
    app.0
        .finish(move |app| async move {
            app.milo.reviews().remove(user.0, id.0).await?;
            Ok(Removed)
        })
        .await
}
