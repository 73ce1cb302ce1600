//! What must be true of every answer of every test: it is one that the OpenAPI document knows.

use std::sync::LazyLock;

use reqwest::Method;
use serde_json::Value;

use super::Answer;

pub(crate) static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_slice(&milo_http::openapi()).unwrap());

/// Holds one answer against the document.
pub(crate) fn check(method: &Method, path: &str, answer: &Answer) {
    let what = format!("{method} {path} -> {}", answer.status);
    assert!(
        answer.header("x-request-id").is_some_and(|id| !id.is_empty()),
        "{what}: no X-Request-Id"
    );
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{what}");
    assert!(answer.header("cache-control").is_some(), "{what}: no Cache-Control");
    let status = answer.status;
    if status.as_u16() == 401 {
        assert!(
            answer
                .header("www-authenticate")
                .is_some_and(|value| value.starts_with("Bearer")),
            "{what}"
        );
    }
    let is_head = method == Method::HEAD;
    let problem = (status.is_client_error() || status.is_server_error()) && !is_head && !path.starts_with("/health/");
    let mut name = None;
    if problem {
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json"),
            "{what}"
        );
        let body = answer.json();
        assert_eq!(body["status"], status.as_u16(), "{what}: {body}");
        assert_eq!(
            body["instance"].as_str(),
            answer.header("x-request-id"),
            "{what}: {body}"
        );
        for field in ["title", "detail"] {
            assert!(
                body[field].as_str().is_some_and(|text| !text.is_empty()),
                "{what}: {body}"
            );
        }
        let kind = body["type"]
            .as_str()
            .and_then(|kind| kind.strip_prefix("urn:milo:problem:"));
        name = Some(kind.unwrap_or_else(|| panic!("{what}: no type in {body}")).to_owned());
    }
    let Some(item) = path_item(path.split('?').next().unwrap()) else {
        assert_eq!(status.as_u16(), 404, "{what}: nothing is documented here");
        return;
    };
    let method = if is_head {
        "get".to_owned()
    } else {
        method.as_str().to_lowercase()
    };
    let Some(operation) = item.get(&method) else {
        assert_eq!(status.as_u16(), 405, "{what}: the method is not documented");
        return;
    };
    let response = &operation["responses"][status.as_str()];
    assert!(response.is_object(), "{what}: the status is not documented");
    if let Some(name) = name {
        let known = response["description"].as_str().unwrap();
        assert!(
            known.contains(&format!("`{name}`")),
            "{what}: `{name}` is not documented, only {known}"
        );
    }
}

/// What the document says of an address.
fn path_item(path: &str) -> Option<&'static Value> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let template: Vec<&str> = template.split('/').collect();
        template.len() == parts.len()
            && template
                .iter()
                .zip(&parts)
                .all(|(known, part)| known == part || (known.starts_with('{') && !part.is_empty()))
    };
    paths
        .iter()
        .find(|(template, _)| *template == path)
        .or_else(|| paths.iter().find(|(template, _)| fits(template)))
        .map(|(_, item)| item)
}

/// One operation of the document.
pub(crate) struct Operation {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) document: &'static Value,
}

impl Operation {
    /// The address with an id that nothing has in place of each parameter, below the API's base.
    pub(crate) fn address(&self) -> String {
        let path = self
            .path
            .replace("{id}", "0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11")
            .replace("{file}", "start.js");
        match path.strip_prefix("/api/v1") {
            Some(below) => below.to_owned(),
            None => format!("/{path}"),
        }
    }

    /// An example of the body, if the operation takes one.
    pub(crate) fn example(&self) -> Option<Value> {
        let schema = &self.document["requestBody"]["content"]["application/json"]["schema"];
        let name = schema["$ref"].as_str()?.rsplit('/').next()?;
        let example = &DOCUMENT["components"]["schemas"][name]["example"];
        let example = if example.is_null() {
            &DOCUMENT["components"]["schemas"][name]["examples"][0]
        } else {
            example
        };
        assert!(example.is_object(), "{name} has no example");
        Some(example.clone())
    }
}

/// Every operation of the document.
pub(crate) fn operations() -> Vec<Operation> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let items = paths.iter().flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .iter()
            .map(move |(method, document)| Operation {
                method: method.to_uppercase().parse().unwrap(),
                path,
                document,
            })
    });
    items.collect()
}
