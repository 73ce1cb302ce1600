use async_trait::async_trait;
use milo_core::domain::{Account, DisplayName, EmailAddress, PasswordHash, Phone, UserId};
use milo_core::ports::{Accounts, CreateAccountError, PortError};
use sqlx::postgres::PgRow;

use super::failure::Intent;
use super::row::Record;
use super::store::PgStore;
use super::time::{read, stored};

const PORT: &str = "accounts";

#[async_trait]
impl Accounts for PgStore {
    async fn create(&self, account: &Account) -> Result<(), CreateAccountError> {
        let created = self
            .row(Intent::Write, || {
                sqlx::query(
                    "insert into accounts (id, email, display_name, phone, is_admin, password_hash, created_at)
                    values ($1, $2, $3, $4, $5, $6, $7)
                    on conflict on constraint accounts_email_unique do nothing
                    returning id",
                )
                .bind(account.id.0)
                .bind(account.email.as_str())
                .bind(account.display_name.as_str())
                .bind(account.phone.as_ref().map(Phone::as_str))
                .bind(account.is_admin)
                .bind(account.password.expose())
                .bind(stored(account.created_at))
            })
            .await;
        match created {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(CreateAccountError::EmailTaken),
            Err(error) => Err(error.on(PORT).into()),
        }
    }

    async fn by_id(&self, user: UserId) -> Result<Option<Account>, PortError> {
        let row = self
            .row(Intent::Read, || {
                sqlx::query(
                    "select id, email, display_name, phone, is_admin, password_hash, created_at
                    from accounts where id = $1",
                )
                .bind(user.0)
            })
            .await
            .map_err(|error| error.on(PORT))?;
        row.as_ref().map(account).transpose()
    }

    async fn by_email(&self, email: &EmailAddress) -> Result<Option<Account>, PortError> {
        let row = self
            .row(Intent::Read, || {
                sqlx::query(
                    "select id, email, display_name, phone, is_admin, password_hash, created_at
                    from accounts where email = $1",
                )
                .bind(email.as_str())
            })
            .await
            .map_err(|error| error.on(PORT))?;
        row.as_ref().map(account).transpose()
    }

    async fn rehash(&self, user: UserId, before: &PasswordHash, after: &PasswordHash) -> Result<(), PortError> {
        self.row(Intent::Write, || {
            sqlx::query("update accounts set password_hash = $3 where id = $1 and password_hash = $2")
                .bind(user.0)
                .bind(before.expose())
                .bind(after.expose())
        })
        .await
        .map(|_| ())
        .map_err(|error| error.on(PORT))
    }
}

fn account(row: &PgRow) -> Result<Account, PortError> {
    let record = Record::new(PORT, "accounts", row)?;
    Ok(Account {
        id: record.id(),
        email: record.parse("email", EmailAddress::parse)?,
        display_name: record.parse("display_name", DisplayName::parse)?,
        phone: record.parse_optional("phone", Phone::parse)?,
        is_admin: record.get("is_admin")?,
        password: PasswordHash::new(record.get("password_hash")?),
        created_at: read(record.get("created_at")?),
    })
}
