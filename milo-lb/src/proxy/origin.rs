//! Who a request comes from. What it says of that itself counts only when a trusted proxy says it.

use std::borrow::Cow;
use std::fmt::Write;
use std::net::IpAddr;

use http::{HeaderMap, HeaderValue};
use ipnet::IpNet;

/// How the client spoke to us, or to the trusted proxy in front of us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

/// The client, and the fields that tell the nodes of it.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) client: IpAddr,
    /// The values of `X-Forwarded-For`, `X-Forwarded-Proto` and `Forwarded`.
    pub(crate) address: HeaderValue,
    pub(crate) scheme: HeaderValue,
    pub(crate) forwarded: HeaderValue,
    peer_scheme: Scheme,
}

impl Origin {
    pub(crate) fn new(client: IpAddr, scheme: Scheme) -> Self {
        let client = client.to_canonical();
        let proto = match scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        let mut forwarded = String::with_capacity(64);
        let _ = match client {
            IpAddr::V4(client) => write!(forwarded, "for={client};proto={proto}"),
            IpAddr::V6(client) => write!(forwarded, "for=\"[{client}]\";proto={proto}"),
        };
        let value = |text: &str| HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("unknown"));
        Self {
            client,
            address: value(&client.to_string()),
            scheme: HeaderValue::from_static(proto),
            forwarded: value(&forwarded),
            peer_scheme: scheme,
        }
    }

    /// Where a request of this peer comes from: from the peer, or, if that is a trusted proxy, from whom it says.
    pub(crate) fn of(&self, headers: &HeaderMap, trusted: &[IpNet]) -> Cow<'_, Self> {
        let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
        if trusted.is_empty() || !is_trusted(self.client) {
            return Cow::Borrowed(self);
        }
        // From the right, where the nearest proxy wrote; the first that is not one of ours was seen by one of ours.
        let hops = headers.get_all("x-forwarded-for").iter().rev();
        let hops = hops.flat_map(|value| value.to_str().unwrap_or("?").rsplit(','));
        let mut client = self.client;
        for hop in hops {
            let Ok(hop) = hop.trim().parse::<IpAddr>() else { break };
            client = hop.to_canonical();
            if !is_trusted(client) {
                break;
            }
        }
        let scheme = match headers.get("x-forwarded-proto").map(HeaderValue::as_bytes) {
            Some(b"https") => Scheme::Https,
            Some(b"http") => Scheme::Http,
            _ => self.peer_scheme,
        };
        Cow::Owned(Self::new(client, scheme))
    }
}
