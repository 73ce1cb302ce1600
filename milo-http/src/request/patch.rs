//! Fields of a JSON merge patch (RFC 7396): absent keeps, `null` clears, anything else replaces.

use milo_core::domain::Invalid;
use serde::{Deserialize, Deserializer};

use crate::problem::Violations;

/// A field that may be cleared.
#[derive(Clone, Debug, Default)]
pub(crate) enum Patch<T> {
    /// The field was absent.
    #[default]
    Keep,
    /// The field was `null`.
    Clear,
    /// The field's new value.
    Set(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

/// For a field that may be absent but not `null`: `#[serde(default, deserialize_with = "present")]`.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl Patch<String> {
    /// The change to a field that may be empty: none keeps, an inner none clears. None only if the value is wrong.
    pub(crate) fn parse<T>(
        &self,
        field: &str,
        violations: &mut Violations,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<Option<Option<T>>> {
        match self {
            Self::Keep => Some(None),
            Self::Clear => Some(Some(None)),
            Self::Set(raw) => violations.keep(field, parse(raw)).map(|value| Some(Some(value))),
        }
    }
}
