//! Messages of the payment queue that nobody could handle.

use milo_core::domain::MessageId;
use salvo::Writer;
use salvo::oapi::{Parameter, endpoint};

use crate::dto::DeadLettersView;
use crate::problem::Problem;
use crate::reply::{Removed, Shown};
use crate::request::{AdminCaller, Id, Parameters, Query, QueryReader, Shared, limit_parameter};

/// How many to list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit(usize);

impl Parameters for Limit {
    fn describe() -> Vec<Parameter> {
        vec![limit_parameter("The most dead letters to list.")]
    }

    fn read(query: &mut QueryReader<'_>) -> Option<Self> {
        query.limit().map(|limit| Self(limit as usize))
    }
}

/// Lists the dead letters of the payment queue, the oldest first.
///
/// They stay until they are replayed, so there are no further pages: replay the oldest to see what follows.
#[endpoint(tags("operations"))]
pub(super) async fn list_dead_letters(
    app: Shared,
    admin: AdminCaller,
    query: Query<Limit>,
) -> Result<Shown<DeadLettersView<'static>>, Problem> {
    let letters = app.0.milo.operations().dead_letters(admin.0, query.0.0).await?;
    Shown::answer(&DeadLettersView::of(&letters))
}

/// Sends a dead letter again, so that a worker looks at its payment.
///
/// The letter leaves the list. A payment that has ended stays as it ended.
#[endpoint(tags("operations"))]
pub(super) async fn replay_dead_letter(app: Shared, admin: AdminCaller, id: Id<MessageId>) -> Result<Removed, Problem> {
    app.0
        .finish(move |app| async move {
            app.milo.operations().replay_dead_letter(admin.0, id.0).await?;
            Ok(Removed)
        })
        .await
}
