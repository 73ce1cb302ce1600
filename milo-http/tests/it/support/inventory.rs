//! Every operation: who may use it, and a request that it takes. What the document has and this table has not fails the
//! suites that read it.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::contract::{self, Operation};
use super::world::{movie, showtime, theater};
use super::{Client, PASSWORD, Scene};

/// Who may use an operation, as the contract says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody; a token is not looked at.
    Public,
    /// Anybody; a token, if there is one, must be valid.
    Optional,
    User,
    Admin,
}

/// What an ordinary person gets who sends somebody else's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stranger {
    /// The answer is the person's own: nothing in the request was anybody's.
    Same,
    /// It succeeds and does nothing.
    Ignored,
    NotFound,
    Forbidden,
    NotWatched,
}

/// A request that an operation takes.
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
}

/// One operation.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    /// As the document has it.
    pub(crate) operation: &'static str,
    pub(crate) access: Access,
    pub(crate) stranger: Stranger,
    /// With which the request is answered.
    pub(crate) status: u16,
    /// The ordinary person whose request it is.
    pub(crate) owner: fn(&Scene) -> &Client,
    request: fn(&Scene) -> Request,
}

impl Row {
    pub(crate) fn method(&self) -> Method {
        self.operation.split_once(' ').unwrap().0.parse().unwrap()
    }

    /// A request that is taken, for the first time at the least.
    pub(crate) fn request(&self, scene: &Scene) -> Request {
        (self.request)(scene)
    }

    /// Whether a request that is taken may change something.
    pub(crate) fn writes(&self) -> bool {
        self.method() != Method::GET
    }

    /// Whoever may send the request.
    pub(crate) fn rightful<'a>(&self, scene: &'a Scene) -> &'a Client {
        if self.access == Admin {
            &scene.admin
        } else {
            (self.owner)(scene)
        }
    }

    const fn of(mut self, stranger: Stranger) -> Self {
        self.stranger = stranger;
        self
    }

    const fn by(mut self, owner: fn(&Scene) -> &Client) -> Self {
        self.owner = owner;
        self
    }
}

const fn row(operation: &'static str, access: Access, status: u16, request: fn(&Scene) -> Request) -> Row {
    Row {
        operation,
        access,
        stranger: Stranger::Same,
        status,
        owner: |scene| &scene.ann,
        request,
    }
}

fn bare(path: impl Into<String>) -> Request {
    let path = path.into();
    Request { path, body: None }
}

fn with(path: impl Into<String>, body: Value) -> Request {
    Request {
        body: Some(body),
        ..bare(path)
    }
}

use Access::{Admin, Optional, Public, User};
use Stranger::{Forbidden, Ignored, NotFound, NotWatched};

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("POST /api/v1/auth/register", Public, 201, |scene| {
        let email = format!("new{}@example.net", scene.number());
        with("/auth/register", json!({"email": email, "password": PASSWORD, "display_name": "New", "phone": "+1 555 0100"}))
    }),
    row("POST /api/v1/auth/login", Public, 200, |_| {
        with("/auth/login", json!({"email": "ann@example.org", "password": PASSWORD}))
    }),
    row("POST /api/v1/auth/refresh", Public, 200, |scene| {
        with("/auth/refresh", json!({"refresh_token": scene.unspent()}))
    }),
    row("POST /api/v1/auth/logout", User, 204, |scene| {
        with("/auth/logout", json!({"refresh_token": scene.ann.refresh_token}))
    }).of(Ignored),
    row("GET /api/v1/users/me", User, 200, |_| bare("/users/me")),
    row("GET /api/v1/users/me/reviews", User, 200, |_| bare("/users/me/reviews")),
    //
    row("GET /api/v1/movies", Public, 200, |_| bare("/movies")),
    row("POST /api/v1/movies", Admin, 201, |_| with("/movies", whole_movie())),
    row("GET /api/v1/movies/{id}", Public, 200, |scene| bare(format!("/movies/{}", scene.cinema.movie))),
    row("PATCH /api/v1/movies/{id}", Admin, 200, |scene| {
        with(format!("/movies/{}", scene.cinema.movie), whole_movie())
    }),
    row("DELETE /api/v1/movies/{id}", Admin, 204, |scene| bare(format!("/movies/{}", scene.spare.movie))),
    row("GET /api/v1/movies/{id}/showtimes", Public, 200, |scene| bare(format!("/movies/{}/showtimes", scene.cinema.movie))),
    row("GET /api/v1/movies/{id}/reviews", Public, 200, |scene| bare(format!("/movies/{}/reviews", scene.cinema.movie))),
    row("POST /api/v1/movies/{id}/reviews", User, 201, |scene| {
        with(format!("/movies/{}/reviews", scene.cinema.movie), json!({"rating": 4, "text": "Good."}))
    }).by(|scene| &scene.bob).of(NotWatched),
    //
    row("GET /api/v1/theaters", Public, 200, |_| bare("/theaters")),
    row("POST /api/v1/theaters", Admin, 201, |_| with("/theaters", whole_theater())),
    row("GET /api/v1/theaters/{id}", Public, 200, |scene| bare(format!("/theaters/{}", scene.cinema.theater))),
    row("PATCH /api/v1/theaters/{id}", Admin, 200, |scene| {
        with(format!("/theaters/{}", scene.cinema.theater), whole_theater())
    }),
    row("DELETE /api/v1/theaters/{id}", Admin, 204, |scene| bare(format!("/theaters/{}", scene.spare.theater))),
    row("GET /api/v1/theaters/{id}/screens", Public, 200, |scene| bare(format!("/theaters/{}/screens", scene.cinema.theater))),
    row("POST /api/v1/theaters/{id}/screens", Admin, 201, |scene| {
        with(format!("/theaters/{}/screens", scene.cinema.theater), whole_screen())
    }),
    //
    row("GET /api/v1/screens/{id}", Public, 200, |scene| bare(format!("/screens/{}", scene.cinema.screen))),
    row("PATCH /api/v1/screens/{id}", Admin, 200, |scene| with(format!("/screens/{}", scene.cinema.screen), whole_screen())),
    row("DELETE /api/v1/screens/{id}", Admin, 204, |scene| bare(format!("/screens/{}", scene.spare.screen))),
    row("GET /api/v1/screens/{id}/layout", Public, 200, |scene| bare(format!("/screens/{}/layout", scene.cinema.screen))),
    row("PUT /api/v1/screens/{id}/layout", Admin, 200, |scene| {
        let rows = json!([{"label": "A", "pattern": "RRRR_RRRR"}, {"label": "B", "pattern": "PPP"}]);
        with(format!("/screens/{}/layout", scene.spare.screen), json!({"rows": rows}))
    }),
    row("GET /api/v1/screens/{id}/showtimes", Public, 200, |scene| bare(format!("/screens/{}/showtimes", scene.cinema.screen))),
    //
    row("GET /api/v1/showtimes", Public, 200, |_| bare("/showtimes")),
    row("POST /api/v1/showtimes", Admin, 201, |scene| {
        // Each on a day of its own.
        let days = u64::try_from(scene.number()).unwrap() + 2;
        let starts_at = scene.world.after(Duration::from_hours(24 * days));
        let mut body = showtime(&scene.spare.movie, &scene.spare.screen, &starts_at);
        body["prices"] = whole_prices();
        with("/showtimes", body)
    }),
    row("GET /api/v1/showtimes/{id}", Public, 200, |scene| bare(format!("/showtimes/{}", scene.cinema.showtime))),
    row("PATCH /api/v1/showtimes/{id}", Admin, 200, |scene| {
        let body = json!({"starts_at": scene.world.after(Duration::from_hours(30)), "prices": whole_prices()});
        with(format!("/showtimes/{}", scene.spare.showtime), body)
    }),
    row("POST /api/v1/showtimes/{id}/cancel", Admin, 200, |scene| bare(format!("/showtimes/{}/cancel", scene.spare.showtime))),
    row("GET /api/v1/showtimes/{id}/seats", Optional, 200, |scene| bare(scene.cinema.map())),
    row("POST /api/v1/showtimes/{id}/holds", User, 201, |scene| {
        with(scene.cinema.holds(), json!({"seat_ids": scene.cinema.seats[5..7]}))
    }),
    //
    row("GET /api/v1/holds/{id}", User, 200, |scene| bare(format!("/holds/{}", scene.hold))).of(NotFound),
    row("DELETE /api/v1/holds/{id}", User, 204, |scene| bare(format!("/holds/{}", scene.hold))).of(NotFound),
    row("POST /api/v1/holds/{id}/extend", User, 200, |scene| bare(format!("/holds/{}/extend", scene.hold))).of(NotFound),
    //
    row("GET /api/v1/reservations", User, 200, |_| bare("/reservations")),
    row("POST /api/v1/reservations", User, 201, |scene| {
        let card = json!({"kind": "credit_card", "token": "tok_ok"});
        with("/reservations", json!({"hold_id": scene.hold, "payment_method": card}))
    }).of(NotFound),
    row("GET /api/v1/reservations/{id}", User, 200, |scene| bare(format!("/reservations/{}", scene.reservation))).of(NotFound),
    row("POST /api/v1/reservations/{id}/cancel", User, 200, |scene| {
        bare(format!("/reservations/{}/cancel", scene.reservation))
    }).of(NotFound),
    //
    row("PATCH /api/v1/reviews/{id}", User, 200, |scene| {
        with(format!("/reviews/{}", scene.review), json!({"rating": 1, "text": "On second thought."}))
    }).of(Forbidden),
    row("DELETE /api/v1/reviews/{id}", User, 204, |scene| bare(format!("/reviews/{}", scene.review))).of(Forbidden),
    //
    row("GET /api/v1/admin/dead-letters", Admin, 200, |_| bare("/admin/dead-letters")),
    row("POST /api/v1/admin/dead-letters/{id}/replay", Admin, 204, |scene| {
        bare(format!("/admin/dead-letters/{}/replay", scene.letter))
    }),
    row("GET /health/live", Public, 200, |_| bare("//health/live")),
    row("GET /health/ready", Public, 200, |_| bare("//health/ready")),
    row("GET /metrics", Public, 200, |_| bare("//metrics")),
    row("GET /openapi.json", Public, 200, |_| bare("//openapi.json")),
    row("GET /docs", Public, 200, |_| bare("//docs")),
    row("GET /docs/{file}", Public, 200, |_| bare("//docs/start.js")),
];

/// With every field that there is.
fn whole_movie() -> Value {
    let mut movie = movie("Another Take");
    movie["end_date"] = json!("2027-03-01");
    for field in ["poster_url", "backdrop_url", "trailer_url"] {
        movie[field] = json!("https://example.org/picture.jpg");
    }
    movie
}

fn whole_theater() -> Value {
    let mut theater = theater("Gloria");
    theater["is_active"] = json!(true);
    theater
}

fn whole_screen() -> Value {
    json!({"name": "Screen 2", "kind": "imax", "is_active": true})
}

fn whole_prices() -> Value {
    let price = json!({"amount": 1500, "currency": "USD"});
    let kinds = ["regular", "premium", "recliner", "wheelchair", "companion"];
    kinds.into_iter().map(|kind| (kind.to_owned(), price.clone())).collect()
}

/// Every operation of the document with its row.
///
/// # Panics
/// If an operation has no row, or a row no operation.
pub(crate) fn inventory() -> &'static [(Row, Operation)] {
    static INVENTORY: LazyLock<Vec<(Row, Operation)>> = LazyLock::new(|| {
        let mut rows: BTreeMap<&str, Row> = ROWS.iter().map(|row| (row.operation, *row)).collect();
        assert_eq!(rows.len(), ROWS.len(), "an operation has two rows");
        let found = contract::operations().into_iter().map(|operation| {
            let name = format!("{} {}", operation.method, operation.path);
            let row = rows.remove(name.as_str());
            let row = row.unwrap_or_else(|| panic!("{name} has no row: say who may use it, and how"));
            (row, operation)
        });
        let found = found.collect();
        assert!(rows.is_empty(), "no such operations: {:?}", rows.keys());
        found
    });
    &INVENTORY
}
