use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::PortError;

/// Bytes by name, for a while. Anything in it may vanish at any moment. Proven by [`crate::conformance::cache`].
///
/// Names are built by their users from typed parts, so two kinds of things never share one.
#[async_trait]
pub trait Cache: Debug + Send + Sync {
    /// The bytes kept under `name`, if they still live.
    async fn get(&self, name: &str) -> Result<Option<Arc<[u8]>>, PortError>;

    /// Keeps `bytes` under `name` for `ttl`, in place of what was there.
    async fn put(&self, name: &str, bytes: Arc<[u8]>, ttl: Duration) -> Result<(), PortError>;
}
