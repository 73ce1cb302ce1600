//! The suite of [`TokenSigner`].

use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, Unit};

use crate::domain::Claims;
use crate::ports::{InvalidToken, TokenSigner};

use super::{EngineClock, LONG, earlier, later, samples};

/// A signer, and others that it must not believe.
pub trait TokenSignerFixture: EngineClock {
    /// The signer under test.
    fn signer(&self) -> Arc<dyn TokenSigner>;

    /// The same issuer and audience with a key that the signer does not know.
    fn with_another_key(&self) -> Arc<dyn TokenSigner>;

    /// The signer's key under another issuer.
    fn with_another_issuer(&self) -> Arc<dyn TokenSigner>;

    /// The signer's key for another audience.
    fn with_another_audience(&self) -> Arc<dyn TokenSigner>;
}

/// How far clocks may be apart, and a little around it.
const LEEWAY: Duration = Duration::from_secs(30);
const LITTLE: Duration = Duration::from_secs(5);

async fn whole_second(fixture: &impl TokenSignerFixture) -> Timestamp {
    fixture.now().await.round(Unit::Second).unwrap()
}

async fn claims(fixture: &impl TokenSignerFixture) -> Claims {
    let now = whole_second(fixture).await;
    Claims {
        user: samples::id(),
        session: samples::id(),
        is_admin: false,
        issued_at: now,
        expires_at: later(now, LONG),
    }
}

/// A token says what was signed.
pub async fn a_token_says_what_was_signed(fixture: &impl TokenSignerFixture) {
    let signer = fixture.signer();
    for is_admin in [false, true] {
        let claims = Claims {
            is_admin,
            ..claims(fixture).await
        };
        let token = signer.sign(&claims).unwrap();
        assert_eq!(signer.verify(&token), Ok(claims.clone()));
        assert_eq!(signer.verify(&token), Ok(claims), "any number of times");
    }
}

/// What is no token is refused.
pub async fn what_is_no_token_is_refused(fixture: &impl TokenSignerFixture) {
    let signer = fixture.signer();
    let huge = "a".repeat(1_000_000);
    for text in ["", ".", "..", "...", "token", "a.b.c", "\0", "é.é.é", huge.as_str()] {
        assert_eq!(signer.verify(text), Err(InvalidToken));
    }
}

/// No part of a token can be changed, cut, lengthened, or put together with another's.
pub async fn a_token_cannot_be_altered(fixture: &impl TokenSignerFixture) {
    let signer = fixture.signer();
    let mine = signer.sign(&claims(fixture).await).unwrap();
    let admin = signer
        .sign(&Claims {
            is_admin: true,
            ..claims(fixture).await
        })
        .unwrap();
    let part = |token: &str, place: usize| token.split('.').nth(place).unwrap_or_default().to_owned();
    let spliced = format!("{}.{}.{}", part(&mine, 0), part(&admin, 1), part(&mine, 2));
    assert_eq!(signer.verify(&spliced), Err(InvalidToken));
    assert_eq!(
        signer.verify(&format!("{}.{}.", part(&mine, 0), part(&mine, 1))),
        Err(InvalidToken)
    );
    assert_eq!(
        signer.verify(&format!("{}.{}", part(&mine, 0), part(&mine, 1))),
        Err(InvalidToken)
    );
    assert_eq!(signer.verify(&format!("{mine}.{}", part(&mine, 2))), Err(InvalidToken));
    assert_eq!(signer.verify(&format!(" {mine}")), Err(InvalidToken));
    for place in 0..mine.len() {
        let mut bytes = mine.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(bytes).unwrap();
        assert_eq!(signer.verify(&altered), Err(InvalidToken), "byte {place}");
    }
    for length in 0..mine.len() {
        assert_eq!(
            signer.verify(&mine[..length]),
            Err(InvalidToken),
            "the first {length} bytes"
        );
    }
}

/// A token that anybody could have written is refused: `alg: none` with the claims of a real one.
pub async fn an_unsigned_token_is_refused(fixture: &impl TokenSignerFixture) {
    let signer = fixture.signer();
    let token = signer.sign(&claims(fixture).await).unwrap();
    let body = token.split('.').nth(1).unwrap_or_default();
    // {"alg":"none","typ":"at+jwt"} and {"alg":"HS256","typ":"at+jwt"}
    for header in [
        "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9",
    ] {
        for signature in ["", "AAAA"] {
            assert_eq!(
                signer.verify(&format!("{header}.{body}.{signature}")),
                Err(InvalidToken)
            );
        }
    }
}

/// Only keys in use, our issuer and our audience are believed.
pub async fn strangers_are_not_believed(fixture: &impl TokenSignerFixture) {
    let (signer, claims) = (fixture.signer(), claims(fixture).await);
    let strangers = [
        fixture.with_another_key(),
        fixture.with_another_issuer(),
        fixture.with_another_audience(),
    ];
    for stranger in strangers {
        let token = stranger.sign(&claims).unwrap();
        assert_eq!(
            stranger.verify(&token).as_ref(),
            Ok(&claims),
            "good where it comes from"
        );
        assert_eq!(signer.verify(&token), Err(InvalidToken));
        let ours = signer.sign(&claims).unwrap();
        assert_eq!(stranger.verify(&ours), Err(InvalidToken));
    }
}

/// A token ends at its time, give or take the leeway.
pub async fn an_expired_token_is_refused(fixture: &impl TokenSignerFixture) {
    let (signer, now) = (fixture.signer(), whole_second(fixture).await);
    let ended = async |ago| {
        let claims = Claims {
            issued_at: earlier(now, LONG),
            expires_at: earlier(now, ago),
            ..claims(fixture).await
        };
        signer.verify(&signer.sign(&claims).unwrap())
    };
    assert!(ended(LITTLE).await.is_ok(), "within the leeway");
    assert_eq!(ended(LEEWAY + LITTLE).await, Err(InvalidToken));
    assert_eq!(ended(LONG - LITTLE).await, Err(InvalidToken));
    if fixture.is_manual() {
        let claims = claims(fixture).await;
        let token = signer.sign(&claims).unwrap();
        fixture.advance(LONG + LEEWAY - LITTLE).await;
        assert_eq!(signer.verify(&token), Ok(claims));
        fixture.advance(2 * LITTLE).await;
        assert_eq!(signer.verify(&token), Err(InvalidToken));
    }
}

/// A token is not valid before its time, give or take the leeway.
pub async fn a_token_of_the_future_is_refused(fixture: &impl TokenSignerFixture) {
    let (signer, now) = (fixture.signer(), whole_second(fixture).await);
    let begins = async |ahead| {
        let claims = Claims {
            issued_at: later(now, ahead),
            expires_at: later(now, 2 * LONG),
            ..claims(fixture).await
        };
        signer.verify(&signer.sign(&claims).unwrap())
    };
    assert!(begins(LEEWAY - LITTLE).await.is_ok(), "within the leeway");
    assert_eq!(begins(LEEWAY + LITTLE).await, Err(InvalidToken));
    assert_eq!(begins(LONG).await, Err(InvalidToken));
}

/// Stamps the suite of the token signer; takes a future that makes a
/// [`TokenSignerFixture`](crate::conformance::token_signer::TokenSignerFixture).
#[macro_export]
macro_rules! token_signer_conformance {
    ($fixture:expr) => {
        $crate::conformance_cases!(
            token_signer,
            $fixture,
            cases: [
                a_token_says_what_was_signed,
                what_is_no_token_is_refused,
                a_token_cannot_be_altered,
                an_unsigned_token_is_refused,
                strangers_are_not_believed,
                an_expired_token_is_refused,
                a_token_of_the_future_is_refused,
            ],
            at_once: [],
        );
    };
}
