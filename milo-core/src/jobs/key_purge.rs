//! The scheduled clean-up of idempotency keys.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Job, JobReport};
use crate::milo::Core;
use crate::ports::{JobKind, PortError};

/// Removes idempotency keys whose time is over.
#[derive(Clone, Debug)]
pub struct KeyPurge {
    pub(super) core: Arc<Core>,
}

#[async_trait]
impl Job for KeyPurge {
    fn kind(&self) -> JobKind {
        JobKind::KeyPurge
    }

    async fn run_once(&self) -> Result<JobReport, PortError> {
        let limit = self.core.policy.batch;
        let purged = self.core.ports.idempotency.purge(limit).await?;
        let mut report = JobReport {
            handled: purged,
            more: purged >= limit,
            ..JobReport::default()
        };
        report.outcomes.insert("purged", purged as u64);
        Ok(report)
    }
}
