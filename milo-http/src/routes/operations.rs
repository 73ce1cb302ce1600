//! For whoever runs Milo: health, metrics, and the documentation.

use bytes::Bytes;
use milo_process::{Dependency, Metrics, Readiness};
use salvo::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
use salvo::http::{ResBody, StatusCode};
use salvo::oapi::{
    BasicType, Components, EndpointOutRegister, Object, Operation, Parameter, ParameterIn, Response as Documented,
    endpoint,
};
use salvo::{Depot, Request, Response, Writer, async_trait};

use crate::problem::Problem;
use crate::reply::entity_tag;
use crate::request::{Shared, tag_list, tag_matches};
use crate::{docs, openapi};

/// Something that is not JSON of the API's own.
#[derive(Debug)]
pub(super) struct Page {
    status: StatusCode,
    media: HeaderValue,
    body: Bytes,
    policy: Option<&'static str>,
}

impl Page {
    fn ok(media: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            status: StatusCode::OK,
            media: HeaderValue::from_static(media),
            body: body.into(),
            policy: None,
        }
    }
}

#[async_trait]
impl Writer for Page {
    async fn write(self, _req: &mut Request, _depot: &mut Depot, res: &mut Response) {
        let headers = res.headers_mut();
        if let Some(policy) = self.policy {
            headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
        }
        headers.insert(CONTENT_TYPE, self.media);
        res.status_code(self.status);
        res.replace_body(ResBody::Once(self.body));
    }
}

impl EndpointOutRegister for Page {
    fn register(_: &mut Components, operation: &mut Operation) {
        operation.responses.insert("200", Documented::new("As asked."));
    }
}

/// Says that the process runs.
#[endpoint(tags("operations"))]
pub(super) async fn show_liveness() -> Page {
    Page::ok("text/plain; charset=utf-8", "alive\n")
}

/// A page that browsers may keep if they ask each time whether it still is the same.
#[derive(Debug)]
pub(super) struct KeptPage(Page);

#[async_trait]
impl Writer for KeptPage {
    async fn write(self, req: &mut Request, depot: &mut Depot, res: &mut Response) {
        let tag = entity_tag(&self.0.body);
        let has_it = tag_list(req.headers(), IF_NONE_MATCH).is_some_and(|list| tag_matches(&list, &tag, true));
        let headers = res.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let Ok(tag) = HeaderValue::try_from(tag) {
            headers.insert(ETAG, tag);
        }
        if has_it {
            res.status_code(StatusCode::NOT_MODIFIED);
        } else {
            self.0.write(req, depot, res).await;
        }
    }
}

impl EndpointOutRegister for KeptPage {
    fn register(components: &mut Components, operation: &mut Operation) {
        Page::register(components, operation);
        operation
            .responses
            .insert("304", Documented::new("The client has it already."));
    }
}

/// Says whether this process can serve, with one line for each thing it depends on.
///
/// 503 while something is missing, and from the moment that the process is told to stop.
#[endpoint(tags("operations"), responses((status_code = 503, description = "It cannot; the lines say why.")))]
pub(super) async fn show_readiness(app: Shared) -> Result<Page, Problem> {
    let mut dependencies = app.0.health.check().await;
    if app.0.is_stopping() {
        dependencies.push(Dependency {
            name: "server".to_owned(),
            ready: false,
            required: true,
            note: "stopping".to_owned(),
        });
    }
    let readiness = Readiness::of(dependencies);
    let body = readiness.to_json().map_err(|_| Problem::internal())?;
    Ok(Page {
        status: if readiness.ready {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        },
        ..Page::ok("application/json", body)
    })
}

/// Shows the measurements, for Prometheus.
#[endpoint(tags("operations"))]
pub(super) async fn show_metrics(app: Shared) -> Result<Page, Problem> {
    Ok(Page::ok(Metrics::MEDIA_TYPE, app.0.metrics.render()))
}

/// Shows this document.
#[endpoint(tags("operations"))]
pub(super) async fn show_openapi() -> KeptPage {
    KeptPage(Page::ok("application/json", openapi()))
}

/// Shows this document as a page to try things on.
#[endpoint(tags("operations"))]
pub(super) async fn show_docs() -> Page {
    Page {
        policy: Some(docs::POLICY),
        ..Page::ok("text/html; charset=utf-8", docs::PAGE)
    }
}

/// A file of the page.
#[endpoint(tags("operations"))]
pub(super) async fn show_docs_file(file: DocsFile) -> Result<KeptPage, Problem> {
    if file.0 == "start.js" {
        return Ok(KeptPage(Page::ok("text/javascript; charset=utf-8", docs::START)));
    }
    let found = docs::file(&file.0).ok_or_else(Problem::not_found)?;
    let media = if file.0.ends_with(".css") {
        "text/css; charset=utf-8"
    } else {
        "text/javascript; charset=utf-8"
    };
    Ok(KeptPage(Page::ok(media, found.bytes.into_owned())))
}

/// The name of a file of the page.
#[derive(Debug)]
pub(super) struct DocsFile(String);

impl<'ex> salvo::Extractible<'ex> for DocsFile {
    crate::request::no_metadata!();

    #[expect(refining_impl_trait, reason = "the macro only needs a Writer")]
    async fn extract(req: &'ex mut Request, _depot: &'ex mut Depot) -> Result<Self, Problem> {
        Ok(Self(req.params().get("file").cloned().unwrap_or_default()))
    }
}

impl salvo::oapi::EndpointArgRegister for DocsFile {
    fn register(_: &mut Components, operation: &mut Operation, arg: &str) {
        let parameter = Parameter::new(arg)
            .location(ParameterIn::Path)
            .required(true)
            .schema(Object::with_type(BasicType::String));
        operation.parameters.insert(parameter);
    }
}
