//! Who asks, and the application that answers.

use std::net::IpAddr;
use std::sync::Arc;

use milo_core::domain::{Admin, Caller};
use salvo::oapi::{Components, EndpointArgRegister, Operation};
use salvo::{Depot, Extractible, Request};

use super::no_metadata;
use crate::App;
use crate::problem::Problem;

/// The application that the service was built for.
#[derive(Debug)]
pub(crate) struct Shared(pub(crate) Arc<App>);

/// Whoever a valid token says; for routes whose [access](crate::layers::Access) is for users.
#[derive(Clone, Copy, Debug)]
pub(crate) struct User(pub(crate) Caller);

/// The proof that the caller is an administrator; for routes that are an administrator's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdminCaller(pub(crate) Admin);

/// Whoever it is, if a token says so; for routes where a token is optional.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visitor(pub(crate) Option<Caller>);

/// The address of the peer; a proxy's, if there is one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client(pub(crate) Option<IpAddr>);

macro_rules! extract {
    ($($name:ident: |$req:ident, $depot:ident| $read:expr;)+) => {$(
        impl<'ex> Extractible<'ex> for $name {
            no_metadata!();

            #[expect(refining_impl_trait, reason = "the macro only needs a Writer")]
            async fn extract($req: &'ex mut Request, $depot: &'ex mut Depot) -> Result<Self, Problem> {
                $read
            }
        }

        /// Access stands in the table of routes.
        impl EndpointArgRegister for $name {
            fn register(_: &mut Components, _: &mut Operation, _: &str) {}
        }
    )+};
}

extract! {
    Shared: |_req, depot| App::of(depot).map(|app| Self(Arc::clone(app)));
    User: |_req, depot| caller(depot).map(Self).ok_or_else(unguarded);
    AdminCaller: |_req, depot| caller(depot).and_then(|caller| caller.as_admin()).map(Self).ok_or_else(unguarded);
    Visitor: |_req, depot| Ok(Self(caller(depot)));
    Client: |req, _depot| Ok(Self(req.remote_addr().ip()));
}

fn caller(depot: &Depot) -> Option<Caller> {
    depot.get_typed::<Caller>().ok().copied()
}

/// A handler that wants more than its route's guard asked for. A test calls every route, so nobody sees this.
fn unguarded() -> Problem {
    tracing::error!("a handler's caller was never checked: its route has the wrong access");
    Problem::internal()
}
