//! What is sent to Redis: commands on one key, and scripts.

use std::future::Future;

use redis::{Cmd, ErrorKind, RedisResult, ServerErrorKind, ToRedisArgs, Value};

use super::link::Wire;

/// One act on the server that has its keys.
pub(super) trait Request: Sync {
    /// The key that says where it goes; any others lie in the same slot.
    fn key(&self) -> &str;

    /// Sends it and waits for the answer.
    fn send(&self, wire: &mut Wire) -> impl Future<Output = RedisResult<Value>> + Send;
}

/// A command on one key.
#[derive(Debug)]
pub(super) struct Command {
    key: String,
    command: Cmd,
}

impl Command {
    pub(super) fn on(verb: &str, key: String) -> Self {
        let mut command = redis::cmd(verb);
        command.arg(&key);
        Self { key, command }
    }

    #[must_use]
    pub(super) fn arg(mut self, argument: impl ToRedisArgs) -> Self {
        self.command.arg(argument);
        self
    }
}

impl Request for Command {
    fn key(&self) -> &str {
        &self.key
    }

    async fn send(&self, wire: &mut Wire) -> RedisResult<Value> {
        self.command.query_async(wire).await
    }
}

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
    key: String,
    more_keys: Vec<String>,
    arguments: Vec<Vec<u8>>,
}

/// Makes a script of parts of `lua/`, put one behind the other.
macro_rules! script {
    ($($part:literal),+ $(,)?) => {
        std::sync::LazyLock::new(|| {
            $crate::redis::request::Script::new(concat!($(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../lua/", $part))),+))
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
        ScriptCall {
            script: self,
            key,
            more_keys: Vec::new(),
            arguments: Vec::new(),
        }
    }
}

impl ScriptCall<'_> {
    #[must_use]
    pub(super) fn key(mut self, key: String) -> Self {
        self.more_keys.push(key);
        self
    }

    #[must_use]
    pub(super) fn arg(mut self, argument: impl ToRedisArgs) -> Self {
        argument.write_redis_args(&mut self.arguments);
        self
    }

    fn command(&self, verb: &str, script: &str) -> Cmd {
        let mut command = redis::cmd(verb);
        command
            .arg(script)
            .arg(1 + self.more_keys.len())
            .arg(&self.key)
            .arg(&self.more_keys)
            .arg(&self.arguments);
        command
    }
}

impl Request for ScriptCall<'_> {
    fn key(&self) -> &str {
        &self.key
    }

    /// Runs the script by its digest, and by its text when the server does not know it (any more). The text goes to the
    /// server that has the keys, which then knows it.
    async fn send(&self, wire: &mut Wire) -> RedisResult<Value> {
        let known = self.command("EVALSHA", &self.script.digest).query_async(wire).await;
        match known {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.command("EVAL", self.script.code).query_async(wire).await
            }
            answer => answer,
        }
    }
}
