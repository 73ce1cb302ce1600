//! Commands that look at settings, or at a balancer that runs.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;

use anyhow::Context;
use milo_lb::{Ask, Status};

use super::{File, fail, say};

pub(super) fn check(file: &File) -> ExitCode {
    let checked = file.load().map_err(Into::into).and_then(|config| config.check_files());
    tell(checked.map(|()| "the settings can be used".to_owned()), 2)
}

pub(super) fn config(file: &File, json: bool) -> ExitCode {
    let described = file.describe().map_err(anyhow::Error::from);
    let told = described.and_then(|described| {
        Ok(if json {
            serde_json::to_string_pretty(&described)?
        } else {
            milo_lb::config::table(&described)
        })
    });
    tell(told, 2)
}

pub(super) fn status(file: &File, admin: Option<SocketAddr>, json: bool) -> ExitCode {
    let told = asked(file, admin, Ask::Status);
    tell(if json { told } else { told.and_then(table) }, 1)
}

pub(super) fn health(file: &File, admin: Option<SocketAddr>) -> ExitCode {
    tell(asked(file, admin, Ask::Ready), 1)
}

pub(super) fn drain(file: &File, admin: Option<SocketAddr>, node: SocketAddr, drains: bool) -> ExitCode {
    let ask = if drains { Ask::Drain(node) } else { Ask::Undrain(node) };
    tell(asked(file, admin, ask).and_then(table), 1)
}

/// Says what came of a command, or why nothing did, with this exit code.
fn tell(told: anyhow::Result<String>, code: u8) -> ExitCode {
    match told {
        Ok(text) => {
            say(text.trim_end());
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error, code),
    }
}

fn table(status: String) -> anyhow::Result<String> {
    Ok(serde_json::from_str::<Status>(&status)?.table())
}

fn asked(file: &File, admin: Option<SocketAddr>, what: Ask) -> anyhow::Result<String> {
    let admin = match admin {
        Some(admin) => admin,
        None => reachable(file.load()?.admin.listen),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("no runtime")?;
    runtime.block_on(milo_lb::ask(admin, what))
}

/// An address that listens everywhere is asked at home.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
