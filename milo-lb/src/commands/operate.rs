//! Commands that look at settings, or at a balancer that runs.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;

use anyhow::Context;
use milo_lb::{Ask, Status};

use super::{File, fail, say};

pub(super) fn check(file: &File) -> ExitCode {
    match file
        .load()
        .map_err(anyhow::Error::from)
        .and_then(|config| config.check_files())
    {
        Ok(()) => {
            say("the settings can be used");
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error, 2),
    }
}

pub(super) fn config(file: &File, json: bool) -> ExitCode {
    let described = match file.describe() {
        Ok(described) => described,
        Err(error) => return fail(&error.into(), 2),
    };
    if json {
        say(&serde_json::to_string_pretty(&described).unwrap_or_default());
    } else {
        say(&milo_lb::config::table(&described));
    }
    ExitCode::SUCCESS
}

pub(super) fn status(file: &File, admin: Option<SocketAddr>, json: bool) -> ExitCode {
    let told = asked(file, admin, Ask::Status);
    match told.and_then(|text| {
        if json {
            Ok(text)
        } else {
            Ok(serde_json::from_str::<Status>(&text)?.table())
        }
    }) {
        Ok(text) => {
            say(&text);
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error, 1),
    }
}

pub(super) fn health(file: &File, admin: Option<SocketAddr>) -> ExitCode {
    match asked(file, admin, Ask::Ready) {
        Ok(text) => {
            say(text.trim());
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error, 1),
    }
}

pub(super) fn drain(file: &File, admin: Option<SocketAddr>, node: SocketAddr, drains: bool) -> ExitCode {
    let ask = if drains { Ask::Drain(node) } else { Ask::Undrain(node) };
    match asked(file, admin, ask).and_then(|text| Ok(serde_json::from_str::<Status>(&text)?.table())) {
        Ok(text) => {
            say(&text);
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error, 1),
    }
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
