//! What is logged, and how.

use tracing_subscriber::EnvFilter;

/// What is logged, and how. The log goes to the standard error output.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Log")]
pub struct LogSettings {
    /// `pretty` for people, `json` for machines
    #[arg(long, env = "MILO_LOG_FORMAT", value_name = "FORMAT", value_parser = format, default_value = "pretty")]
    pub log_format: LogFormat,

    /// What is logged: error, warn, info, debug or trace, also by module, such as info,milo_core=debug. The client of
    /// RabbitMQ is left out by default, because the queue tells the same in fewer lines
    #[arg(long, env = "MILO_LOG", value_name = "FILTER", value_parser = filter, default_value = "info,lapin=off")]
    pub log: String,
}

/// The form of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Pretty,
    Json,
}

fn format(text: &str) -> Result<LogFormat, String> {
    match text {
        "pretty" => Ok(LogFormat::Pretty),
        "json" => Ok(LogFormat::Json),
        _ => Err("must be pretty or json".to_owned()),
    }
}

fn filter(text: &str) -> Result<String, String> {
    let known = |part: &str| {
        let level = part.rsplit('=').next().unwrap_or(part).trim();
        let levels = ["error", "warn", "info", "debug", "trace", "off"];
        levels.iter().any(|known| level.eq_ignore_ascii_case(known))
    };
    if text.split(',').all(known) && EnvFilter::try_new(text).is_ok() {
        Ok(text.to_owned())
    } else {
        Err("must be error, warn, info, debug or trace, also by module, such as info,milo_core=debug".to_owned())
    }
}

impl LogSettings {
    /// Logs from here on.
    pub fn start(&self) {
        // The filter was read before, so it can be read again.
        let filter = EnvFilter::try_new(&self.log).unwrap_or_else(|_| EnvFilter::new("info"));
        let lines = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr);
        // An embedder may have set one up; then it is theirs.
        let _ = match self.log_format {
            LogFormat::Pretty => lines
                .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
                .try_init(),
            LogFormat::Json => lines.json().flatten_event(true).try_init(),
        };
    }
}
