//! The theaters of the demo: far apart, so that at any hour one of them is awake.

use jiff::civil::Time;
use milo_core::domain::{
    Address, City, Currency, LayoutPlan, PlaceName, PostalCode, Region, RowLabel, RowPattern, ScreenDetails,
    ScreenKind, TheaterDetails, ZoneName,
};

use super::known;

pub(super) struct House {
    name: &'static str,
    address: &'static str,
    city: &'static str,
    state: &'static str,
    postal_code: &'static str,
    zone: &'static str,
    currency: &'static str,
    pub(super) screens: &'static [Hall],
}

pub(super) struct Hall {
    pub(super) name: &'static str,
    pub(super) kind: ScreenKind,
    /// When its first film of a day begins, in the theater's own time.
    pub(super) opens: Time,
    /// What it shows, in turn.
    pub(super) films: &'static [&'static str],
    /// From the screen to the back; labelled A, B, C …
    rows: &'static [&'static str],
}

impl House {
    pub(super) fn details(&self) -> TheaterDetails {
        TheaterDetails {
            name: known(PlaceName::parse(self.name)),
            address: known(Address::parse(self.address)),
            city: known(City::parse(self.city)),
            state: known(Region::parse(self.state)),
            postal_code: known(PostalCode::parse(self.postal_code)),
            time_zone: self.zone(),
            is_active: true,
        }
    }

    pub(super) fn zone(&self) -> ZoneName {
        known(ZoneName::parse(self.zone))
    }

    pub(super) fn currency(&self) -> Currency {
        known(Currency::parse(self.currency))
    }
}

impl Hall {
    pub(super) fn details(&self) -> ScreenDetails {
        ScreenDetails {
            name: known(PlaceName::parse(self.name)),
            kind: self.kind,
            is_active: true,
        }
    }

    pub(super) fn plan(&self) -> LayoutPlan {
        let rows = ('A'..='Z').zip(self.rows).map(|(label, pattern)| {
            (
                known(RowLabel::parse(&label.to_string())),
                known(RowPattern::parse(pattern)),
            )
        });
        known(LayoutPlan::parse(rows.collect()))
    }
}

const fn at(hour: i8, minute: i8) -> Time {
    Time::constant(hour, minute, 0, 0)
}

pub(super) const HOUSES: [House; 2] = [
    House {
        name: "Meridian Palace",
        address: "418 Mercer Street",
        city: "New York",
        state: "New York",
        postal_code: "10003",
        zone: "America/New_York",
        currency: "USD",
        screens: &[
            Hall {
                name: "Grand Hall",
                kind: ScreenKind::Imax,
                opens: at(10, 30),
                films: &["Orbital Winter", "Cartographers of the Deep", "Goblin Tax"],
                rows: &[
                    "__RRR_RRRRRRRRRRRR_RRR__",
                    "_RRRR_RRRRRRRRRRRR_RRRR_",
                    "RRRRR_RRRRRRRRRRRR_RRRRR",
                    "RRRRR_RRRRRRRRRRRR_RRRRR",
                    "WC_CW_RRRRRRRRRRRR_WC_CW",
                    "RRRRR_RRRRRRRRRRRR_RRRRR",
                    "RRRRR_RRRRRRRRRRRR_RRRRR",
                    "RRRRR_PPPPPPPPPPPP_RRRRR",
                    "RRRRR_PPPPPPPPPPPP_RRRRR",
                    "RRRRR_PPPPPPPPPPPP_RRRRR",
                    "RRRRR_PPPPPPPPPPPP_RRRRR",
                    "RRRRR_RRRRRRRRRRRR_RRRRR",
                    "RRRRR_RRRRRRRRRRRR_RRRRR",
                    "_LLLL_LLLLLLLLLLLL_LLLL_",
                ],
            },
            Hall {
                name: "Screen 2",
                kind: ScreenKind::Regular,
                opens: at(11, 0),
                films: &["The Lighthouse Ledger", "Paper Lanterns", "Ninety Seconds to Tulsa"],
                rows: &[
                    "WC__RRRRRRRR__CW",
                    "RRR_RRRRRRRR_RRR",
                    "RRR_RRRRRRRR_RRR",
                    "RRR_RRRRRRRR_RRR",
                    "RRR_RRRRRRRR_RRR",
                    "RRR_RRRRRRRR_RRR",
                    "RRR_RRRRRRRR_RRR",
                    "RRR_RRRRRRRR_RRR",
                    "RRR_PPPPPPPP_RRR",
                    "RRR_PPPPPPPP_RRR",
                    "RRRRRRRRRRRRRRRR",
                ],
            },
            Hall {
                name: "The Snug",
                kind: ScreenKind::Regular,
                opens: at(12, 15),
                films: &["The Beekeeper's Parliament", "La última función", "Saltwater Hymns"],
                rows: &[
                    "WC_LL_LL_CW",
                    "LL_LL_LL_LL",
                    "LL_LL_LL_LL",
                    "LL_LL_LL_LL",
                    "LL_LL_LL_LL",
                ],
            },
        ],
    },
    House {
        name: "Harbour Lights",
        address: "27 Argyle Street",
        city: "Sydney",
        state: "New South Wales",
        postal_code: "2000",
        zone: "Australia/Sydney",
        currency: "AUD",
        screens: &[
            Hall {
                name: "Screen 1",
                kind: ScreenKind::ThreeD,
                opens: at(10, 0),
                films: &["Cartographers of the Deep", "Goblin Tax", "Orbital Winter"],
                rows: &[
                    "__RRRRRRR_RRRRRRR__",
                    "_RRRRRRRR_RRRRRRRR_",
                    "RRRRRRRRR_RRRRRRRRR",
                    "WC_RRRRRR_RRRRRR_CW",
                    "RRRRRRRRR_RRRRRRRRR",
                    "RRRRRRRRR_RRRRRRRRR",
                    "RRRPPPPPP_PPPPPPRRR",
                    "RRRPPPPPP_PPPPPPRRR",
                    "RRRRRRRRR_RRRRRRRRR",
                    "LLLL_LLLL_LLLL_LLLL",
                ],
            },
            Hall {
                name: "Screen 2",
                kind: ScreenKind::Regular,
                opens: at(11, 45),
                films: &[
                    "Paper Lanterns",
                    "Saltwater Hymns",
                    "Ninety Seconds to Tulsa",
                    "The Lighthouse Ledger",
                ],
                rows: &[
                    "WC_RRRR_CW",
                    "RRRRRRR_RR",
                    "RRRRRRR_RR",
                    "RRRRRRR_RR",
                    "RRRRRRR_RR",
                    "RRRRRRR_RR",
                    "RRRRRRR_RR",
                    "RRRRRRR_RR",
                    "RRRRRRR_RR",
                    "RRRRRRR_RR",
                    "PPPPPPP_PP",
                    "PPPPPPP_PP",
                ],
            },
        ],
    },
];
