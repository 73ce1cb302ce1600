//! Query parameters.

use std::borrow::Cow;

use milo_core::domain::{Cursor, Invalid, PageRequest};
use percent_encoding::percent_decode_str;
use salvo::oapi::{
    BasicType, Components, EndpointArgRegister, Object, Operation, Parameter, ParameterIn, RefOr, Schema,
};
use salvo::{Depot, Extractible, Request};

use super::no_metadata;
use crate::problem::{Problem, ProblemType, Violations, document_problem};

/// The query parameters of one operation. Names that are not documented never get here: the route's guard refuses them.
pub(crate) trait Parameters: Sized {
    /// What the parameters are called and what they hold.
    fn describe() -> Vec<Parameter>;

    /// Reads them; none only if `query` has been told of a flaw.
    fn read(query: &mut QueryReader<'_>) -> Option<Self>;
}

/// The query parameters that a request gives.
#[derive(Clone, Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<'ex, T: Parameters + Send> Extractible<'ex> for Query<T> {
    no_metadata!();

    #[expect(refining_impl_trait, reason = "the macro only needs a Writer")]
    async fn extract(req: &'ex mut Request, _depot: &'ex mut Depot) -> Result<Self, Problem> {
        let mut reader = QueryReader::new(req.uri().query().unwrap_or_default());
        let read = T::read(&mut reader);
        reader.violations.finish(read).map(Self)
    }
}

impl<T: Parameters> EndpointArgRegister for Query<T> {
    fn register(components: &mut Components, operation: &mut Operation, _arg: &str) {
        for parameter in T::describe() {
            operation.parameters.insert(parameter);
        }
        document_problem(components, operation, ProblemType::Validation);
    }
}

/// An optional query parameter for [`Parameters::describe`].
pub(crate) fn parameter(name: &str, what: &str, schema: impl Into<RefOr<Schema>>) -> Parameter {
    Parameter::new(name)
        .location(ParameterIn::Query)
        .required(false)
        .description(what)
        .schema(schema)
}

/// Reads one query string and collects its flaws.
pub(crate) struct QueryReader<'a> {
    pairs: Vec<(&'a str, &'a str)>,
    violations: Violations,
}

impl<'a> QueryReader<'a> {
    fn new(query: &'a str) -> Self {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        Self {
            pairs: pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect(),
            violations: Violations::default(),
        }
    }

    /// The value of a parameter that may be absent: none only if it is there and wrong.
    pub(crate) fn optional<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<Option<T>> {
        let mut values = self
            .pairs
            .iter()
            .filter(|(known, _)| *known == name)
            .map(|(_, value)| *value);
        let parsed = match (values.next(), values.next()) {
            (None, _) => return Some(None),
            (Some(_), Some(_)) => Err(Invalid::new("duplicate", "must be given once only")),
            (Some(raw), None) => decode(raw).and_then(|text| parse(&text)),
        };
        self.violations.keep(name, parsed).map(Some)
    }

    /// `limit`.
    pub(crate) fn limit(&mut self) -> Option<u32> {
        let limit = self.optional("limit", |text| {
            let limit = whole_number(text)?;
            PageRequest::parse(limit, None).map(|_| limit)
        });
        Some(limit?.unwrap_or(PageRequest::LIMIT_DEFAULT))
    }

    /// `limit` and `cursor`.
    pub(crate) fn page(&mut self) -> Option<PageRequest> {
        let limit = self.limit();
        let after = self.optional("cursor", Cursor::parse);
        PageRequest::parse(limit?, after?).ok()
    }

    /// Reads `true` or `false`.
    pub(crate) fn flag(&mut self, name: &str) -> Option<Option<bool>> {
        self.optional(name, |text| match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(Invalid::new("wrong_type", "must be true or false")),
        })
    }
}

/// Reads a number of digits only.
pub(crate) fn whole_number(text: &str) -> Result<u32, Invalid> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Invalid::new("wrong_type", "must be a whole number"));
    }
    // More digits than a number has room for is a large number, not another type.
    Ok(text.parse().unwrap_or(u32::MAX))
}

fn decode(raw: &str) -> Result<Cow<'_, str>, Invalid> {
    let spaced = if raw.contains('+') {
        Cow::Owned(raw.replace('+', " "))
    } else {
        Cow::Borrowed(raw)
    };
    let wrong = |_| Invalid::new("invalid_encoding", "must be percent-encoded UTF-8");
    match spaced {
        Cow::Borrowed(text) => percent_decode_str(text).decode_utf8().map_err(wrong),
        Cow::Owned(text) => percent_decode_str(&text)
            .decode_utf8()
            .map(|decoded| Cow::Owned(decoded.into_owned()))
            .map_err(wrong),
    }
}

/// How many items to list.
pub(crate) fn limit_parameter(what: &str) -> Parameter {
    let limit = Object::with_type(BasicType::Integer)
        .minimum(1)
        .maximum(i64::from(PageRequest::LIMIT_MAX))
        .default_value(PageRequest::LIMIT_DEFAULT.into());
    parameter("limit", what, limit)
}

/// The parameters of every list that has pages.
pub(crate) fn page_parameters() -> [Parameter; 2] {
    let cursor = Object::with_type(BasicType::String);
    [
        limit_parameter("The most items of the page."),
        parameter("cursor", "The `next_cursor` of the page before.", cursor),
    ]
}

/// Lists that take nothing but a page.
impl Parameters for PageRequest {
    fn describe() -> Vec<Parameter> {
        page_parameters().into()
    }

    fn read(query: &mut QueryReader<'_>) -> Option<Self> {
        query.page()
    }
}

#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing {
    use super::{Parameters, QueryReader};
    use crate::problem::Problem;

    pub(crate) fn read<T: Parameters>(query: &str) -> Result<T, Problem> {
        let mut reader = QueryReader::new(query);
        let read = T::read(&mut reader);
        reader.violations.finish(read)
    }
}
