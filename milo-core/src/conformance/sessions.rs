//! The suite of [`Sessions`].

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{Session, UserId};
use crate::ports::{Accounts, RotateError, Sessions};

use super::stamp::assert_is;
use super::{BRIEF, EngineClock, LONG, Spawn, at_once, samples};

/// A store without sessions.
pub trait SessionsFixture: EngineClock {
    /// The accounts that the sessions belong to.
    fn accounts(&self) -> Arc<dyn Accounts>;
    /// The sessions under test.
    fn sessions(&self) -> Arc<dyn Sessions>;
}

async fn opened_for(fixture: &impl SessionsFixture, user: UserId, ttl: Duration) -> Session {
    let session = samples::session(user, fixture.now().await, ttl);
    fixture.sessions().open(&session).await.unwrap();
    session
}

async fn opened(fixture: &impl SessionsFixture) -> Session {
    let user = samples::person(&*fixture.accounts()).await;
    opened_for(fixture, user, LONG).await
}

/// Renewing spends one token for another; the session and its end stay.
pub async fn a_token_is_renewed_again_and_again(fixture: &impl SessionsFixture) {
    let (sessions, mut session) = (fixture.sessions(), opened(fixture).await);
    for _ in 0..3 {
        let next = samples::token_hash();
        let renewed = sessions.rotate(&session.current, &next).await.unwrap();
        let expected = Session {
            current: next,
            ..session
        };
        assert_eq!(renewed, expected);
        session = renewed;
    }
}

/// A token that no session knows is refused, and changes nothing.
pub async fn an_unknown_token_is_refused(fixture: &impl SessionsFixture) {
    let (sessions, session) = (fixture.sessions(), opened(fixture).await);
    let (unknown, next) = (samples::token_hash(), samples::token_hash());
    assert_is!(sessions.rotate(&unknown, &next).await, Err(RotateError::Unknown));
    assert_is!(sessions.rotate(&next, &unknown).await, Err(RotateError::Unknown));
    sessions.rotate(&session.current, &samples::token_hash()).await.unwrap();
}

/// A spent token used again was copied: its whole session is over, whoever holds the unspent one.
pub async fn a_reused_token_ends_its_session(fixture: &impl SessionsFixture) {
    let (sessions, session) = (fixture.sessions(), opened(fixture).await);
    let other = opened_for(fixture, session.user, LONG).await;
    let (second, third) = (samples::token_hash(), samples::token_hash());
    sessions.rotate(&session.current, &second).await.unwrap();
    sessions.rotate(&second, &third).await.unwrap();

    let reused = sessions.rotate(&session.current, &samples::token_hash()).await;
    assert_is!(
        reused,
        Err(RotateError::Reused { session: ended, user }) if (ended, user) == (session.id, session.user)
    );
    assert_is!(
        sessions.rotate(&third, &samples::token_hash()).await,
        Err(RotateError::Unknown)
    );
    sessions
        .rotate(&other.current, &samples::token_hash())
        .await
        .expect("other sessions of the same user go on");
}

/// A session ends at its time, however often it was renewed, on the store's clock.
pub async fn a_session_ends_at_its_time(fixture: &impl SessionsFixture) {
    let sessions = fixture.sessions();
    let user = samples::person(&*fixture.accounts()).await;
    let session = opened_for(fixture, user, BRIEF).await;
    let next = samples::token_hash();
    sessions.rotate(&session.current, &next).await.unwrap();
    if fixture.is_manual() {
        fixture.advance(BRIEF - Duration::from_micros(1)).await;
        let last = samples::token_hash();
        sessions.rotate(&next, &last).await.expect("not over yet");
        fixture.advance(Duration::from_micros(1)).await;
        assert_is!(
            sessions.rotate(&last, &samples::token_hash()).await,
            Err(RotateError::Unknown)
        );
    } else {
        fixture.advance(BRIEF).await;
        assert_is!(
            sessions.rotate(&next, &samples::token_hash()).await,
            Err(RotateError::Unknown)
        );
    }
}

/// Signing out ends the session, whether its unspent or a spent token is shown.
pub async fn a_session_is_ended_by_any_of_its_tokens(fixture: &impl SessionsFixture) {
    let sessions = fixture.sessions();
    for by_spent in [false, true] {
        let (session, next) = (opened(fixture).await, samples::token_hash());
        sessions.rotate(&session.current, &next).await.unwrap();
        let shown = if by_spent { session.current } else { next };
        sessions.end(session.user, &shown).await.unwrap();
        sessions.end(session.user, &shown).await.expect("repeating is harmless");
        assert_is!(
            sessions.rotate(&next, &samples::token_hash()).await,
            Err(RotateError::Unknown)
        );
    }
}

/// Nobody ends the sessions of others, and what is unknown is ignored.
pub async fn only_the_own_session_is_ended(fixture: &impl SessionsFixture) {
    let (sessions, session) = (fixture.sessions(), opened(fixture).await);
    let other = opened_for(fixture, session.user, LONG).await;
    let stranger = samples::person(&*fixture.accounts()).await;
    sessions.end(stranger, &session.current).await.unwrap();
    sessions.end(session.user, &samples::token_hash()).await.unwrap();
    sessions.end(samples::id(), &session.current).await.unwrap();
    sessions.end(session.user, &other.current).await.unwrap();
    sessions
        .rotate(&session.current, &samples::token_hash())
        .await
        .expect("it was not ended");
    assert_is!(
        sessions.rotate(&other.current, &samples::token_hash()).await,
        Err(RotateError::Unknown)
    );
}

/// Of fifty renewals with one token exactly one succeeds, and the copies end the session.
pub async fn one_of_many_renewals_wins(fixture: &impl SessionsFixture, spawn: &dyn Spawn) {
    let (sessions, session) = (fixture.sessions(), opened(fixture).await);
    let results = at_once(
        spawn,
        (0..50).map(|_| {
            let (sessions, presented, next) = (sessions.clone(), session.current, samples::token_hash());
            async move { sessions.rotate(&presented, &next).await }
        }),
    )
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let reused = |result: &&Result<_, RotateError>| matches!(result, Err(RotateError::Reused { .. }));
    assert!(results.iter().any(|result| reused(&result)));
    let known =
        |result: &Result<_, _>| matches!(result, Ok(_) | Err(RotateError::Reused { .. } | RotateError::Unknown));
    assert!(results.iter().all(known), "{results:?}");
    let renewed = results.into_iter().find_map(Result::ok).unwrap();
    assert_is!(
        sessions.rotate(&renewed.current, &samples::token_hash()).await,
        Err(RotateError::Unknown)
    );
}

/// Stamps the suite of the sessions; takes a future that makes a [`SessionsFixture`](crate::conformance::sessions::SessionsFixture).
#[macro_export]
macro_rules! sessions_conformance {
    ($fixture:expr) => {
        $crate::conformance_cases!(
            sessions,
            $fixture,
            cases: [
                a_token_is_renewed_again_and_again,
                an_unknown_token_is_refused,
                a_reused_token_ends_its_session,
                a_session_ends_at_its_time,
                a_session_is_ended_by_any_of_its_tokens,
                only_the_own_session_is_ended,
            ],
            at_once: [
                one_of_many_renewals_wins,
            ],
        );
    };
}
