use std::collections::BTreeMap;

use milo_core::catalog::{ScheduleShowtime, ShowtimePatch, ShowtimeView as CoreShowtimeView};
use milo_core::domain::{
    Money, MovieId, PageRequest, Prices, ScreenId, SeatKind, ShowtimeFilter, ShowtimeStatus, TheaterId,
};
use salvo::oapi::{BasicType, Components, KnownFormat, Object, Parameter, RefOr, Schema, SchemaFormat, ToSchema};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::scalar::Word;
use super::{MoneyBody, MoneyView, Time, Uid};
use crate::problem::{Problem, Violations};
use crate::request::{self, Parameters, Patch, QueryReader, page_parameters, parameter, parse_time, present};

/// One screening of a film.
#[derive(Debug, Serialize, ToSchema)]
#[salvo(schema(name = "Showtime", bound = "'a: 'static"))]
pub(crate) struct ShowtimeView<'a> {
    id: Uid,
    movie_id: Uid,
    screen_id: Uid,
    theater_id: Uid,
    starts_at: Time,
    /// When the screen is free again: the film's length and the cleaning gap after the start.
    ends_at: Time,
    status: Word<ShowtimeStatus>,
    /// What each kind of seat costs; a kind that is not listed cannot be sold.
    #[salvo(schema(value_type = PricesView))]
    prices: PricesView<'a>,
    /// Seats that are neither held nor sold.
    seats_available: u32,
}

impl<'a> ShowtimeView<'a> {
    pub(crate) fn of(view: &'a CoreShowtimeView) -> Self {
        let showtime = &view.showtime;
        Self {
            id: showtime.id.into(),
            movie_id: showtime.movie.into(),
            screen_id: showtime.screen.into(),
            theater_id: showtime.theater.into(),
            starts_at: Time(showtime.starts_at),
            ends_at: Time(showtime.ends_at),
            status: Word(showtime.status),
            prices: PricesView(&showtime.prices),
            seats_available: view.seats_available,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct PricesView<'a>(&'a Prices);

impl Serialize for PricesView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (kind, price) in self.0.iter() {
            map.serialize_entry(kind.as_str(), &MoneyView::from(price))?;
        }
        map.end()
    }
}

impl ToSchema for PricesView<'_> {
    fn to_schema(components: &mut Components) -> RefOr<Schema> {
        let money = MoneyView::to_schema(components);
        let prices = SeatKind::ALL.into_iter().fold(Object::new(), |object, kind| {
            object.property(kind.as_str(), money.clone())
        });
        prices.into()
    }
}

macro_rules! prices_body {
    ($($kind:ident: $seat:ident),+) => {
        /// What each kind of seat costs, all in one currency; a kind that is not listed cannot be sold.
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        #[salvo(schema(name = "PricesInput", example = json!({
            "regular": {"amount": 1250, "currency": "USD"}, "premium": {"amount": 1750, "currency": "USD"},
        })))]
        struct PricesBody {
            $(
                #[serde(default, deserialize_with = "present")]
                #[salvo(schema(value_type = Option<MoneyBody>, nullable = false))]
                $kind: Option<request::Object<MoneyBody>>,
            )+
        }

        impl PricesBody {
            fn parse(&self, violations: &mut Violations) -> Option<Prices> {
                let mut prices: BTreeMap<SeatKind, Money> = BTreeMap::new();
                let mut whole = true;
                $(
                    if let Some(request::Object(money)) = &self.$kind {
                        match money.parse(concat!("prices.", stringify!($kind)), violations) {
                            Some(money) => { prices.insert(SeatKind::$seat, money); }
                            None => whole = false,
                        }
                    }
                )+
                if whole { violations.keep("prices", Prices::parse(prices)) } else { None }
            }
        }

        /// A merge patch of prices: `null` takes a kind off sale.
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        #[salvo(schema(name = "PricesChange"))]
        struct PricesChangeBody {
            $(
                #[serde(default)]
                #[salvo(schema(value_type = Option<MoneyBody>))]
                $kind: Patch<request::Object<MoneyBody>>,
            )+
        }

        impl PricesChangeBody {
            /// The prices that were, with the changes.
            fn merge(&self, before: &Prices, violations: &mut Violations) -> Option<Prices> {
                let mut prices: BTreeMap<SeatKind, Money> = before.iter().collect();
                let mut whole = true;
                $(
                    match &self.$kind {
                        Patch::Keep => {}
                        Patch::Clear => { prices.remove(&SeatKind::$seat); }
                        Patch::Set(request::Object(money)) => {
                            match money.parse(concat!("prices.", stringify!($kind)), violations) {
                                Some(money) => { prices.insert(SeatKind::$seat, money); }
                                None => whole = false,
                            }
                        }
                    }
                )+
                if whole { violations.keep("prices", Prices::parse(prices)) } else { None }
            }
        }
    };
}

prices_body!(regular: Regular, premium: Premium, recliner: Recliner, wheelchair: Wheelchair, companion: Companion);

/// A showtime to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[salvo(schema(name = "NewShowtime", example = json!({
    "movie_id": "0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11", "screen_id": "0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b12",
    "starts_at": "2026-12-24T19:30:00Z", "prices": {"regular": {"amount": 1250, "currency": "USD"}},
})))]
pub(crate) struct NewShowtime {
    #[salvo(schema(value_type = Uid))]
    movie_id: String,
    #[salvo(schema(value_type = Uid))]
    screen_id: String,
    /// A time to come.
    #[salvo(schema(value_type = Time))]
    starts_at: String,
    #[salvo(schema(value_type = PricesBody))]
    prices: request::Object<PricesBody>,
}

impl NewShowtime {
    pub(crate) fn parse(self) -> Result<ScheduleShowtime, Problem> {
        let mut violations = Violations::default();
        let movie = violations.keep("movie_id", self.movie_id.parse::<MovieId>());
        let screen = violations.keep("screen_id", self.screen_id.parse::<ScreenId>());
        let starts_at = violations.keep("starts_at", parse_time(&self.starts_at));
        let prices = self.prices.0.parse(&mut violations);
        let request = || {
            Some(ScheduleShowtime {
                movie: movie?,
                screen: screen?,
                starts_at: starts_at?,
                prices: prices?,
            })
        };
        violations.finish(request())
    }
}

/// A JSON merge patch of a showtime: what is absent stays. The time can change only while nothing was ever reserved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[salvo(schema(name = "ShowtimeChange", example = json!({"prices": {"premium": {"amount": 1500, "currency": "USD"}}})))]
pub(crate) struct ShowtimeChange {
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false, value_type = Option<Time>))]
    starts_at: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false, value_type = Option<PricesChangeBody>))]
    prices: Option<request::Object<PricesChangeBody>>,
}

impl ShowtimeChange {
    /// Whether the change depends on the prices as they are.
    pub(crate) fn touches_prices(&self) -> bool {
        self.prices.is_some()
    }

    /// The change to a showtime that has these prices.
    pub(crate) fn parse(&self, before: Option<&Prices>) -> Result<ShowtimePatch, Problem> {
        let mut violations = Violations::default();
        let starts_at = violations.keep_optional("starts_at", self.starts_at.as_deref(), parse_time);
        let prices = match (&self.prices, before) {
            (Some(request::Object(change)), Some(before)) => change.merge(before, &mut violations).map(Some),
            _ => Some(None),
        };
        let patch = || {
            Some(ShowtimePatch {
                starts_at: starts_at?,
                prices: prices?,
            })
        };
        violations.finish(patch())
    }
}

/// What a list of showtimes is limited to by its address; a parameter cannot say it again.
pub(crate) trait ShowtimeScope: Send {
    /// Whether `movie_id` may be given.
    const BY_MOVIE: bool;
    /// Whether `theater_id` may be given.
    const BY_THEATER: bool;
}

/// Which showtimes to list, within a scope.
#[derive(Debug)]
pub(crate) struct ShowtimeQuery<S> {
    pub(crate) filter: ShowtimeFilter,
    pub(crate) page: PageRequest,
    scope: std::marker::PhantomData<fn() -> S>,
}

impl<S: ShowtimeScope> Parameters for ShowtimeQuery<S> {
    fn describe() -> Vec<Parameter> {
        let format = |format| Object::with_type(BasicType::String).format(SchemaFormat::KnownFormat(format));
        let mut parameters = vec![
            parameter("from", "Starts at or after this.", format(KnownFormat::DateTime)),
            parameter("to", "Starts before this.", format(KnownFormat::DateTime)),
        ];
        if S::BY_THEATER {
            parameters.push(parameter("theater_id", "In this theater.", format(KnownFormat::Uuid)));
        }
        if S::BY_MOVIE {
            parameters.push(parameter("movie_id", "Of this film.", format(KnownFormat::Uuid)));
        }
        parameters.extend(page_parameters());
        parameters
    }

    fn read(query: &mut QueryReader<'_>) -> Option<Self> {
        let from = query.optional("from", parse_time);
        let to = query.optional("to", parse_time);
        let theater = query.optional("theater_id", str::parse::<TheaterId>);
        let movie = query.optional("movie_id", str::parse::<MovieId>);
        let page = query.page();
        Some(Self {
            filter: ShowtimeFilter {
                from: from?,
                to: to?,
                theater: theater?,
                movie: movie?,
                screen: None,
            },
            page: page?,
            scope: std::marker::PhantomData,
        })
    }
}
