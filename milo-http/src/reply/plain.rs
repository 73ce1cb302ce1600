//! Answers that need nothing of the request. No cache may keep them.

use std::marker::PhantomData;

use salvo::http::StatusCode;
use salvo::oapi::{Components, EndpointOutRegister, Operation, Response as Documented, ToSchema};
use salvo::{Depot, Request, Response, Writer, async_trait};
use serde::Serialize;

use super::{Answer, document};
use crate::problem::Problem;

macro_rules! replies {
    ($($(#[$doc:meta])* $name:ident: |$components:ident, $operation:ident| $document:block)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $name<T>(Answer, PhantomData<fn() -> T>);

        impl<T> From<Answer> for $name<T> {
            fn from(answer: Answer) -> Self {
                Self(answer, PhantomData)
            }
        }

        #[async_trait]
        impl<T> Writer for $name<T> {
            async fn write(self, _req: &mut Request, _depot: &mut Depot, res: &mut Response) {
                self.0.send(res);
            }
        }

        impl<T: ToSchema> EndpointOutRegister for $name<T> {
            fn register($components: &mut Components, $operation: &mut Operation) $document
        }
    )+};
}

replies! {
    /// 200 and a `T`.
    Shown: |components, operation| {
        document::json::<T>(components, operation, "200", "As asked.");
    }
    /// 201, a `T`, and the address where it is from now on.
    Created: |components, operation| {
        document::json::<T>(components, operation, "201", "Made.");
        document::header(operation, "201", "Location", "Where it is from now on.");
    }
    /// [`Created`], with the entity tag of what was made.
    CreatedTagged: |components, operation| {
        Created::<T>::register(components, operation);
        document::tag(operation, "201");
    }
    /// [`Created`], or [`Shown`] when it was there before.
    CreatedOrShown: |components, operation| {
        Created::<T>::register(components, operation);
        document::json::<T>(components, operation, "200", "It was there before; as it stands now.");
    }
}

impl<T> Shown<T> {
    /// 200 and the value, which is a `T` for a moment.
    ///
    /// # Errors
    /// See [`Answer::json`].
    pub(crate) fn answer(value: &impl Serialize) -> Result<Self, Problem> {
        Answer::json(StatusCode::OK, value).map(Self::from)
    }
}

/// 204.
#[derive(Debug)]
pub(crate) struct Removed;

#[async_trait]
impl Writer for Removed {
    async fn write(self, _req: &mut Request, _depot: &mut Depot, res: &mut Response) {
        res.status_code(StatusCode::NO_CONTENT);
    }
}

impl EndpointOutRegister for Removed {
    fn register(_: &mut Components, operation: &mut Operation) {
        operation.responses.insert("204", Documented::new("Done."));
    }
}
