//! What seats of the demo cost.

use std::collections::BTreeMap;

use jiff::Zoned;
use jiff::civil::Weekday;
use milo_core::domain::{Currency, Money, Prices, ScreenKind, SeatKind};

use super::known;

/// Dearer on larger screens and on weekend evenings, cheaper before noon and in the afternoon. Wheelchair bays and the
/// seats beside them cost what an ordinary seat costs.
pub(super) fn prices(currency: Currency, screen: ScreenKind, local_start: &Zoned) -> Prices {
    let screen = match screen {
        ScreenKind::Regular => 1350,
        ScreenKind::ThreeD => 1650,
        ScreenKind::Imax => 1950,
    };
    let hour = match (local_start.hour(), local_start.weekday()) {
        (..12, _) => -400,
        (12..17, _) => -200,
        (_, Weekday::Friday | Weekday::Saturday | Weekday::Sunday) => 200,
        _ => 0,
    };
    let abroad = if currency == Currency::USD { 0 } else { 650 };
    let price = |seat: SeatKind| {
        let comfort = match seat {
            SeatKind::Regular | SeatKind::Wheelchair | SeatKind::Companion => 0,
            SeatKind::Premium => 350,
            SeatKind::Recliner => 600,
        };
        known(Money::parse(screen + hour + abroad + comfort, currency))
    };
    let prices: BTreeMap<SeatKind, Money> = SeatKind::ALL.into_iter().map(|seat| (seat, price(seat))).collect();
    known(Prices::parse(prices))
}
