//! The OpenAPI document, made from the handlers and the table of routes.

use std::sync::LazyLock;

use bytes::Bytes;
use salvo::http::Method;
use salvo::oapi::security::{Http, HttpAuthScheme};
use salvo::oapi::{
    BasicType, Header, Info, Object, OpenApi, Operation, PathItemType, RefOr, Schema, SecurityScheme, Tag,
};

use crate::dto;
use crate::routes::{self, BEARER};

/// The document as JSON.
pub fn openapi() -> Bytes {
    static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| {
        let text = document().to_json().unwrap_or_default();
        // What goes out borrows, and the names of its schemas end in their lifetime.
        Bytes::from(text.replace("<'_>", ""))
    });
    DOCUMENT.clone()
}

const ABOUT: &str = "Milo sells cinema seats.

* Times are RFC 3339 in UTC, dates `YYYY-MM-DD`, ids UUIDs, money whole minor units with an ISO 4217 code.
* Unknown fields and parameters are refused with 422, so a typo is never silently taken.
* Errors are RFC 9457 `application/problem+json`; match on `type`.
* Send an `Idempotency-Key` with everything that creates something: the same key with the same request has one effect.
* Every answer carries `X-Request-Id`: the caller's, if it is 1 to 64 of `A-Z a-z 0-9 . _ -`, else a new one.";

fn document() -> OpenApi {
    let info = Info::new("Milo", env!("CARGO_PKG_VERSION")).description(ABOUT);
    let mut document = OpenApi::with_info(info).tags([
        Tag::new("accounts").description("Registering, signing in and out."),
        Tag::new("catalog")
            .description("Films, theaters, screens, layouts and showtimes: anybody reads, an administrator writes."),
        Tag::new("booking").description("From a seat map to a paid reservation."),
        Tag::new("reviews").description("By people who have seen the film."),
        Tag::new("operations").description("For whoever runs Milo."),
    ]);
    document = document.add_security_scheme(
        BEARER,
        SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer).bearer_format("JWT")),
    );
    for route in routes::table() {
        let (mut operation, mut components) = route.document();
        name_requests(&mut operation);
        let item = document.paths.entry(route.path.to_owned()).or_default();
        item.operations.insert(item_type(&route.method), operation);
        document.components.append(&mut components);
    }
    if let Some(RefOr::Type(Schema::Object(reservation))) = document.components.schemas.get_mut("NewReservation") {
        reservation
            .extensions
            .insert("oneOf".to_owned(), dto::either_hold_or_seats());
    }
    document
}

/// Every answer names its request.
fn name_requests(operation: &mut Operation) {
    for response in operation.responses.values_mut() {
        if let RefOr::Type(response) = response {
            let header = Header::new(Object::with_type(BasicType::String)).description("Names the request.");
            *response = std::mem::take(response).add_header("X-Request-Id", header);
        }
    }
}

fn item_type(method: &Method) -> PathItemType {
    match *method {
        Method::POST => PathItemType::Post,
        Method::PUT => PathItemType::Put,
        Method::PATCH => PathItemType::Patch,
        Method::DELETE => PathItemType::Delete,
        _ => PathItemType::Get,
    }
}
