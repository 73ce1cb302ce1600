//! The catalogue.

use milo_core::catalog::{CatalogReadError, CatalogWriteError};

use super::{FieldError, Problem, ProblemType};
use crate::request::precondition_failed;

impl From<CatalogReadError> for Problem {
    fn from(error: CatalogReadError) -> Self {
        match error {
            CatalogReadError::NotFound => Self::not_found(),
            CatalogReadError::Port(error) => error.into(),
        }
    }
}

impl From<CatalogWriteError> for Problem {
    fn from(error: CatalogWriteError) -> Self {
        match error {
            CatalogWriteError::NotFound => Self::not_found(),
            CatalogWriteError::Stale => precondition_failed(),
            CatalogWriteError::InUse => Self::new(
                ProblemType::InUse,
                "History is never destroyed; set is_active to false, or cancel instead.",
            ),
            CatalogWriteError::ScreenBusy { with } => {
                Self::new(ProblemType::ScreenBusy, "See showtime_id for the other showtime.")
                    .with("showtime_id", with.to_string())
            }
            CatalogWriteError::SeatsInUse(seats) => {
                let ids: Vec<String> = seats.iter().map(ToString::to_string).collect();
                Self::new(ProblemType::SeatsInUse, "See seat_ids for the seats that must stay.").with("seat_ids", ids)
            }
            CatalogWriteError::ShowtimeClosed => {
                Self::new(ProblemType::ShowtimeClosed, "It can no longer be changed or cancelled.")
            }
            CatalogWriteError::Invalid { field, flaw } => {
                Self::validation(vec![FieldError::new(field, flaw.code, flaw.message)])
            }
            CatalogWriteError::Port(error) => error.into(),
        }
    }
}
