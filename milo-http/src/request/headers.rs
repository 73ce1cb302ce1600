//! `Idempotency-Key` and `If-Match`.

use milo_core::domain::{Fingerprint, IdempotencyKey, KeyedRequest, Version};
use salvo::http::HeaderMap;
use salvo::http::header::{HeaderName, IF_MATCH};
use salvo::oapi::{BasicType, Components, EndpointArgRegister, Object, Operation, Parameter, ParameterIn};
use salvo::{Depot, Extractible, Request};

use super::{Body, no_metadata};
use crate::problem::{Problem, ProblemType, document_problem};
use crate::reply::{Answer, entity_tag};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The request's idempotency key, if it has one, and what the request is.
#[derive(Clone, Debug)]
pub(crate) struct Keyed {
    /// The key.
    pub(crate) key: Option<IdempotencyKey>,
    operation: String,
}

impl Keyed {
    /// The key together with what was asked: the operation, its path and its body.
    pub(crate) fn request<T>(&self, body: &Body<T>) -> Option<KeyedRequest> {
        self.fingerprinted(|| body.canonical())
    }

    /// As [`request`](Self::request) for an operation without a body.
    pub(crate) fn bodiless_request(&self) -> Option<KeyedRequest> {
        self.fingerprinted(Vec::new)
    }

    fn fingerprinted(&self, body: impl FnOnce() -> Vec<u8>) -> Option<KeyedRequest> {
        let key = self.key.clone()?;
        let fingerprint = Fingerprint::of([self.operation.as_bytes(), &body()]);
        Some(KeyedRequest { key, fingerprint })
    }
}

impl<'ex> Extractible<'ex> for Keyed {
    no_metadata!();

    #[expect(refining_impl_trait, reason = "the macro only needs a Writer")]
    async fn extract(req: &'ex mut Request, _depot: &'ex mut Depot) -> Result<Self, Problem> {
        let refused = |message: String| Problem::invalid("Idempotency-Key", "invalid_header", message);
        let mut values = req.headers().get_all(&IDEMPOTENCY_KEY).iter();
        let key = match (values.next(), values.next()) {
            (None, _) => None,
            (Some(_), Some(_)) => return Err(refused("must be given once only".to_owned())),
            (Some(value), None) => {
                let text = value
                    .to_str()
                    .map_err(|_| refused("must be printable ASCII characters".to_owned()))?;
                Some(IdempotencyKey::parse(text).map_err(|invalid| refused(invalid.message.into_owned()))?)
            }
        };
        let operation = format!("{} {}", req.method(), req.uri().path());
        Ok(Self { key, operation })
    }
}

impl EndpointArgRegister for Keyed {
    fn register(components: &mut Components, operation: &mut Operation, _arg: &str) {
        let text = Object::with_type(BasicType::String)
            .min_length(1)
            .max_length(IdempotencyKey::CHARS_MAX)
            // White space around a header's value is not part of it.
            .pattern("^[!-~](?:[ -~]*[!-~])?$");
        let what = "The same key with the same request gives the same answer and one effect, for 24 hours. \
                    Printable ASCII characters; a random UUID does well.";
        operation.parameters.insert(
            Parameter::new("Idempotency-Key")
                .location(ParameterIn::Header)
                .required(false)
                .description(what)
                .schema(text),
        );
        for kind in [
            ProblemType::Validation,
            ProblemType::IdempotencyKeyReused,
            ProblemType::IdempotencyKeyInUse,
        ] {
            document_problem(components, operation, kind);
        }
    }
}

/// The entity tags of which the thing must have one, if the request says so.
#[derive(Clone, Debug)]
pub(crate) struct IfMatch(Option<Vec<u8>>);

impl IfMatch {
    /// The version to insist on: that of the thing as it is, if the caller has seen it like this. Weak tags never match:
    /// two bodies may share one. Without a condition the thing is not even read.
    ///
    /// # Errors
    /// `precondition-failed`, or what `read` was refused with.
    pub(crate) async fn on(
        &self,
        read: impl Future<Output = Result<(Version, Answer), Problem>>,
    ) -> Result<Option<Version>, Problem> {
        let Some(list) = &self.0 else { return Ok(None) };
        let (version, present) = read.await?;
        if tag_matches(list, &entity_tag(present.body()), false) {
            Ok(Some(version))
        } else {
            Err(precondition_failed())
        }
    }
}

/// The thing is not the one that the caller has seen.
pub(crate) fn precondition_failed() -> Problem {
    Problem::new(
        ProblemType::PreconditionFailed,
        "Read the thing again, decide again, and send the new ETag.",
    )
}

impl<'ex> Extractible<'ex> for IfMatch {
    no_metadata!();

    #[expect(refining_impl_trait, reason = "the macro only needs a Writer")]
    async fn extract(req: &'ex mut Request, _depot: &'ex mut Depot) -> Result<Self, Problem> {
        Ok(Self(tag_list(req.headers(), IF_MATCH)))
    }
}

impl EndpointArgRegister for IfMatch {
    fn register(components: &mut Components, operation: &mut Operation, _arg: &str) {
        operation.parameters.insert(
            Parameter::new("If-Match")
                .location(ParameterIn::Header)
                .required(false)
                .description("The `ETag` of the thing as the caller knows it, or several, or `*`.")
                .schema(Object::with_type(BasicType::String)),
        );
        document_problem(components, operation, ProblemType::PreconditionFailed);
    }
}

/// Every value of a header that lists entity tags, as one list.
pub(crate) fn tag_list(headers: &HeaderMap, name: HeaderName) -> Option<Vec<u8>> {
    let mut values = headers.get_all(name).iter();
    let mut list = values.next()?.as_bytes().to_vec();
    for value in values {
        list.push(b',');
        list.extend_from_slice(value.as_bytes());
    }
    Some(list)
}

/// Whether `tag` (as sent, in quotes) stands in the list. `*` stands for any. In a weak comparison the mark `W/` does
/// not count; in a strong one, weak tags match nothing.
pub(crate) fn tag_matches(list: &[u8], tag: &str, weak: bool) -> bool {
    let list = list.trim_ascii();
    if list == b"*" {
        return true;
    }
    let opaque = tag.strip_prefix("W/").unwrap_or(tag).as_bytes();
    if !weak && opaque.len() != tag.len() {
        return false;
    }
    // Tags of Milo hold no commas, so whatever a comma tears apart is a stranger's and matches nothing.
    list.split(|byte| *byte == b',')
        .map(<[u8]>::trim_ascii)
        .any(|candidate| match candidate.strip_prefix(b"W/") {
            Some(candidate) => weak && candidate == opaque,
            None => candidate == opaque,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_tags_matches_when_one_of_them_does() {
        assert!(tag_matches(br#""a", "b""#, "\"b\"", false));
        assert!(tag_matches(b"*", "\"b\"", false));
        assert!(!tag_matches(br#""a""#, "\"b\"", true));
        assert!(!tag_matches(b"a", "\"a\"", true), "a tag without quotes is none");
        assert!(!tag_matches(b"", "\"a\"", true));
    }

    #[test]
    fn weak_tags_match_in_weak_comparisons_only() {
        assert!(tag_matches(br#"W/"a""#, "\"a\"", true));
        assert!(tag_matches(br#""a""#, "W/\"a\"", true));
        assert!(!tag_matches(br#"W/"a""#, "\"a\"", false));
        assert!(!tag_matches(br#"W/"a""#, "W/\"a\"", false));
    }
}
