//! The suites that any adapter must pass.
