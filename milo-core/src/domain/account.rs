//! Accounts, who is calling, and signed-in sessions.

use jiff::Timestamp;

use super::{DisplayName, EmailAddress, PasswordHash, Phone, SessionId, TokenHash, UserId};

/// A person with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The account.
    pub id: UserId,
    /// Unique without regard to case.
    pub email: EmailAddress,
    /// What the person is called.
    pub display_name: DisplayName,
    /// A number to reach the person by.
    pub phone: Option<Phone>,
    /// May keep the catalogue. Never set from a request.
    pub is_admin: bool,
    /// The hash that the password is checked against.
    pub password: PasswordHash,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// Who makes a request, as the verified access token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub user: UserId,
    /// The session that the token was issued in.
    pub session: SessionId,
    /// Whether the account may keep the catalogue.
    pub is_admin: bool,
}

impl Caller {
    /// For embedders that know by themselves who calls: an ordinary person, in no session of ours.
    pub fn trusted(user: UserId) -> Self {
        Self {
            user,
            session: SessionId(uuid::Uuid::nil()),
            is_admin: false,
        }
    }

    /// The right to act as an administrator, if the caller has it.
    pub fn as_admin(&self) -> Option<Admin> {
        self.is_admin.then_some(Admin(self.user))
    }
}

/// Proof that the caller is an administrator: use cases that change the catalogue cannot be called without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admin(UserId);

impl Admin {
    /// For embedders that have checked the right themselves.
    pub fn trusted(user: UserId) -> Self {
        Self(user)
    }

    /// The administrator's account.
    pub fn user(&self) -> UserId {
        self.0
    }
}

/// One sign-in: a family of refresh tokens of which exactly one is unspent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The session.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// The hash of the unspent token.
    pub current: TokenHash,
    /// The session ends here, however often its token is renewed.
    pub expires_at: Timestamp,
}

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Whose token it is.
    pub user: UserId,
    /// The session that it was issued in.
    pub session: SessionId,
    /// Whether the account was an administrator when it was issued.
    pub is_admin: bool,
    /// Not valid before; whole seconds.
    pub issued_at: Timestamp,
    /// Not valid from here on; whole seconds.
    pub expires_at: Timestamp,
}
