//! The scheduled clean-up of lapsed holds.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Job, JobReport};
use crate::milo::Core;
use crate::ports::{JobKind, PortError};

/// Removes lapsed holds from the lock store. Their seats were free all along; this only gives the memory back.
#[derive(Clone, Debug)]
pub struct HoldSweep {
    pub(super) core: Arc<Core>,
}

#[async_trait]
impl Job for HoldSweep {
    fn kind(&self) -> JobKind {
        JobKind::HoldSweep
    }

    async fn run_once(&self) -> Result<JobReport, PortError> {
        let limit = self.core.policy.batch;
        let swept = self.core.ports.locks.sweep(limit).await?;
        let mut report = JobReport {
            handled: swept.holds,
            more: swept.holds >= limit,
            ..JobReport::default()
        };
        report.outcomes.insert("lapsed", swept.holds as u64);
        Ok(report)
    }
}
