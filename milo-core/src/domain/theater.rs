//! Theaters and their screens.

use super::{Address, City, Invalid, PlaceName, PostalCode, Region, ScreenId, TheaterId, Version};

/// A time zone by its IANA name, such as `America/New_York`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ZoneName(String);

impl ZoneName {
    /// Reads a name of the IANA time zone database (the copy that Milo is built with), in its own spelling.
    ///
    /// # Errors
    /// `invalid_time_zone`.
    pub fn parse(name: &str) -> Result<Self, Invalid> {
        let wrong = || {
            Invalid::new(
                "invalid_time_zone",
                "must be an IANA time zone such as America/New_York",
            )
        };
        let zone = jiff::tz::TimeZone::get(name).map_err(|_| wrong())?;
        zone.iana_name()
            .map(|canonical| Self(canonical.to_owned()))
            .ok_or_else(wrong)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The zone's rules.
    pub fn rules(&self) -> jiff::tz::TimeZone {
        // A parsed name is always known; UTC can only appear if the database lost a zone between two builds.
        jiff::tz::TimeZone::get(&self.0).unwrap_or(jiff::tz::TimeZone::UTC)
    }
}

impl TryFrom<String> for ZoneName {
    type Error = Invalid;

    fn try_from(name: String) -> Result<Self, Invalid> {
        Self::parse(&name)
    }
}

impl From<ZoneName> for String {
    fn from(zone: ZoneName) -> Self {
        zone.0
    }
}

/// What an administrator says about a theater.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TheaterDetails {
    /// Its name.
    pub name: PlaceName,
    /// Its street address.
    pub address: Address,
    /// Its city.
    pub city: City,
    /// Its state, province or region.
    pub state: Region,
    /// Its postal code.
    pub postal_code: PostalCode,
    /// Where its days begin and end.
    pub time_zone: ZoneName,
    /// Whether new showtimes may be scheduled in it.
    pub is_active: bool,
}

/// A cinema.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Theater {
    /// The theater.
    pub id: TheaterId,
    /// Raised by every change.
    pub version: Version,
    /// What an administrator says about it.
    pub details: TheaterDetails,
}

/// Which theaters to list; every filter given must match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TheaterFilter {
    /// The city, without regard to case.
    pub city: Option<City>,
    /// The state, without regard to case.
    pub state: Option<Region>,
    /// Whether it is active.
    pub active: Option<bool>,
}

/// What a screen is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScreenKind {
    /// An ordinary screen.
    Regular,
    /// A large-format screen.
    Imax,
    /// A screen with 3D projection.
    ThreeD,
}

impl ScreenKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Regular, Self::Imax, Self::ThreeD];

    /// The published name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Regular => "regular",
            Self::Imax => "imax",
            Self::ThreeD => "three_d",
        }
    }
}

/// What an administrator says about a screen.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ScreenDetails {
    /// Its name, such as `Screen 2`.
    pub name: PlaceName,
    /// What it is built for.
    pub kind: ScreenKind,
    /// Whether new showtimes may be scheduled on it.
    pub is_active: bool,
}

/// One auditorium of a theater.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Screen {
    /// The screen.
    pub id: ScreenId,
    /// The theater it belongs to.
    pub theater: TheaterId,
    /// Raised by every change of the details or the layout.
    pub version: Version,
    /// What an administrator says about it.
    pub details: ScreenDetails,
    /// The number of seats of its layout; kept by the store together with the layout.
    pub capacity: u32,
}
