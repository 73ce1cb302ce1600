//! Ids, keys and hashes as small numbers: a long history names the same few things again and again.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

/// A name that was read. Equal names are equal numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name(u32);

/// Every name that was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    numbers: FxHashMap<Box<str>, Name>,
    texts: Vec<Box<str>>,
}

impl Names {
    pub(crate) fn name(&mut self, text: &str) -> Name {
        if let Some(known) = self.numbers.get(text) {
            return *known;
        }
        let name = Name(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        if let Entry::Vacant(place) = self.numbers.entry(text.into()) {
            place.insert(name);
            self.texts.push(text.into());
        }
        name
    }

    /// The number of a name, if it was ever read.
    pub(crate) fn known(&self, text: &str) -> Option<Name> {
        self.numbers.get(text).copied()
    }

    pub(crate) fn text(&self, name: Name) -> &str {
        self.texts.get(name.0 as usize).map_or("", |text| text)
    }
}
