//! Paths, parameters and headers with one thing wrong in them.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::fields::Holds;
use super::texts::{self, Odd};
use super::verdict::Verdict;

/// One address to ask, or one header to send.
pub(super) struct Bad {
    pub(super) what: String,
    pub(super) path: String,
    pub(super) header: Option<(&'static str, Vec<Vec<u8>>)>,
    pub(super) verdict: Verdict,
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// What may stand in the place of an id. It names nothing, whatever it is.
pub(super) fn of_id(path: &str, id: &str) -> Vec<Bad> {
    let mut ids: Vec<String> = texts::near_misses(Holds::Id).iter().map(|near| encode(near)).collect();
    let texts = texts::TEXTS.iter().filter(|(_, text, _)| !text.is_empty());
    ids.extend(texts.map(|(_, text, _)| encode(text)));
    ids.extend(
        [
            "0",
            "-1",
            "9223372036854775808",
            "null",
            "undefined",
            "me",
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "%ff",
            "%c0%af",
            "%",
            "%zz",
            "%00",
            "%252e%252e%252f",
            "a;b=c",
            "{id}",
            "$ne",
        ]
        .map(str::to_owned),
    );
    ids.push("x".repeat(4000));
    ids.push(format!("{id}%00"));
    ids.push(format!("{id}%20"));
    ids.push(format!("{id};x"));
    let bads = ids.into_iter().map(|odd| Bad {
        what: format!("the id {}", odd.chars().take(48).collect::<String>()),
        path: path.replacen(id, &odd, 1),
        header: None,
        verdict: Verdict::Problem(404, "not-found"),
    });
    let mut bads: Vec<Bad> = bads.collect();
    bads.push(Bad {
        what: "the id in capitals".to_owned(),
        path: path.replacen(id, &id.to_uppercase(), 1),
        header: None,
        verdict: Verdict::Taken("UUIDs are the same in capitals (RFC 9562, 4)"),
    });
    bads
}

/// What a parameter holds: most say so, and texts are known by their names.
fn holds(parameter: &Value) -> Option<Holds> {
    let schema = &parameter["schema"];
    let name = parameter["name"].as_str().unwrap();
    Some(match (schema["type"].as_str()?, schema["format"].as_str(), name) {
        ("integer", ..) => {
            let bound = |name: &str| schema[name].as_f64().unwrap() as i64;
            Holds::Whole(bound("minimum"), bound("maximum"))
        }
        ("boolean", ..) => Holds::Flag,
        (_, Some("uuid"), _) => Holds::Id,
        (_, Some("date-time"), _) => Holds::Time,
        (_, Some("date"), _) => Holds::Date,
        (.., "q" | "city" | "state") => Holds::Line(100),
        (.., "genre" | "language") => Holds::Line(40),
        (.., "cursor") => return None,
        (.., other) => panic!("say what the parameter {other} holds"),
    })
}

/// What may be wrong with a parameter of a query.
pub(super) fn of_parameter(path: &str, parameter: &Value) -> Vec<Bad> {
    let name = parameter["name"].as_str().unwrap();
    let mut found = Vec::new();
    let mut add = |what: String, query: String, verdict: Verdict| {
        let path = format!("{path}?{query}");
        let header = None;
        found.push(Bad {
            what,
            path,
            header,
            verdict,
        });
    };
    let flaw = |code| Verdict::flaw(name, code);
    let holds = holds(parameter);
    for (what, text, odd) in texts::TEXTS {
        let verdict = match holds {
            None => flaw("invalid_cursor"),
            Some(Holds::Whole(..)) if *odd == Odd::Digits && name == "limit" => {
                Verdict::Taken("123 is within the limits")
            }
            Some(Holds::Whole(..)) if *odd == Odd::Digits => flaw("out_of_range"),
            Some(Holds::Flag) if *text == "true" => Verdict::Taken("it is true"),
            Some(holds) => texts::verdict(holds, name, *odd, text),
        };
        add(format!("{name}: {what}"), format!("{name}={}", encode(text)), verdict);
    }
    let empty = match holds {
        None => flaw("invalid_cursor"),
        Some(holds) => texts::verdict(holds, name, Odd::Empty, ""),
    };
    add(format!("{name} alone"), name.to_owned(), empty);
    add(format!("{name} twice"), format!("{name}=1&{name}=1"), flaw("duplicate"));
    add(
        format!("{name} twice, once empty"),
        format!("{name}=1&{name}"),
        flaw("duplicate"),
    );
    for raw in ["%ff", "%c0%af", "a%e2%82", "%ed%a0%80"] {
        add(
            format!("{name}={raw}"),
            format!("{name}={raw}"),
            flaw("invalid_encoding"),
        );
    }
    let unknown = |name: &str| Verdict::flaw(name, "unknown_parameter");
    for other in [
        format!("{name}[]"),
        format!("{name}[$ne]"),
        name.to_uppercase(),
        format!("{name}%00"),
        format!("%{:02x}{}", name.as_bytes()[0], &name[1..]),
        format!("{name}."),
    ] {
        add(format!("the name {other}"), format!("{other}=1"), unknown(&other));
    }
    if let Some((long, code)) = holds.and_then(texts::too_long) {
        add(format!("{name} too long"), format!("{name}={long}"), flaw(code));
    }
    if holds.is_none() {
        for raw in [
            "0",
            &"0".repeat(31),
            &"0".repeat(33),
            &"F".repeat(32),
            &"0".repeat(3000),
            &"g".repeat(32),
        ] {
            let what = format!("{name}={}", &raw[..raw.len().min(40)]);
            add(what, format!("{name}={raw}"), flaw("invalid_cursor"));
        }
        add(
            "a cursor of bytes that are no text".to_owned(),
            format!("{name}={}ff", "0".repeat(32)),
            flaw("invalid_cursor"),
        );
    }
    for near in holds.map(texts::near_misses).unwrap_or_default() {
        let code = texts::malformed(holds.unwrap());
        add(
            format!("{name} nearly right: {near}"),
            format!("{name}={}", encode(near)),
            flaw(code),
        );
    }
    if let Some(Holds::Whole(min, max)) = holds {
        for raw in [
            "-0", "+1", "1.0", "1.5", "1e1", "0x1", "1_0", "1,0", "%201", "1%20", "NaN", "Infinity",
        ] {
            add(format!("{name}={raw}"), format!("{name}={raw}"), flaw("wrong_type"));
        }
        for raw in [
            (max + 1).to_string(),
            "4294967296".to_owned(),
            "9223372036854775807".to_owned(),
            "9223372036854775808".to_owned(),
            "18446744073709551616".to_owned(),
            "9".repeat(400),
        ] {
            let what = format!("{name}={}", &raw[..raw.len().min(24)]);
            add(what, format!("{name}={raw}"), flaw("out_of_range"));
        }
        if min > 0 {
            add(format!("{name}=0"), format!("{name}=0"), flaw("out_of_range"));
        }
        let reason = "digits are a number, however many zeros stand before them";
        add(format!("{name}=007"), format!("{name}=007"), Verdict::Taken(reason));
    }
    if holds == Some(Holds::Flag) {
        for raw in ["TRUE", "True", "1", "0", "yes", "on", "t", "null"] {
            add(format!("{name}={raw}"), format!("{name}={raw}"), flaw("wrong_type"));
        }
    }
    found
}

/// What may be wrong with an operation's query, whatever it takes.
pub(super) fn of_query(path: &str) -> Vec<Bad> {
    let names = [
        "x",
        "is_admin",
        "debug",
        "_method",
        "access_token",
        "__proto__",
        "id",
        "user_id",
        "%00",
        "$where",
    ];
    let bads = names.map(|name| Bad {
        what: format!("the parameter {name}"),
        path: format!("{path}?{name}=1"),
        header: None,
        verdict: Verdict::flaw(name, "unknown_parameter"),
    });
    let long = "x".repeat(3000);
    let mut bads: Vec<Bad> = bads.into();
    bads.push(Bad {
        what: "a parameter with a long name".to_owned(),
        path: format!("{path}?{long}=1"),
        header: None,
        verdict: Verdict::Flaw("x".repeat(64), "unknown_parameter"),
    });
    bads.push(Bad {
        what: "nothing but separators".to_owned(),
        path: format!("{path}?&&&"),
        header: None,
        verdict: Verdict::Taken("nothing stands between them"),
    });
    bads
}

/// What may be wrong with a header.
pub(super) fn of_header(path: &str, name: &str) -> Vec<Bad> {
    let bad = |what: String, name: &'static str, values: Vec<Vec<u8>>, verdict: Verdict| Bad {
        what: format!("{name}: {what}"),
        path: path.to_owned(),
        header: Some((name, values)),
        verdict,
    };
    match name {
        "Idempotency-Key" => {
            let name = "idempotency-key";
            let wrong = || Verdict::flaw("Idempotency-Key", "invalid_header");
            let long = "k".repeat(256).into_bytes();
            let values: [(&str, Vec<u8>); 7] = [
                ("nothing", Vec::new()),
                ("too long", long),
                ("very long", vec![b'k'; 6000]),
                ("emoji", "\u{1f3ac}".as_bytes().to_vec()),
                ("latin1", b"k\xe9y".to_vec()),
                ("a tabulator", b"a\tb".to_vec()),
                ("bad UTF-8", b"\xff\xfe".to_vec()),
            ];
            let mut bads: Vec<Bad> = values
                .into_iter()
                .map(|(what, value)| bad(what.to_owned(), name, vec![value], wrong()))
                .collect();
            bads.push(bad(
                "twice".to_owned(),
                name,
                vec![b"k".to_vec(), b"k".to_vec()],
                wrong(),
            ));
            bads.push(bad(
                "two, and one is empty".to_owned(),
                name,
                vec![b"k".to_vec(), Vec::new()],
                wrong(),
            ));
            let reason = "it is as long as it may be, and printable";
            bads.push(bad(
                "the longest".to_owned(),
                name,
                vec![vec![b'~'; 255]],
                Verdict::Taken(reason),
            ));
            bads
        }
        "If-Match" => {
            let stale = || Verdict::Problem(412, "precondition-failed");
            let values: [&[u8]; 10] = [
                b"\"stale\"",
                b"stale",
                b"",
                b"W/\"stale\"",
                b"W/*",
                b"\"*\"",
                b"\"a\", \"b\", \"c\"",
                b"\"unclosed",
                b"\xff\xfe",
                "\"\u{1f3ac}\"".as_bytes(),
            ];
            let mut bads: Vec<Bad> = values
                .iter()
                .map(|value| {
                    bad(
                        format!("{:?}", String::from_utf8_lossy(value)),
                        "if-match",
                        vec![value.to_vec()],
                        stale(),
                    )
                })
                .collect();
            bads.push(bad("many".to_owned(), "if-match", vec![b"\"a\"".to_vec(); 50], stale()));
            let reason = "any version will do, and there is one";
            bads.push(bad(
                "*".to_owned(),
                "if-match",
                vec![b"*".to_vec()],
                Verdict::Taken(reason),
            ));
            bads
        }
        "If-None-Match" => {
            let values: [&[u8]; 6] = [b"\"stale\"", b"stale", b"", b"\xff\xfe", b"\"unclosed", b"W/*"];
            let reason = "a tag that is not ours is no tag that the client has";
            values
                .iter()
                .map(|value| {
                    let what = format!("{:?}", String::from_utf8_lossy(value));
                    bad(what, "if-none-match", vec![value.to_vec()], Verdict::Taken(reason))
                })
                .collect()
        }
        other => panic!("say what the header {other} holds"),
    }
}
