//! Everybody who may come along.

use std::sync::LazyLock;

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::support::{Client, Forge, Row, Scene};

/// What a caller shows, and what that is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    /// No token at all, or in a place where none is looked for.
    Nothing,
    /// The same, in a parameter that no operation has.
    Parameter,
    /// A token that is not valid.
    Invalid,
    /// The person whose request it is.
    Owner,
    /// Another ordinary person.
    Stranger,
    /// An administrator whose request it is not.
    Admin,
    /// An administrator by the token's word, and the person whose request it is.
    OwnerAndAdmin,
    /// An administrator's account in a token that does not say so.
    FormerStranger,
}

/// Makes the client of a caller, for one operation in one scene.
type MakeClient = Box<dyn Fn(&Scene, &Row) -> Client + Send + Sync>;

/// A kind of caller.
pub(super) struct Caller {
    pub(super) name: String,
    pub(super) worth: Worth,
    client: MakeClient,
}

impl Caller {
    fn new(
        name: impl Into<String>,
        worth: Worth,
        client: impl Fn(&Scene, &Row) -> Client + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            worth,
            client: Box::new(client),
        }
    }

    pub(super) fn client(&self, scene: &Scene, row: &Row) -> Client {
        (self.client)(scene, row)
    }
}

fn bearer(scene: &Scene, token: &str) -> Client {
    scene.nobody.with("authorization", &format!("Bearer {token}"))
}

/// Every kind of caller that there is.
pub(super) fn callers() -> &'static [Caller] {
    static CALLERS: LazyLock<Vec<Caller>> = LazyLock::new(|| {
        let groups = [
            nobodies(),
            strays(),
            signatures(),
            headers(),
            claims(),
            lives(),
            people(),
        ];
        groups.into_iter().flatten().collect()
    });
    &CALLERS
}

fn nobodies() -> Vec<Caller> {
    let nobody = |name: &str, client: fn(&Scene) -> Client| {
        Caller::new(name, Worth::Nothing, move |scene: &Scene, _: &Row| client(scene))
    };
    vec![
        nobody("no token", |scene| scene.nobody.clone()),
        nobody("a password", |scene| {
            scene
                .nobody
                .with("authorization", "Basic YWRtaW5AZXhhbXBsZS5vcmc6YWRtaW4=")
        }),
        nobody("a token in a cookie", |scene| {
            let cookie = format!("access_token={0}; token={0}; session={0}", scene.admin.token());
            scene.nobody.with("cookie", &cookie)
        }),
        nobody("a token in a header of another name", |scene| {
            let token = scene.admin.token();
            let with = scene.nobody.with("x-access-token", &token);
            with.with("x-authorization", &format!("Bearer {token}"))
        }),
        nobody("somebody who says who he is", |scene| {
            let with = scene.nobody.with("x-user-id", &scene.ann.token());
            with.with("x-user-role", "admin")
                .with("x-forwarded-user", "admin@example.org")
        }),
        Caller::new("a token in the address", Worth::Parameter, |scene, _| {
            scene.nobody.clone()
        }),
    ]
}

fn invalid(name: impl Into<String>, token: impl Fn(&Forge) -> String + Send + Sync + 'static) -> Caller {
    Caller::new(name, Worth::Invalid, move |scene: &Scene, _: &Row| {
        bearer(scene, &token(&scene.forge))
    })
}

/// What is no token of ours at all.
fn strays() -> Vec<Caller> {
    let written = |name: &str, header: fn(&Scene) -> String| {
        Caller::new(name, Worth::Invalid, move |scene: &Scene, _: &Row| {
            scene.nobody.with("authorization", &header(scene))
        })
    };
    vec![
        invalid("an empty token", |_| String::new()),
        invalid("garbage", |_| "nonsense".to_owned()),
        invalid("garbage in three parts", |_| "a.b.c".to_owned()),
        invalid("objects without anything", |_| "e30.e30.e30".to_owned()),
        invalid("quotes", |_| "' or '1'='1".to_owned()),
        written("a token without its scheme", |scene| scene.ann.token()),
        written("two tokens in one header", |scene| {
            format!("Bearer {}, Bearer {}", scene.ann.token(), scene.admin.token())
        }),
        Caller::new("two headers", Worth::Invalid, |scene, _| {
            let token = format!("Bearer {}", scene.admin.token());
            scene.nobody.also("authorization", &token).also("authorization", &token)
        }),
        Caller::new("a refresh token", Worth::Invalid, |scene, _| {
            bearer(scene, &scene.ann.refresh_token)
        }),
        invalid("a huge token", |forge| forge.claiming("pad", "x".repeat(8000))),
    ]
}

/// What nobody signed who may.
fn signatures() -> Vec<Caller> {
    vec![
        invalid("another server's key under our id", |forge| forge.strangers("k1")),
        invalid("another server's key", |forge| forge.strangers("k2")),
        invalid("a key that the token brings", Forge::bringing_a_key),
        invalid("one's own claims under another signature", Forge::tampered),
        invalid("alg none", |forge| forge.unsigned("none", ".")),
        invalid("alg None", |forge| forge.unsigned("None", ".")),
        invalid("alg none in two parts", |forge| forge.unsigned("none", "")),
        invalid("alg none over a signature", |forge| forge.renamed("none")),
        invalid("HS256 with the public key", |forge| {
            forge.shared_secret(Algorithm::HS256, "HS256")
        }),
        invalid("HS512 with the public key", |forge| {
            forge.shared_secret(Algorithm::HS512, "HS512")
        }),
        invalid("EdDSA that is HS256 with the public key", |forge| {
            forge.shared_secret(Algorithm::HS256, "EdDSA")
        }),
        invalid("HS256 over a signature of ours", |forge| forge.renamed("HS256")),
        invalid("RS256 over a signature of ours", |forge| forge.renamed("RS256")),
        invalid("PS256 over a signature of ours", |forge| forge.renamed("PS256")),
        invalid("ES256 over a signature of ours", |forge| forge.renamed("ES256")),
        invalid("an unknown algorithm", |forge| forge.renamed("XYZ")),
    ]
}

/// What we signed, under another header.
fn headers() -> Vec<Caller> {
    let kids = ["k2", "", "K1", "../k1", "../../dev/null", "k1' or 1=1 --", "k1\0", "*"];
    let kids = kids.map(|kid| invalid(format!("kid {kid:?}"), move |forge| forge.headed("kid", kid)));
    let mut found = vec![
        invalid("no kid", |forge| forge.beheaded("kid")),
        invalid("a kid that is no text", |forge| forge.headed("kid", json!(["k1"]))),
        invalid("another type of token", |forge| forge.headed("typ", "JWT")),
        invalid("no type", |forge| forge.beheaded("typ")),
        invalid("a header that demands to be understood", |forge| {
            forge.headed("crit", json!(["exp"]))
        }),
    ];
    found.extend(kids);
    found
}

/// What we signed, but never said.
fn claims() -> Vec<Caller> {
    let names = ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "admin"];
    let missing = names.map(|name| invalid(format!("no {name}"), move |forge| forge.silent(name)));
    let null = names.map(|name| invalid(format!("{name} null"), move |forge| forge.claiming(name, Value::Null)));
    let times = ["iat", "nbf", "exp"];
    let texts = times.map(|name| {
        invalid(format!("{name} as a text"), move |forge| {
            forge.claiming(name, forge.moment(60).to_string())
        })
    });
    let fractions = times.map(|name| {
        invalid(format!("{name} with a fraction"), move |forge| {
            forge.claiming(name, json!(forge.moment(60) as f64 + 0.5))
        })
    });
    let others = [
        ("iss", json!("another")),
        ("aud", json!("another")),
        ("aud", json!(["milo-api", "another"])),
        ("sub", json!("admin")),
        ("sub", json!("../admin")),
        ("sid", json!("")),
        ("jti", json!("")),
        ("admin", json!("true")),
        ("admin", json!(1)),
        ("exp", json!(u64::MAX)),
        ("exp", json!(-1)),
    ];
    let others = others.map(|(name, value)| {
        invalid(format!("{name} {value}"), move |forge| {
            forge.claiming(name, value.clone())
        })
    });
    let groups: [Vec<Caller>; 5] = [
        missing.into(),
        null.into(),
        texts.into(),
        fractions.into(),
        others.into(),
    ];
    groups.into_iter().flatten().collect()
}

/// What is not valid now. Two hosts' clocks may be half a minute apart.
fn lives() -> Vec<Caller> {
    vec![
        invalid("expired", |forge| forge.living(-630, -31)),
        invalid("expired just beyond the leeway", |forge| forge.living(-630, -30)),
        invalid("not yet valid", |forge| forge.living(31, 600)),
        invalid("issued in times to come", |forge| {
            forge.claiming("iat", forge.moment(31))
        }),
        invalid("not before times to come", |forge| {
            forge.claiming("nbf", forge.moment(31))
        }),
        invalid("ended before it began", |forge| forge.living(20, 10)),
    ]
}

/// Valid tokens.
fn people() -> Vec<Caller> {
    let person = |name: &str, worth: Worth, client: fn(&Scene, &Row) -> Client| Caller::new(name, worth, client);
    vec![
        person("its owner", Worth::Owner, |scene, row| (row.owner)(scene).clone()),
        person(
            "its owner by a token that was made here without a flaw",
            Worth::Owner,
            |scene, row| {
                let owner = (row.owner)(scene);
                bearer(scene, &scene.forge.with_role(&owner.token(), false))
            },
        ),
        // Access tokens are verified without a look-up: what was said of their session counts when they are renewed.
        person("its owner, signed out", Worth::Owner, |scene, row| {
            scene.signed_out((row.owner)(scene)).clone()
        }),
        person("another person", Worth::Stranger, |scene, _| scene.eve.clone()),
        person("an administrator", Worth::Admin, |scene, _| scene.admin.clone()),
        person(
            "its owner, an administrator until a moment ago",
            Worth::OwnerAndAdmin,
            |scene, row| bearer(scene, &scene.forge.with_role(&(row.owner)(scene).token(), true)),
        ),
        person(
            "an administrator whose token is older than that",
            Worth::FormerStranger,
            |scene, _| bearer(scene, &scene.forge.with_role(&scene.admin.token(), false)),
        ),
    ]
}
