//! A panic ends its request with a problem, never the process, and never shows what it was about.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use salvo::http::header::{ETAG, LOCATION};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

use crate::problem::Problem;

/// Turns a panic of a handler into a problem of type `internal`.
pub(crate) struct Panics;

#[async_trait]
impl Handler for Panics {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        let next = AssertUnwindSafe(ctrl.call_next(req, depot, res));
        if next.catch_unwind().await.is_err() {
            // Whatever was half written does not belong to the problem.
            res.headers_mut().remove(LOCATION);
            res.headers_mut().remove(ETAG);
            Problem::internal().render(req, res);
        }
    }
}

/// Makes every panic of the process a line of the log, in place of text on the standard error output.
///
/// The line says where it happened, within the span of its request. It repeats the message only if that is a literal
/// of the program: a formatted one may hold what a client sent.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let message = info
            .payload()
            .downcast_ref::<&'static str>()
            .copied()
            .unwrap_or("(withheld)");
        tracing::error!(panic.place = place, panic.message = message, "a task panicked");
    }));
}
