//! Pages of things.

use milo_core::domain::Page;
use salvo::oapi::{Array, BasicType, Components, Object, RefOr, Schema, SchemaType, ToSchema};
use serde::Serialize;

/// `{"items": [...], "next_cursor": "..." | null}`.
#[derive(Debug, Serialize)]
pub(crate) struct List<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

impl<T> List<T> {
    /// A page, each row as clients see it.
    pub(crate) fn of<'a, R>(page: &'a Page<R>, show: impl Fn(&'a R) -> T) -> Self {
        Self {
            items: page.items.iter().map(show).collect(),
            next_cursor: page.next.as_ref().map(milo_core::domain::Cursor::encode),
        }
    }
}

impl<T: ToSchema> ToSchema for List<T> {
    fn to_schema(components: &mut Components) -> RefOr<Schema> {
        let item = T::to_schema(components);
        let cursor = Object::with_type(SchemaType::from_iter([BasicType::String, BasicType::Null]));
        Object::new()
            .property("items", Array::new().items(item))
            .required("items")
            .property(
                "next_cursor",
                cursor.description("Pass it as `cursor` for the next page; null on the last."),
            )
            .required("next_cursor")
            .into()
    }
}
