//! Every address that Milo answers. The [table](table) is the only way to a handler: a row without its access does not
//! compile, and the router, the guards and the OpenAPI document are all made from the rows.

mod accounts;
mod dead_letters;
mod holds;
mod layouts;
mod movies;
mod operations;
mod reservations;
mod reviews;
mod route;
mod screens;
mod showtimes;
mod theaters;
mod tree;

use salvo::http::Method;

use crate::layers::Access::{Admin, Optional, Public, User};
use crate::problem::ProblemType::{
    AlreadyReviewed, EmailTaken, Forbidden, HoldLapsed, HoldLimit, HoldLimitReached, InUse, InvalidCredentials,
    InvalidToken, NotCancellable, NotFound, NotWatched, PriceChanged, ScreenBusy, SeatsInUse, SeatsUnavailable,
    ShowtimeClosed, TooManyAttempts,
};

pub(crate) use route::{BEARER, Route};
pub(crate) use tree::router;

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const PATCH: Method = Method::PATCH;
const DELETE: Method = Method::DELETE;

/// The routes, in the order of the contract. The problems listed are those that the use case adds to what access, body,
/// path, query and headers can already be refused for.
pub(crate) fn table() -> Vec<Route> {
    vec![
        Route::new(POST, "/api/v1/auth/register", Public, accounts::register).problems(&[EmailTaken]),
        Route::new(POST, "/api/v1/auth/login", Public, accounts::login)
            .problems(&[InvalidCredentials, TooManyAttempts]),
        Route::new(POST, "/api/v1/auth/refresh", Public, accounts::refresh).problems(&[InvalidToken]),
        Route::new(POST, "/api/v1/auth/logout", User, accounts::logout),
        Route::new(GET, "/api/v1/users/me", User, accounts::show_me).problems(&[NotFound]),
        Route::new(GET, "/api/v1/users/me/reviews", User, reviews::list_my_reviews),
        //
        Route::new(GET, "/api/v1/movies", Public, movies::list_movies),
        Route::new(POST, "/api/v1/movies", Admin, movies::add_movie),
        Route::new(GET, "/api/v1/movies/{id}", Public, movies::show_movie),
        Route::new(PATCH, "/api/v1/movies/{id}", Admin, movies::change_movie),
        Route::new(DELETE, "/api/v1/movies/{id}", Admin, movies::remove_movie).problems(&[InUse]),
        Route::new(
            GET,
            "/api/v1/movies/{id}/showtimes",
            Public,
            showtimes::list_showtimes_of_movie,
        ),
        Route::new(GET, "/api/v1/movies/{id}/reviews", Public, reviews::list_reviews),
        Route::new(POST, "/api/v1/movies/{id}/reviews", User, reviews::write_review)
            .problems(&[NotWatched, AlreadyReviewed]),
        //
        Route::new(GET, "/api/v1/theaters", Public, theaters::list_theaters),
        Route::new(POST, "/api/v1/theaters", Admin, theaters::add_theater),
        Route::new(GET, "/api/v1/theaters/{id}", Public, theaters::show_theater),
        Route::new(PATCH, "/api/v1/theaters/{id}", Admin, theaters::change_theater),
        Route::new(DELETE, "/api/v1/theaters/{id}", Admin, theaters::remove_theater).problems(&[InUse]),
        Route::new(GET, "/api/v1/theaters/{id}/screens", Public, screens::list_screens),
        Route::new(POST, "/api/v1/theaters/{id}/screens", Admin, screens::add_screen),
        //
        Route::new(GET, "/api/v1/screens/{id}", Public, screens::show_screen),
        Route::new(PATCH, "/api/v1/screens/{id}", Admin, screens::change_screen),
        Route::new(DELETE, "/api/v1/screens/{id}", Admin, screens::remove_screen).problems(&[InUse]),
        Route::new(GET, "/api/v1/screens/{id}/layout", Public, layouts::show_layout),
        Route::new(PUT, "/api/v1/screens/{id}/layout", Admin, layouts::change_layout).problems(&[SeatsInUse]),
        Route::new(
            GET,
            "/api/v1/screens/{id}/showtimes",
            Public,
            showtimes::list_showtimes_on_screen,
        ),
        //
        Route::new(GET, "/api/v1/showtimes", Public, showtimes::list_showtimes),
        Route::new(POST, "/api/v1/showtimes", Admin, showtimes::add_showtime).problems(&[ScreenBusy]),
        Route::new(GET, "/api/v1/showtimes/{id}", Public, showtimes::show_showtime),
        Route::new(PATCH, "/api/v1/showtimes/{id}", Admin, showtimes::change_showtime).problems(&[
            InUse,
            ScreenBusy,
            ShowtimeClosed,
        ]),
        Route::new(POST, "/api/v1/showtimes/{id}/cancel", Admin, showtimes::cancel_showtime)
            .problems(&[ShowtimeClosed]),
        Route::new(GET, "/api/v1/showtimes/{id}/seats", Optional, showtimes::show_seats),
        Route::new(POST, "/api/v1/showtimes/{id}/holds", User, holds::hold_seats).problems(&[
            SeatsUnavailable,
            ShowtimeClosed,
            HoldLimit,
        ]),
        //
        Route::new(GET, "/api/v1/holds/{id}", User, holds::show_hold),
        Route::new(DELETE, "/api/v1/holds/{id}", User, holds::release_hold),
        Route::new(POST, "/api/v1/holds/{id}/extend", User, holds::extend_hold)
            .problems(&[HoldLapsed, HoldLimitReached]),
        //
        Route::new(GET, "/api/v1/reservations", User, reservations::list_reservations),
        Route::new(POST, "/api/v1/reservations", User, reservations::reserve).problems(&[
            NotFound,
            HoldLapsed,
            SeatsUnavailable,
            PriceChanged,
            ShowtimeClosed,
            HoldLimit,
        ]),
        Route::new(GET, "/api/v1/reservations/{id}", User, reservations::show_reservation).long_poll(),
        Route::new(
            POST,
            "/api/v1/reservations/{id}/cancel",
            User,
            reservations::cancel_reservation,
        )
        .problems(&[NotCancellable]),
        //
        Route::new(PATCH, "/api/v1/reviews/{id}", User, reviews::change_review).problems(&[Forbidden]),
        Route::new(DELETE, "/api/v1/reviews/{id}", User, reviews::remove_review).problems(&[Forbidden]),
        //
        Route::new(
            GET,
            "/api/v1/admin/dead-letters",
            Admin,
            dead_letters::list_dead_letters,
        ),
        Route::new(
            POST,
            "/api/v1/admin/dead-letters/{id}/replay",
            Admin,
            dead_letters::replay_dead_letter,
        ),
        Route::new(GET, "/health/live", Public, operations::show_liveness),
        Route::new(GET, "/health/ready", Public, operations::show_readiness),
        Route::new(GET, "/metrics", Public, operations::show_metrics),
        Route::new(GET, "/openapi.json", Public, operations::show_openapi),
        Route::new(GET, "/docs", Public, operations::show_docs),
        Route::new(GET, "/docs/{file}", Public, operations::show_docs_file).problems(&[NotFound]),
    ]
}
