//! What every request passes on its way in and out, outermost first: [`RequestIds`], [`Observe`], [`Panics`],
//! [`SecureHeaders`], and for a known route its [`Guard`]. All but the guard also see requests that no route takes.

mod guard;
mod observe;
mod panics;
mod request_id;
mod secure_headers;
mod strays;

pub(crate) use guard::{Access, Guard};
pub(crate) use observe::Observe;
pub(crate) use panics::Panics;
pub(crate) use request_id::{RequestId, RequestIds};
pub(crate) use secure_headers::SecureHeaders;
pub(crate) use strays::Strays;
