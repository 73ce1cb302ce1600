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
