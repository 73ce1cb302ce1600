//! Writes the records of a long honest sale into a folder, to see how fast they are judged:
//!
//! `cargo run --release -p milo-check --example long_history -- FOLDER [CALLS] [SEED]`

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

#[path = "../tests/it/seller.rs"]
mod seller;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| ".".to_owned()));
    let calls = arguments.next().map_or(Ok(1_000_000), |calls| calls.parse())?;
    let seed = arguments.next().map_or(Ok(1), |seed| seed.parse())?;
    let size = seller::Size {
        calls,
        buyers: 64,
        seats: 60,
        calls_a_showtime: 5_000,
        lost_one_of: 50,
        forgets_one_of: 20_000,
    };
    let mut history = BufWriter::new(File::create(folder.join("history.jsonl"))?);
    let (dump, ledger) = seller::Seller::new(seed, size, &mut history).sell();
    history.flush()?;
    serde_json::to_writer(BufWriter::new(File::create(folder.join("dump.json"))?), &dump)?;
    serde_json::to_writer(BufWriter::new(File::create(folder.join("ledger.json"))?), &ledger)?;
    Ok(())
}
