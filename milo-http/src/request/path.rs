//! Ids in paths.

use std::str::FromStr;

use salvo::oapi::{
    BasicType, Components, EndpointArgRegister, KnownFormat, Object, Operation, Parameter, ParameterIn, SchemaFormat,
};
use salvo::{Depot, Extractible, Request};

use super::no_metadata;
use crate::problem::{Problem, ProblemType, document_problem};

/// The id that a path names. One that cannot be an id names nothing, so it is simply not found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Id<T>(pub(crate) T);

impl<'ex, T: FromStr + Send> Extractible<'ex> for Id<T> {
    no_metadata!();

    #[expect(refining_impl_trait, reason = "the macro only needs a Writer")]
    async fn extract(req: &'ex mut Request, depot: &'ex mut Depot) -> Result<Self, Problem> {
        Self::extract_with_arg(req, depot, "id").await
    }

    #[expect(refining_impl_trait, reason = "the macro only needs a Writer")]
    async fn extract_with_arg(req: &'ex mut Request, _depot: &'ex mut Depot, arg: &str) -> Result<Self, Problem> {
        let text = req.params().get(arg).map(String::as_str).unwrap_or_default();
        text.parse().map(Self).map_err(|_| Problem::not_found())
    }
}

impl<T> EndpointArgRegister for Id<T> {
    fn register(components: &mut Components, operation: &mut Operation, arg: &str) {
        let uuid = Object::with_type(BasicType::String).format(SchemaFormat::KnownFormat(KnownFormat::Uuid));
        let parameter = Parameter::new(arg)
            .location(ParameterIn::Path)
            .required(true)
            .schema(uuid);
        operation.parameters.insert(parameter);
        document_problem(components, operation, ProblemType::NotFound);
    }
}
