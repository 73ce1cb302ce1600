//! JSON bodies.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use salvo::http::ParseError;
use salvo::http::header::CONTENT_TYPE;
use salvo::oapi::{Components, Content, EndpointArgRegister, Operation, RequestBody, Required, ToSchema};
use salvo::{Depot, Extractible, Request};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Object, body_error, no_metadata};
use crate::App;
use crate::problem::{Problem, ProblemType, document_problem};

/// A request's body: one JSON object with known fields only.
pub(crate) struct Body<T> {
    /// What it says.
    pub(crate) value: T,
    bytes: Bytes,
}

/// Bodies hold passwords and tokens.
impl<T> fmt::Debug for Body<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.bytes.len())
    }
}

impl<T> Body<T> {
    /// The body and the form in which two bodies that say the same are the same.
    pub(crate) fn canonical(&self) -> Vec<u8> {
        canonical_json(&self.bytes)
    }
}

/// JSON with its fields in order and without white space.
pub(crate) fn canonical_json(bytes: &[u8]) -> Vec<u8> {
    #[derive(serde::Serialize)]
    #[serde(untagged)]
    enum Sorted {
        Object(BTreeMap<String, Sorted>),
        Array(Vec<Sorted>),
        Plain(Value),
    }

    fn sorted(value: Value) -> Sorted {
        match value {
            Value::Object(map) => Sorted::Object(map.into_iter().map(|(name, value)| (name, sorted(value))).collect()),
            Value::Array(items) => Sorted::Array(items.into_iter().map(sorted).collect()),
            plain => Sorted::Plain(plain),
        }
    }

    match serde_json::from_slice(bytes) {
        Ok(value) => serde_json::to_vec(&sorted(value)).unwrap_or_default(),
        Err(_) => bytes.to_vec(),
    }
}

impl<'ex, T: DeserializeOwned + Send> Extractible<'ex> for Body<T> {
    no_metadata!();

    #[expect(
        refining_impl_trait,
        reason = "the macro only needs a Writer, and tests want the problem"
    )]
    async fn extract(req: &'ex mut Request, depot: &'ex mut Depot) -> Result<Self, Problem> {
        check_media_type(req)?;
        let limit = App::of(depot)?.limits.body_bytes;
        let bytes = match req.payload_with_max_size(limit).await {
            Ok(bytes) => bytes.clone(),
            Err(ParseError::PayloadTooLarge) => {
                return Err(Problem::new(
                    ProblemType::PayloadTooLarge,
                    format!("The body must have at most {limit} bytes."),
                ));
            }
            Err(_) => {
                return Err(Problem::new(
                    ProblemType::MalformedRequest,
                    "The body did not arrive in full.",
                ));
            }
        };
        let value = read(&bytes)?;
        Ok(Self { value, bytes })
    }
}

fn check_media_type(req: &Request) -> Result<(), Problem> {
    let wrong = || {
        Problem::new(
            ProblemType::UnsupportedMediaType,
            "Send the body as Content-Type: application/json.",
        )
    };
    let mut values = req.headers().get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(wrong());
    };
    let media: mime::Mime = value
        .to_str()
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(wrong)?;
    let is_json = media.essence_str() == mime::APPLICATION_JSON.as_ref();
    let is_utf8 = media
        .get_param(mime::CHARSET)
        .is_none_or(|charset| charset == mime::UTF_8);
    if is_json && is_utf8 { Ok(()) } else { Err(wrong()) }
}

pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let malformed = |detail: &'static str| Problem::new(ProblemType::MalformedRequest, detail);
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("The body is not UTF-8."))?;
    let mut json = serde_json::Deserializer::from_str(text);
    let value: Object<T> = serde_path_to_error::deserialize(&mut json).map_err(body_error::problem)?;
    json.end()
        .map_err(|_| malformed("Something follows the JSON object of the body."))?;
    Ok(value.0)
}

impl<T: ToSchema> EndpointArgRegister for Body<T> {
    fn register(components: &mut Components, operation: &mut Operation, _arg: &str) {
        let schema = T::to_schema(components);
        operation.request_body = Some(
            RequestBody::new()
                .required(Required::True)
                .add_content("application/json", Content::new(schema)),
        );
        for kind in [
            ProblemType::MalformedRequest,
            ProblemType::PayloadTooLarge,
            ProblemType::UnsupportedMediaType,
            ProblemType::Validation,
        ] {
            document_problem(components, operation, kind);
        }
    }
}
