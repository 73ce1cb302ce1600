//! What is wrong with the settings, in one line.

use std::path::Path;

use super::load::variable;

/// One line: which setting, what is wrong with it, what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

/// Names that differ more are not what was meant.
const DISTANCE_MAX: usize = 6;

impl ConfigError {
    pub(super) fn value(setting: &str, flaw: &str) -> Self {
        let flaw = flaw.lines().next().unwrap_or_default();
        Self(format!("{setting} ({}): {flaw}", variable(setting)))
    }

    pub(super) fn variable_without_text(variable: &str) -> Self {
        Self(format!("{variable}: it is not text in UTF-8"))
    }

    pub(super) fn whole(flaw: &str) -> Self {
        Self(flaw.replace('\n', " "))
    }

    pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        Self(format!(
            "--config (MILO_LB_CONFIG): {} cannot be read: {error}",
            path.display()
        ))
    }

    pub(super) fn in_file(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let line = error
            .span()
            .map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        Self(format!(
            "{}, line {line}: {}",
            path.display(),
            error.message().replace('\n', " ")
        ))
    }

    pub(super) fn unknown_variable(name: &str, known: impl Iterator<Item = String>) -> Self {
        let nearest = known
            .map(|known| (strsim::damerau_levenshtein(name, &known), known))
            .min()
            .filter(|(distance, _)| *distance <= DISTANCE_MAX);
        Self(match nearest {
            Some((_, known)) => format!("{name}: there is no such setting; did you mean {known}?"),
            None => format!("{name}: there is no such setting; `milo-lb config` lists them"),
        })
    }
}
