//! One span, one log line and two measurements for each request. Never bodies, tokens or e-mail addresses.

use std::collections::HashMap;
use std::time::Instant;

use metrics::{counter, histogram};
use salvo::http::{Method, StatusCode};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};
use tracing::Instrument;

use super::RequestId;
use crate::problem::ProblemType;

/// Watches requests go by. Knows the templates of the routes, so that labels are bounded and cost no allocation.
pub(crate) struct Observe {
    templates: HashMap<String, &'static str>,
}

impl Observe {
    /// For routes of these templates, such as `/api/v1/movies/{id}`.
    pub(crate) fn new(templates: impl IntoIterator<Item = &'static str>) -> Self {
        let templates = templates
            .into_iter()
            .map(|template| (template.trim_matches('/').to_owned(), template));
        Self {
            templates: templates.collect(),
        }
    }

    fn template(&self, req: &Request) -> &'static str {
        self.templates.get(req.matched_path()).copied().unwrap_or("(none)")
    }
}

#[async_trait]
impl Handler for Observe {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        let method = method_label(req.method());
        let route = self.template(req);
        let span = tracing::info_span!(
            "request",
            request.id = RequestId::of(req),
            http.method = method,
            http.route = route
        );
        let began = Instant::now();
        ctrl.call_next(req, depot, res).instrument(span.clone()).await;
        let took = began.elapsed();

        let status = res.status_code.unwrap_or(StatusCode::OK);
        let labels = [
            ("method", metrics::SharedString::const_str(method)),
            ("route", metrics::SharedString::const_str(route)),
            ("status", status_label(status)),
        ];
        counter!("http_requests_total", &labels).increment(1);
        histogram!("http_request_duration_seconds", &labels).record(took);

        let _inside = span.entered();
        let problem = res.extensions.get::<ProblemType>().map(|kind| kind.name());
        let duration_ms = took.as_secs_f64() * 1000.0;
        if status.is_server_error() {
            tracing::warn!(http.status = status.as_u16(), problem, duration_ms, "answered");
        } else {
            tracing::info!(http.status = status.as_u16(), problem, duration_ms, "answered");
        }
    }
}

fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "(other)",
    }
}

fn status_label(status: StatusCode) -> metrics::SharedString {
    match status.as_u16() {
        200 => "200".into(),
        201 => "201".into(),
        204 => "204".into(),
        304 => "304".into(),
        401 => "401".into(),
        404 => "404".into(),
        409 => "409".into(),
        422 => "422".into(),
        other => other.to_string().into(),
    }
}
