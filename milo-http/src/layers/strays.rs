//! Requests that no route takes, and anything else that ended without a body of its own.

use salvo::http::StatusCode;
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

use crate::problem::{Problem, ProblemType};

/// Gives every bare error its problem.
pub(crate) struct Strays;

#[async_trait]
impl Handler for Strays {
    async fn handle(&self, req: &mut Request, _: &mut Depot, res: &mut Response, _: &mut FlowCtrl) {
        let problem = match res.status_code.unwrap_or(StatusCode::NOT_FOUND) {
            StatusCode::NOT_FOUND => Problem::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => Problem::new(
                ProblemType::MethodNotAllowed,
                "See Allow for the methods of this address.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => Problem::new(ProblemType::PayloadTooLarge, "Send a smaller body."),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                Problem::new(ProblemType::UnsupportedMediaType, "Send the body as application/json.")
            }
            status if status.is_client_error() => {
                Problem::new(ProblemType::MalformedRequest, "The request cannot be read.")
            }
            _ => Problem::internal(),
        };
        problem.render(req, res);
    }
}
