//! What a Redis says went wrong, in the core's words.

use milo_core::ports::{Failure, PortError};
use redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::layers::Intent;

/// Who asks, and what for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    /// The port, as in [`PortError::port`].
    pub(super) port: &'static str,
    /// Whether the call may change something.
    pub(super) intent: Intent,
}

impl Call {
    pub(super) const fn read(port: &'static str) -> Self {
        let intent = Intent::Read;
        Self { port, intent }
    }

    pub(super) const fn write(port: &'static str) -> Self {
        let intent = Intent::Write;
        Self { port, intent }
    }

    /// What became of a command that was sent on a connection, to a cluster or to a single server, and failed.
    pub(super) fn failed(self, error: RedisError, is_cluster: bool) -> PortError {
        let (failure, message) = self.meaning(&error, is_cluster);
        PortError::new(self.port, failure, message).caused_by(error)
    }

    /// There is no connection to send anything on.
    pub(super) fn unreachable(self) -> PortError {
        PortError::transient(self.port, "Redis cannot be reached")
    }

    /// Redis has not answered lately, so it was not asked.
    pub(super) fn spared(self) -> PortError {
        PortError::transient(
            self.port,
            "Redis did not answer the last calls; it is not asked for a moment",
        )
    }

    /// Redis answered what none of our commands answers.
    pub(super) fn misunderstood(self) -> PortError {
        PortError::corrupt(self.port, "Redis gave an answer of an unexpected shape")
    }

    fn meaning(self, error: &RedisError, is_cluster: bool) -> (Failure, &'static str) {
        use ServerErrorKind as Server;
        let not_now = Failure::Transient;
        match error.kind() {
            ErrorKind::Server(Server::BusyLoading) => (not_now, "Redis is loading its data"),
            ErrorKind::Server(Server::ReadOnly) => (not_now, "Redis has become a read-only replica"),
            ErrorKind::Server(Server::ClusterDown | Server::MasterDown) => (not_now, "the Redis cluster is down"),
            ErrorKind::Server(Server::TryAgain | Server::Ask) => (not_now, "keys are moving in the Redis cluster"),
            ErrorKind::Server(Server::NoScript) => (not_now, "Redis lost its scripts again"),
            ErrorKind::Server(Server::Moved) if is_cluster => (not_now, "keys are moving in the Redis cluster"),
            ErrorKind::Server(Server::Moved) => (
                Failure::Refused,
                "this Redis belongs to a cluster: say so in its URL, redis+cluster://",
            ),
            ErrorKind::Server(Server::NoPerm) | ErrorKind::AuthenticationFailed => {
                (Failure::Refused, "Redis does not allow this user to do this")
            }
            ErrorKind::ClusterConnectionNotFound => (not_now, "no node of the Redis cluster can be reached"),
            ErrorKind::Io if error.is_connection_refusal() => (not_now, "Redis cannot be reached"),
            ErrorKind::Io | ErrorKind::Parse => match self.intent {
                Intent::Read => (not_now, "Redis gave no answer"),
                Intent::Write => (Failure::OutcomeUnknown, "Redis gave no answer"),
            },
            _ => match error.code() {
                Some("BUSY") => (not_now, "Redis is busy with a script"),
                Some("OOM") => (not_now, "Redis is out of memory"),
                Some("NOREPLICAS") => (not_now, "Redis has lost its replicas"),
                Some("MISCONF") => (not_now, "Redis cannot save its data"),
                _ => (Failure::Refused, "Redis refused the command"),
            },
        }
    }
}

/// Whether the failure says that Redis is not well, rather than that the command was wrong.
pub(super) fn is_unwell(error: &PortError) -> bool {
    matches!(error.failure, Failure::Transient | Failure::OutcomeUnknown)
}

/// Whether the connection is of no use any more: it is broken, or leads to what is no primary any more.
pub(super) fn breaks_connection(error: &RedisError) -> bool {
    error.is_unrecoverable_error() || error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn server(answer: &str) -> RedisError {
        redis::parse_redis_value(format!("-{answer}\r\n").as_bytes())
            .and_then(redis::Value::extract_error)
            .unwrap_err()
    }

    fn failure(call: Call, error: RedisError) -> Failure {
        call.failed(error, false).failure
    }

    #[test]
    fn what_passes_by_itself_is_transient_and_was_not_done() {
        for answer in [
            "LOADING Redis is loading the dataset in memory",
            "READONLY You can't write against a read only replica.",
            "CLUSTERDOWN The cluster is down",
            "MASTERDOWN Link with MASTER is down",
            "TRYAGAIN Multiple keys request during rehashing of slot",
            "NOSCRIPT No matching script.",
            "BUSY Redis is busy running a script.",
            "OOM command not allowed when used memory > 'maxmemory'.",
            "NOREPLICAS Not enough good replicas to write.",
            "MISCONF Redis is configured to save RDB snapshots",
        ] {
            assert_eq!(
                failure(Call::write("cache"), server(answer)),
                Failure::Transient,
                "{answer}"
            );
        }
    }

    #[test]
    fn what_is_wrong_stays_wrong() {
        for answer in [
            "ERR unknown command",
            "WRONGTYPE Operation against a key holding the wrong kind of value",
            "NOPERM this user has no permissions",
            "MOVED 3999 127.0.0.1:6381",
            "CROSSSLOT Keys in request don't hash to the same slot",
        ] {
            assert_eq!(
                failure(Call::write("cache"), server(answer)),
                Failure::Refused,
                "{answer}"
            );
        }
    }

    #[test]
    fn a_lost_answer_to_a_write_is_an_unknown_outcome() {
        for kind in [
            io::ErrorKind::TimedOut,
            io::ErrorKind::BrokenPipe,
            io::ErrorKind::ConnectionReset,
            io::ErrorKind::UnexpectedEof,
        ] {
            let error = || RedisError::from(io::Error::from(kind));
            assert_eq!(
                failure(Call::write("cache"), error()),
                Failure::OutcomeUnknown,
                "{kind}"
            );
            assert_eq!(failure(Call::read("cache"), error()), Failure::Transient, "{kind}");
        }
    }

    #[test]
    fn a_refused_connection_was_never_a_call() {
        let error = RedisError::from(io::Error::from(io::ErrorKind::ConnectionRefused));
        assert_eq!(failure(Call::write("cache"), error), Failure::Transient);
    }

    #[test]
    fn a_key_that_moved_is_found_later_in_a_cluster_only() {
        let moved = || server("MOVED 3999 127.0.0.1:6381");
        let call = Call::write("cache");
        assert_eq!(call.failed(moved(), true).failure, Failure::Transient);
        assert_eq!(call.failed(moved(), false).failure, Failure::Refused);
    }

    #[test]
    fn a_text_never_repeats_what_the_server_said() {
        let error = Call::write("cache").failed(server("ERR secret-key-name is wrong"), false);
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn a_connection_to_a_former_primary_is_given_up() {
        assert!(breaks_connection(&server(
            "READONLY You can't write against a read only replica."
        )));
        assert!(!breaks_connection(&server("ERR unknown command")));
    }
}
