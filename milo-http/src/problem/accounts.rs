//! Accounts.

use milo_core::accounts::{LoginError, ProfileError, RefreshError, RegisterError};

use super::{Problem, ProblemType};
use crate::idempotency;

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::EmailTaken => Self::new(ProblemType::EmailTaken, "Sign in, or use another e-mail address."),
            RegisterError::KeyReused => idempotency::reused(),
            RegisterError::Port(error) => error.into(),
        }
    }
}

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        match error {
            // The same words whether the account exists or not.
            LoginError::InvalidCredentials => Self::new(ProblemType::InvalidCredentials, "Check both and try again."),
            LoginError::TooManyAttempts { retry_after } => {
                Self::new(ProblemType::TooManyAttempts, "Wait as long as Retry-After says.").retry_after(retry_after)
            }
            LoginError::Port(error) => error.into(),
        }
    }
}

impl From<RefreshError> for Problem {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::InvalidToken => Self::new(
                ProblemType::InvalidToken,
                "The refresh token is unknown, spent or expired. Sign in again.",
            ),
            RefreshError::Port(error) => error.into(),
        }
    }
}

impl From<ProfileError> for Problem {
    fn from(error: ProfileError) -> Self {
        match error {
            ProfileError::NotFound => Self::not_found(),
            ProfileError::Port(error) => error.into(),
        }
    }
}
