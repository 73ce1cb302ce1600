//! One answer, ready to be sent, or to be kept and sent again.

use bytes::Bytes;
use milo_core::ports::StoredAnswer;
use salvo::Response;
use salvo::http::header::{CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LOCATION};
use salvo::http::{ResBody, StatusCode};
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_128;

use crate::problem::Problem;

const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Status, headers and body.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    location: Option<String>,
    etag: Option<String>,
    body: Bytes,
    replayed: bool,
}

impl Answer {
    /// A JSON body.
    ///
    /// # Errors
    /// `internal` if the value cannot be written, which no value of ours is known to do.
    pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_vec(value).map_err(|error| {
            tracing::error!(%error, "an answer cannot be written as JSON");
            Problem::internal()
        })?;
        Ok(Self {
            status,
            location: None,
            etag: None,
            body: body.into(),
            replayed: false,
        })
    }

    /// The answer with the address of what it tells of.
    #[must_use]
    pub(crate) fn at(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }

    /// The answer with the tag of its own body.
    #[must_use]
    pub(crate) fn tagged(self) -> Self {
        self.tagged_by(entity_tag)
    }

    /// The answer with a tag that is made of its body in another way.
    #[must_use]
    pub(crate) fn tagged_by(mut self, tag: impl FnOnce(&[u8]) -> String) -> Self {
        self.etag = Some(tag(&self.body));
        self
    }

    /// The answer, marked as one that was given before.
    #[must_use]
    pub(crate) fn replayed(mut self) -> Self {
        self.replayed = true;
        self
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    pub(crate) fn tag(&self) -> Option<&str> {
        self.etag.as_deref()
    }

    /// What is kept of it.
    pub(crate) fn to_stored(&self) -> StoredAnswer {
        StoredAnswer {
            status: self.status.as_u16(),
            location: self.location.clone(),
            etag: self.etag.clone(),
            body: self.body.to_vec(),
        }
    }

    /// An answer that was kept.
    ///
    /// # Errors
    /// `internal` if what was kept is no answer.
    pub(crate) fn from_stored(stored: StoredAnswer) -> Result<Self, Problem> {
        let status = StatusCode::from_u16(stored.status).map_err(|_| {
            tracing::error!(status = stored.status, "a kept answer has an impossible status");
            Problem::internal()
        })?;
        Ok(Self {
            status,
            location: stored.location,
            etag: stored.etag,
            body: stored.body.into(),
            replayed: true,
        })
    }

    /// 304 in place of it: the tag without the body.
    pub(super) fn not_modified(self) -> Self {
        Self {
            status: StatusCode::NOT_MODIFIED,
            body: Bytes::new(),
            ..self
        }
    }

    /// Writes it.
    pub(crate) fn send(self, res: &mut Response) {
        res.status_code(self.status);
        let headers = res.headers_mut();
        let mut set = |name: HeaderName, text: Option<String>| {
            if let Some(value) = text.and_then(|text| HeaderValue::try_from(text).ok()) {
                headers.insert(name, value);
            }
        };
        set(LOCATION, self.location);
        set(ETAG, self.etag);
        if self.replayed {
            headers.insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
        }
        if !self.body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            res.replace_body(ResBody::Once(self.body));
        }
    }
}

/// The strong entity tag of a body.
pub(crate) fn entity_tag(body: &[u8]) -> String {
    format!("\"{:032x}\"", xxh3_128(body))
}
