//! 200 with an entity tag, or 304 when the client has it already.

use std::marker::PhantomData;

use salvo::http::StatusCode;
use salvo::http::header::{CACHE_CONTROL, HeaderValue, IF_NONE_MATCH, VARY};
use salvo::oapi::{
    BasicType, Components, EndpointOutRegister, Object, Operation, Parameter, ParameterIn, Response as Documented,
    ToSchema,
};
use salvo::{Depot, Request, Response, Writer, async_trait};
use serde::Serialize;

use super::{Answer, document};
use crate::problem::Problem;
use crate::request::{tag_list, tag_matches};

/// 200 and a `T` that caches may keep if they ask each time whether it still is the same.
#[derive(Debug)]
pub(crate) struct Tagged<T> {
    answer: Answer,
    /// Whether the answer depends on who asks.
    personal: bool,
    of: PhantomData<fn() -> T>,
}

impl<T> Tagged<T> {
    /// 200 and the value, which is a `T` for a moment.
    ///
    /// # Errors
    /// See [`Answer::json`].
    pub(crate) fn answer(value: &impl Serialize) -> Result<Self, Problem> {
        Answer::json(StatusCode::OK, value).map(|answer| Self::from(answer.tagged()))
    }

    /// An answer for one person, with a tag of its own making.
    pub(crate) fn personal(value: &impl Serialize, tag: impl FnOnce(&[u8]) -> String) -> Result<Self, Problem> {
        let answer = Answer::json(StatusCode::OK, value)?.tagged_by(tag);
        Ok(Self {
            personal: true,
            ..Self::from(answer)
        })
    }
}

impl<T> From<Answer> for Tagged<T> {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            personal: false,
            of: PhantomData,
        }
    }
}

#[async_trait]
impl<T> Writer for Tagged<T> {
    async fn write(self, req: &mut Request, _depot: &mut Depot, res: &mut Response) {
        let tag = self.answer.tag().unwrap_or_default();
        let has_it = req.method().is_safe()
            && tag_list(req.headers(), IF_NONE_MATCH).is_some_and(|list| tag_matches(&list, tag, true));
        let cache = if self.personal {
            res.headers_mut()
                .insert(VARY, HeaderValue::from_static("authorization"));
            HeaderValue::from_static("private, no-cache")
        } else {
            HeaderValue::from_static("no-cache")
        };
        res.headers_mut().insert(CACHE_CONTROL, cache);
        if has_it {
            self.answer.not_modified().send(res);
        } else {
            self.answer.send(res);
        }
    }
}

impl<T: ToSchema> EndpointOutRegister for Tagged<T> {
    fn register(components: &mut Components, operation: &mut Operation) {
        document::json::<T>(components, operation, "200", "As asked.");
        document::tag(operation, "200");
        operation
            .responses
            .insert("304", Documented::new("The client has it already."));
        document::tag(operation, "304");
        operation.parameters.insert(
            Parameter::new("If-None-Match")
                .location(ParameterIn::Header)
                .required(false)
                .description("An `ETag` that the client has, or several, or `*`: 304 if it still is the same.")
                .schema(Object::with_type(BasicType::String)),
        );
    }
}
