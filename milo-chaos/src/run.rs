//! One run, from the start of the engines to the verdict.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use futures_util::future::try_join_all;
use milo_check::{DUMP_SQL, Dump, LEDGER_SQL, Records};
use sqlx::{AssertSqlSafe, PgPool, Row};
use tokio::time::Instant;

use crate::buyer::Buyer;
use crate::client::{Client, Tally};
use crate::deployment::{Deployment, programs};
use crate::gateway::Mood;
use crate::house::{House, Person, person};
use crate::nemesis::{Nemesis, say};
use crate::options::{Options, Plant, Size};
use crate::recorder::Recorder;
use crate::report::{Report, Totals};
use crate::settle::{self, Settled};

/// How many showtimes may be cancelled in a run.
const CANCELLABLE: usize = 2;

/// How many people buy what is left at the end.
const PROBES: usize = 6;

/// How often progress is told.
const PROGRESS: Duration = Duration::from_secs(15);

/// Everything that a run needs.
struct Run {
    seed: u64,
    size: Size,
    plant: Option<Plant>,
    say: bool,
    folder: PathBuf,
    deployment: Arc<Deployment>,
    recorder: Arc<Recorder>,
    house: House,
    tally: Arc<Tally>,
    stop: Arc<AtomicBool>,
}

/// Starts everything, lets people book while things break, heals, and has the records judged.
///
/// # Errors
/// If it could not run: no Docker, a program that does not start, records that cannot be written.
///
/// # Panics
/// If an engine cannot be started or stopped.
pub async fn run(options: &Options) -> anyhow::Result<Report> {
    let seed = options.seed.unwrap_or_else(rand::random);
    let folder = match &options.artefacts {
        Some(folder) => folder.clone(),
        None => std::env::temp_dir().join(format!("milo-chaos-{seed}-{}", std::process::id())),
    };
    std::fs::create_dir_all(&folder)?;
    let programs = options.programs.clone().map_or_else(programs, Ok)?;
    if !options.quiet {
        say(&format!(
            "seed {seed}; everything that is recorded goes to {}",
            folder.display()
        ));
    }
    let run = Run::prepare(options, seed, folder, &programs).await?;
    let made = run.sell().await?;
    let report = run.judge(made).await?;
    std::fs::write(run.folder.join("report.json"), serde_json::to_string_pretty(&report)?)?;
    std::fs::write(run.folder.join("report.txt"), report.to_string())?;
    Ok(report)
}

impl Run {
    async fn prepare(options: &Options, seed: u64, folder: PathBuf, programs: &Path) -> anyhow::Result<Self> {
        let size = options.size();
        let deployment = Arc::new(Deployment::start(programs, &folder).await?);
        let cancellable = if options.plant.is_some() { 0 } else { CANCELLABLE };
        let house = House::open(&deployment, size, cancellable).await?;
        let run = Self {
            seed,
            size,
            plant: options.plant,
            say: !options.quiet,
            recorder: Arc::new(Recorder::new(&folder.join("history.jsonl"))?),
            folder,
            deployment,
            house,
            tally: Arc::default(),
            stop: Arc::default(),
        };
        if let Some(plant) = run.plant {
            run.plant(plant).await?;
        }
        Ok(run)
    }

    async fn plant(&self, plant: Plant) -> anyhow::Result<()> {
        let pool = settle::pool(&self.deployment).await?;
        match plant {
            Plant::NoSeatOwner => {
                // The statement that looks first would still see most sales, so it is given time to be overtaken.
                let statements = "drop index seat_owner;
                    create function dawdle() returns trigger language plpgsql as
                        $$ begin perform pg_sleep(0.2); return new; end $$;
                    create trigger dawdle before insert on reserved_seats for each row execute function dawdle();";
                sqlx::raw_sql(statements).execute(&pool).await?;
            }
        }
        Ok(())
    }

    fn client(&self, person: &Person, process: u64) -> anyhow::Result<Client> {
        Ok(Client {
            // Connections of one's own, as people have.
            http: reqwest::Client::builder().no_proxy().build()?,
            url: self.deployment.url.as_str().into(),
            token: person.token.clone(),
            user: person.id.clone(),
            recorder: self.recorder.clone(),
            process,
            asked: self.tally.clone(),
        })
    }

    /// People book and things break, until there was enough of both. Gives the faults by kind, and the cancelled showtimes.
    async fn sell(&self) -> anyhow::Result<(crate::nemesis::Made, Vec<String>)> {
        let mood: Arc<Mood> = Arc::default();
        let names = (0..self.size.buyers).map(|number| format!("buyer-{number}"));
        let people: Vec<String> = names.collect();
        let people = try_join_all(people.iter().map(|name| person(&self.deployment, name))).await?;
        let (regular, extra) = self.house.showtimes.split_at(self.size.showtimes);
        let showtimes: Arc<[_]> = self.house.showtimes.clone().into();
        let is_planted = self.plant.is_some();
        let mut buyers = Vec::new();
        for (person, process) in people.iter().zip(1..) {
            let buyer = Buyer::new(
                self.client(person, process)?,
                if is_planted { regular.into() } else { showtimes.clone() },
                mood.clone(),
                self.stop.clone(),
                self.seed,
                is_planted,
            );
            buyers.push(tokio::spawn(buyer.buy()));
        }
        let nemesis = Arc::new(Nemesis {
            deployment: self.deployment.clone(),
            recorder: self.recorder.clone(),
            mood,
            stop: self.stop.clone(),
            cancellable: Mutex::new(extra.to_vec()),
            admin: self.client(&self.house.admin, 0)?,
            made: Mutex::default(),
            say: self.say,
        });
        let mut hands = tokio::task::JoinSet::new();
        if is_planted {
            hands.spawn(nemesis.clone().keep_holds_away());
        } else {
            hands.spawn(nemesis.clone().break_processes(self.seed));
            hands.spawn(nemesis.clone().break_engines(self.seed));
        }
        let begun = Instant::now();
        let mut told = begun;
        while !self.is_enough(begun, nemesis.count()) {
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(200)) => {}
                Some(ended) = hands.join_next() => ended?.context("nothing can be broken any more")?,
            }
            if self.say && told.elapsed() >= PROGRESS {
                told = Instant::now();
                self.progress(begun, nemesis.count());
            }
        }
        self.stop.store(true, Ordering::Relaxed);
        while let Some(ended) = hands.join_next().await {
            ended?.context("what was broken cannot be mended")?;
        }
        self.deployment.heal().await?;
        for buyer in buyers {
            buyer.await?;
        }
        let left = nemesis
            .cancellable
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let cancelled = extra
            .iter()
            .filter(|showtime| left.iter().all(|left| left.id != showtime.id));
        let cancelled = cancelled.map(|showtime| showtime.id.clone()).collect();
        let made = nemesis.made.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok((made, cancelled))
    }

    fn is_enough(&self, begun: Instant, faults: usize) -> bool {
        let (elapsed, size) = (begun.elapsed(), &self.size);
        let bookings = self.tally.bookings.load(Ordering::Relaxed);
        let enough = elapsed >= size.duration && faults >= size.faults && bookings >= size.bookings;
        enough || elapsed >= size.duration_max
    }

    fn progress(&self, begun: Instant, faults: usize) {
        let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        say(&format!(
            "{:.0} s: {faults} faults, {} bookings tried; calls: {} ok, {} refused, {} unknown",
            begun.elapsed().as_secs_f64(),
            count(&self.tally.bookings),
            count(&self.tally.ok),
            count(&self.tally.refused),
            count(&self.tally.unknown),
        ));
    }

    async fn judge(&self, (faults, cancelled): (crate::nemesis::Made, Vec<String>)) -> anyhow::Result<Report> {
        let pool = settle::pool(&self.deployment).await?;
        let mut settled = settle::rest(&pool).await?;
        if self.say {
            say(&format!("at rest after {:.1} s", settled.rest_ms as f64 / 1e3));
        }
        let before = self.dump(&pool).await?;
        if self.plant.is_none() {
            let mut probes = Vec::new();
            for number in 0..PROBES {
                let probe = person(&self.deployment, &format!("probe-{number}")).await?;
                probes.push(self.client(&probe, 100_000 + number as u64)?);
            }
            settle::buy_the_rest(&self.house, &cancelled, &before, &probes, &mut settled).await;
            let again = settle::rest(&pool).await?;
            settled.unsettled.extend(again.unsettled);
        }
        let dump = self.dump(&pool).await?;
        let dead_letters = settle::dead_letters(&self.deployment, &self.house, &dump, &mut settled).await?;
        let ledger: String = sqlx::query(LEDGER_SQL).fetch_one(&pool).await?.try_get(0)?;
        std::fs::write(self.folder.join("ledger.json"), &ledger)?;
        self.recorder.flush()?;
        let verdict = judge(&self.folder)?;
        Ok(Report {
            seed: self.seed,
            folder: self.folder.clone(),
            totals: self.totals(faults, &verdict, dead_letters, &settled),
            settled,
            verdict,
        })
    }

    async fn dump(&self, pool: &PgPool) -> anyhow::Result<Dump> {
        let dump = sqlx::query(AssertSqlSafe(DUMP_SQL)).bind(true).fetch_one(pool);
        let text: String = dump.await?.try_get(0)?;
        std::fs::write(self.folder.join("dump.json"), &text)?;
        Ok(serde_json::from_str(&text)?)
    }

    fn totals(
        &self,
        faults: crate::nemesis::Made,
        verdict: &milo_check::Report,
        dead_letters: usize,
        settled: &Settled,
    ) -> Totals {
        Totals {
            faults_made: faults.values().sum(),
            faults,
            bookings_tried: self.tally.bookings.load(Ordering::Relaxed),
            reservations: verdict.counts.reservations,
            confirmed: verdict.counts.confirmed,
            calls_ok: verdict.counts.ok,
            calls_refused: verdict.counts.refused,
            calls_unknown: verdict.counts.unknown,
            dead_letters,
            violations: verdict.violations.len() + verdict.undecided.len() + settled.unsettled.len(),
            accepted_work_lost: verdict.counts.accepted_work_lost,
        }
    }
}

/// Has the records of a folder judged.
///
/// # Errors
/// If they cannot be read.
pub fn judge(folder: &Path) -> anyhow::Result<milo_check::Report> {
    let history = std::io::BufReader::new(std::fs::File::open(folder.join("history.jsonl"))?);
    let records = Records::default()
        .with_history(history)?
        .with_dump(&std::fs::read_to_string(folder.join("dump.json"))?)?
        .with_ledger(&std::fs::read_to_string(folder.join("ledger.json"))?)?;
    Ok(records.check())
}
