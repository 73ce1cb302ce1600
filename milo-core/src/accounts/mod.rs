//! Registering, signing in and out. Passwords and tokens go in and out once and are never logged.

mod admin;
mod login;
mod logout;
mod profile;
mod refresh;
mod register;

use std::sync::Arc;

use jiff::{Timestamp, Unit};

use crate::domain::{Account, Caller, Claims, RefreshToken, SessionId};
use crate::milo::Core;
use crate::ports::{InvalidToken, PortError};

pub use admin::{AdminEnsured, EnsureAdminError};
pub use login::{Login, LoginError};
pub use profile::ProfileError;
pub use refresh::RefreshError;
pub use register::{Register, RegisterError};

/// The use cases of accounts; see [`Milo::accounts`](crate::Milo::accounts).
#[derive(Clone, Copy, Debug)]
pub struct AccountsService<'a> {
    pub(crate) core: &'a Arc<Core>,
}

/// What somebody who signed in gets.
#[derive(Debug)]
pub struct Tokens {
    /// Shown with each request; any instance verifies it without a look-up.
    pub access_token: String,
    /// How long the access token is valid, in whole seconds.
    pub expires_in: u64,
    /// Buys the next pair, once.
    pub refresh_token: RefreshToken,
}

impl AccountsService<'_> {
    /// Who an access token belongs to. Asks nobody.
    ///
    /// # Errors
    /// [`InvalidToken`], which never tells why.
    pub fn verify(&self, access_token: &str) -> Result<Caller, InvalidToken> {
        let claims = self.core.ports.signer.verify(access_token)?;
        Ok(Caller {
            user: claims.user,
            session: claims.session,
            is_admin: claims.is_admin,
        })
    }

    fn tokens(&self, account: &Account, session: SessionId, refresh_token: RefreshToken) -> Result<Tokens, PortError> {
        let ttl = self.core.policy.access_token_ttl;
        let issued_at = whole_seconds(self.core.ports.clock.now());
        let claims = Claims {
            user: account.id,
            session,
            is_admin: account.is_admin,
            issued_at,
            expires_at: issued_at.saturating_add(ttl).unwrap_or(Timestamp::MAX),
        };
        let access_token = self.core.ports.signer.sign(&claims)?;
        Ok(Tokens {
            access_token,
            expires_in: ttl.as_secs(),
            refresh_token,
        })
    }
}

/// Tokens count whole seconds; the fraction is dropped so that a token is never valid from a moment to come.
fn whole_seconds(time: Timestamp) -> Timestamp {
    time.round(
        jiff::TimestampRound::new()
            .smallest(Unit::Second)
            .mode(jiff::RoundMode::Trunc),
    )
    .unwrap_or(time)
}
