//! What serde found wrong with a body, in the words of the contract. Never repeats a value: it may be a password.

use serde_json::error::Category;

use crate::problem::{Problem, ProblemType};

/// The problem of a body that could not be read.
pub(super) fn problem(error: serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let path = error.path().to_string();
    let inner = error.into_inner();
    let path = if path == "." { String::new() } else { path };
    match inner.classify() {
        // Sound JSON, but more than any number has room for.
        Category::Syntax if inner.to_string().starts_with("number out of range") => {
            Problem::invalid(path, "out_of_range", "must be a number that is not so large")
        }
        Category::Syntax | Category::Eof | Category::Io => Problem::new(
            ProblemType::MalformedRequest,
            format!(
                "The body is not JSON: look at line {}, column {}.",
                inner.line(),
                inner.column()
            ),
        ),
        Category::Data => shape(path, &inner.to_string()),
    }
}

/// A body that is JSON but does not have the form that the operation takes.
fn shape(path: String, text: &str) -> Problem {
    // Serde has no codes, only sentences; these are the ones it writes.
    let named = |prefix: &str| text.strip_prefix(prefix)?.split('`').next().map(str::to_owned);
    let within = |path: &str, name: &str| {
        if path.is_empty() || path == name || path.ends_with(&format!(".{name}")) {
            return if path.is_empty() {
                name.to_owned()
            } else {
                path.to_owned()
            };
        }
        format!("{path}.{name}")
    };
    if let Some(name) = named("missing field `") {
        return Problem::invalid(within(&path, &name), "missing", "must be given");
    }
    if let Some(name) = named("duplicate field `") {
        return Problem::invalid(within(&path, &name), "duplicate_field", "must be given once only");
    }
    if let Some(name) = named("unknown field `") {
        let known: Vec<&str> = text
            .split_once("expected ")
            .map(|(_, list)| list.split('`').skip(1).step_by(2).collect())
            .unwrap_or_default();
        let message = match milo_process::nearest(&name, known.iter().copied()) {
            Some(known) => format!("is not known; did you mean {known}?"),
            None => format!("is not known; known are {}", known.join(", ")),
        };
        let shown: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
        let field = within(&path, &name);
        let place = field.strip_suffix(&name).unwrap_or_default();
        return Problem::invalid(format!("{place}{shown}"), "unknown_field", message);
    }
    let expected = text
        .rsplit_once("expected ")
        .map(|(_, rest)| rest.split(" at line ").next().unwrap_or(rest))
        .map(plain_words);
    let code = if text.starts_with("invalid value: ") || text.starts_with("number out of range") {
        "out_of_range"
    } else {
        "wrong_type"
    };
    let message = expected.map_or_else(|| "has the wrong form".to_owned(), |what| format!("must be {what}"));
    Problem::invalid(path, code, message)
}

/// Rust's names for types, for people who write JSON.
fn plain_words(expected: &str) -> String {
    match expected {
        "a string" | "a borrowed string" => "a string".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "an array".to_owned(),
        "i64" | "i32" => "a whole number".to_owned(),
        "u8" | "u16" | "u32" | "u64" => "a whole number that is not negative".to_owned(),
        other if other.starts_with("struct ") || other == "a map" => "an object".to_owned(),
        other => other.to_owned(),
    }
}
