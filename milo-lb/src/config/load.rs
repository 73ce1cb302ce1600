//! Puts the settings together: the defaults, then the file, then the variables.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use serde::Serialize;
use toml::{Table, Value};

use super::{Config, ConfigError, validate};

const PREFIX: &str = "MILO_LB_";
/// Names the file, and is no setting itself.
const FILE_VARIABLE: &str = "MILO_LB_CONFIG";
/// What has no default, so that it is not found among the defaults.
const OPTIONAL: [&str; 2] = ["tls.certificate", "tls.key"];

/// A setting, its value, and where that comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Described {
    /// In the file.
    pub setting: String,
    /// In the environment.
    pub variable: String,
    /// As the file would give it.
    pub value: String,
    /// `default`, `file` or the variable's name.
    pub source: String,
}

/// Settings by path, and where each comes from.
struct Gathered {
    table: Table,
    sources: BTreeMap<String, String>,
}

impl Config {
    /// The settings of a file, if one is given, each replaced by its variable, if that is set.
    ///
    /// # Errors
    /// One line that names the setting, what is wrong with it and what would be right.
    pub fn load(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        gather(file, variables)?.into_config()
    }

    /// Every setting that [`load`](Self::load) gives, and where it comes from.
    ///
    /// # Errors
    /// As `load`.
    pub fn describe(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Vec<Described>, ConfigError> {
        let gathered = gather(file, variables)?;
        let sources = gathered.sources.clone();
        let config = gathered.into_config()?;
        let values = leaves(&table_of(&config));
        let all = leaves(&table_of(&Self::default()))
            .into_keys()
            .chain(OPTIONAL.map(str::to_owned));
        Ok(all
            .map(|setting| Described {
                variable: variable(&setting),
                value: values.get(&setting).map_or_else(String::new, ToString::to_string),
                source: sources.get(&setting).cloned().unwrap_or_else(|| "default".to_owned()),
                setting,
            })
            .collect())
    }

    /// Whether the files that the settings name can be used.
    ///
    /// # Errors
    /// One line that names the setting.
    pub fn check_files(&self) -> anyhow::Result<()> {
        self.tls.as_ref().map(crate::server::tls_acceptor).transpose().map(drop)
    }
}

/// Those of the variables that settings can come from, as text.
///
/// # Errors
/// One line that names a variable of ours that is not text. Others need not be.
pub fn text_variables(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>, ConfigError> {
    variables
        .into_iter()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| name.starts_with(PREFIX) && name != FILE_VARIABLE)
        .map(|(name, value)| match value.into_string() {
            Ok(value) => Ok((name, value)),
            Err(_) => Err(ConfigError::variable_without_text(&name)),
        })
        .collect()
}

/// A table for people.
#[must_use]
pub fn table(described: &[Described]) -> String {
    let width = |of: fn(&Described) -> &str| described.iter().map(|line| of(line).len()).max().unwrap_or(0);
    let (setting, variable, value) = (
        width(|line| &line.setting),
        width(|line| &line.variable),
        width(|line| &line.value),
    );
    let lines = described.iter().map(|line| {
        format!(
            "{:setting$}  {:variable$}  {:value$}  {}",
            line.setting, line.variable, line.value, line.source
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The variable of a setting.
pub(super) fn variable(setting: &str) -> String {
    format!("{PREFIX}{}", setting.replace('.', "_").to_uppercase())
}

fn table_of(config: &Config) -> Table {
    // Every value of a configuration has a form in TOML.
    Table::try_from(config).unwrap_or_default()
}

/// Every value that is not itself a table, by path.
fn leaves(table: &Table) -> BTreeMap<String, Value> {
    let mut leaves = BTreeMap::new();
    for (name, value) in table {
        if let Value::Table(inner) = value {
            leaves.extend(
                self::leaves(inner)
                    .into_iter()
                    .map(|(path, value)| (format!("{name}.{path}"), value)),
            );
        } else {
            leaves.insert(name.clone(), value.clone());
        }
    }
    leaves
}

fn gather(file: Option<&Path>, variables: impl IntoIterator<Item = (String, String)>) -> Result<Gathered, ConfigError> {
    let defaults = leaves(&table_of(&Config::default()));
    let mut table = Table::new();
    let mut sources = BTreeMap::new();
    if let Some(path) = file {
        table = read(path)?;
        sources.extend(leaves(&table).into_keys().map(|setting| (setting, "file".to_owned())));
    }
    for (name, text) in variables {
        if !name.starts_with(PREFIX) || name == FILE_VARIABLE {
            continue;
        }
        let known = defaults.keys().map(String::as_str).chain(OPTIONAL);
        let Some(setting) = known.clone().find(|setting| variable(setting) == name) else {
            return Err(ConfigError::unknown_variable(&name, known.map(variable)));
        };
        let value = parse(setting, &text, defaults.get(setting))?;
        put(&mut table, setting, value);
        sources.insert(setting.to_owned(), name);
    }
    Ok(Gathered { table, sources })
}

fn read(path: &Path) -> Result<Table, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::unreadable(path, &error))?;
    of_text(path, &text)
}

fn of_text(path: &Path, text: &str) -> Result<Table, ConfigError> {
    // As settings first: its errors say where in the file they are.
    toml::from_str::<Config>(text).map_err(|error| ConfigError::in_file(path, text, &error))?;
    toml::from_str(text).map_err(|error| ConfigError::in_file(path, text, &error))
}

#[cfg(feature = "fuzzing")]
impl Config {
    /// As [`load`](Self::load), of a file with this text.
    #[doc(hidden)]
    pub fn of_text(text: &str) -> Result<Self, ConfigError> {
        let gathered = Gathered {
            table: of_text(Path::new("file.toml"), text)?,
            sources: BTreeMap::new(),
        };
        gathered.into_config()
    }
}

/// A variable's text as a value of the kind that its default is of.
fn parse(setting: &str, text: &str, default: Option<&Value>) -> Result<Value, ConfigError> {
    let text = text.trim();
    let wrong = |right: &str| ConfigError::value(setting, &format!("{text:?} is not {right}"));
    match default {
        Some(Value::Integer(_)) => text.parse().map(Value::Integer).map_err(|_| wrong("a whole number")),
        Some(Value::Boolean(_)) => text.parse().map(Value::Boolean).map_err(|_| wrong("true or false")),
        Some(Value::Array(_)) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            let numbers = setting == "retry.statuses";
            items
                .map(|item| match item.parse() {
                    Ok(number) if numbers => Ok(Value::Integer(number)),
                    Err(_) if numbers => Err(wrong("a list of whole numbers, with commas between them")),
                    _ => Ok(Value::String(item.to_owned())),
                })
                .collect::<Result<_, _>>()
                .map(Value::Array)
        }
        _ => Ok(Value::String(text.to_owned())),
    }
}

fn put(table: &mut Table, setting: &str, value: Value) {
    match setting.split_once('.') {
        None => {
            table.insert(setting.to_owned(), value);
        }
        Some((section, rest)) => {
            let section = table
                .entry(section.to_owned())
                .or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(section) = section {
                put(section, rest, value);
            }
        }
    }
}

impl Gathered {
    fn into_config(self) -> Result<Config, ConfigError> {
        for (half, other) in [(OPTIONAL[0], OPTIONAL[1]), (OPTIONAL[1], OPTIONAL[0])] {
            let leaves = leaves(&self.table);
            if leaves.contains_key(half) && !leaves.contains_key(other) {
                return Err(ConfigError::value(
                    other,
                    &format!("is missing: TLS needs it beside {half}"),
                ));
            }
        }
        // One at a time, so that what is wrong is known by its name.
        for (setting, value) in leaves(&self.table) {
            if OPTIONAL.contains(&setting.as_str()) {
                continue;
            }
            let mut alone = Table::new();
            put(&mut alone, &setting, value);
            if let Err(error) = alone.try_into::<Config>() {
                return Err(ConfigError::value(&setting, error.message()));
            }
        }
        let config: Config = self
            .table
            .try_into()
            .map_err(|error: toml::de::Error| ConfigError::whole(error.message()))?;
        validate::validate(&config)?;
        Ok(config)
    }
}
