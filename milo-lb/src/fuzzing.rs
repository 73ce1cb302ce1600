//! What the fuzz targets reach for.

use std::net::IpAddr;

use http::HeaderMap;
use ipnet::IpNet;

use crate::proxy::{Origin, Scheme};
use crate::wire::{Framer, HeadLimits};

/// The limits that the reader is fuzzed with.
pub const HEAD_BYTES: usize = 4096;
/// See [`HEAD_BYTES`].
pub const FIELDS: usize = 32;
/// See [`HEAD_BYTES`].
pub const TARGET_BYTES: usize = 1024;

/// A request as the reader in front of hyper delimits it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Framed {
    /// From the first byte of its first line to the empty line.
    pub head: Vec<u8>,
    /// What follows, as it lies on the wire.
    pub body: Vec<u8>,
    /// Whether its end was reached.
    pub whole: bool,
}

/// What the reader lets through of a connection's bytes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Request by request; the last may be cut short.
    pub requests: Vec<Framed>,
    /// How many bytes in all.
    pub bytes: usize,
    /// Whether something after them was refused.
    pub refused: bool,
}

fn framer() -> Framer {
    Framer::new(HeadLimits {
        bytes: HEAD_BYTES,
        fields: FIELDS,
        target_bytes: TARGET_BYTES,
    })
}

/// Reads a connection's bytes as they come one by one, and notes where each request begins and ends.
pub fn read_slowly(bytes: &[u8]) -> Passed {
    let (mut framer, mut all, mut current) = (framer(), Passed::default(), Framed::default());
    for end in 1..=bytes.len() {
        let in_head = framer.in_head();
        let read = framer.read(&bytes[all.bytes..end]);
        let fresh = &bytes[all.bytes..all.bytes + read.passed];
        all.bytes += read.passed;
        if in_head {
            current.head.extend_from_slice(fresh);
        } else {
            current.body.extend_from_slice(fresh);
        }
        if read.refused.is_some() {
            all.refused = true;
            break;
        }
        let in_request = !current.head.is_empty();
        if in_request && framer.in_head() {
            current.whole = true;
            all.requests.push(std::mem::take(&mut current));
        }
    }
    if !current.head.is_empty() {
        all.requests.push(current);
    }
    all
}

/// How many bytes the reader lets through if all come at once, and whether it refuses what follows.
pub fn read_at_once(bytes: &[u8]) -> (usize, bool) {
    let read = framer().read(bytes);
    (read.passed, read.refused.is_some())
}

/// Whom a request comes from, and the fields that would be passed on.
pub fn origin(peer: IpAddr, trusted: &[IpNet], headers: &HeaderMap) -> (IpAddr, [http::HeaderValue; 3]) {
    let origin = Origin::new(peer, Scheme::Http);
    let origin = origin.of(headers, trusted).into_owned();
    (origin.client, [origin.address, origin.scheme, origin.forwarded])
}
