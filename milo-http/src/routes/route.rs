//! One row of the table.

use std::any::TypeId;
use std::time::Duration;

use salvo::Handler;
use salvo::handler::ArcHandler;
use salvo::http::Method;
use salvo::oapi::{Components, EndpointRegistry, Operation, ParameterIn, SecurityRequirement};

use crate::layers::{Access, Guard};
use crate::problem::{ProblemType, document_problem};

/// The name of the security scheme in the OpenAPI document.
pub(crate) const BEARER: &str = "bearer";

/// How much longer than its wait a long poll may take.
const LONG_POLL: Duration = Duration::from_secs(30);

/// One method of one address, who may use it, and what answers.
pub(crate) struct Route {
    /// The method.
    pub(crate) method: Method,
    /// The address, with its parameters in braces.
    pub(crate) path: &'static str,
    access: Access,
    handler: ArcHandler,
    /// The handler's own type, which its documentation is registered under.
    endpoint: TypeId,
    problems: &'static [ProblemType],
    long_poll: bool,
}

impl Route {
    /// A row. There is no default for access.
    pub(crate) fn new<H: Handler>(method: Method, path: &'static str, access: Access, handler: H) -> Self {
        Self {
            method,
            path,
            access,
            handler: handler.arc(),
            endpoint: TypeId::of::<H>(),
            problems: &[],
            long_poll: false,
        }
    }

    /// What the use case may refuse.
    pub(crate) fn problems(self, problems: &'static [ProblemType]) -> Self {
        Self { problems, ..self }
    }

    /// The caller may ask to wait: the time limit makes room for that.
    pub(crate) fn long_poll(self) -> Self {
        Self {
            long_poll: true,
            ..self
        }
    }

    pub(super) fn handler(&self) -> ArcHandler {
        self.handler.clone()
    }

    pub(super) fn guard(&self, request_time: Duration) -> Guard {
        let (operation, _) = self.document();
        let named = operation.parameters.iter_inline();
        let queries = named.filter(|parameter| parameter.parameter_in == ParameterIn::Query);
        Guard {
            access: self.access,
            parameters: queries.map(|parameter| parameter.name.clone()).collect(),
            time_limit: if self.long_poll {
                request_time + LONG_POLL
            } else {
                request_time
            },
        }
    }

    /// The operation as the OpenAPI document shows it.
    pub(crate) fn document(&self) -> (Operation, Components) {
        let endpoint = EndpointRegistry::find(&self.endpoint).map(|create| create());
        let (mut operation, mut components) = match endpoint {
            Some(endpoint) => (endpoint.operation, endpoint.components),
            None => (Operation::new(), Components::new()),
        };
        // The last part of the handler's type is its name, and names are unique.
        if let Some(id) = &mut operation.operation_id
            && let Some((_, name)) = id.rsplit_once('.')
        {
            *id = name.to_owned();
        }
        let mut add = |kind| document_problem(&mut components, &mut operation, kind);
        self.problems.iter().copied().for_each(&mut add);
        // Unknown query parameters are refused everywhere.
        add(ProblemType::Validation);
        add(ProblemType::Internal);
        add(ProblemType::Unavailable);
        add(ProblemType::Timeout);
        if self.access != Access::Public {
            add(ProblemType::InvalidToken);
        }
        if matches!(self.access, Access::User | Access::Admin) {
            add(ProblemType::Unauthorized);
        }
        if self.access == Access::Admin {
            add(ProblemType::Forbidden);
        }
        let bearer = || SecurityRequirement::new(BEARER, Vec::<String>::new());
        operation.securities = match self.access {
            Access::Public => None,
            Access::Optional => Some([SecurityRequirement::default(), bearer()].into_iter().collect()),
            Access::User | Access::Admin => Some([bearer()].into_iter().collect()),
        };
        (operation, components)
    }
}
