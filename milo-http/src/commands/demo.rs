//! The demo, and what a server greets with.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::Context;
use milo_adapters::demo::{self, Opened};
use milo_core::Milo;

use crate::settings::Settings;

/// Fills an empty Milo, if that is wanted, and says what to greet with.
pub(super) async fn open_demo(milo: &Milo, settings: &Settings, address: SocketAddr) -> anyhow::Result<Option<String>> {
    if !settings.accounts.wants_demo(&settings.engines) {
        return Ok(None);
    }
    let url = format!("http://{}", reachable(address));
    let is_kept = settings.engines.has_postgres();
    Ok(Some(match demo::open(milo).await.context("the demo was not made")? {
        Opened::Made { accounts, demo } => demo::banner(&url, &accounts, &demo, is_kept),
        Opened::There => demo::reminder(&url),
    }))
}

/// Where a server that listens everywhere can be reached from its own machine.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
