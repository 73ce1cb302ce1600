use std::ops::Range;

use crate::conformance::LONG;
use crate::domain::{
    BookingCode, PaymentKind, PaymentMethod, PaymentToken, Placement, Review, ReviewText, SeatSelection, Showtime,
    Stars, UserId, Version,
};

use super::{Hall, id, long_ago, number};

/// A card that the simulated gateway accepts.
pub fn method(token: &str) -> PaymentMethod {
    PaymentMethod {
        kind: PaymentKind::CreditCard,
        token: PaymentToken::parse(token).unwrap(),
    }
}

impl Hall {
    /// A reservation of some seats, counted from 0, of the hall's showtime: from a hold of its own, with the messages
    /// of a new reservation, to be paid within [`LONG`].
    pub fn placement(&self, user: UserId, seats: Range<usize>) -> Placement {
        self.placement_in(&self.showtime, user, seats)
    }

    /// As [`placement`](Self::placement), of another showtime on the same screen.
    pub fn placement_in(&self, showtime: &Showtime, user: UserId, seats: Range<usize>) -> Placement {
        let selection = SeatSelection::parse(self.seats(seats)).unwrap();
        let quote = showtime.quote(&self.layout, &selection).unwrap();
        let mut placement = Placement {
            reservation: id(),
            payment: id(),
            code: BookingCode::from_random(number()),
            user,
            showtime: showtime.id,
            hold: id(),
            seats: quote.seats,
            total: quote.total,
            price_version: quote.price_version,
            method: method("tok_ok"),
            pay_within: LONG,
            user_seats_max: 10,
            keyed: None,
            messages: Vec::new(),
        };
        placement.messages = placement.messages_of(id);
        placement
    }
}

/// A review of the hall's film.
pub fn review(hall: &Hall, author: UserId, stars: u8) -> Review {
    Review {
        id: id(),
        version: Version::FIRST,
        movie: hall.movie.id,
        author,
        author_name: crate::domain::DisplayName::parse("Ann").unwrap(),
        stars: Stars::parse(stars).unwrap(),
        text: ReviewText::parse("I laughed.\nI cried.").unwrap(),
        created_at: long_ago(),
        updated_at: long_ago(),
    }
}
