//! Registering, signing in and out.

use milo_core::accounts::Login as CoreLogin;
use milo_core::domain::{EmailAddress, Password, RefreshToken};
use salvo::Writer;
use salvo::http::StatusCode;
use salvo::oapi::endpoint;

use crate::dto::{Login, Refresh, Registration, TokensView, UserView};
use crate::problem::Problem;
use crate::reply::{Answer, Created, Removed, Shown};
use crate::request::{Body, Client, Keyed, Shared, User};

/// Makes an account.
#[endpoint(tags("accounts"))]
pub(super) async fn register(
    app: Shared,
    keyed: Keyed,
    body: Body<Registration>,
) -> Result<Created<UserView<'static>>, Problem> {
    let request = body.value.parse(keyed.key)?;
    app.0
        .finish(|app| async move {
            let account = app.milo.accounts().register(request).await?;
            let answer = Answer::json(StatusCode::CREATED, &UserView::of(&account))?;
            Ok(answer.at("/api/v1/users/me".to_owned()).into())
        })
        .await
}

/// Signs in.
///
/// An unknown e-mail address and a wrong password get the same answer after the same time. Each wrong guess counts
/// against the account and the address it comes from.
#[endpoint(tags("accounts"))]
pub(super) async fn login(
    app: Shared,
    client: Client,
    body: Body<Login>,
) -> Result<Shown<TokensView<'static>>, Problem> {
    // What cannot be an e-mail address or a password is simply not one that is known.
    let request = CoreLogin {
        email: EmailAddress::parse(&body.value.email).ok(),
        password: Password::parse(&body.value.password).ok(),
        address: client.0,
    };
    app.0
        .finish(|app| async move {
            let tokens = app.milo.accounts().login(request).await?;
            Shown::answer(&TokensView::of(&tokens))
        })
        .await
}

/// Renews a session.
///
/// The old refresh token is spent. A spent token that is used again was copied: its whole session ends.
#[endpoint(tags("accounts"))]
pub(super) async fn refresh(app: Shared, body: Body<Refresh>) -> Result<Shown<TokensView<'static>>, Problem> {
    let presented = RefreshToken::presented(&body.value.refresh_token);
    app.0
        .finish(|app| async move {
            let tokens = app.milo.accounts().refresh(presented).await?;
            Shown::answer(&TokensView::of(&tokens))
        })
        .await
}

/// Ends the session of a refresh token.
#[endpoint(tags("accounts"))]
pub(super) async fn logout(app: Shared, user: User, body: Body<Refresh>) -> Result<Removed, Problem> {
    let presented = RefreshToken::presented(&body.value.refresh_token);
    app.0
        .finish(|app| async move {
            app.milo.accounts().logout(user.0, presented).await?;
            Ok(Removed)
        })
        .await
}

/// Shows the caller's account.
#[endpoint(tags("accounts"))]
pub(super) async fn show_me(app: Shared, user: User) -> Result<Shown<UserView<'static>>, Problem> {
    let account = app.0.milo.accounts().me(user.0).await?;
    Shown::answer(&UserView::of(&account))
}
