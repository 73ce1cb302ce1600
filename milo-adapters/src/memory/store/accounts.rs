use async_trait::async_trait;
use milo_core::domain::{Account, EmailAddress, PasswordHash, UserId};
use milo_core::ports::{Accounts, CreateAccountError, PortError};

use super::MemoryStore;

#[async_trait]
impl Accounts for MemoryStore {
    async fn create(&self, account: &Account) -> Result<(), CreateAccountError> {
        let (mut state, _) = self.act();
        if state.emails.contains_key(&account.email) {
            return Err(CreateAccountError::EmailTaken);
        }
        if state.accounts.contains_key(&account.id) {
            return Err(PortError::refused("accounts", "another account has the id").into());
        }
        state.emails.insert(account.email.clone(), account.id);
        state.accounts.insert(account.id, account.clone());
        Ok(())
    }

    async fn by_id(&self, user: UserId) -> Result<Option<Account>, PortError> {
        Ok(self.act().0.accounts.get(&user).cloned())
    }

    async fn by_email(&self, email: &EmailAddress) -> Result<Option<Account>, PortError> {
        let (state, _) = self.act();
        let user = state.emails.get(email);
        Ok(user.and_then(|user| state.accounts.get(user)).cloned())
    }

    async fn rehash(&self, user: UserId, before: &PasswordHash, after: &PasswordHash) -> Result<(), PortError> {
        let (mut state, _) = self.act();
        if let Some(account) = state
            .accounts
            .get_mut(&user)
            .filter(|account| account.password == *before)
        {
            account.password = after.clone();
        }
        Ok(())
    }
}
