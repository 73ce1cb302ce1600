//! JSON as clients see it. What goes out borrows from the domain; what comes in is raw until it is parsed.

mod account;
mod booking;
mod dead_letter;
mod layout;
mod money;
mod movie;
mod review;
mod scalar;
mod seat_map;
mod showtime;
mod text;
mod theater;

pub(crate) use account::{Login, Refresh, Registration, TokensView, UserView};
pub(crate) use booking::{
    HoldView, NewHold, NewReservation, ReservationView, Wanted, either_hold_or_seats, seats_unavailable,
};
pub(crate) use dead_letter::DeadLettersView;
pub(crate) use layout::{LayoutBody, LayoutView};
pub(crate) use money::{MoneyBody, MoneyView};
pub(crate) use movie::{MovieChange, MovieQuery, MovieView, NewMovie};
pub(crate) use review::{NewReview, ReviewChange, ReviewView};
pub(crate) use scalar::{Day, Time, Uid};
pub(crate) use seat_map::SeatMapView;
pub(crate) use showtime::{NewShowtime, ShowtimeChange, ShowtimeQuery, ShowtimeScope, ShowtimeView};
pub(crate) use text::{
    CurrencyCode, Distinct, Email, Line, Lines, Link, NewPassword, ProviderToken, RowDrawing, RowName, Telephone,
    ZoneId,
};
pub(crate) use theater::{NewScreen, NewTheater, ScreenChange, ScreenView, TheaterChange, TheaterQuery, TheaterView};
