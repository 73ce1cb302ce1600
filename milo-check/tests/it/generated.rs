//! Whatever an honest seller leaves behind is accepted, and the same with one thing changed is not.

use milo_check::{Dump, Ledger, Records, Status};
use proptest::prelude::*;

use crate::seller::{Seller, Size};

fn sizes() -> impl Strategy<Value = Size> {
    (
        100..600_usize,
        1..12_u64,
        2..12_u64,
        50..400_usize,
        3..40_u64,
        20..2000_u64,
    )
        .prop_map(
            |(calls, buyers, seats, calls_a_showtime, lost_one_of, forgets_one_of)| Size {
                calls,
                buyers,
                seats,
                calls_a_showtime,
                lost_one_of,
                forgets_one_of,
            },
        )
}

fn sold(seed: u64, size: Size) -> (Vec<u8>, Dump, Ledger) {
    let mut lines = Vec::new();
    let (dump, ledger) = Seller::new(seed, size, &mut lines).sell();
    (lines, dump, ledger)
}

fn records(lines: &[u8]) -> Records {
    Records::default().with_history(lines).expect("a history")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn an_honest_seller_is_believed(seed: u64, size in sizes()) {
        let (lines, dump, ledger) = sold(seed, size);
        let report = records(&lines).with_rows(dump).with_entries(ledger).check();
        prop_assert!(report.is_yes(), "{}", report);
        // Without the books, the same history is as good.
        let report = records(&lines).check();
        prop_assert!(report.is_yes(), "{}", report);
    }

    #[test]
    fn a_seller_who_loses_a_sale_is_not(seed: u64, size in sizes(), which: prop::sample::Index) {
        let (lines, mut dump, ledger) = sold(seed, size);
        let answered = String::from_utf8(lines.clone()).unwrap();
        let answered = |id: &str| answered.lines().any(|line| {
            line.starts_with("{\"type\":\"ok\"") && line.contains(&format!("\"reservation\":\"{id}\""))
        });
        let confirmed: Vec<String> = dump.reservations.iter()
            .filter(|one| one.status == Status::Confirmed && answered(&one.id))
            .map(|one| one.id.clone())
            .collect();
        prop_assume!(!confirmed.is_empty());
        let lost = which.get(&confirmed);
        dump.reservations.retain(|one| one.id != *lost);
        dump.reserved_seats.retain(|one| one.reservation_id != *lost);
        dump.payments.retain(|one| one.reservation_id != *lost);
        dump.reservation_events.retain(|one| one.reservation_id != *lost);
        dump.payment_ops.retain(|one| one.reservation_id != *lost);
        dump.outbox.retain(|one| one.reservation_id != *lost);
        dump.reservation_keys.retain(|one| one.reservation_id != *lost);
        let report = records(&lines).with_rows(dump).with_entries(ledger).check();
        let broken: Vec<&str> = report.violations.iter().map(|violation| violation.invariant).collect();
        prop_assert!(broken.contains(&"accepted-work"), "{}", report);
        prop_assert!(broken.contains(&"I13"), "{}", report);
    }

    #[test]
    fn a_seller_who_sells_a_seat_twice_is_not(seed: u64, size in sizes(), which: prop::sample::Index) {
        let (lines, mut dump, ledger) = sold(seed, size);
        let owned: Vec<usize> = (0..dump.reserved_seats.len())
            .filter(|seat| dump.reserved_seats[*seat].released_at.is_none())
            .collect();
        prop_assume!(!owned.is_empty());
        let seat = dump.reserved_seats[*which.get(&owned)].clone();
        let other = dump.reserved_seats.iter().position(|one| {
            one.reservation_id != seat.reservation_id && one.showtime_id == seat.showtime_id && one.released_at.is_none()
        });
        prop_assume!(other.is_some());
        dump.reserved_seats[other.unwrap()].seat_id = seat.seat_id;
        let report = records(&lines).with_rows(dump).with_entries(ledger).check();
        prop_assert!(report.violations.iter().any(|violation| violation.invariant == "I1"), "{}", report);
    }
}
