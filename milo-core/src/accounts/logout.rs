//! Signing out.

use super::AccountsService;
use crate::domain::{Caller, RefreshToken};
use crate::ports::PortError;

impl AccountsService<'_> {
    /// Ends the caller's session that the token belongs to. Somebody else's token, or an unknown one, is ignored:
    /// signing out always succeeds.
    ///
    /// # Errors
    /// See [`PortError`].
    pub async fn logout(&self, caller: Caller, presented: RefreshToken) -> Result<(), PortError> {
        self.core.ports.sessions.end(caller.user, &presented.hash()).await
    }
}
