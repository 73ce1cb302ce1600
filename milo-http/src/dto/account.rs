use milo_core::accounts::{Register, Tokens};
use milo_core::domain::{Account, DisplayName, EmailAddress, IdempotencyKey, Password, Phone};
use salvo::oapi::ToSchema;
use serde::{Deserialize, Serialize};

use super::{Email, Line, NewPassword, Telephone, Time, Uid};
use crate::problem::{Problem, Violations};

/// What somebody says to get an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[salvo(schema(name = "Registration", example = json!({
    "email": "ann@example.org", "password": "correct horse", "display_name": "Ann", "phone": "+1 555 0100",
})))]
pub(crate) struct Registration {
    /// Compared without case.
    #[salvo(schema(value_type = Email))]
    email: String,
    /// 8 to 128 characters and no other rule.
    #[salvo(schema(value_type = NewPassword))]
    password: String,
    /// What the person is called.
    #[salvo(schema(value_type = Line<{ DisplayName::CHARS_MAX }>))]
    display_name: String,
    /// A number to reach the person by.
    #[salvo(schema(value_type = Option<Telephone>))]
    phone: Option<String>,
}

impl Registration {
    pub(crate) fn parse(self, key: Option<IdempotencyKey>) -> Result<Register, Problem> {
        let mut violations = Violations::default();
        let email = violations.keep("email", EmailAddress::parse(&self.email));
        let password = violations.keep("password", Password::parse(&self.password));
        let display_name = violations.keep("display_name", DisplayName::parse(&self.display_name));
        let phone = violations.keep_optional("phone", self.phone.as_deref(), Phone::parse);
        let register = || {
            Some(Register {
                email: email?,
                password: password?,
                display_name: display_name?,
                phone: phone?,
                key,
            })
        };
        violations.finish(register())
    }
}

/// What somebody says to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[salvo(schema(name = "Login", example = json!({"email": "ann@example.org", "password": "correct horse"})))]
pub(crate) struct Login {
    /// The account's e-mail address.
    pub(crate) email: String,
    /// The account's password.
    pub(crate) password: String,
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[salvo(schema(name = "RefreshToken", example = json!({"refresh_token": "8f2c…"})))]
pub(crate) struct Refresh {
    /// As it came with the last pair.
    pub(crate) refresh_token: String,
}

/// An account, as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
#[salvo(schema(name = "User", bound = "'a: 'static"))]
pub(crate) struct UserView<'a> {
    id: Uid,
    email: &'a str,
    display_name: &'a str,
    #[salvo(schema(required = true))]
    phone: Option<&'a str>,
    /// May keep the catalogue.
    is_admin: bool,
    created_at: Time,
}

impl<'a> UserView<'a> {
    pub(crate) fn of(account: &'a Account) -> Self {
        Self {
            id: account.id.into(),
            email: account.email.as_str(),
            display_name: account.display_name.as_str(),
            phone: account.phone.as_ref().map(Phone::as_str),
            is_admin: account.is_admin,
            created_at: Time(account.created_at),
        }
    }
}

/// A signed-in session.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Tokens", bound = "'a: 'static"))]
pub(crate) struct TokensView<'a> {
    /// A JWT; send it as `Authorization: Bearer`.
    access_token: &'a str,
    /// Always `Bearer`.
    token_type: &'static str,
    /// How long the access token is valid, in seconds.
    expires_in: u64,
    /// Buys the next pair, once.
    refresh_token: &'a str,
}

impl<'a> TokensView<'a> {
    pub(crate) fn of(tokens: &'a Tokens) -> Self {
        Self {
            access_token: &tokens.access_token,
            token_type: "Bearer",
            expires_in: tokens.expires_in,
            refresh_token: tokens.refresh_token.expose(),
        }
    }
}
