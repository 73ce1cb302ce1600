//! Answers. Each kind is written straight to bytes and says in the OpenAPI document what it looks like.

mod answer;
mod document;
mod list;
mod plain;
mod tagged;

pub(crate) use answer::{Answer, entity_tag};
pub(crate) use list::List;
pub(crate) use plain::{Created, CreatedOrShown, CreatedTagged, Removed, Shown};
pub(crate) use tagged::Tagged;
