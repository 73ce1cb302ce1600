//! What operators do by hand.

use milo_core::operations::ReplayError;

use super::Problem;

impl From<ReplayError> for Problem {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::NotFound => Self::not_found(),
            ReplayError::Port(error) => error.into(),
        }
    }
}
