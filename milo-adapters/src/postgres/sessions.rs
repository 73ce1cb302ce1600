use async_trait::async_trait;
use milo_core::domain::{Session, TokenHash, UserId};
use milo_core::ports::{PortError, RotateError, Sessions};

use super::failure::Intent;
use super::row::Record;
use super::store::PgStore;
use super::time::{read, stored};

const PORT: &str = "sessions";

/// The most sessions that one call clears away whose time is over.
const CLEARED_MAX: i64 = 16;

#[async_trait]
impl Sessions for PgStore {
    async fn open(&self, session: &Session) -> Result<(), PortError> {
        // A session that is being renewed this moment is left to its own end.
        let opened = self
            .row(Intent::Write, || {
                sqlx::query(
                    "with ended as (
                        delete from sessions where id in (
                            select id from sessions where expires_at <= now() and id <> $1
                            order by expires_at limit $5
                            for update skip locked
                        )
                    ), opened as (
                        insert into sessions (id, user_id, first_token, current_token, expires_at)
                        values ($1, $2, $3, $3, $4)
                        on conflict (id) do nothing
                        returning id
                    )
                    insert into refresh_tokens (hash, session_id) select $3, id from opened
                    returning session_id",
                )
                .bind(session.id.0)
                .bind(session.user.0)
                .bind(session.current.0)
                .bind(stored(session.expires_at))
                .bind(CLEARED_MAX)
            })
            .await;
        match opened {
            Ok(Some(_)) => Ok(()),
            Ok(None) => self.expect_opened(session).await,
            Err(error) if error.constraint() == Some("refresh_tokens_unique") => {
                Err(PortError::refused(PORT, "another session has the token"))
            }
            Err(error) => Err(error.on(PORT)),
        }
    }

    async fn rotate(&self, presented: &TokenHash, next: &TokenHash) -> Result<Session, RotateError> {
        // The session's row is locked first: whoever waited for it sees what the others made of it.
        let found = self
            .row(Intent::Write, || {
                sqlx::query(
                    "with session as (
                        select id, user_id, expires_at, expires_at > now() as is_live, current_token = $1 as is_current
                        from sessions
                        where id = (select session_id from refresh_tokens where hash = $1)
                        for update
                    ), renewed as (
                        update sessions set current_token = $2
                        from session
                        where sessions.id = session.id and is_live and is_current
                    ), kept as (
                        insert into refresh_tokens (hash, session_id)
                        select $2, id from session where is_live and is_current
                    ), ended as (
                        delete from sessions using session
                        where sessions.id = session.id and not (is_live and is_current)
                    )
                    select id, user_id, expires_at, is_live, is_current from session",
                )
                .bind(presented.0)
                .bind(next.0)
            })
            .await;
        let row = match found {
            Ok(Some(row)) => row,
            Ok(None) => return Err(RotateError::Unknown),
            Err(error) if error.constraint() == Some("refresh_tokens_unique") => {
                return Err(PortError::refused(PORT, "the next token was used before").into());
            }
            Err(error) => return Err(error.on(PORT).into()),
        };
        let record = Record::new(PORT, "sessions", &row)?;
        let session = Session {
            id: record.id(),
            user: UserId(record.get("user_id")?),
            current: *next,
            expires_at: read(record.get("expires_at")?),
        };
        if !record.get("is_live")? {
            Err(RotateError::Unknown)
        } else if record.get("is_current")? {
            Ok(session)
        } else {
            Err(RotateError::Reused {
                session: session.id,
                user: session.user,
            })
        }
    }

    async fn end(&self, user: UserId, presented: &TokenHash) -> Result<(), PortError> {
        self.row(Intent::Write, || {
            sqlx::query(
                "delete from sessions
                where user_id = $1 and id = (select session_id from refresh_tokens where hash = $2)",
            )
            .bind(user.0)
            .bind(presented.0)
        })
        .await
        .map(|_| ())
        .map_err(|error| error.on(PORT))
    }
}

impl PgStore {
    /// A repeat finds what its first try made, even if the token was renewed since.
    async fn expect_opened(&self, session: &Session) -> Result<(), PortError> {
        let same = self
            .row(Intent::Read, || {
                sqlx::query("select id from sessions where id = $1 and user_id = $2 and first_token = $3")
                    .bind(session.id.0)
                    .bind(session.user.0)
                    .bind(session.current.0)
            })
            .await
            .map_err(|error| error.on(PORT))?;
        match same {
            Some(_) => Ok(()),
            None => Err(PortError::refused(PORT, "another session has the id")),
        }
    }
}
