//! The suite of [`PasswordHasher`].

use std::sync::Arc;

use crate::domain::{Password, PasswordHash};
use crate::ports::{Failure, PasswordHasher, Verdict};

use super::{Spawn, at_once};

/// A hasher, and a hash that it finds too weak.
pub trait PasswordHasherFixture: Send + Sync {
    /// The hasher under test.
    fn hasher(&self) -> Arc<dyn PasswordHasher>;

    /// A hash of `password` with weaker parameters than the hasher's own.
    fn weak_hash(&self, password: &Password) -> PasswordHash;
}

fn password(text: &str) -> Password {
    Password::parse(text).unwrap()
}

/// The right password is right, any other is wrong.
pub async fn only_the_right_password_is_right(fixture: &impl PasswordHasherFixture) {
    let hasher = fixture.hasher();
    let hash = hasher.hash(&password("correct horse")).await.unwrap();
    assert_eq!(
        hasher.verify(&password("correct horse"), &hash).await.unwrap(),
        Verdict::Right
    );
    for wrong in [
        "correct horsf",
        "Correct horse",
        "correct horse ",
        "correct hors",
        "\u{1f40e}\u{1f40e}\u{1f40e}\u{1f40e}\u{1f40e}\u{1f40e}\u{1f40e}\u{1f40e}",
    ] {
        assert_eq!(
            hasher.verify(&password(wrong), &hash).await.unwrap(),
            Verdict::Wrong,
            "{wrong}"
        );
    }
}

/// Every hash has its own salt, and both are right.
pub async fn the_same_password_hashes_differently(fixture: &impl PasswordHasherFixture) {
    let (hasher, password) = (fixture.hasher(), password("correct horse"));
    let (first, second) = (
        hasher.hash(&password).await.unwrap(),
        hasher.hash(&password).await.unwrap(),
    );
    assert!(first != second);
    for hash in [first, second] {
        assert!(
            hash.expose().starts_with('$') && !hash.expose().contains("correct horse"),
            "a PHC string"
        );
        assert_eq!(hasher.verify(&password, &hash).await.unwrap(), Verdict::Right);
    }
}

/// Nothing is cut off, folded or trimmed: the last of 128 characters counts, and so does every byte of it.
pub async fn every_character_of_a_password_counts(fixture: &impl PasswordHasherFixture) {
    let hasher = fixture.hasher();
    let long = "ß".repeat(Password::CHARS_MAX);
    let hash = hasher.hash(&password(&long)).await.unwrap();
    assert_eq!(hasher.verify(&password(&long), &hash).await.unwrap(), Verdict::Right);
    let mut other: String = "ß".repeat(Password::CHARS_MAX - 1);
    assert_eq!(hasher.verify(&password(&other), &hash).await.unwrap(), Verdict::Wrong);
    other.push('s');
    assert_eq!(hasher.verify(&password(&other), &hash).await.unwrap(), Verdict::Wrong);
    let zero = hasher.hash(&password("zero\0tail1")).await.unwrap();
    assert_eq!(
        hasher.verify(&password("zero\0tail2"), &zero).await.unwrap(),
        Verdict::Wrong
    );
}

/// A hash of weaker parameters asks to be replaced, but only by the right password.
pub async fn a_weak_hash_asks_to_be_replaced(fixture: &impl PasswordHasherFixture) {
    let (hasher, password_of_old) = (fixture.hasher(), password("correct horse"));
    let weak = fixture.weak_hash(&password_of_old);
    assert_eq!(
        hasher.verify(&password_of_old, &weak).await.unwrap(),
        Verdict::RightButWeak
    );
    assert_eq!(
        hasher.verify(&password("wrong horse"), &weak).await.unwrap(),
        Verdict::Wrong
    );
}

/// What is no hash lets nobody in.
pub async fn a_broken_hash_lets_nobody_in(fixture: &impl PasswordHasherFixture) {
    let hasher = fixture.hasher();
    for broken in [
        "",
        "$",
        "correct horse",
        "$argon2id$v=19$m=8,t=1,p=1$$",
        "$plain$correct horse",
    ] {
        let hash = PasswordHash::new(broken.to_owned());
        let verdict = hasher.verify(&password("correct horse"), &hash).await;
        assert!(
            !matches!(verdict, Ok(Verdict::Right | Verdict::RightButWeak)),
            "{broken:?}"
        );
    }
}

/// Work for nobody is done like any other.
pub async fn nothing_is_verified_without_a_complaint(fixture: &impl PasswordHasherFixture) {
    fixture
        .hasher()
        .verify_nothing(&password("correct horse"))
        .await
        .unwrap();
}

/// Much work at once is done right, or refused at once as transient; never wrong.
pub async fn much_work_at_once_is_done_or_refused(fixture: &impl PasswordHasherFixture, spawn: &dyn Spawn) {
    let hasher = fixture.hasher();
    let hash = hasher.hash(&password("correct horse")).await.unwrap();
    let work = (0..32).map(|turn| {
        let (hasher, hash) = (hasher.clone(), hash.clone());
        let (tried, expected) = if turn % 2 == 0 {
            ("correct horse", Verdict::Right)
        } else {
            ("wrong horse", Verdict::Wrong)
        };
        async move {
            match hasher.verify(&password(tried), &hash).await {
                Ok(verdict) => {
                    assert_eq!(verdict, expected);
                    true
                }
                Err(error) => {
                    assert_eq!(error.failure, Failure::Transient);
                    false
                }
            }
        }
    });
    assert!(at_once(spawn, work).await.contains(&true));
    assert_eq!(
        hasher.verify(&password("correct horse"), &hash).await.unwrap(),
        Verdict::Right
    );
}

/// Stamps the suite of the password hasher; takes a future that makes a
/// [`PasswordHasherFixture`](crate::conformance::password_hasher::PasswordHasherFixture).
#[macro_export]
macro_rules! password_hasher_conformance {
    ($fixture:expr) => {
        $crate::conformance_cases!(
            password_hasher,
            $fixture,
            cases: [
                only_the_right_password_is_right,
                the_same_password_hashes_differently,
                every_character_of_a_password_counts,
                a_weak_hash_asks_to_be_replaced,
                a_broken_hash_lets_nobody_in,
                nothing_is_verified_without_a_complaint,
            ],
            at_once: [
                much_work_at_once_is_done_or_refused,
            ],
        );
    };
}
