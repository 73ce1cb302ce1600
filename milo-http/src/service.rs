//! The whole API as one service.

use std::sync::Arc;

use salvo::catcher::Catcher;
use salvo::{Service, affix_state};

use crate::App;
use crate::layers::{Observe, Panics, RequestIds, SecureHeaders, Strays};
use crate::routes;

/// Everything that Milo answers over HTTP.
pub fn service(app: Arc<App>) -> Service {
    let table = routes::table();
    let observe = Observe::new(table.iter().map(|route| route.path));
    let router = routes::router(&table, app.limits.request_time);
    Service::new(router)
        .hoop(RequestIds)
        .hoop(observe)
        .hoop(SecureHeaders)
        .hoop(Panics)
        .hoop(affix_state::inject(app))
        .catcher(Catcher::new(Strays))
}
