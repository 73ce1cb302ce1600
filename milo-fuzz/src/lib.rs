//! What is fuzzed: every parser of Milo that is given bytes from outside.
//!
//! Each target is one plain function over bytes that panics when a promise is broken. `fuzz/` hands it to libFuzzer;
//! `tests/corpus.rs` runs it over the committed corpus and some thousand mutations of it, so that no target can rot.

mod accepted;
mod answers;
mod bodies;
mod differential;
mod settings;
mod split;
mod tokens;
mod values;

/// A target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, also of its corpus.
    pub name: &'static str,
    /// Runs it on one input; panics if a promise is broken.
    pub run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: [Target; 14] = [
    Target {
        name: "access_token",
        run: tokens::access_token,
    },
    Target {
        name: "signing_key",
        run: tokens::signing_key,
    },
    Target {
        name: "json_body",
        run: bodies::json_body,
    },
    Target {
        name: "query",
        run: bodies::query,
    },
    Target {
        name: "scalars",
        run: bodies::scalars,
    },
    Target {
        name: "forwarded",
        run: accepted::forwarded,
    },
    Target {
        name: "request_head",
        run: accepted::request_head,
    },
    Target {
        name: "request_framing",
        run: differential::request_framing,
    },
    Target {
        name: "amqp_payload",
        run: answers::amqp_payload,
    },
    Target {
        name: "redis_reply",
        run: answers::redis_reply,
    },
    Target {
        name: "seat_map",
        run: answers::seat_map,
    },
    Target {
        name: "lb_config",
        run: settings::lb_config,
    },
    Target {
        name: "settings",
        run: settings::settings,
    },
    Target {
        name: "values",
        run: values::values,
    },
];

/// Runs the target of this name.
///
/// # Panics
/// If there is none, or if a promise is broken.
pub fn run(name: &str, input: &[u8]) {
    let found = TARGETS.iter().find(|target| target.name == name);
    let Some(target) = found else {
        panic!("there is no target {name}")
    };
    (target.run)(input);
}
