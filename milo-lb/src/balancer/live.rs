//! The configuration and the nodes at one moment. Never changed, only replaced.

use std::fmt;
use std::sync::Arc;

use http::HeaderValue;
use tokio_rustls::TlsAcceptor;

use crate::config::Config;
use crate::node::Node;
use crate::policy::Policy;
use crate::proxy::PrivatePaths;
use crate::server::tls_acceptor;

pub(crate) struct Live {
    pub(crate) config: Arc<Config>,
    /// By address.
    pub(crate) nodes: Vec<Arc<Node>>,
    pub(crate) policy: Arc<dyn Policy>,
    pub(crate) private: Arc<PrivatePaths>,
    pub(crate) tls: Option<TlsAcceptor>,
    /// The value of `RateLimit-Limit`, if there is a limit.
    pub(crate) rate_limit: Option<HeaderValue>,
}

impl Live {
    /// # Errors
    /// The TLS files cannot be used.
    pub(crate) fn new(config: Config, nodes: Vec<Arc<Node>>) -> anyhow::Result<Self> {
        let limits = &config.limits;
        Ok(Self {
            policy: config.policy.build().into(),
            private: Arc::new(PrivatePaths::new(&config.private_paths)),
            tls: config.tls.as_ref().map(tls_acceptor).transpose()?,
            rate_limit: (limits.requests_per_second > 0).then(|| HeaderValue::from(limits.requests_burst)),
            config: Arc::new(config),
            nodes,
        })
    }

    pub(crate) fn with_nodes(&self, nodes: Vec<Arc<Node>>) -> Self {
        Self {
            config: self.config.clone(),
            nodes,
            policy: self.policy.clone(),
            private: self.private.clone(),
            tls: self.tls.clone(),
            rate_limit: self.rate_limit.clone(),
        }
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Live")
            .field("nodes", &self.nodes)
            .finish_non_exhaustive()
    }
}
