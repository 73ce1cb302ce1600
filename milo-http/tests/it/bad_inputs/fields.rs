//! Every field of a body, as the document describes it.

use serde_json::{Map, Value};

use crate::support::DOCUMENT;

/// What a field may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// One line of at most so many characters.
    Line(usize),
    /// Lines of at least and at most so many characters.
    Lines(usize, usize),
    Email,
    Password,
    Phone,
    Url,
    Zone,
    Currency,
    Label,
    Pattern,
    PaymentToken,
    /// Whatever it is, it is not one that is known, and nobody is told more.
    Credential,
    Id,
    Time,
    Date,
    /// One of few words.
    Word,
    /// From and to; numbers below zero do not even have the type.
    Whole(i64, i64),
    Flag,
    Object,
    /// At most so many, and the codes of too many and of the same one twice.
    List(usize, &'static str, Option<&'static str>),
}

/// One field of a body that has it.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// As a problem names it.
    pub(super) name: String,
    /// As JSON pointers name it.
    pub(super) pointer: String,
    /// The last part of the name, unless it is a place in a list.
    pub(super) key: Option<String>,
    pub(super) holds: Holds,
    pub(super) required: bool,
    pub(super) nullable: bool,
}

/// What the document cannot say of its texts: by schema and field. A field that is not here and needs to be fails the
/// suite.
const TEXTS: &[(&str, Holds)] = &[
    ("Registration.email", Holds::Email),
    ("Registration.password", Holds::Password),
    ("Registration.display_name", Holds::Line(100)),
    ("Registration.phone", Holds::Phone),
    ("Login.email", Holds::Credential),
    ("Login.password", Holds::Credential),
    ("RefreshToken.refresh_token", Holds::Credential),
    ("NewMovie.title", Holds::Line(200)),
    ("NewMovie.description", Holds::Lines(0, 5000)),
    ("NewMovie.genres", Holds::Line(40)),
    ("NewMovie.rating", Holds::Line(16)),
    ("NewMovie.language", Holds::Line(40)),
    ("NewMovie.poster_url", Holds::Url),
    ("NewMovie.backdrop_url", Holds::Url),
    ("NewMovie.trailer_url", Holds::Url),
    ("NewTheater.name", Holds::Line(120)),
    ("NewTheater.address", Holds::Line(200)),
    ("NewTheater.city", Holds::Line(100)),
    ("NewTheater.state", Holds::Line(100)),
    ("NewTheater.postal_code", Holds::Line(16)),
    ("NewTheater.time_zone", Holds::Zone),
    ("NewScreen.name", Holds::Line(120)),
    ("LayoutPlanRow.label", Holds::Label),
    ("LayoutPlanRow.pattern", Holds::Pattern),
    ("MoneyInput.currency", Holds::Currency),
    ("PaymentMethod.token", Holds::PaymentToken),
    ("NewReview.text", Holds::Lines(1, 4000)),
];

const LISTS: &[(&str, Holds)] = &[
    ("NewMovie.genres", Holds::List(10, "too_many", Some("genres"))),
    ("NewHold.seat_ids", Holds::List(10, "too_many", Some("seat_ids[1]"))),
    (
        "NewReservation.seat_ids",
        Holds::List(10, "too_many", Some("seat_ids[1]")),
    ),
    ("LayoutPlan.rows", Holds::List(60, "too_many_rows", Some("rows"))),
];

fn known(table: &[(&str, Holds)], place: &str) -> Holds {
    // A change holds what the new thing holds.
    let place = match place.split_once("Change.") {
        Some((thing, field)) => format!("New{thing}.{field}"),
        None => place.to_owned(),
    };
    let found = table.iter().find(|(known, _)| *known == place);
    found
        .unwrap_or_else(|| panic!("say what {place} holds, so that it can be held against it"))
        .1
}

/// The schema itself, and its name if it has one, and whether null is one of its values.
fn resolve(schema: &'static Value) -> (&'static Value, Option<&'static str>, bool) {
    if let Some(target) = schema["$ref"].as_str() {
        let found = DOCUMENT.pointer(target.strip_prefix('#').unwrap()).unwrap();
        return (found, target.rsplit('/').next(), false);
    }
    for several in ["oneOf", "allOf"] {
        let Some(list) = schema[several].as_array() else {
            continue;
        };
        let is_null = |one: &&Value| one["type"] == "null";
        let nullable = list.iter().any(|one| is_null(&one));
        // A description stands beside what it describes.
        let says = |one: &&Value| ["$ref", "type", "oneOf"].iter().any(|word| one.get(word).is_some());
        let mut others = list.iter().filter(|one| !is_null(one) && says(one));
        let (Some(one), None) = (others.next(), others.next()) else {
            panic!("which of {schema}?");
        };
        let (found, name, nested) = resolve(one);
        return (found, name, nullable || nested);
    }
    let nullable = schema["type"]
        .as_array()
        .is_some_and(|types| types.contains(&Value::from("null")));
    (schema, None, nullable)
}

fn type_of(schema: &Value) -> &str {
    let list = schema["type"].as_array().into_iter().flatten();
    let mut types = list
        .chain([&schema["type"]])
        .filter_map(Value::as_str)
        .filter(|name| *name != "null");
    types.next().unwrap_or_else(|| panic!("{schema} has no type"))
}

fn holds(schema: &'static Value, place: &str) -> Holds {
    match type_of(schema) {
        "string" if place.ends_with(".currency") => Holds::Currency,
        "string" if schema["enum"].is_array() => Holds::Word,
        "string" => match schema["format"].as_str() {
            Some("uuid") => Holds::Id,
            Some("date-time") => Holds::Time,
            Some("date") => Holds::Date,
            _ => known(TEXTS, place),
        },
        "integer" => {
            let bound = |name: &str| schema[name].as_f64().unwrap_or_else(|| panic!("{place} has no {name}"));
            Holds::Whole(bound("minimum") as i64, bound("maximum") as i64)
        }
        "boolean" => Holds::Flag,
        "array" => known(LISTS, place),
        "object" => Holds::Object,
        other => panic!("{place} is of type {other}"),
    }
}

/// Every field of a body of this schema, and every field of a field.
///
/// # Panics
/// If the body leaves one out: then nobody would try it. The fields in `absent` may be.
pub(super) fn fields(schema: &'static Value, body: &Value, absent: &[&str]) -> Vec<Field> {
    let mut found = Vec::new();
    walk_object(schema, body, &Place::default(), absent, &mut found);
    found
}

#[derive(Clone, Default)]
struct Place {
    name: String,
    pointer: String,
}

impl Place {
    fn field(&self, key: &str) -> Self {
        let dot = if self.name.is_empty() { "" } else { "." };
        Self {
            name: format!("{}{dot}{key}", self.name),
            pointer: format!("{}/{key}", self.pointer),
        }
    }

    fn item(&self, index: usize) -> Self {
        Self {
            name: format!("{}[{index}]", self.name),
            pointer: format!("{}/{index}", self.pointer),
        }
    }
}

fn walk_object(schema: &'static Value, body: &Value, place: &Place, absent: &[&str], found: &mut Vec<Field>) {
    let (schema, name, _) = resolve(schema);
    let name = name.unwrap_or_else(|| panic!("{} has no name", place.name));
    let none = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&none);
    assert!(!properties.is_empty(), "{name} has no fields");
    let required = |key: &str| {
        let list = schema["required"].as_array();
        list.is_some_and(|list| list.contains(&Value::from(key)))
    };
    for (key, property) in schema["properties"].as_object().unwrap() {
        if absent.contains(&key.as_str()) {
            continue;
        }
        let value = body
            .get(key)
            .unwrap_or_else(|| panic!("the body has no {name}.{key}: {body}"));
        let place = place.field(key);
        let within = format!("{name}.{key}");
        let (inner, _, nullable) = resolve(property);
        let holds = holds(inner, &within);
        found.push(Field {
            name: place.name.clone(),
            pointer: place.pointer.clone(),
            key: Some(key.clone()),
            holds,
            required: required(key),
            nullable,
        });
        match holds {
            Holds::Object => walk_object(property, value, &place, absent, found),
            Holds::List(..) => walk_items(&inner["items"], value, &place, &within, absent, found),
            _ => {}
        }
    }
}

fn walk_items(
    schema: &'static Value,
    body: &Value,
    place: &Place,
    within: &str,
    absent: &[&str],
    found: &mut Vec<Field>,
) {
    let (inner, _, nullable) = resolve(schema);
    let holds = holds(inner, within);
    // The last is as good as any, and tells more about the names.
    let index = body.as_array().unwrap().len() - 1;
    let place = place.item(index);
    found.push(Field {
        name: place.name.clone(),
        pointer: place.pointer.clone(),
        key: None,
        holds,
        required: true,
        nullable,
    });
    if holds == Holds::Object {
        walk_object(schema, &body[index], &place, absent, found);
    }
}
