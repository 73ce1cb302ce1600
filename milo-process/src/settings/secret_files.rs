//! Secrets from files: for each secret setting `MILO_X`, the variable `MILO_X_FILE` may name a file that holds it, as the
//! secret stores of container platforms provide.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::Read;

use clap::Command;
use secrecy::{ExposeSecret, SecretString};

use super::Flaw;
use super::command_line::{is_secret, is_setting};

/// What the help says about secrets.
pub const ABOUT_SECRETS: &str = "A secret can be read from a file: MILO_POSTGRES_URL_FILE names a file that holds what MILO_POSTGRES_URL would, \
    and so on for every URL, key and password.";

/// What the variable of a secret ends in when it names a file.
pub(super) const SUFFIX: &str = "_FILE";
/// The largest file, in bytes: far above any key or URL.
const BYTES_MAX: u64 = 64 * 1024;

/// A secret that was read from a file.
pub(super) struct SecretFile {
    /// What clap calls the setting.
    pub(super) id: String,
    long: String,
    secret: SecretString,
}

impl fmt::Debug for SecretFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretFile")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl SecretFile {
    /// The flag that gives the secret; it stays within this process.
    pub(super) fn as_argument(&self) -> OsString {
        format!("--{}={}", self.long, self.secret.expose_secret()).into()
    }
}

/// The name of the variable that may name a file for a secret setting.
pub(super) fn variable_of(arg: &clap::Arg) -> Option<String> {
    let variable = arg.get_env().filter(|_| is_secret(arg))?;
    Some(format!("{}{SUFFIX}", variable.to_string_lossy()))
}

/// Reads every file that a variable names.
///
/// # Errors
/// A file that cannot be read, and a secret that is given twice.
pub(super) fn read(command: &Command) -> Result<Vec<SecretFile>, Flaw> {
    let mut files = Vec::new();
    for arg in command.get_arguments().filter(|arg| is_setting(arg)) {
        let Some(variable) = variable_of(arg) else { continue };
        let Some(path) = std::env::var_os(&variable) else {
            continue;
        };
        if arg.get_env().is_some_and(|plain| std::env::var_os(plain).is_some()) {
            let plain = variable.trim_end_matches(SUFFIX);
            return Err(Flaw::new(format!("{variable}: must not be set together with {plain}")));
        }
        files.push(SecretFile {
            id: arg.get_id().to_string(),
            long: arg.get_long().unwrap_or_default().to_owned(),
            secret: contents(&path).map_err(|why| Flaw::new(format!("{variable}: {why}")))?,
        });
    }
    Ok(files)
}

/// The text of a file, without the line's end that editors and `echo` add.
fn contents(path: &OsString) -> Result<SecretString, String> {
    let mut text = String::new();
    let cannot = |error: std::io::Error| format!("the file cannot be read: {}", error.kind());
    let file = File::open(path).map_err(cannot)?;
    file.take(BYTES_MAX + 1).read_to_string(&mut text).map_err(cannot)?;
    if text.len() as u64 > BYTES_MAX {
        return Err(format!("the file must have at most {BYTES_MAX} bytes"));
    }
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        return Err("the file must not be empty".to_owned());
    }
    Ok(SecretString::from(text))
}
