//! Problems in the OpenAPI document.

use salvo::oapi::{
    Array, BasicType, Components, Content, Header, KnownFormat, Object, Operation, Ref, RefOr, Response, Schema,
    SchemaFormat,
};

use super::ProblemType;

const SCHEMA: &str = "Problem";

/// Says that an operation may answer with this problem. Problems of one status share one response that names them all.
pub(crate) fn document_problem(components: &mut Components, operation: &mut Operation, kind: ProblemType) {
    if !components.schemas.contains_key(SCHEMA) {
        components.schemas.insert(SCHEMA, problem_schema());
    }
    let status = kind.status();
    let line = format!("`{}`: {}", kind.name(), kind.title());
    if let Some(RefOr::Type(response)) = operation.responses.get_mut(status.as_str()) {
        if !response.description.contains(&line) {
            response.description.push_str("\n\n");
            response.description.push_str(&line);
        }
        return;
    }
    let mut response =
        Response::new(line).add_content("application/problem+json", Content::new(Ref::from_schema_name(SCHEMA)));
    let header = |schema: Object, text: &str| Header::new(schema).description(text);
    match status.as_u16() {
        401 => {
            let text = Object::with_type(BasicType::String);
            response = response.add_header("WWW-Authenticate", header(text, "The `Bearer` challenge."));
        }
        429 | 503 => {
            let seconds = Object::with_type(BasicType::Integer);
            response = response.add_header("Retry-After", header(seconds, "Seconds to wait, if that is known."));
        }
        _ => {}
    }
    operation.responses.insert(status.as_str(), response);
}

/// The schema that every problem shares.
fn problem_schema() -> Schema {
    let text = |what: &str| Object::with_type(BasicType::String).description(what);
    let error = Object::new()
        .property(
            "field",
            text("Its path, such as `seat_ids[0]`; empty for the body as a whole."),
        )
        .required("field")
        .property("code", text("What is wrong, for programs."))
        .required("code")
        .property("message", text("What would be right, for people."))
        .required("message");
    Object::new()
        .description("An error, as RFC 9457 says. Some types have members of their own.")
        .property(
            "type",
            text("`urn:milo:problem:<name>`; the names are never changed or taken back.")
                .format(SchemaFormat::KnownFormat(KnownFormat::Url)),
        )
        .required("type")
        .property("title", text("A sentence that is always the same for one type."))
        .required("title")
        .property(
            "status",
            Object::with_type(BasicType::Integer).description("The status of the answer."),
        )
        .required("status")
        .property("detail", text("What to do about it."))
        .required("detail")
        .property("instance", text("The request id, as in `X-Request-Id`."))
        .required("instance")
        .property(
            "errors",
            Array::new()
                .items(error)
                .description("With `validation`: every wrong field."),
        )
        .into()
}
