//! What to break, how long, and where to leave what is found.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

/// Starts a whole deployment of Milo (load balancer, three servers, two workers, Postgres, two Redis, RabbitMQ), lets people
/// book, breaks it in every way it knows, heals it, and has milo-check judge what clients, database and gateway say.
///
/// It needs Docker for the engines, and milo-http, milo-worker and milo-lb built beside itself. The seed fixes what is broken,
/// when and for how long, and what people want; how the threads of a dozen processes interleave, it cannot fix.
///
/// Exit code 0: every promise was kept. 1: one was not; the seed and a folder with everything that was recorded are printed.
/// 2: it could not run.
#[derive(Clone, Debug, Parser)]
#[command(version)]
pub struct Options {
    /// About a minute in all: what `cargo test` runs. The other numbers are those of a short run then, unless they are given
    #[arg(long)]
    pub short: bool,

    /// The seed; one is drawn, and printed, if there is none
    #[arg(long)]
    pub seed: Option<u64>,

    /// How long people book, and things break, at the least
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub duration: Option<Duration>,

    /// Go on until so many faults were made
    #[arg(long, value_name = "COUNT")]
    pub faults: Option<usize>,

    /// Go on until so many bookings were tried
    #[arg(long, value_name = "COUNT")]
    pub bookings: Option<u64>,

    /// Give up waiting for faults and bookings after so long
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "3600")]
    pub duration_max: Duration,

    /// How many people book at the same time
    #[arg(long, value_name = "COUNT")]
    pub buyers: Option<usize>,

    /// Where the programs of Milo are [default: beside this one]
    #[arg(long, value_name = "FOLDER")]
    pub programs: Option<PathBuf>,

    /// Where to leave history, dump, ledger, logs and report [default: a folder of its own among the temporary files, which
    /// is removed when every promise was kept]
    #[arg(long, value_name = "FOLDER")]
    pub artefacts: Option<PathBuf>,

    /// Print the totals as JSON
    #[arg(long)]
    pub json: bool,

    /// Say nothing while it runs
    #[arg(long)]
    pub quiet: bool,

    /// Take a protection of Milo away, to see that this is noticed
    #[arg(long, value_name = "WHAT")]
    pub plant: Option<Plant>,
}

/// A protection that can be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Plant {
    /// The unique index that decides who owns a seat; the store of holds is wiped and kept away as well
    NoSeatOwner,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: u64 = text.parse().map_err(|_| "must be a number of seconds".to_owned())?;
    Ok(Duration::from_secs(seconds))
}

/// The numbers of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) duration: Duration,
    pub(crate) duration_max: Duration,
    pub(crate) faults: usize,
    pub(crate) bookings: u64,
    pub(crate) buyers: usize,
    pub(crate) showtimes: usize,
    /// Each with this many seats.
    pub(crate) rows: usize,
    pub(crate) seats_a_row: usize,
}

impl Options {
    pub(crate) fn size(&self) -> Size {
        let usual = if self.short {
            Size {
                duration: Duration::from_secs(20),
                duration_max: self.duration_max,
                faults: 0,
                bookings: 0,
                buyers: 16,
                showtimes: 3,
                rows: 4,
                seats_a_row: 10,
            }
        } else {
            Size {
                duration: Duration::from_secs(600),
                duration_max: self.duration_max,
                faults: 150,
                bookings: 20_000,
                buyers: 40,
                showtimes: 6,
                rows: 8,
                seats_a_row: 12,
            }
        };
        let planted = self.plant.is_some();
        Size {
            duration: self.duration.unwrap_or(usual.duration),
            faults: self.faults.unwrap_or(usual.faults),
            bookings: self.bookings.unwrap_or(usual.bookings),
            buyers: self.buyers.unwrap_or(usual.buyers),
            // Everybody wants the same few seats then.
            showtimes: if planted { 1 } else { usual.showtimes },
            rows: if planted { 1 } else { usual.rows },
            ..usual
        }
    }
}
