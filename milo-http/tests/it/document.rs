//! The OpenAPI document itself.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{DOCUMENT, operations};

/// The contract, row by row. An operation that is not listed here was added without a word.
const OPERATIONS: &[&str] = &[
    "DELETE /api/v1/holds/{id}",
    "DELETE /api/v1/movies/{id}",
    "DELETE /api/v1/reviews/{id}",
    "DELETE /api/v1/screens/{id}",
    "DELETE /api/v1/theaters/{id}",
    "GET /api/v1/admin/dead-letters",
    "GET /api/v1/holds/{id}",
    "GET /api/v1/movies",
    "GET /api/v1/movies/{id}",
    "GET /api/v1/movies/{id}/reviews",
    "GET /api/v1/movies/{id}/showtimes",
    "GET /api/v1/reservations",
    "GET /api/v1/reservations/{id}",
    "GET /api/v1/screens/{id}",
    "GET /api/v1/screens/{id}/layout",
    "GET /api/v1/screens/{id}/showtimes",
    "GET /api/v1/showtimes",
    "GET /api/v1/showtimes/{id}",
    "GET /api/v1/showtimes/{id}/seats",
    "GET /api/v1/theaters",
    "GET /api/v1/theaters/{id}",
    "GET /api/v1/theaters/{id}/screens",
    "GET /api/v1/users/me",
    "GET /api/v1/users/me/reviews",
    "GET /docs",
    "GET /docs/{file}",
    "GET /health/live",
    "GET /health/ready",
    "GET /metrics",
    "GET /openapi.json",
    "PATCH /api/v1/movies/{id}",
    "PATCH /api/v1/reviews/{id}",
    "PATCH /api/v1/screens/{id}",
    "PATCH /api/v1/showtimes/{id}",
    "PATCH /api/v1/theaters/{id}",
    "POST /api/v1/admin/dead-letters/{id}/replay",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/register",
    "POST /api/v1/holds/{id}/extend",
    "POST /api/v1/movies",
    "POST /api/v1/movies/{id}/reviews",
    "POST /api/v1/reservations",
    "POST /api/v1/reservations/{id}/cancel",
    "POST /api/v1/showtimes",
    "POST /api/v1/showtimes/{id}/cancel",
    "POST /api/v1/showtimes/{id}/holds",
    "POST /api/v1/theaters",
    "POST /api/v1/theaters/{id}/screens",
    "PUT /api/v1/screens/{id}/layout",
];

#[test]
fn the_document_has_every_operation_and_no_other() {
    let found: BTreeSet<String> = operations()
        .iter()
        .map(|one| format!("{} {}", one.method, one.path))
        .collect();
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, OPERATIONS);
}

#[test]
fn every_operation_is_described_and_named_once() {
    let mut names = BTreeSet::new();
    for operation in operations() {
        let document = operation.document;
        let what = format!("{} {}", operation.method, operation.path);
        let name = document["operationId"].as_str().unwrap();
        assert!(names.insert(name), "{what}: {name} is taken");
        assert!(!name.contains(['.', ':']), "{what}: {name}");
        assert!(
            document["summary"].as_str().is_some_and(|text| text.ends_with('.')),
            "{what}"
        );
        assert_eq!(document["tags"].as_array().map(Vec::len), Some(1), "{what}");
        let responses = document["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{what}");
        for (status, response) in responses {
            let media: Vec<&String> = response["content"]
                .as_object()
                .into_iter()
                .flat_map(|content| content.keys())
                .collect();
            let is_error = status.starts_with(['4', '5']) && operation.path != "/health/ready";
            assert!(
                !is_error || media == ["application/problem+json"],
                "{what} {status}: {media:?}"
            );
        }
    }
}

#[test]
fn every_reference_leads_somewhere_and_requests_take_no_unknown_fields() {
    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    match (key.as_str(), value) {
                        ("$ref", Value::String(target)) => {
                            found.insert(target);
                        }
                        _ => references(value, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    references(&DOCUMENT, &mut found);
    assert!(found.len() > 30, "{found:?}");
    for target in found {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(DOCUMENT.pointer(pointer).is_some(), "{target} leads nowhere");
        assert!(
            !target.contains('.') && !target.contains('<'),
            "{target} is no name to publish"
        );
    }
    for operation in operations() {
        let schema = &operation.document["requestBody"]["content"]["application/json"]["schema"];
        if let Some(target) = schema["$ref"].as_str() {
            let schema = DOCUMENT.pointer(target.strip_prefix('#').unwrap()).unwrap();
            assert_eq!(schema["additionalProperties"], false, "{target}");
        }
    }
}

#[test]
fn every_text_of_a_request_says_what_it_may_be() {
    let mut said = 0;
    for operation in operations() {
        let parameters = operation.document["parameters"].as_array().into_iter().flatten();
        let queries = parameters.filter(|parameter| parameter["in"] == "query");
        let mut texts: Vec<(String, &Value)> = queries
            .map(|parameter| (format!("?{}", parameter["name"]), &parameter["schema"]))
            .collect();
        if operation.document.get("requestBody").is_some() {
            let schema = &operation.document["requestBody"]["content"]["application/json"]["schema"];
            gather(schema, &schema.to_string(), &mut texts);
        }
        for (place, schema) in texts {
            // Credentials are compared and a cursor was given out: none has a form to keep to.
            let is_free = ["refresh_token", "Login", "cursor"]
                .iter()
                .any(|free| place.contains(free));
            let says = ["pattern", "format", "enum"]
                .iter()
                .any(|word| schema.get(word).is_some());
            if schema["type"] == "string" && !is_free {
                assert!(says, "{} {place}: {schema}", operation.path);
                said += 1;
            }
        }
    }
    assert!(said > 60, "only {said} texts were looked at");
}

/// Every schema within a schema, with its place.
fn gather<'a>(schema: &'a Value, place: &str, found: &mut Vec<(String, &'a Value)>) {
    if let Some(target) = schema["$ref"].as_str() {
        let schema = DOCUMENT.pointer(target.strip_prefix('#').unwrap()).unwrap();
        return gather(schema, target, found);
    }
    found.push((place.to_owned(), schema));
    for several in ["oneOf", "allOf"] {
        for one in schema[several].as_array().into_iter().flatten() {
            // What describes, or narrows what stands beside it, is no text of its own.
            if one.get("required").is_none() {
                gather(one, place, found);
            }
        }
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        gather(property, &format!("{place}.{name}"), found);
    }
    if let Some(items) = schema.get("items") {
        gather(items, &format!("{place}[]"), found);
    }
}
