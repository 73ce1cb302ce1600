//! Names that no other test uses.

use uuid::Uuid;

/// A name that begins with `prefix` and that nobody else has: lower case letters, digits and underscores.
pub fn unique(prefix: &str) -> String {
    format!("{prefix}_{}", Uuid::new_v4().simple())
}
