//! What a node gets of a request: what was meant for it, and what we know ourselves.

use http::header::{CONNECTION, HOST, HeaderName, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method, Uri, Version};
use uuid::Uuid;

use super::origin::Origin;
use crate::wire::Refusal;

const FORWARDED: HeaderName = HeaderName::from_static("forwarded");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const REQUEST_ID_BYTES_MAX: usize = 64;

/// The name of a request: its caller's, if that is a good one, else a new one.
pub(super) fn request_id(headers: &HeaderMap) -> HeaderValue {
    let mut named = headers.get_all(X_REQUEST_ID).iter();
    if let (Some(id), None) = (named.next(), named.next())
        && (1..=REQUEST_ID_BYTES_MAX).contains(&id.len())
        && id
            .as_bytes()
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
    {
        return id.clone();
    }
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    let text = Uuid::now_v7().hyphenated().encode_lower(&mut text);
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
}

/// Fields between two neighbours (RFC 9110, section 7.6.1), which go no further.
pub(super) fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
            | "http2-settings"
    )
}

/// Fields by which servers are told who the client is or what it really asked for. Only we may tell that.
fn is_ours_to_say(name: &str) -> bool {
    name.starts_with("x-forwarded")
        || name.starts_with("x-user-")
        || name.starts_with("x-original-")
        || matches!(
            name,
            "forwarded"
                | "x-real-ip"
                | "x-client-ip"
                | "x-cluster-client-ip"
                | "x-host"
                | "x-rewrite-url"
                | "x-http-method"
                | "x-http-method-override"
                | "x-method-override"
                | "true-client-ip"
                | "cf-connecting-ip"
                | "fastly-client-ip"
                | "client-ip"
        )
}

fn is_dropped(name: &str) -> bool {
    // `expect` was met here. A name with an underscore is, to some servers, one with a hyphen.
    is_hop_by_hop(name) || is_ours_to_say(name) || name == "expect" || name.contains('_')
}

/// The fields that `Connection` says are for this hop only. Those that say how a request is read are not its to name.
fn named_by_connection(headers: &HeaderMap) -> Vec<HeaderName> {
    let mut names = Vec::new();
    for value in headers.get_all(CONNECTION) {
        for name in value.to_str().unwrap_or_default().split(',') {
            let name = name.trim();
            if name.eq_ignore_ascii_case("keep-alive") || name.eq_ignore_ascii_case("close") {
                continue;
            }
            if let Ok(name) = HeaderName::from_bytes(name.as_bytes())
                && !matches!(
                    name.as_str(),
                    "host" | "content-length" | "content-type" | "authorization" | "idempotency-key" | "cookie"
                )
            {
                names.push(name);
            }
        }
    }
    names
}

/// Takes out the fields of these names, and those that `Connection` says are for this hop only.
pub(super) fn drop_fields(headers: &mut HeaderMap, is_dropped: impl Fn(&str) -> bool) {
    let mut dropped = named_by_connection(headers);
    dropped.extend(headers.keys().filter(|name| is_dropped(name.as_str())).cloned());
    for name in dropped {
        headers.remove(name);
    }
}

/// Makes a client's request the one that a node gets.
pub(super) fn rewrite(parts: &mut Parts, origin: &Origin, request_id: &HeaderValue) -> Result<(), Refusal> {
    if matches!(parts.method, Method::TRACE | Method::CONNECT) {
        return Err(Refusal::Method);
    }
    to_origin_form(parts)?;
    parts.version = Version::HTTP_11;

    drop_fields(&mut parts.headers, is_dropped);
    let headers = &mut parts.headers;
    if let Some(host) = headers.get(HOST).cloned() {
        headers.insert(X_FORWARDED_HOST, host);
    }
    headers.insert(FORWARDED, origin.forwarded.clone());
    headers.insert(X_FORWARDED_FOR, origin.address.clone());
    headers.insert(X_REAL_IP, origin.address.clone());
    headers.insert(X_FORWARDED_PROTO, origin.scheme.clone());
    headers.insert(X_REQUEST_ID, request_id.clone());
    Ok(())
}

/// A target with a host becomes a path; the host is the one of the target (RFC 9112, section 3.2.2, and RFC 9113, section 8.3.1).
fn to_origin_form(parts: &mut Parts) -> Result<(), Refusal> {
    let Some(authority) = parts.uri.authority() else {
        return Ok(());
    };
    let same = |host: &HeaderValue| host.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes());
    let mut hosts = parts.headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => {}
        (Some(host), None) if same(host) => {}
        _ => {
            return Err(Refusal::Malformed(
                "Host must be given once and be the one of the target",
            ));
        }
    }
    if authority.as_str().contains('@') {
        return Err(Refusal::Malformed("the target must have no user information"));
    }
    let host = HeaderValue::from_str(authority.as_str())
        .map_err(|_| Refusal::Malformed("the target's host must be a name or an address"))?;
    let path = parts.uri.path_and_query().cloned();
    parts.uri = path.map_or_else(|| Uri::from_static("/"), Uri::from);
    parts.headers.insert(HOST, host);
    Ok(())
}
