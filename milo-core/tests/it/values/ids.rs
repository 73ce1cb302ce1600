//! Typed identifiers.

use milo_core::domain::*;
use proptest::prelude::*;
use uuid::Uuid;

use super::{is_json, refuses_json, some};

macro_rules! ids {
    ($($module:ident: $Id:ident),+ $(,)?) => {$(
        mod $module {
            use super::*;

            proptest! {
                #![proptest_config(some())]

                #[test]
                fn the_hyphenated_form_is_read_in_either_case(bits in any::<u128>()) {
                    let id = $Id(Uuid::from_u128(bits));
                    let text = id.to_string();
                    prop_assert_eq!(text.len(), 36);
                    prop_assert_eq!(text.parse::<$Id>().unwrap(), id);
                    prop_assert_eq!(text.to_uppercase().parse::<$Id>().unwrap(), id);
                    prop_assert_eq!(format!("{id:?}"), format!("{}({text})", stringify!($Id)));
                    is_json(&id, text);
                }

                #[test]
                fn no_other_form_is_read(bits in any::<u128>()) {
                    let uuid = Uuid::from_u128(bits);
                    let forms = [uuid.simple().to_string(), uuid.braced().to_string(), uuid.urn().to_string()];
                    for form in forms {
                        prop_assert_eq!(form.parse::<$Id>().unwrap_err().code, "invalid_id");
                    }
                }

                #[test]
                fn anything_else_is_refused(text in ".{0,40}") {
                    prop_assume!(Uuid::try_parse(&text).is_err());
                    prop_assert_eq!(text.parse::<$Id>().unwrap_err().code, "invalid_id");
                    refuses_json::<$Id>(text);
                }
            }
        }
    )+};
}

ids! {
    user: UserId,
    session: SessionId,
    movie: MovieId,
    theater: TheaterId,
    screen: ScreenId,
    seat: SeatId,
    showtime: ShowtimeId,
    hold: HoldId,
    reservation: ReservationId,
    payment: PaymentId,
    review: ReviewId,
    message: MessageId,
}
