//! Bodies with one thing wrong in them.

use serde_json::{Value, json};

use super::fields::{Field, Holds};
use super::texts::{self, Odd};
use super::verdict::Verdict;

/// One body to send.
pub(super) struct Bad {
    pub(super) what: String,
    pub(super) bytes: Vec<u8>,
    pub(super) media: &'static str,
    pub(super) verdict: Verdict,
}

const JSON: &str = "application/json";
/// Where raw JSON is put in: a text that nothing else in a body is.
const MARK: &str = "\u{e000}here\u{e000}";
const DEEP: usize = 10_000;

fn bad(what: impl Into<String>, bytes: impl Into<Vec<u8>>, verdict: Verdict) -> Bad {
    Bad {
        what: what.into(),
        bytes: bytes.into(),
        media: JSON,
        verdict,
    }
}

/// The body with raw JSON in the place of a field's value.
fn splice(body: &Value, field: &Field, raw: &str) -> String {
    marked(body, field).replacen(&json!(MARK).to_string(), raw, 1)
}

fn marked(body: &Value, field: &Field) -> String {
    let mut body = body.clone();
    *body.pointer_mut(&field.pointer).unwrap() = json!(MARK);
    body.to_string()
}

/// The object that has the field.
fn parent<'a>(body: &'a mut Value, field: &Field) -> &'a mut serde_json::Map<String, Value> {
    let (parent, _) = field.pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap().as_object_mut().unwrap()
}

/// What may be wrong with one field.
pub(super) fn of_field(body: &Value, field: &Field) -> Vec<Bad> {
    let mut found = Vec::new();
    if let Some(key) = &field.key {
        keys(body, field, key, &mut found);
    }
    types(body, field, &mut found);
    numbers(body, field, &mut found);
    syntax(body, field, &mut found);
    if !matches!(
        field.holds,
        Holds::Whole(..) | Holds::Flag | Holds::Object | Holds::List(..)
    ) {
        strings(body, field, &mut found);
    }
    if let Holds::List(max, too_many, twice) = field.holds {
        lists(body, field, (max, too_many, twice), &mut found);
    }
    found
}

/// Missing, twice, and under another name.
fn keys(body: &Value, field: &Field, key: &str, found: &mut Vec<Bad>) {
    let mut without = body.clone();
    parent(&mut without, field).remove(key);
    let missing = if field.required {
        Verdict::flaw(&field.name, "missing")
    } else {
        Verdict::Taken("it may be left out")
    };
    found.push(bad("missing", without.to_string(), missing));

    let value = body.pointer(&field.pointer).unwrap().to_string();
    let member = format!("{}:{}", json!(key), json!(MARK));
    let marked = marked(body, field);
    for (what, second) in [
        ("twice", value.as_str()),
        ("twice, then null", "null"),
        ("twice, then {}", "{}"),
    ] {
        let twice = format!("{}:{value},{}:{second}", json!(key), json!(key));
        let verdict = Verdict::flaw(&field.name, "duplicate_field");
        found.push(bad(what, marked.replacen(&member, &twice, 1), verdict));
    }
    // The same name, written otherwise: still the same name.
    let escaped = format!("\"\\u{:04x}{}\":{value}", u32::from(key.as_bytes()[0]), &key[1..]);
    let twice = format!("{}:{value},{escaped}", json!(key));
    let verdict = Verdict::flaw(&field.name, "duplicate_field");
    found.push(bad("twice, once escaped", marked.replacen(&member, &twice, 1), verdict));

    let names = [
        key.to_uppercase(),
        format!("{key} "),
        format!(" {key}"),
        format!("{key}\0"),
        format!("{key}[]"),
        format!("{key}\u{202e}"),
        key.replace('_', "-"),
        format!("${key}"),
        format!("{}s", key),
        camel(key),
    ];
    for name in names {
        if name == key {
            continue;
        }
        let mut renamed = body.clone();
        let object = parent(&mut renamed, field);
        object.insert(name.clone(), json!(1));
        // An optional field under another name would not even be missed.
        let verdict = if name.chars().any(char::is_control) {
            Verdict::Code("unknown_field")
        } else {
            let path = field.name.strip_suffix(key).unwrap();
            Verdict::Flaw(format!("{path}{name}"), "unknown_field")
        };
        found.push(bad(format!("as {name:?}"), renamed.to_string(), verdict));
    }
}

fn camel(key: &str) -> String {
    let mut parts = key.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (head, tail) = part.split_at(1);
        format!("{text}{}{tail}", head.to_uppercase())
    })
}

/// Another type of JSON.
fn types(body: &Value, field: &Field, found: &mut Vec<Bad>) {
    let wrong = || Verdict::flaw(&field.name, "wrong_type");
    let null = if field.nullable {
        Verdict::Taken("null stands for none")
    } else {
        wrong()
    };
    found.push(bad("null", splice(body, field, "null"), null));
    let deep_list = format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP));
    let deep_object = format!("{}1{}", "{\"\":".repeat(DEEP), "}".repeat(DEEP));
    let values = [
        ("true", "true"),
        ("false", "false"),
        ("a number", "7"),
        ("a fraction", "7.5"),
        ("a text", "\"a text\""),
        ("a list", "[]"),
        ("a list of a list", "[[]]"),
        ("a list of null", "[null]"),
        ("an object", "{}"),
        ("an object with something in it", "{\"$ne\":null}"),
        ("a deep list", deep_list.as_str()),
        ("a deep object", deep_object.as_str()),
    ];
    for (what, raw) in values {
        let kind = raw.as_bytes()[0];
        let verdict = match (field.holds, kind) {
            (Holds::Flag, b't' | b'f') => Verdict::Taken("it is true or false"),
            // The number of another test, and texts of another.
            (Holds::Whole(..), b'7') | (_, b'"') if !matches!(field.holds, Holds::Whole(..)) || kind != b'"' => {
                if matches!(field.holds, Holds::Flag | Holds::Object | Holds::List(..)) || raw == "7.5" {
                    wrong()
                } else {
                    continue;
                }
            }
            (Holds::List(..), b'[') if raw == "[]" => continue,
            // The list is one; what is in it is not what it should be.
            (Holds::List(..), b'[') => Verdict::flaw(&format!("{}[0]", field.name), "wrong_type"),
            (Holds::Object, b'{') => continue,
            _ => wrong(),
        };
        found.push(bad(what, splice(body, field, raw), verdict));
    }
    // A name of a field within is not a type, but nothing that is known either.
    if field.holds == Holds::Object {
        let verdict = || Verdict::Flaw(format!("{}.$ne", field.name), "unknown_field");
        found.push(bad(
            "an object with something else",
            splice(body, field, "{\"$ne\":null}"),
            verdict(),
        ));
        let verdict = Verdict::Flaw(format!("{}.a", field.name), "unknown_field");
        let deep = format!("{}1{}", "{\"a\":".repeat(DEEP), "}".repeat(DEEP));
        found.push(bad("a deep object", splice(body, field, &deep), verdict));
    }
}

/// Numbers at the edges of what numbers are.
fn numbers(body: &Value, field: &Field, found: &mut Vec<Bad>) {
    let flaw = |code| Verdict::flaw(&field.name, code);
    let huge = "9".repeat(400);
    for raw in ["1e309", "-1e309", "1E400", huge.as_str()] {
        let what = format!("the number {}", &raw[..raw.len().min(8)]);
        found.push(bad(what, splice(body, field, raw), flaw("out_of_range")));
    }
    let Holds::Whole(min, max) = field.holds else {
        for raw in ["0", "-0", "-1", "1e2", "9223372036854775808", "-9223372036854775809"] {
            found.push(bad(
                format!("the number {raw}"),
                splice(body, field, raw),
                flaw("wrong_type"),
            ));
        }
        return;
    };
    let (below, above) = ((min - 1).to_string(), (max + 1).to_string());
    for raw in [
        below.as_str(),
        above.as_str(),
        "-1",
        "-2147483649",
        "2147483648",
        "4294967295",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "-9223372036854775808",
    ] {
        found.push(bad(
            format!("the number {raw}"),
            splice(body, field, raw),
            flaw("out_of_range"),
        ));
    }
    // What has a fraction or an exponent, or is too long for a whole number, is read as another kind of number.
    for raw in [
        "-0",
        "-0.0",
        "0.0",
        "1.0",
        "1.5",
        "1e0",
        "1e2",
        "1e-400",
        "18446744073709551616",
        "-9223372036854775809",
        "\"1\"",
        "\"\"",
        "[1]",
        "{\"amount\":1}",
    ] {
        found.push(bad(
            format!("the value {raw}"),
            splice(body, field, raw),
            flaw("wrong_type"),
        ));
    }
    for whole in [min, max] {
        let reason = "it is the smallest or the largest number";
        found.push(bad(
            format!("the number {whole}"),
            splice(body, field, &whole.to_string()),
            Verdict::Taken(reason),
        ));
    }
}

/// What is not even JSON.
fn syntax(body: &Value, field: &Field, found: &mut Vec<Bad>) {
    for raw in [
        "",
        "01",
        "+1",
        ".5",
        "1.",
        "0x10",
        "1_000",
        "NaN",
        "Infinity",
        "-Infinity",
        "undefined",
        "nul",
        "True",
        "'text'",
        "`text`",
        "\"text",
        "\"\\x41\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"a\nb\"",
        "\"a\0b\"",
        "1 /* one */",
        "1, // one",
        "[1,]",
        "{\"a\":1,}",
        "[1",
        "1}",
    ] {
        // A value that has another type is refused as soon as that shows: before its end is seen, or not.
        let verdict = match (field.holds, raw) {
            (Holds::List(..) | Holds::Object, _) => continue,
            // Nothing in a list is an empty list.
            (_, "") if field.key.is_none() => continue,
            (_, "[1,]" | "[1" | "{\"a\":1,}") => Verdict::flaw(&field.name, "wrong_type"),
            _ if raw.starts_with('1') || raw.starts_with('0') => continue,
            (Holds::Whole(..) | Holds::Flag, raw) if raw.starts_with('"') => continue,
            _ => Verdict::MALFORMED,
        };
        found.push(bad(format!("raw {raw:?}"), splice(body, field, raw), verdict));
    }
    for (what, bytes) in [
        ("a stray byte", &b"\xff"[..]),
        ("an overlong slash", b"\xc0\xaf"),
        ("half of a character", b"\xe2\x82"),
        ("a surrogate in UTF-8", b"\xed\xa0\x80"),
        ("beyond Unicode", b"\xf4\x90\x80\x80"),
        ("UTF-16", b"a\0b\0"),
    ] {
        let text = splice(body, field, "\"\u{e001}\"");
        let at = text.find('\u{e001}').unwrap();
        let mut raw = text.as_bytes()[..at].to_vec();
        raw.extend_from_slice(bytes);
        raw.extend_from_slice(&text.as_bytes()[at + '\u{e001}'.len_utf8()..]);
        if what == "UTF-16"
            && matches!(
                field.holds,
                Holds::Whole(..) | Holds::Flag | Holds::Object | Holds::List(..)
            )
        {
            continue;
        }
        found.push(bad(what, raw, Verdict::MALFORMED));
    }
}

/// Texts, odd ones and nearly right ones.
fn strings(body: &Value, field: &Field, found: &mut Vec<Bad>) {
    let text = |text: &str| splice(body, field, &json!(text).to_string());
    for (what, odd, kind) in texts::TEXTS {
        let verdict = texts::verdict(field.holds, &field.name, *kind, odd);
        found.push(bad(format!("a text: {what}"), text(odd), verdict));
    }
    if let Some((long, code)) = texts::too_long(field.holds) {
        found.push(bad(
            "a text that is too long",
            text(&long),
            Verdict::flaw(&field.name, code),
        ));
    }
    if let Some(longest) = texts::longest(field.holds) {
        let reason = "it is just as long as it may be";
        found.push(bad("the longest text", text(&longest), Verdict::Taken(reason)));
    }
    let whole_body = "x".repeat(50_000);
    let verdict = match texts::too_long(field.holds) {
        Some((_, code)) => match field.holds {
            Holds::Phone | Holds::Label | Holds::Zone | Holds::Currency | Holds::Id => Verdict::flaw(&field.name, code),
            _ => Verdict::flaw(&field.name, "too_long"),
        },
        None => texts::verdict(field.holds, &field.name, Odd::Ascii, &whole_body),
    };
    found.push(bad("a text that fills the body", text(&whole_body), verdict));
    for near in texts::near_misses(field.holds) {
        let verdict = Verdict::flaw(&field.name, texts::malformed(field.holds));
        found.push(bad(format!("nearly right: {near:?}"), text(near), verdict));
    }
    for (special, code) in texts::special(field.holds) {
        found.push(bad(
            format!("the text {special:?}"),
            text(special),
            Verdict::flaw(&field.name, code),
        ));
    }
}

fn lists(body: &Value, field: &Field, (max, too_many, twice): (usize, &str, Option<&str>), found: &mut Vec<Bad>) {
    let list = body.pointer(&field.pointer).unwrap();
    let first = &list[0];
    let code = if too_many == "too_many" {
        "too_many"
    } else {
        "too_many_rows"
    };
    found.push(bad(
        "no items",
        splice(body, field, "[]"),
        Verdict::flaw(&field.name, "empty"),
    ));
    for count in [max + 1, max * 10] {
        // Different ones, so that nothing else is wrong with them.
        let items: Vec<Value> = (0..count).map(|number| other(first, number)).collect();
        let raw = json!(items).to_string();
        found.push(bad(
            format!("{count} items"),
            splice(body, field, &raw),
            Verdict::flaw(&field.name, code),
        ));
    }
    if let Some(place) = twice {
        let code = if field.name == "rows" {
            "duplicate_label"
        } else {
            "duplicate"
        };
        let raw = json!([first, first]).to_string();
        found.push(bad(
            "the same item twice",
            splice(body, field, &raw),
            Verdict::flaw(place, code),
        ));
    }
}

/// Something like it.
fn other(item: &Value, number: usize) -> Value {
    match item {
        Value::Object(_) => {
            let mut item = item.clone();
            item["label"] = json!(number.to_string());
            item
        }
        Value::String(text) if text.len() == 36 => json!(format!("{}{number:012x}", &text[..24])),
        _ => json!(format!("Genre {number}")),
    }
}

/// What may be wrong with a body as a whole.
pub(super) fn of_body(body: &Value, limit: usize) -> Vec<Bad> {
    let text = body.to_string();
    let mut found = Vec::new();
    let wrong = || Verdict::flaw("", "wrong_type");
    for raw in ["null", "true", "7", "\"text\"", "[]", "[[]]", "[1,2]", "-1", "1.5"] {
        found.push(bad(format!("the body {raw}"), raw, wrong()));
    }
    found.push(bad("the body in a list", format!("[{text}]"), wrong()));
    found.push(bad("the body in a text", json!(text).to_string(), wrong()));
    let values: Vec<&Value> = body.as_object().unwrap().values().collect();
    found.push(bad("the values in a list", json!(values).to_string(), wrong()));
    found.push(bad(
        "a deep list",
        format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP)),
        wrong(),
    ));
    let deep = format!("{}1{}", "{\"a\":".repeat(DEEP), "}".repeat(DEEP));
    found.push(bad("a deep object", deep, Verdict::flaw("a", "unknown_field")));
    for name in [
        "",
        " ",
        "__proto__",
        "constructor",
        "is_admin",
        "$where",
        "\u{1f3ac}",
        "a.b",
        "a[0]",
    ] {
        let mut more = body.clone();
        more[name] = json!(1);
        found.push(bad(
            format!("a field {name:?}"),
            more.to_string(),
            Verdict::flaw(name, "unknown_field"),
        ));
    }
    let mut more = body.clone();
    more["x".repeat(5000)] = json!(1);
    let verdict = Verdict::Flaw("x".repeat(64), "unknown_field");
    found.push(bad("a field with a long name", more.to_string(), verdict));

    let half = &text[..text.len() / 2];
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let malformed: [(&str, Vec<u8>); 15] = [
        ("nothing", Vec::new()),
        ("white space", b" \r\n\t ".to_vec()),
        ("half of it", half.as_bytes().to_vec()),
        ("all but the last byte", text.as_bytes()[..text.len() - 1].to_vec()),
        ("twice", format!("{text}{text}").into_bytes()),
        ("twice, in lines", format!("{text}\n{text}").into_bytes()),
        ("something after it", format!("{text}x").into_bytes()),
        ("a comma after it", format!("{text},").into_bytes()),
        ("NUL after it", format!("{text}\0").into_bytes()),
        ("a byte order mark", format!("\u{feff}{text}").into_bytes()),
        ("UTF-16", utf16),
        ("a form", b"email=ann%40example.org&password=secret".to_vec()),
        (
            "markup",
            b"<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY y SYSTEM \"file:///etc/passwd\">]><x>&y;</x>".to_vec(),
        ),
        ("a comment", format!("/* */{text}").into_bytes()),
        (
            "compressed",
            b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xae\x05\0\x43\xbf\xa6\xa3\x02\0\0\0".to_vec(),
        ),
    ];
    found.extend(malformed.map(|(what, bytes)| bad(what, bytes, Verdict::MALFORMED)));

    let padded = |size: usize| {
        let mut bytes = text.clone().into_bytes();
        bytes.resize(size, b' ');
        bytes
    };
    let too_large = || Verdict::Problem(413, "payload-too-large");
    found.push(bad("one byte too many", padded(limit + 1), too_large()));
    for media in [
        "",
        "text/plain",
        "text/json",
        "application/jsonp",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/octet-stream",
        "application/json; charset=utf-16",
        "application/json; charset=latin1",
        "application/merge-patch+json",
        "application/problem+json",
        "json",
        "*/*",
        "application/*",
        "application/json, text/plain",
        "application/json;",
        ";",
        "\u{e4}",
    ] {
        let verdict = if media == "application/json;" {
            Verdict::Taken("an empty parameter says nothing")
        } else {
            Verdict::Problem(415, "unsupported-media-type")
        };
        let what = format!("Content-Type: {media}");
        found.push(Bad {
            media,
            ..bad(what, text.as_str(), verdict)
        });
    }
    found
}
