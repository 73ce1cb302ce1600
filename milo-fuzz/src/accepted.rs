//! What the load balancer lets through.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;
use milo_lb::fuzzing::{FIELDS, HEAD_BYTES, origin, read_at_once, read_slowly};

use crate::split::{choice, lines};

/// The addresses of our own proxies.
fn ours() -> &'static [IpNet] {
    static OURS: OnceLock<Vec<IpNet>> = OnceLock::new();
    OURS.get_or_init(|| {
        ["10.0.0.0/8", "fd00::/8"]
            .iter()
            .filter_map(|text| text.parse().ok())
            .collect()
    })
}

/// Each line is a value of `X-Forwarded-For`, but for the last of three, which is one of `X-Forwarded-Proto`; the first
/// byte says whether the peer is trusted.
pub(crate) fn forwarded(input: &[u8]) {
    let (trusted, rest) = choice(input);
    let peer = if trusted % 2 == 0 {
        Ipv4Addr::new(203, 0, 113, 9)
    } else {
        Ipv4Addr::new(10, 1, 2, 3)
    };
    let peer = IpAddr::V4(peer);
    let mut headers = HeaderMap::new();
    for (place, line) in lines(rest, 3).enumerate() {
        let name = if place == 2 {
            "x-forwarded-proto"
        } else {
            "x-forwarded-for"
        };
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
    let (client, [address, scheme, forwarded]) = origin(peer, ours(), &headers);
    let is_ours = |address: &IpAddr| ours().iter().any(|network| network.contains(address));
    if !is_ours(&peer) {
        assert_eq!(client, peer, "a stranger speaks for nobody else");
        assert_eq!(scheme, "http", "a stranger's scheme is the one it speaks");
    }
    let said = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok());
    let named = said
        .flat_map(|value| value.split(','))
        .filter_map(|hop| hop.trim().parse::<IpAddr>().ok());
    let mut named = named.map(|address| address.to_canonical());
    assert!(
        client == peer || named.any(|address| address == client),
        "a client is somebody who was named"
    );
    assert_eq!(address.to_str().ok().and_then(|text| text.parse().ok()), Some(client));
    let text = forwarded.to_str().unwrap_or_default();
    let written = match client {
        IpAddr::V4(client) => format!("for={client};"),
        IpAddr::V6(client) => format!("for=\"[{client}]\";"),
    };
    assert!(text.starts_with(&written), "{text}");
}

/// However bytes are cut into packets, the same ones come through, and none of them has two readings.
pub(crate) fn request_head(input: &[u8]) {
    let slow = read_slowly(input);
    let (bytes, refused) = read_at_once(input);
    assert_eq!(
        (bytes, refused),
        (slow.bytes, slow.refused),
        "the cut into packets makes no difference"
    );
    assert!(bytes <= input.len());
    for request in &slow.requests {
        let head = &request.head;
        assert!(head.len() <= HEAD_BYTES, "a head has a limit");
        assert!(head.ends_with(b"\r\n\r\n"), "a head ends with an empty line");
        let lines: Vec<&[u8]> = head[..head.len() - 4].split(|byte| *byte == b'\n').collect();
        assert!(lines.len() <= FIELDS + 1, "there is a limit to fields");
        let (last, others) = lines.split_last().expect("there is a first line");
        assert!(
            others.iter().all(|line| line.ends_with(b"\r")),
            "every line ends with CR LF"
        );
        assert!(!last.contains(&b'\r'), "CR stands only before LF");
        assert!(!head.contains(&0), "no control characters");
    }
}
