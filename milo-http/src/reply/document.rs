//! Answers in the OpenAPI document.

use salvo::oapi::{BasicType, Components, Content, Header, Object, Operation, RefOr, Response, ToSchema};

/// Says that an operation answers a `T` with this status.
pub(super) fn json<T: ToSchema>(components: &mut Components, operation: &mut Operation, status: &str, what: &str) {
    let schema = T::to_schema(components);
    let response = Response::new(what).add_content("application/json", Content::new(schema));
    operation.responses.insert(status, response);
}

/// Says that an answer has a header.
pub(super) fn header(operation: &mut Operation, status: &str, name: &str, what: &str) {
    if let Some(RefOr::Type(response)) = operation.responses.get_mut(status) {
        let header = Header::new(Object::with_type(BasicType::String)).description(what);
        *response = std::mem::take(response).add_header(name, header);
    }
}

/// Says that an answer has an entity tag.
pub(super) fn tag(operation: &mut Operation, status: &str) {
    header(operation, status, "ETag", "Names this representation.");
}
