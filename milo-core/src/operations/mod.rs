//! What whoever runs Milo does by hand. Administrators only.

mod dead_letters;

use std::sync::Arc;

use crate::milo::Core;

pub use dead_letters::ReplayError;

/// The use cases of operators; see [`Milo::operations`](crate::Milo::operations).
#[derive(Clone, Copy, Debug)]
pub struct OperationsService<'a> {
    pub(crate) core: &'a Arc<Core>,
}
