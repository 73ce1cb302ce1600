//! Which image a container is made of.

use std::process::{Command, Stdio};

/// The image of one engine: what the setting names; else the one of `compose.yaml`, or, on a machine that has only that,
/// its stand-in from `scripts/offline-images`.
pub(crate) fn image(setting: &str, official: &str, stand_in: &str) -> (String, String) {
    let chosen = std::env::var(setting).unwrap_or_else(|_| {
        let only_stand_in = !is_here(official) && is_here(stand_in);
        (if only_stand_in { stand_in } else { official }).to_owned()
    });
    match chosen.rsplit_once(':') {
        // A colon before a slash belongs to a registry's port.
        Some((name, tag)) if !tag.contains('/') => (name.to_owned(), tag.to_owned()),
        _ => (chosen, "latest".to_owned()),
    }
}

fn is_here(image: &str) -> bool {
    let inspected = Command::new("docker")
        .args(["image", "inspect", image])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    inspected.is_ok_and(|status| status.success())
}
