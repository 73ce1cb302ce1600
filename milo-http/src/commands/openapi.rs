//! `milo-http openapi`.

use milo_process::print;

/// Prints the OpenAPI document.
pub(crate) fn print_openapi() -> anyhow::Result<()> {
    let document: serde_json::Value = serde_json::from_slice(&milo_http::openapi())?;
    print(&format!("{document:#}\n"));
    Ok(())
}
