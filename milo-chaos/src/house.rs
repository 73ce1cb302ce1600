//! What is on sale, and the people who buy.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::deployment::{ADMIN, Deployment, PASSWORD};
use crate::options::Size;

/// How long setting up may take.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
pub(crate) struct Showtime {
    pub(crate) id: String,
    pub(crate) seats: Vec<String>,
}

/// Somebody with an account.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: Arc<str>,
    pub(crate) token: Arc<str>,
}

#[derive(Debug)]
pub(crate) struct House {
    pub(crate) showtimes: Vec<Showtime>,
    pub(crate) admin: Person,
}

impl House {
    /// Showtimes half a day ahead, each on a screen of its own; the last ones may be cancelled.
    pub(crate) async fn open(deployment: &Deployment, size: Size, cancellable: usize) -> anyhow::Result<Self> {
        let admin = sign_in(deployment, ADMIN, "").await?;
        let post = async |path: &str, body: Value| send(deployment, Method::POST, path, &admin.token, Some(body)).await;
        let film = json!({
            "title": "The Long Take", "description": "A heist in one shot.", "genres": ["Thriller"],
            "duration_minutes": 100, "rating": "PG-13", "language": "English", "release_date": "2026-01-01",
        });
        let film = id(&post("/movies", film).await?)?;
        let theater = json!({
            "name": "Lumen", "address": "1 Main Street", "city": "Springfield", "state": "Illinois",
            "postal_code": "62701", "time_zone": "America/Chicago",
        });
        let theater = id(&post("/theaters", theater).await?)?;
        let starts_at = Timestamp::now().checked_add(SignedDuration::from_hours(12))?;
        let mut showtimes = Vec::new();
        for number in 0..size.showtimes + cancellable {
            let screen = json!({"name": format!("Screen {number}"), "kind": "regular"});
            let screen = id(&post(&format!("/theaters/{theater}/screens"), screen).await?)?;
            let rows: Vec<Value> = ('A'..='Z')
                .take(size.rows)
                .map(|label| json!({"label": label, "pattern": "R".repeat(size.seats_a_row)}))
                .collect();
            let layout = json!({"rows": rows});
            let path = format!("/screens/{screen}/layout");
            let layout = send(deployment, Method::PUT, &path, &admin.token, Some(layout)).await?;
            let rows = layout["rows"].as_array().context("a layout has rows")?;
            let seats = rows
                .iter()
                .flat_map(|row| row["seats"].as_array().into_iter().flatten());
            let seats = seats.map(id).collect::<anyhow::Result<_>>()?;
            let showtime = json!({
                "movie_id": film, "screen_id": screen, "starts_at": starts_at.to_string(),
                "prices": {"regular": {"amount": 1250, "currency": "USD"}},
            });
            showtimes.push(Showtime {
                id: id(&post("/showtimes", showtime).await?)?,
                seats,
            });
        }
        Ok(Self { showtimes, admin })
    }
}

/// Somebody with a new account.
pub(crate) async fn person(deployment: &Deployment, name: &str) -> anyhow::Result<Person> {
    let email = format!("{name}@chaos.example");
    let account = json!({"email": email, "password": PASSWORD, "display_name": name});
    let account = send(deployment, Method::POST, "/auth/register", "", Some(account)).await?;
    sign_in(deployment, &email, &id(&account)?).await
}

async fn sign_in(deployment: &Deployment, email: &str, id: &str) -> anyhow::Result<Person> {
    let body = json!({"email": email, "password": PASSWORD});
    let tokens = send(deployment, Method::POST, "/auth/login", "", Some(body)).await?;
    Ok(Person {
        id: id.into(),
        token: tokens["access_token"].as_str().context("a token")?.into(),
    })
}

/// Asks until it is answered; these calls are not what is tested.
pub(crate) async fn send(
    deployment: &Deployment,
    method: Method,
    path: &str,
    token: &str,
    body: Option<Value>,
) -> anyhow::Result<Value> {
    let begun = Instant::now();
    loop {
        let mut request = deployment
            .http
            .request(method.clone(), format!("{}{path}", deployment.url));
        request = request.timeout(Duration::from_secs(10));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some(body) = &body {
            request = request.json(body);
        }
        let answer = async {
            let answer = request.send().await?;
            Ok::<_, reqwest::Error>((answer.status(), answer.text().await?))
        };
        let said = match answer.await {
            Ok((status, text)) if status.is_success() => return Ok(serde_json::from_str(&text).unwrap_or(Value::Null)),
            Ok((status, text)) if status.is_client_error() => bail!("{method} {path}: {status} {text}"),
            Ok((status, text)) => format!("{status} {text}"),
            Err(error) => error.to_string(),
        };
        if begun.elapsed() > PATIENCE {
            bail!("{method} {path} is not answered within {PATIENCE:?}: {said}");
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn id(value: &Value) -> anyhow::Result<String> {
    let id = value["id"].as_str().with_context(|| format!("no id in {value}"))?;
    Ok(id.to_owned())
}
