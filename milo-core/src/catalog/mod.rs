//! Films, theaters, screens, layouts and showtimes: anybody reads, administrators write.

mod availability;
mod layouts;
mod movies;
mod screens;
mod showtimes;
mod theaters;

use std::sync::Arc;

use uuid::Uuid;

use crate::domain::{Admin, IdempotencyKey, Invalid, SeatId, ShowtimeId, Version};
use crate::milo::Core;
use crate::ports::{AddError, ChangeError, PortError};

pub use movies::MoviePatch;
pub use screens::ScreenPatch;
pub use showtimes::{ScheduleShowtime, ShowtimePatch, ShowtimeView};
pub use theaters::TheaterPatch;

/// The use cases of the catalogue; see [`Milo::catalog`](crate::Milo::catalog).
#[derive(Clone, Copy, Debug)]
pub struct CatalogService<'a> {
    pub(crate) core: &'a Arc<Core>,
}

/// Why something of the catalogue was not read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogReadError {
    /// There is no such thing.
    #[error("no such record")]
    NotFound,
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Why the catalogue was not changed; nothing happened.
#[derive(Debug, thiserror::Error)]
pub enum CatalogWriteError {
    /// There is no such thing.
    #[error("no such record")]
    NotFound,
    /// It changed since the caller looked at it.
    #[error("the record has changed")]
    Stale,
    /// Reservations depend on it.
    #[error("reservations depend on the record")]
    InUse,
    /// The screen has another showtime at that time.
    #[error("the screen is busy with another showtime")]
    ScreenBusy {
        /// The other showtime.
        with: ShowtimeId,
    },
    /// These seats are held or sold in a showtime to come, and would vanish.
    #[error("some seats are held or sold in a showtime to come")]
    SeatsInUse(Vec<SeatId>),
    /// The showtime is over, or it is cancelled: it can no longer be changed.
    #[error("the showtime is closed")]
    ShowtimeClosed,
    /// A value does not fit with the others, or with what exists.
    #[error("{field} {flaw}")]
    Invalid {
        /// The published name of the field.
        field: &'static str,
        /// What is wrong with it.
        flaw: Invalid,
    },
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

impl CatalogWriteError {
    fn invalid(field: &'static str, code: &'static str, message: &'static str) -> Self {
        Self::Invalid {
            field,
            flaw: Invalid::new(code, message),
        }
    }
}

impl From<ChangeError> for CatalogWriteError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotFound => Self::NotFound,
            ChangeError::Stale => Self::Stale,
            ChangeError::ScreenBusy { with } => Self::ScreenBusy { with },
            ChangeError::InUse => Self::InUse,
            ChangeError::SeatsInUse(seats) => Self::SeatsInUse(seats),
            ChangeError::Port(error) => Self::Port(error),
        }
    }
}

impl From<CatalogReadError> for CatalogWriteError {
    fn from(error: CatalogReadError) -> Self {
        match error {
            CatalogReadError::NotFound => Self::NotFound,
            CatalogReadError::Port(error) => Self::Port(error),
        }
    }
}

/// How often a change without a version of the caller's is decided anew when somebody else was faster.
const CHANGE_ATTEMPTS_MAX: usize = 4;

/// Whether a lost race is worth another try: only if the caller did not insist on a version.
fn decide_again(expected: Option<Version>, attempt: usize, error: &ChangeError) -> bool {
    expected.is_none() && attempt < CHANGE_ATTEMPTS_MAX && matches!(error, ChangeError::Stale)
}

/// The version that a change is decided on.
fn checked(expected: Option<Version>, stored: Version) -> Result<Version, CatalogWriteError> {
    match expected {
        Some(version) if version != stored => Err(CatalogWriteError::Stale),
        _ => Ok(stored),
    }
}

impl CatalogService<'_> {
    /// The id of something new: derived from the key if there is one, so that a repeated request finds its own.
    fn new_id(&self, admin: Admin, scope: &str, key: Option<&IdempotencyKey>) -> Uuid {
        match key {
            Some(key) => key.derive_id(scope, admin.user()),
            None => self.core.ports.ids.next_id(),
        }
    }
}

/// What became of adding a record: made, or made before by the same request.
fn added(result: Result<(), AddError>, parent_field: &'static str) -> Result<bool, CatalogWriteError> {
    match result {
        Ok(()) => Ok(true),
        Err(AddError::Exists) => Ok(false),
        Err(AddError::MissingParent) => Err(CatalogWriteError::invalid(
            parent_field,
            "unknown",
            "must name something that exists",
        )),
        Err(AddError::ScreenBusy { with }) => Err(CatalogWriteError::ScreenBusy { with }),
        Err(AddError::Port(error)) => Err(CatalogWriteError::Port(error)),
    }
}
