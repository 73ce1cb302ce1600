//! One caller.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::contract;

/// Somebody who calls the server, perhaps with a token and headers of his own.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    /// The instances, asked in turn.
    urls: Arc<[String]>,
    turn: Arc<AtomicUsize>,
    headers: HeaderMap,
    /// What buys the next access token.
    pub(crate) refresh_token: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    what: String,
}

impl Client {
    pub(crate) fn new(url: String) -> Self {
        Self::of(vec![url])
    }

    /// Somebody whose every request goes to the next of several instances.
    pub(crate) fn of(urls: Vec<String>) -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            http,
            urls: urls.into(),
            turn: Arc::default(),
            headers: HeaderMap::new(),
            refresh_token: String::new(),
        }
    }

    /// The same caller with another header.
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        );
        other
    }

    /// The same caller with another header beside those of the same name.
    pub(crate) fn also(&self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        let mut other = self.clone();
        let value = HeaderValue::from_bytes(value.as_ref()).unwrap();
        other.headers.append(HeaderName::from_static(name), value);
        other
    }

    /// The same caller with this access token.
    pub(crate) fn bearing(&self, token: &str) -> Self {
        let mut other = self.clone();
        other
            .headers
            .insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        other
    }

    pub(crate) fn token(&self) -> String {
        let value = self.headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap());
        value
            .and_then(|value| value.strip_prefix("Bearer "))
            .unwrap_or_default()
            .to_owned()
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Self {
        let tokens = self
            .post("/auth/login", &json!({"email": email, "password": password}))
            .await
            .expect(200)
            .json();
        let mut signed_in = self.bearing(tokens["access_token"].as_str().unwrap());
        signed_in.refresh_token = tokens["refresh_token"].as_str().unwrap().to_owned();
        signed_in
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// A POST of an operation without a body.
    pub(crate) async fn act(&self, path: &str) -> Answer {
        self.send(Method::POST, path, None).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// Sends a request; a path is below the API's base, unless it begins with `//`.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let body = body.map(|body| (body.to_string().into_bytes(), "application/json"));
        self.send_raw(method, path, body).await
    }

    pub(crate) async fn send_raw(&self, method: Method, path: &str, body: Option<(Vec<u8>, &str)>) -> Answer {
        self.try_raw(method, path, body).await.unwrap()
    }

    /// Sends a request to a server that may be gone: without an answer, nobody knows what became of it.
    pub(crate) async fn try_send(&self, method: Method, path: &str, body: Option<&Value>) -> Option<Answer> {
        let body = body.map(|body| (body.to_string().into_bytes(), "application/json"));
        self.try_raw(method, path, body).await.ok()
    }

    async fn try_raw(
        &self,
        method: Method,
        path: &str,
        body: Option<(Vec<u8>, &str)>,
    ) -> Result<Answer, reqwest::Error> {
        let path = match path.strip_prefix("//") {
            Some(rooted) => format!("/{rooted}"),
            None => format!("/api/v1{path}"),
        };
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let url = format!("{}{path}", self.urls[turn % self.urls.len()]);
        let mut request = self.http.request(method.clone(), &url).headers(self.headers.clone());
        if let Some((bytes, media)) = body {
            if !media.is_empty() {
                request = request.header("content-type", media);
            }
            request = request.body(bytes);
        }
        let response = request.send().await?;
        let answer = Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.bytes().await?.to_vec(),
            what: format!("{method} {path}"),
        };
        contract::check(&method, &path, &answer);
        Ok(answer)
    }
}

impl Answer {
    /// The answer, which must have this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status.as_u16(), status, "{}: {body}", self.what);
        self
    }

    /// The answer, which must be this problem.
    #[track_caller]
    pub(crate) fn expect_problem(self, status: u16, name: &str) -> Value {
        let problem = self.expect(status).json();
        assert_eq!(problem["type"], format!("urn:milo:problem:{name}"), "{problem}");
        problem
    }

    /// The answer, which must say that exactly these fields are wrong, and how.
    #[track_caller]
    pub(crate) fn expect_flaws(self, flaws: &[(&str, &str)]) {
        let problem = self.expect_problem(422, "validation");
        let errors = problem["errors"]
            .as_array()
            .unwrap_or_else(|| panic!("no errors in {problem}"));
        let found: Vec<(&str, &str)> = errors
            .iter()
            .map(|error| (error["field"].as_str().unwrap(), error["code"].as_str().unwrap()))
            .collect();
        assert_eq!(found, flaws, "{problem}");
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!(
                "{}: not JSON ({error}): {}",
                self.what,
                String::from_utf8_lossy(&self.body)
            )
        })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn id(&self) -> String {
        super::world::text(&self.json(), "id")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The entity tag, which must be there.
    #[track_caller]
    pub(crate) fn tag(&self) -> String {
        self.header("etag")
            .unwrap_or_else(|| panic!("{}: no ETag", self.what))
            .to_owned()
    }
}
