//! What handlers take from a request. Each extractor refuses what it cannot read and says so in the OpenAPI document.

mod body;
mod body_error;
mod caller;
mod headers;
mod object;
mod patch;
mod path;
mod query;
mod time;

pub(crate) use body::Body;
#[cfg(feature = "fuzzing")]
pub(crate) use body::{canonical_json, read};
pub(crate) use caller::{AdminCaller, Client, Shared, User, Visitor};
pub(crate) use headers::{IfMatch, Keyed, precondition_failed, tag_list, tag_matches};
pub(crate) use object::Object;
pub(crate) use patch::{Patch, present};
pub(crate) use path::Id;
#[cfg(feature = "fuzzing")]
pub(crate) use query::fuzzing::read as read_query;
pub(crate) use query::{Parameters, Query, QueryReader, limit_parameter, page_parameters, parameter, whole_number};
pub(crate) use time::{parse_date, parse_time};

/// Nothing of salvo's own extraction is used, but its trait asks for a description.
macro_rules! no_metadata {
    () => {
        fn metadata() -> &'static salvo::extract::Metadata {
            static METADATA: salvo::extract::Metadata = salvo::extract::Metadata::new("");
            &METADATA
        }
    };
}
pub(crate) use no_metadata;
