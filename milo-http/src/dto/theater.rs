use milo_core::catalog::{ScreenPatch, TheaterPatch};
use milo_core::domain::{
    Address, City, Invalid, PageRequest, PlaceName, PostalCode, Region, Screen, ScreenDetails, ScreenKind, Theater,
    TheaterDetails, TheaterFilter, ZoneName,
};
use salvo::oapi::{BasicType, Object, Parameter, ToSchema};
use serde::{Deserialize, Serialize};

use super::scalar::Word;
use super::text::line;
use super::{Line, Uid, ZoneId};
use crate::problem::{Problem, Violations};
use crate::request::{Parameters, QueryReader, page_parameters, parameter, present};

/// A cinema.
#[derive(Debug, Serialize, ToSchema)]
#[salvo(schema(name = "Theater", bound = "'a: 'static"))]
pub(crate) struct TheaterView<'a> {
    id: Uid,
    name: &'a str,
    address: &'a str,
    city: &'a str,
    state: &'a str,
    postal_code: &'a str,
    /// An IANA time zone.
    time_zone: &'a str,
    /// Whether new showtimes may be scheduled in it.
    is_active: bool,
}

impl<'a> TheaterView<'a> {
    pub(crate) fn of(theater: &'a Theater) -> Self {
        let details = &theater.details;
        Self {
            id: theater.id.into(),
            name: details.name.as_str(),
            address: details.address.as_str(),
            city: details.city.as_str(),
            state: details.state.as_str(),
            postal_code: details.postal_code.as_str(),
            time_zone: details.time_zone.as_str(),
            is_active: details.is_active,
        }
    }
}

/// A theater to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[salvo(schema(name = "NewTheater", example = json!({
    "name": "Lumen", "address": "1 Main Street", "city": "Springfield", "state": "Illinois", "postal_code": "62701",
    "time_zone": "America/Chicago", "is_active": true,
})))]
pub(crate) struct NewTheater {
    #[salvo(schema(value_type = Line<{ PlaceName::CHARS_MAX }>))]
    name: String,
    #[salvo(schema(value_type = Line<{ Address::CHARS_MAX }>))]
    address: String,
    #[salvo(schema(value_type = Line<{ City::CHARS_MAX }>))]
    city: String,
    #[salvo(schema(value_type = Line<{ Region::CHARS_MAX }>))]
    state: String,
    #[salvo(schema(value_type = Line<{ PostalCode::CHARS_MAX }>))]
    postal_code: String,
    /// An IANA time zone such as `America/Chicago`.
    #[salvo(schema(value_type = ZoneId))]
    time_zone: String,
    /// Whether new showtimes may be scheduled in it; true if absent.
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false))]
    is_active: Option<bool>,
}

impl NewTheater {
    pub(crate) fn parse(self) -> Result<TheaterDetails, Problem> {
        let mut violations = Violations::default();
        let name = violations.keep("name", PlaceName::parse(&self.name));
        let address = violations.keep("address", Address::parse(&self.address));
        let city = violations.keep("city", City::parse(&self.city));
        let state = violations.keep("state", Region::parse(&self.state));
        let postal_code = violations.keep("postal_code", PostalCode::parse(&self.postal_code));
        let time_zone = violations.keep("time_zone", ZoneName::parse(&self.time_zone));
        let details = || {
            Some(TheaterDetails {
                name: name?,
                address: address?,
                city: city?,
                state: state?,
                postal_code: postal_code?,
                time_zone: time_zone?,
                is_active: self.is_active.unwrap_or(true),
            })
        };
        violations.finish(details())
    }
}

/// A JSON merge patch of a theater: what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[salvo(schema(name = "TheaterChange", example = json!({"is_active": false})))]
pub(crate) struct TheaterChange {
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false, value_type = Option<Line<{ PlaceName::CHARS_MAX }>>))]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false, value_type = Option<Line<{ Address::CHARS_MAX }>>))]
    address: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false, value_type = Option<Line<{ City::CHARS_MAX }>>))]
    city: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false, value_type = Option<Line<{ Region::CHARS_MAX }>>))]
    state: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false, value_type = Option<Line<{ PostalCode::CHARS_MAX }>>))]
    postal_code: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false, value_type = Option<ZoneId>))]
    time_zone: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false))]
    is_active: Option<bool>,
}

impl TheaterChange {
    pub(crate) fn parse(self) -> Result<TheaterPatch, Problem> {
        let mut violations = Violations::default();
        let name = violations.keep_optional("name", self.name.as_deref(), PlaceName::parse);
        let address = violations.keep_optional("address", self.address.as_deref(), Address::parse);
        let city = violations.keep_optional("city", self.city.as_deref(), City::parse);
        let state = violations.keep_optional("state", self.state.as_deref(), Region::parse);
        let postal_code = violations.keep_optional("postal_code", self.postal_code.as_deref(), PostalCode::parse);
        let time_zone = violations.keep_optional("time_zone", self.time_zone.as_deref(), ZoneName::parse);
        let patch = || {
            Some(TheaterPatch {
                name: name?,
                address: address?,
                city: city?,
                state: state?,
                postal_code: postal_code?,
                time_zone: time_zone?,
                is_active: self.is_active,
            })
        };
        violations.finish(patch())
    }
}

/// Which theaters to list.
#[derive(Debug)]
pub(crate) struct TheaterQuery {
    pub(crate) filter: TheaterFilter,
    pub(crate) page: PageRequest,
}

impl Parameters for TheaterQuery {
    fn describe() -> Vec<Parameter> {
        let mut parameters = vec![
            parameter("city", "The city, without regard to case.", line(City::CHARS_MAX)),
            parameter("state", "The state, without regard to case.", line(Region::CHARS_MAX)),
            parameter("active", "Whether it is active.", Object::with_type(BasicType::Boolean)),
        ];
        parameters.extend(page_parameters());
        parameters
    }

    fn read(query: &mut QueryReader<'_>) -> Option<Self> {
        let city = query.optional("city", City::parse);
        let state = query.optional("state", Region::parse);
        let active = query.flag("active");
        let page = query.page();
        Some(Self {
            filter: TheaterFilter {
                city: city?,
                state: state?,
                active: active?,
            },
            page: page?,
        })
    }
}

/// One auditorium of a theater.
#[derive(Debug, Serialize, ToSchema)]
#[salvo(schema(name = "Screen", bound = "'a: 'static"))]
pub(crate) struct ScreenView<'a> {
    id: Uid,
    theater_id: Uid,
    name: &'a str,
    kind: Word<ScreenKind>,
    /// The number of seats of its layout.
    capacity: u32,
    /// Whether new showtimes may be scheduled on it.
    is_active: bool,
}

impl<'a> ScreenView<'a> {
    pub(crate) fn of(screen: &'a Screen) -> Self {
        Self {
            id: screen.id.into(),
            theater_id: screen.theater.into(),
            name: screen.details.name.as_str(),
            kind: Word(screen.details.kind),
            capacity: screen.capacity,
            is_active: screen.details.is_active,
        }
    }
}

/// A screen to be, without seats until its layout is drawn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[salvo(schema(name = "NewScreen", example = json!({"name": "Screen 2", "kind": "imax", "is_active": true})))]
pub(crate) struct NewScreen {
    #[salvo(schema(value_type = Line<{ PlaceName::CHARS_MAX }>))]
    name: String,
    /// `regular` if absent.
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false, value_type = Option<Word<ScreenKind>>))]
    kind: Option<String>,
    /// True if absent.
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false))]
    is_active: Option<bool>,
}

impl NewScreen {
    pub(crate) fn parse(self) -> Result<ScreenDetails, Problem> {
        let mut violations = Violations::default();
        let name = violations.keep("name", PlaceName::parse(&self.name));
        let kind = violations.keep_optional("kind", self.kind.as_deref(), parse_kind);
        let details = || {
            Some(ScreenDetails {
                name: name?,
                kind: kind?.unwrap_or(ScreenKind::Regular),
                is_active: self.is_active.unwrap_or(true),
            })
        };
        violations.finish(details())
    }
}

fn parse_kind(name: &str) -> Result<ScreenKind, Invalid> {
    let known = ScreenKind::ALL.into_iter().find(|kind| kind.as_str() == name);
    known.ok_or_else(|| Invalid::new("unknown_value", "must be one of regular, imax and three_d"))
}

/// A JSON merge patch of a screen: what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[salvo(schema(name = "ScreenChange", example = json!({"name": "Screen 3"})))]
pub(crate) struct ScreenChange {
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false, value_type = Option<Line<{ PlaceName::CHARS_MAX }>>))]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false, value_type = Option<Word<ScreenKind>>))]
    kind: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false))]
    is_active: Option<bool>,
}

impl ScreenChange {
    pub(crate) fn parse(self) -> Result<ScreenPatch, Problem> {
        let mut violations = Violations::default();
        let name = violations.keep_optional("name", self.name.as_deref(), PlaceName::parse);
        let kind = violations.keep_optional("kind", self.kind.as_deref(), parse_kind);
        let patch = || {
            Some(ScreenPatch {
                name: name?,
                kind: kind?,
                is_active: self.is_active,
            })
        };
        violations.finish(patch())
    }
}
