//! The suite of [`IdempotencyKeys`].

use std::sync::Arc;

use crate::domain::{Fingerprint, KeyedRequest, UserId};
use crate::ports::{Accounts, IdempotencyKeys, KeyState, StoredAnswer};

use super::stamp::assert_is;
use super::{ALMOST_A_DAY, BRIEF, EngineClock, LONG, Spawn, TICK, advance_far, at_once, samples};

/// A store without keys.
pub trait IdempotencyKeysFixture: EngineClock {
    /// The accounts that the keys belong to.
    fn accounts(&self) -> Arc<dyn Accounts>;
    /// The keys under test.
    fn keys(&self) -> Arc<dyn IdempotencyKeys>;
}

fn answer() -> StoredAnswer {
    StoredAnswer {
        status: 201,
        location: Some(format!("/api/v1/movies/{}", samples::number())),
        etag: Some("\"1\"".to_owned()),
        body: vec![0, 123, 255, 34, 125],
    }
}

fn other_request(request: &KeyedRequest) -> KeyedRequest {
    KeyedRequest {
        fingerprint: Fingerprint::of([b"another request".as_slice()]),
        ..request.clone()
    }
}

struct Desk {
    keys: Arc<dyn IdempotencyKeys>,
    user: UserId,
    request: KeyedRequest,
}

impl Desk {
    async fn new(fixture: &impl IdempotencyKeysFixture) -> Self {
        Self {
            keys: fixture.keys(),
            user: samples::person(&*fixture.accounts()).await,
            request: samples::keyed(),
        }
    }

    async fn claim(&self, request: &KeyedRequest) -> KeyState {
        self.keys.claim(self.user, request, samples::id(), LONG).await.unwrap()
    }

    /// Claims the key for [`BRIEF`] and gives the ticket.
    async fn briefly(&self) -> uuid::Uuid {
        let ticket = samples::id();
        let state = self.keys.claim(self.user, &self.request, ticket, BRIEF).await.unwrap();
        assert_eq!(state, KeyState::Claimed(ticket));
        ticket
    }

    async fn answered(&self, keep: std::time::Duration) -> StoredAnswer {
        let (ticket, answer) = (self.briefly().await, answer());
        self.keys
            .finish(self.user, &self.request.key, ticket, &answer, keep)
            .await
            .unwrap();
        answer
    }
}

/// A key that nobody used is claimed; until it is answered others wait.
pub async fn an_unused_key_is_claimed_once(fixture: &impl IdempotencyKeysFixture) {
    let desk = Desk::new(fixture).await;
    let ticket = samples::id();
    for _ in 0..2 {
        let state = desk.keys.claim(desk.user, &desk.request, ticket, LONG).await.unwrap();
        assert_eq!(state, KeyState::Claimed(ticket), "the same ticket claims again");
    }
    assert_eq!(desk.claim(&desk.request).await, KeyState::InUse);
    assert_eq!(desk.claim(&other_request(&desk.request)).await, KeyState::Reused);
}

/// An answer is given again byte by byte, to the same request only.
pub async fn an_answer_is_given_again(fixture: &impl IdempotencyKeysFixture) {
    let desk = Desk::new(fixture).await;
    let answer = desk.answered(LONG).await;
    assert_eq!(desk.claim(&desk.request).await, KeyState::Answered(answer.clone()));
    assert_eq!(desk.claim(&other_request(&desk.request)).await, KeyState::Reused);
    assert_eq!(desk.claim(&desk.request).await, KeyState::Answered(answer));

    let bare = Desk::new(fixture).await;
    let (ticket, empty) = (
        bare.briefly().await,
        StoredAnswer {
            status: 204,
            location: None,
            etag: None,
            body: vec![],
        },
    );
    bare.keys
        .finish(bare.user, &bare.request.key, ticket, &empty, LONG)
        .await
        .unwrap();
    assert_eq!(bare.claim(&bare.request).await, KeyState::Answered(empty));
}

/// An answer outlives its claim's lease and is kept for as long as was asked, counted from the finish.
pub async fn an_answer_is_kept_for_its_time(fixture: &impl IdempotencyKeysFixture) {
    let desk = Desk::new(fixture).await;
    let answer = desk.answered(ALMOST_A_DAY + BRIEF).await;
    advance_far(fixture, ALMOST_A_DAY).await;
    assert_eq!(desk.claim(&desk.request).await, KeyState::Answered(answer));
}

/// After its time a key is free for any request, swept or not.
pub async fn a_key_is_free_after_its_time(fixture: &impl IdempotencyKeysFixture) {
    let desk = Desk::new(fixture).await;
    desk.answered(BRIEF).await;
    fixture.advance(BRIEF + TICK).await;
    assert_is!(desk.claim(&other_request(&desk.request)).await, KeyState::Claimed(_));
}

/// A key belongs to one user.
pub async fn users_do_not_share_keys(fixture: &impl IdempotencyKeysFixture) {
    let desk = Desk::new(fixture).await;
    let answer = desk.answered(LONG).await;
    let stranger = samples::person(&*fixture.accounts()).await;
    let ticket = samples::id();
    let theirs = other_request(&desk.request);
    let state = desk.keys.claim(stranger, &theirs, ticket, LONG).await.unwrap();
    assert_eq!(state, KeyState::Claimed(ticket));
    desk.keys.abandon(stranger, &theirs.key, ticket).await.unwrap();
    assert_eq!(desk.claim(&desk.request).await, KeyState::Answered(answer));
}

/// A claim whose lease has ended is taken over by the same request; its old ticket is worth nothing.
pub async fn an_ended_claim_is_taken_over_by_the_same_request(fixture: &impl IdempotencyKeysFixture) {
    let desk = Desk::new(fixture).await;
    let old = desk.briefly().await;
    fixture.advance(BRIEF).await;
    assert_eq!(desk.claim(&other_request(&desk.request)).await, KeyState::Reused);
    let new = samples::id();
    let state = desk.keys.claim(desk.user, &desk.request, new, LONG).await.unwrap();
    assert_eq!(state, KeyState::Claimed(new));

    let key = &desk.request.key;
    desk.keys.abandon(desk.user, key, old).await.unwrap();
    desk.keys.finish(desk.user, key, old, &answer(), LONG).await.unwrap();
    assert_eq!(
        desk.claim(&desk.request).await,
        KeyState::InUse,
        "the old ticket changed nothing"
    );
    let answer = answer();
    desk.keys.finish(desk.user, key, new, &answer, LONG).await.unwrap();
    assert_eq!(desk.claim(&desk.request).await, KeyState::Answered(answer));
}

/// A key that was given back is as if it had never been used.
pub async fn an_abandoned_key_is_free(fixture: &impl IdempotencyKeysFixture) {
    let desk = Desk::new(fixture).await;
    let ticket = desk.briefly().await;
    desk.keys
        .abandon(desk.user, &desk.request.key, samples::id())
        .await
        .unwrap();
    assert_eq!(
        desk.claim(&desk.request).await,
        KeyState::InUse,
        "another ticket gives nothing back"
    );
    desk.keys.abandon(desk.user, &desk.request.key, ticket).await.unwrap();
    desk.keys
        .abandon(desk.user, &desk.request.key, ticket)
        .await
        .expect("repeating is harmless");
    assert_is!(desk.claim(&other_request(&desk.request)).await, KeyState::Claimed(_));
}

/// A ticket that never claimed cannot answer.
pub async fn only_the_claim_answers(fixture: &impl IdempotencyKeysFixture) {
    let desk = Desk::new(fixture).await;
    let unknown = samples::keyed();
    desk.keys
        .finish(desk.user, &unknown.key, samples::id(), &answer(), LONG)
        .await
        .unwrap();
    assert_is!(desk.claim(&unknown).await, KeyState::Claimed(_));
    desk.briefly().await;
    desk.keys
        .finish(desk.user, &desk.request.key, samples::id(), &answer(), LONG)
        .await
        .unwrap();
    assert_eq!(desk.claim(&desk.request).await, KeyState::InUse);
}

/// The purge is bounded, counts what it removes, and leaves what is still remembered.
pub async fn a_purge_removes_up_to_its_limit(fixture: &impl IdempotencyKeysFixture) {
    let live = Desk::new(fixture).await;
    let answer = live.answered(LONG).await;
    for _ in 0..3 {
        Desk::new(fixture).await.answered(BRIEF).await;
    }
    fixture.advance(BRIEF + TICK).await;
    let mut removed = Vec::new();
    for _ in 0..3 {
        removed.push(live.keys.purge(2).await.unwrap());
    }
    assert_eq!(removed, [2, 1, 0]);
    assert_eq!(live.claim(&live.request).await, KeyState::Answered(answer));
}

/// Of many who claim one key at once, exactly one does the work.
pub async fn one_of_many_claims_wins(fixture: &impl IdempotencyKeysFixture, spawn: &dyn Spawn) {
    let desk = Desk::new(fixture).await;
    for round in ["unused", "taken over"] {
        let results = at_once(
            spawn,
            (0..32).map(|_| {
                let (keys, user, request) = (desk.keys.clone(), desk.user, desk.request.clone());
                async move { keys.claim(user, &request, samples::id(), BRIEF).await.unwrap() }
            }),
        )
        .await;
        let won = results
            .iter()
            .filter(|state| matches!(state, KeyState::Claimed(_)))
            .count();
        let wait = results.iter().filter(|state| **state == KeyState::InUse).count();
        assert_eq!((won, wait), (1, 31), "{round}");
        fixture.advance(BRIEF).await;
    }
}

/// Stamps the suite of the idempotency keys; takes a future that makes an
/// [`IdempotencyKeysFixture`](crate::conformance::idempotency_keys::IdempotencyKeysFixture).
#[macro_export]
macro_rules! idempotency_keys_conformance {
    ($fixture:expr) => {
        $crate::conformance_cases!(
            idempotency_keys,
            $fixture,
            cases: [
                an_unused_key_is_claimed_once,
                an_answer_is_given_again,
                an_answer_is_kept_for_its_time,
                a_key_is_free_after_its_time,
                users_do_not_share_keys,
                an_ended_claim_is_taken_over_by_the_same_request,
                an_abandoned_key_is_free,
                only_the_claim_answers,
                a_purge_removes_up_to_its_limit,
            ],
            at_once: [
                one_of_many_claims_wins,
            ],
        );
    };
}
