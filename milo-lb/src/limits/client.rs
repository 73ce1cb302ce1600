//! Who counts as one client.

use std::net::{IpAddr, Ipv4Addr};

/// An IPv4 address, or an IPv6 network of 64 bits: who has one address of it has them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Client {
    /// An address, also one that is written as IPv6.
    V4(Ipv4Addr),
    /// The first 64 bits.
    V6(u64),
}

impl Client {
    /// Whose address this is.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => Self::V6((address.to_bits() >> 64) as u64),
        }
    }
}
