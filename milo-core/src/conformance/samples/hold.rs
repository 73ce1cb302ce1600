use std::time::Duration;

use crate::domain::{
    HoldRequest, Money, PricedSeat, ReservationId, RowLabel, SeatId, SeatKind, ShowtimeId, TakenSeat, UserId, Version,
};

use super::{dollars, id};

/// Seats that nobody else knows, ascending by id.
pub fn seats(count: usize) -> Vec<SeatId> {
    (0..count).map(|_| id()).collect()
}

/// A wish of `user` to hold `seats` for `ttl`: at most ten of one user, remembered for an hour.
pub fn hold_request(showtime: ShowtimeId, user: UserId, seats: &[SeatId], ttl: Duration) -> HoldRequest {
    let mut priced: Vec<PricedSeat> = (1..)
        .zip(seats)
        .map(|(number, seat)| PricedSeat {
            id: *seat,
            row: RowLabel::parse("A").unwrap(),
            number,
            kind: SeatKind::Regular,
            price: dollars(1000),
        })
        .collect();
    priced.sort_unstable_by_key(|seat| seat.id);
    HoldRequest {
        id: id(),
        user,
        showtime,
        total: Money::sum(priced.iter().map(|seat| seat.price)).unwrap(),
        seats: priced,
        price_version: Version::FIRST,
        ttl,
        remember: Duration::from_hours(1),
        user_seats_max: 10,
    }
}

/// Seats of one reservation, as the store of record lists them.
pub fn taken(seats: &[SeatId], reservation: ReservationId, user: UserId, pending: bool) -> Vec<TakenSeat> {
    seats
        .iter()
        .map(|seat| TakenSeat {
            seat: *seat,
            reservation,
            user,
            pending,
        })
        .collect()
}
