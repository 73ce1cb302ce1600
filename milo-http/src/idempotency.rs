//! One effect and one answer for each idempotency key, where the effect does not carry the key itself.

use std::time::Duration;

use milo_core::domain::{KeyedRequest, UserId};
use milo_core::ports::{KeyState, PortError};
use uuid::Uuid;

use crate::App;
use crate::problem::{Problem, ProblemType};
use crate::reply::Answer;

/// When a client should ask again for an answer that is being worked on.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Runs `work` once for the key and keeps its answer; a repeat is given that answer and does nothing.
///
/// A refusal or a failure is not kept: the reason may be gone by the next try. So a repeat may run `work` again, also
/// after the process died between the effect and the keeping: it must be safe to repeat, which the core sees to by
/// deriving ids from the key.
///
/// # Errors
/// `idempotency-key-reused`, `idempotency-key-in-use`, or what `work` was refused with.
pub(crate) async fn answer_once(
    app: &App,
    user: UserId,
    request: Option<KeyedRequest>,
    work: impl Future<Output = Result<Answer, Problem>> + Send,
) -> Result<Answer, Problem> {
    let Some(request) = request else { return work.await };
    let (ports, policy) = (app.milo.ports(), app.milo.policy());
    let keys = &ports.idempotency;
    let ticket: Uuid = ports.ids.next_id();
    match keys.claim(user, &request, ticket, policy.idempotency_lease).await? {
        KeyState::Claimed(ticket) => {
            let answer = work.await;
            let told = match &answer {
                Ok(answer) => {
                    let stored = answer.to_stored();
                    keys.finish(user, &request.key, ticket, &stored, policy.idempotency_ttl)
                        .await
                }
                Err(_) => keys.abandon(user, &request.key, ticket).await,
            };
            courtesy(told);
            answer
        }
        KeyState::Answered(stored) => Answer::from_stored(stored),
        KeyState::InUse => Err(in_use()),
        KeyState::Reused => Err(reused()),
    }
}

/// The key was used for another request.
pub(crate) fn reused() -> Problem {
    Problem::new(
        ProblemType::IdempotencyKeyReused,
        "Use a new key for a new request, and the same body for the same key.",
    )
}

fn in_use() -> Problem {
    Problem::new(
        ProblemType::IdempotencyKeyInUse,
        "Ask again with the same key for its answer.",
    )
    .retry_after(RETRY_AFTER)
}

/// The effect is done and carries an id that the key gives: a repeat finds it even if its answer was not kept.
fn courtesy(told: Result<(), PortError>) {
    if let Err(error) = told {
        tracing::warn!(%error, "an answer was not kept under its idempotency key; a repeat will run again");
    }
}
