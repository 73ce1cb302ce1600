//! What holds in every state, in the middle of any trouble.

use milo_core::domain::{PaymentStatus, ReservationStatus};
use milo_core::ports::GatewayStatus;

use super::Promise;
use crate::step::Rules;
use crate::world::{Row, World};

/// Every promise of safety.
pub const SAFETY: [Promise; 11] = [
    Promise {
        name: "I1 a seat has one owner",
        kept: one_owner,
    },
    Promise {
        name: "I2 who owns seats owns all it asked for, and who has ended owns none",
        kept: all_seats_or_none,
    },
    Promise {
        name: "I3 confirmed is captured, and captured is confirmed",
        kept: confirmed_is_captured,
    },
    Promise {
        name: "I5 no more is given back than was taken, nor taken than reserved",
        kept: sums_agree,
    },
    Promise {
        name: "I7 only the payment machine leaves `paying`",
        kept: paying_is_left_by_payment,
    },
    Promise {
        name: "I8 a payment has a next attempt exactly while there is work",
        kept: work_is_scheduled,
    },
    Promise {
        name: "I11 nothing is reserved or taken for a closed showtime",
        kept: closed_is_closed,
    },
    Promise {
        name: "I13 what has ended and is settled keeps no money",
        kept: ended_keeps_no_money,
    },
    Promise {
        name: "I13 what is confirmed has its money",
        kept: confirmed_has_money,
    },
    Promise {
        name: "I14 each operation has one effect at the gateway",
        kept: one_effect,
    },
    Promise {
        name: "what has ended stays ended",
        kept: final_stays_final,
    },
];

fn placed<'a>(rules: &Rules, world: &'a World) -> impl Iterator<Item = (usize, &'a Row)> {
    let rows = world.rows.iter().enumerate().take(rules.size.rows());
    rows.filter(|(_, row)| row.placed)
}

fn one_owner(_: &Rules, world: &World) -> bool {
    world.owners.iter().all(|owners| owners.count_ones() <= 1)
}

fn all_seats_or_none(rules: &Rules, world: &World) -> bool {
    placed(rules, world).all(|(at, row)| {
        let due = if row.case.reservation.owns_seats() {
            row.seats
        } else {
            0
        };
        world.owned_by(at) == due
    })
}

fn confirmed_is_captured(rules: &Rules, world: &World) -> bool {
    placed(rules, world).all(|(_, row)| {
        let confirmed = row.case.reservation == ReservationStatus::Confirmed;
        confirmed == (row.case.payment == PaymentStatus::Captured)
    })
}

fn sums_agree(_: &Rules, world: &World) -> bool {
    let agree = |row: &Row| row.ledger.refunded <= row.ledger.captured && row.ledger.captured <= row.ledger.authorized;
    world.rows.iter().all(agree)
}

fn paying_is_left_by_payment(_: &Rules, world: &World) -> bool {
    !world.marks.paying_left_by_other
}

fn work_is_scheduled(rules: &Rules, world: &World) -> bool {
    placed(rules, world).all(|(_, row)| row.due == row.case.needs_work())
}

fn closed_is_closed(_: &Rules, world: &World) -> bool {
    !world.marks.placed_in_closed && !world.marks.captured_for_closed
}

fn ended_keeps_no_money(rules: &Rules, world: &World) -> bool {
    placed(rules, world).all(|(_, row)| {
        let ended = row.case.is_settled() && row.case.reservation != ReservationStatus::Confirmed;
        !ended || !matches!(row.ledger.status, GatewayStatus::Authorized | GatewayStatus::Captured)
    })
}

fn confirmed_has_money(rules: &Rules, world: &World) -> bool {
    placed(rules, world).all(|(_, row)| {
        row.case.reservation != ReservationStatus::Confirmed || row.ledger.status == GatewayStatus::Captured
    })
}

fn one_effect(_: &Rules, world: &World) -> bool {
    let once = |row: &Row| row.ledger.authorized <= 1 && row.ledger.captured <= 1 && row.ledger.refunded <= 1;
    world.rows.iter().all(once)
}

fn final_stays_final(_: &Rules, world: &World) -> bool {
    !world.marks.resurrected
}
