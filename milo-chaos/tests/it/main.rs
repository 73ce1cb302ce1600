//! The whole deployment, broken on purpose; and that breaking its protection is noticed.

mod planted;
mod short;

use std::path::PathBuf;

use milo_chaos::{Options, Report, run};
use tokio::sync::Mutex;

/// One deployment at a time is enough for any machine.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Runs with these options; a folder of records that is removed if the test succeeds.
async fn chaos(name: &str, change: impl FnOnce(&mut Options)) -> (Report, Records) {
    let _alone = ALONE.lock().await;
    let folder = std::env::temp_dir().join(milo_testkit::unique(&format!("milo_chaos_{name}")));
    let mut options = <Options as clap::Parser>::parse_from(["milo-chaos", "--short", "--quiet"]);
    options.seed =
        Some(std::env::var("MILO_CHAOS_SEED").map_or(1, |seed| seed.parse().expect("MILO_CHAOS_SEED is a number")));
    options.artefacts = Some(folder.clone());
    change(&mut options);
    let report = run(&options)
        .await
        .expect("it can run: Docker is there, and the whole workspace is built");
    (report, Records(folder))
}

/// What a run left behind.
struct Records(PathBuf);

impl Records {
    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).expect("it was written")
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).expect("it can be written");
    }
}

impl Drop for Records {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}
