//! Reviews by people who saw the film.

mod change;
mod read;
mod write;

use std::sync::Arc;

use crate::milo::Core;

pub use change::{ChangeOwnReviewError, ReviewPatch};
pub use read::ReviewReadError;
pub use write::{WriteReview, WriteReviewError};

/// The use cases of reviews; see [`Milo::reviews`](crate::Milo::reviews).
#[derive(Clone, Copy, Debug)]
pub struct ReviewsService<'a> {
    pub(crate) core: &'a Arc<Core>,
}
