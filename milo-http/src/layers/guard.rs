//! What stands before one route: who may pass, which parameters are known, how long it may take.

use std::time::Duration;

use milo_core::domain::Caller;
use salvo::http::header::AUTHORIZATION;
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

use crate::App;
use crate::problem::{Problem, ProblemType};

/// Who may use a route. Every route says one of these; there is no default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody; a token is not even looked at.
    Public,
    /// Anybody; a token, if there is one, must be valid and says who it is.
    Optional,
    /// Whoever has a valid token.
    User,
    /// Whoever has a valid token of an administrator.
    Admin,
}

/// The guard of one route.
pub(crate) struct Guard {
    pub(crate) access: Access,
    /// The names of the query parameters, as the route's own documentation has them.
    pub(crate) parameters: Vec<String>,
    pub(crate) time_limit: Duration,
}

#[async_trait]
impl Handler for Guard {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        if let Err(problem) = self.check(req, depot) {
            problem.render(req, res);
            ctrl.skip_rest();
            return;
        }
        let next = ctrl.call_next(req, depot, res);
        if tokio::time::timeout(self.time_limit, next).await.is_err() {
            let detail = "It is not known whether this was done. Repeat it with the same Idempotency-Key.";
            Problem::new(ProblemType::Timeout, detail)
                .retry_after(Duration::from_secs(1))
                .render(req, res);
        }
    }
}

impl Guard {
    fn check(&self, req: &Request, depot: &mut Depot) -> Result<(), Problem> {
        if self.access != Access::Public {
            let caller = match (bearer(req)?, self.access) {
                (Some(token), _) => Some(verify(token, depot)?),
                (None, Access::Optional) => None,
                (None, _) => {
                    let detail = "Send Authorization: Bearer with an access token from /api/v1/auth/login.";
                    return Err(Problem::new(ProblemType::Unauthorized, detail));
                }
            };
            if self.access == Access::Admin && !caller.is_some_and(|caller| caller.is_admin) {
                return Err(Problem::new(
                    ProblemType::Forbidden,
                    "The account of this token is not an administrator.",
                ));
            }
            if let Some(caller) = caller {
                depot.insert_typed(caller);
            }
        }
        self.check_parameters(req)
    }

    /// A misspelt filter must not silently list everything.
    fn check_parameters(&self, req: &Request) -> Result<(), Problem> {
        let Some(query) = req.uri().query() else { return Ok(()) };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let name = pair.split_once('=').map_or(pair, |(name, _)| name);
            if self.parameters.iter().any(|known| known == name) {
                continue;
            }
            let message = match milo_process::nearest(name, self.parameters.iter().map(String::as_str)) {
                Some(known) => format!("is not known; did you mean {known}?"),
                None if self.parameters.is_empty() => "is not known; this address takes no parameters".to_owned(),
                None => format!("is not known; this address takes {}", self.parameters.join(", ")),
            };
            let shown: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
            return Err(Problem::invalid(shown, "unknown_parameter", message));
        }
        Ok(())
    }
}

/// The token of the one `Authorization: Bearer` header, if there is such a header.
fn bearer(req: &Request) -> Result<Option<&str>, Problem> {
    let invalid = || {
        Problem::new(
            ProblemType::InvalidToken,
            "Send one header: Authorization: Bearer <access token>.",
        )
    };
    let mut values = req.headers().get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(invalid());
    }
    let (scheme, token) = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or_else(invalid)?;
    Ok(scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()))
}

fn verify(token: &str, depot: &Depot) -> Result<Caller, Problem> {
    let app = App::of(depot)?;
    app.milo.accounts().verify(token).map_err(|_| {
        let detail =
            "The access token is malformed, forged or expired. Sign in again, or renew it at /api/v1/auth/refresh.";
        Problem::new(ProblemType::InvalidToken, detail)
    })
}
