//! What every adapter must pass.

mod node {
    use crate::redis::engine::RedisEngine;

    mod seat_locks {
        use super::RedisEngine;
        milo_core::seat_locks_conformance!(RedisEngine::node());
    }
    mod cache {
        use super::RedisEngine;
        milo_core::cache_conformance!(RedisEngine::node());
    }
    mod rate_limiter {
        use super::RedisEngine;
        milo_core::rate_limiter_conformance!(RedisEngine::node());
    }
}

mod cluster {
    use crate::redis::engine::RedisEngine;

    mod seat_locks {
        use super::RedisEngine;
        milo_core::seat_locks_conformance!(RedisEngine::cluster());
    }
    mod cache {
        use super::RedisEngine;
        milo_core::cache_conformance!(RedisEngine::cluster());
    }
    mod rate_limiter {
        use super::RedisEngine;
        milo_core::rate_limiter_conformance!(RedisEngine::cluster());
    }
}
