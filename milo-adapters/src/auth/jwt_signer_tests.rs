use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

const NOW: i64 = 1_800_000_000;

#[derive(Debug)]
struct TestClock(Mutex<Timestamp>);

impl TestClock {
    fn set(&self, second: i64, nanosecond: i32) {
        *self.0.lock().unwrap() = Timestamp::new(second, nanosecond).unwrap();
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

fn clock() -> Arc<TestClock> {
    Arc::new(TestClock(Mutex::new(Timestamp::from_second(NOW).unwrap())))
}

fn key(kid: &str, filling: u8) -> SigningKey {
    let mut seed = [filling; 32];
    seed[0] = !filling;
    let seed = base64::engine::general_purpose::STANDARD.encode(seed);
    SigningKey::parse(&format!("{kid}:{seed}").into()).unwrap()
}

fn signer_with(keys: &[SigningKey], clock: Arc<TestClock>) -> JwtSigner {
    JwtSigner::new(keys, "milo", "milo-api", clock).unwrap()
}

fn signer() -> JwtSigner {
    signer_with(&[key("k1", 1)], clock())
}

fn claims() -> Claims {
    Claims {
        user: UserId(Uuid::from_u128(1)),
        session: SessionId(Uuid::from_u128(2)),
        is_admin: true,
        issued_at: Timestamp::from_second(NOW).unwrap(),
        expires_at: Timestamp::from_second(NOW + 600).unwrap(),
    }
}

fn header() -> Value {
    json!({"typ": "at+jwt", "alg": "EdDSA", "kid": "k1"})
}

fn payload() -> Value {
    json!({
        "iss": "milo", "aud": "milo-api", "sub": claims().user, "sid": claims().session, "jti": "j", "iat": NOW,
        "nbf": NOW, "exp": NOW + 600, "admin": false,
    })
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token with any header and payload and a true signature of `key`.
fn forge(header: &Value, payload: &Value, key: &SigningKey) -> String {
    let message = format!("{}.{}", part(header), part(payload));
    let (signing, _) = key.halves().unwrap();
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &signing, Algorithm::EdDSA).unwrap();
    format!("{message}.{signature}")
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().unwrap().remove(name).expect("was there");
    object
}

#[track_caller]
fn assert_refused(token: &str) {
    assert_eq!(signer().verify(token), Err(InvalidToken));
}

#[test]
fn what_was_signed_is_what_is_verified() {
    let signer = signer();

    let token = signer.sign(&claims()).unwrap();

    assert_eq!(signer.verify(&token), Ok(claims()));
}

#[test]
fn a_token_names_its_type_its_algorithm_and_its_key() {
    let token = signer().sign(&claims()).unwrap();

    let header = jsonwebtoken::decode_header(&token).unwrap();

    assert_eq!(header.typ.as_deref(), Some("at+jwt"));
    assert_eq!(header.alg, Algorithm::EdDSA);
    assert_eq!(header.kid.as_deref(), Some("k1"));
}

#[test]
fn a_token_carries_every_registered_claim() {
    let token = signer().sign(&claims()).unwrap();

    let payload: Value = jsonwebtoken::dangerous::insecure_decode(&token).unwrap().claims;

    for name in ["exp", "nbf", "iat", "iss", "aud", "sub", "jti"] {
        assert!(!payload[name].is_null(), "{name}");
    }
}

/// Proves that the refusals below are not refusals of the forger's craft.
#[test]
fn a_forged_token_without_a_flaw_is_taken() {
    let token = forge(&header(), &payload(), &key("k1", 1));

    assert!(signer().verify(&token).is_ok());
}

mod signatures {
    use super::*;

    #[test]
    fn an_unsigned_token_is_refused() {
        for alg in ["none", "None", "NONE"] {
            let message = format!("{}.{}", part(&with(header(), "alg", json!(alg))), part(&payload()));
            assert_refused(&format!("{message}."));
            assert_refused(&message);
        }
    }

    #[test]
    fn a_token_signed_with_the_public_key_as_a_shared_secret_is_refused() {
        let (_, public) = key("k1", 1).halves().unwrap();
        let secret = EncodingKey::from_secret(public.try_get_as_bytes().unwrap());
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let mut header = Header::new(algorithm);
            header.typ = Some("at+jwt".to_owned());
            header.kid = Some("k1".to_owned());

            assert_refused(&jsonwebtoken::encode(&header, &payload(), &secret).unwrap());
        }
    }

    #[test]
    fn a_token_of_a_stranger_s_key_under_our_id_is_refused() {
        assert_refused(&forge(&header(), &payload(), &key("k1", 9)));
    }

    #[test]
    fn a_token_that_brings_its_own_key_is_judged_by_ours() {
        let stranger = key("k1", 9);
        let (_, public) = stranger.halves().unwrap();
        let x = URL_SAFE_NO_PAD.encode(public.try_get_as_bytes().unwrap());
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "k1"});
        let address = json!("https://attacker.example/keys.json");

        assert_refused(&forge(&with(header(), "jwk", jwk), &payload(), &stranger));
        assert_refused(&forge(&with(header(), "jku", address.clone()), &payload(), &stranger));
        assert_refused(&forge(&with(header(), "x5u", address), &payload(), &stranger));
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let signer = signer();
        let token = signer.sign(&claims()).unwrap();
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'Q' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();

            assert_eq!(signer.verify(&changed), Err(InvalidToken), "character {at}");
        }
    }
}

mod headers {
    use super::*;

    #[test]
    fn an_unknown_key_id_is_refused() {
        let odd = ["k2", "", "K1", "../k1", "k1\0", "' or 1=1 --", "/dev/null"];
        for kid in odd {
            assert_refused(&forge(&with(header(), "kid", json!(kid)), &payload(), &key("k1", 1)));
        }
        assert_refused(&forge(&without(header(), "kid"), &payload(), &key("k1", 1)));
    }

    #[test]
    fn another_type_of_token_is_refused() {
        for typ in ["JWT", "AT+JWT", "application/at+jwt", "logout+jwt", ""] {
            assert_refused(&forge(&with(header(), "typ", json!(typ)), &payload(), &key("k1", 1)));
        }
        assert_refused(&forge(&without(header(), "typ"), &payload(), &key("k1", 1)));
    }

    #[test]
    fn a_header_that_demands_to_be_understood_is_refused() {
        let critical = with(header(), "crit", json!(["b64"]));

        assert_refused(&forge(&critical, &payload(), &key("k1", 1)));
    }
}

mod payloads {
    use super::*;

    #[test]
    fn every_missing_claim_is_missed() {
        for name in ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "admin"] {
            assert_refused(&forge(&header(), &without(payload(), name), &key("k1", 1)));
            assert_refused(&forge(&header(), &with(payload(), name, Value::Null), &key("k1", 1)));
        }
    }

    #[test]
    fn a_time_that_is_no_whole_number_is_refused() {
        let odd = [
            json!((NOW + 600).to_string()),
            json!(1.8e9),
            json!(-1),
            json!(true),
            json!([NOW + 600]),
            json!(u64::MAX),
            json!(i64::MAX),
        ];
        for value in odd {
            for name in ["exp", "nbf", "iat"] {
                // A time before 1970 is a whole number, and harmless where something begins.
                if value == json!(-1) && name == "iat" {
                    continue;
                }
                assert_refused(&forge(&header(), &with(payload(), name, value.clone()), &key("k1", 1)));
            }
        }
    }

    #[test]
    fn a_claim_that_is_said_twice_is_refused() {
        let twice = payload()
            .to_string()
            .replacen('{', &format!("{{\"exp\":{},", NOW + 9_999), 1);
        let message = format!("{}.{}", part(&header()), URL_SAFE_NO_PAD.encode(twice));
        let (signing, _) = key("k1", 1).halves().unwrap();
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &signing, Algorithm::EdDSA).unwrap();

        assert_refused(&format!("{message}.{signature}"));
    }

    #[test]
    fn another_issuer_or_audience_is_refused() {
        for (name, value) in [
            ("iss", json!("milo2")),
            ("iss", json!("")),
            ("iss", json!(["milo"])),
            ("aud", json!("milo-admin")),
            ("aud", json!(["milo-api", "other"])),
            ("aud", json!([])),
        ] {
            assert_refused(&forge(&header(), &with(payload(), name, value), &key("k1", 1)));
        }
    }

    #[test]
    fn a_subject_or_session_that_is_no_id_is_refused() {
        for name in ["sub", "sid"] {
            assert_refused(&forge(&header(), &with(payload(), name, json!("admin")), &key("k1", 1)));
            assert_refused(&forge(&header(), &with(payload(), name, json!(7)), &key("k1", 1)));
        }
        assert_refused(&forge(&header(), &with(payload(), "jti", json!("")), &key("k1", 1)));
    }

    #[test]
    fn a_token_that_ends_before_it_begins_is_refused() {
        assert_refused(&forge(&header(), &with(payload(), "exp", json!(NOW)), &key("k1", 1)));
    }
}

mod life {
    use super::*;

    #[test]
    fn a_token_is_valid_until_30_seconds_after_its_end_and_not_a_microsecond_longer() {
        let clock = clock();
        let signer = signer_with(&[key("k1", 1)], Arc::clone(&clock));
        let token = signer.sign(&claims()).unwrap();

        clock.set(NOW + 600 + 29, 999_999_000);
        assert!(signer.verify(&token).is_ok());

        clock.set(NOW + 600 + 30, 0);
        assert_eq!(signer.verify(&token), Err(InvalidToken));
    }

    #[test]
    fn a_token_is_valid_from_30_seconds_before_its_beginning_and_not_a_microsecond_earlier() {
        let clock = clock();
        let signer = signer_with(&[key("k1", 1)], Arc::clone(&clock));
        let token = signer.sign(&claims()).unwrap();

        clock.set(NOW - 30, 0);
        assert!(signer.verify(&token).is_ok());

        clock.set(NOW - 31, 999_999_000);
        assert_eq!(signer.verify(&token), Err(InvalidToken));
    }

    #[test]
    fn not_before_and_issued_at_are_both_looked_at() {
        for name in ["nbf", "iat"] {
            assert_refused(&forge(
                &header(),
                &with(payload(), name, json!(NOW + 31)),
                &key("k1", 1),
            ));
        }
    }

    #[test]
    fn the_edges_of_the_calendar_do_no_harm() {
        let clock = clock();
        let signer = signer_with(&[key("k1", 1)], Arc::clone(&clock));
        let token = signer.sign(&claims()).unwrap();
        for edge in [Timestamp::MIN, Timestamp::MAX] {
            clock.set(edge.as_second(), 0);

            assert_eq!(signer.verify(&token), Err(InvalidToken));
        }
    }
}

mod garbage {
    use super::*;

    #[test]
    fn what_is_no_token_is_refused() {
        let odd = [
            "",
            ".",
            "..",
            "...",
            "a.b.c",
            "Bearer x",
            "ey.ey.ey",
            "é.é.é",
            "\0",
            "e30.e30.e30",
        ];
        for text in odd {
            assert_refused(text);
        }
    }

    #[test]
    fn a_token_above_the_limit_is_refused_however_well_it_is_signed() {
        let fits = forge(
            &header(),
            &with(payload(), "pad", json!("x".repeat(1000))),
            &key("k1", 1),
        );
        let huge = forge(
            &header(),
            &with(payload(), "pad", json!("x".repeat(4000))),
            &key("k1", 1),
        );

        assert!(signer().verify(&fits).is_ok());
        assert_refused(&huge);
        assert_refused(&"a".repeat(10_000_000));
    }
}

mod rotation {
    use super::*;

    #[test]
    fn a_new_key_in_front_signs_and_the_old_one_still_verifies() {
        let before = signer().sign(&claims()).unwrap();
        let rotating = signer_with(&[key("k2", 2), key("k1", 1)], clock());

        let after = rotating.sign(&claims()).unwrap();

        assert_eq!(rotating.verify(&before), Ok(claims()));
        assert_eq!(rotating.verify(&after), Ok(claims()));
        assert_eq!(jsonwebtoken::decode_header(&after).unwrap().kid.as_deref(), Some("k2"));
    }

    #[test]
    fn keys_are_replaced_without_a_restart_and_a_retired_key_is_refused() {
        let signer = signer();
        let before = signer.sign(&claims()).unwrap();

        signer.replace_keys(&[key("k2", 2), key("k1", 1)]).unwrap();
        assert_eq!(signer.verify(&before), Ok(claims()));

        signer.replace_keys(&[key("k2", 2)]).unwrap();
        assert_eq!(signer.verify(&before), Err(InvalidToken));
    }

    #[test]
    fn none_three_and_two_of_one_id_are_refused_and_the_keys_in_use_stay() {
        let signer = signer();
        let token = signer.sign(&claims()).unwrap();
        let three = [key("k1", 1), key("k2", 2), key("k3", 3)];

        assert_eq!(signer.replace_keys(&[]), Err(JwtSignerError::KeyCount));
        assert_eq!(signer.replace_keys(&three), Err(JwtSignerError::KeyCount));
        assert_eq!(
            signer.replace_keys(&[key("k1", 1), key("k1", 2)]),
            Err(JwtSignerError::SameKid)
        );
        assert_eq!(signer.verify(&token), Ok(claims()));
    }

    #[test]
    fn an_empty_issuer_or_audience_is_refused() {
        for (issuer, audience) in [("", "milo-api"), ("milo", "")] {
            let error = JwtSigner::new(&[key("k1", 1)], issuer, audience, clock()).unwrap_err();

            assert_eq!(error, JwtSignerError::EmptyName);
        }
    }
}

#[test]
fn no_key_is_printed() {
    let printed = format!("{:?}", signer());

    assert!(printed.contains("k1"));
    assert!(!printed.contains("1, 1, 1") && !printed.contains("AQEB"));
}
