//! Scripts, and calls of them.

use redis::aio::ConnectionLike;
use redis::{Cmd, ErrorKind, RedisResult, ServerErrorKind, ToRedisArgs, Value};

/// A Lua script, known to the server by its digest.
#[derive(Debug)]
pub(super) struct Script {
    code: &'static str,
    digest: String,
}

/// A script with its keys and arguments.
#[derive(Debug)]
pub(super) struct ScriptCall<'a> {
    script: &'a Script,
    keys: Vec<String>,
    arguments: Vec<Vec<u8>>,
}

/// Makes a script of parts of `lua/`, put one behind the other.
macro_rules! script {
    ($($part:literal),+ $(,)?) => {
        std::sync::LazyLock::new(|| {
            $crate::redis::script::Script::new(concat!($(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../lua/", $part))),+))
        })
    };
}

pub(super) use script;

impl Script {
    pub(super) fn new(code: &'static str) -> Self {
        let digest = redis::Script::new(code).get_hash().to_owned();
        Self { code, digest }
    }

    pub(super) fn on(&self, key: String) -> ScriptCall<'_> {
        self.on_all(vec![key])
    }

    pub(super) fn on_all(&self, keys: Vec<String>) -> ScriptCall<'_> {
        ScriptCall {
            script: self,
            keys,
            arguments: Vec::new(),
        }
    }
}

impl ScriptCall<'_> {
    #[must_use]
    pub(super) fn key(mut self, key: String) -> Self {
        self.keys.push(key);
        self
    }

    #[must_use]
    pub(super) fn arg(mut self, argument: impl ToRedisArgs) -> Self {
        argument.write_redis_args(&mut self.arguments);
        self
    }

    /// Runs the script: by its digest, and by its text when the server does not know it (any more). The text goes to the
    /// server that has the keys, which then knows it.
    pub(super) async fn run(&self, wire: &mut impl ConnectionLike) -> RedisResult<Value> {
        let known = self.command("EVALSHA", &self.script.digest).query_async(wire).await;
        match known {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.command("EVAL", self.script.code).query_async(wire).await
            }
            answer => answer,
        }
    }

    fn command(&self, verb: &str, script: &str) -> Cmd {
        let mut command = redis::cmd(verb);
        command
            .arg(script)
            .arg(self.keys.len())
            .arg(&self.keys)
            .arg(&self.arguments);
        command
    }
}
