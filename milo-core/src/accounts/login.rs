//! Signing in.

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;

use super::{AccountsService, Tokens};
use crate::domain::{EmailAddress, Fingerprint, Password, RefreshToken, Session, SessionId};
use crate::ports::{PortError, RateDecision, Verdict};

/// What somebody says to sign in.
#[derive(Clone, Debug)]
pub struct Login {
    /// The account's e-mail address; none if what was typed cannot be one.
    pub email: Option<EmailAddress>,
    /// The password; none if what was typed cannot be one.
    pub password: Option<Password>,
    /// Where the request comes from, if that is known.
    pub address: Option<IpAddr>,
}

/// Why somebody was not signed in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The e-mail address is unknown or the password is wrong; nobody is told which.
    #[error("the e-mail address or the password is wrong")]
    InvalidCredentials,
    /// Too many wrong guesses.
    #[error("too many attempts")]
    TooManyAttempts {
        /// When the next attempt is allowed.
        retry_after: Duration,
    },
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

impl AccountsService<'_> {
    /// Opens a session. An unknown e-mail address takes the same time and gives the same answer as a wrong password.
    ///
    /// Each attempt takes a token from the buckets of the account, of the address and of both together, and a right
    /// password puts them back, so only wrong guesses wear them out; parallel guesses cannot slip past.
    ///
    /// # Errors
    /// See [`LoginError`].
    pub async fn login(&self, request: Login) -> Result<Tokens, LoginError> {
        let ports = &self.core.ports;
        let (Some(email), Some(password)) = (request.email, request.password) else {
            return Err(LoginError::InvalidCredentials);
        };
        // The name of a bucket holds a digest, not the address: limiters may show names.
        let policy = &self.core.policy;
        let network = request.address.map(network).unwrap_or_default();
        let mut buckets = vec![
            // The tightest is of the account and the address together, so that nobody can lock others out alone.
            (bucket("guess", &[email.as_str(), &network]), policy.login_limit_guess),
            (bucket("account", &[email.as_str()]), policy.login_limit_account),
        ];
        if request.address.is_some() {
            buckets.push((bucket("address", &[&network]), policy.login_limit_address));
        }
        for (name, limit) in &buckets {
            if let RateDecision::Denied { retry_after } = ports.limiter.take(name, *limit).await? {
                return Err(LoginError::TooManyAttempts { retry_after });
            }
        }

        let Some(account) = ports.accounts.by_email(&email).await? else {
            ports.hasher.verify_nothing(&password).await?;
            return Err(LoginError::InvalidCredentials);
        };
        match ports.hasher.verify(&password, &account.password).await? {
            Verdict::Wrong => return Err(LoginError::InvalidCredentials),
            Verdict::Right => {}
            Verdict::RightButWeak => {
                let fresh = ports.hasher.hash(&password).await?;
                ports.accounts.rehash(account.id, &account.password, &fresh).await?;
            }
        }
        for (name, limit) in &buckets {
            // If the limiter fails here, a right password merely counts like a wrong one.
            let _ = ports.limiter.give_back(name, *limit).await;
        }

        let refresh_token = RefreshToken::from_random(ports.ids.secret());
        let session = Session {
            id: SessionId(ports.ids.next_id()),
            user: account.id,
            current: refresh_token.hash(),
            expires_at: ports
                .clock
                .now()
                .saturating_add(self.core.policy.session_ttl)
                .unwrap_or(Timestamp::MAX),
        };
        ports.sessions.open(&session).await?;
        Ok(self.tokens(&account, session.id, refresh_token)?)
    }
}

fn bucket(kind: &str, names: &[&str]) -> String {
    let Fingerprint(digest) = Fingerprint::of(names.iter().map(|name| name.as_bytes()));
    format!("login:{kind}:{}", crate::domain::hex(&digest[..16]))
}

/// One household or one attacker holds a whole /64 of IPv6.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}
