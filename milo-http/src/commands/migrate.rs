//! `milo-http migrate`.

use anyhow::Context;
use milo_adapters::postgres::{PgMigration, PgStore};
use milo_process::print;
use milo_process::settings::Flaw;
use serde_json::json;

use super::runtime::run;
use crate::PROGRAM;
use crate::settings::Settings;

/// Brings the schema of the database up to date, and says what was done.
pub(crate) fn migrate(settings: &Settings, json: bool) -> anyhow::Result<()> {
    run(async {
        let choice = settings.engines.choice(PROGRAM)?.postgres;
        let choice = choice.ok_or_else(|| Flaw::new("migrate: needs --postgres-url (MILO_POSTGRES_URL)"))?;
        let store = PgStore::connect(&choice).await?;
        let applied = store.migrate().await?;
        store.close().await;
        print(&told(&applied, json).context("what was done cannot be told")?);
        Ok(())
    })
}

fn told(applied: &[PgMigration], json: bool) -> serde_json::Result<String> {
    if json {
        let one = |PgMigration { version, name }: &PgMigration| json!({"version": version, "name": name});
        let applied: Vec<serde_json::Value> = applied.iter().map(one).collect();
        return Ok(format!(
            "{}\n",
            serde_json::to_string_pretty(&json!({"applied": applied}))?
        ));
    }
    if applied.is_empty() {
        return Ok("the schema is up to date\n".to_owned());
    }
    let line = |PgMigration { version, name }: &PgMigration| format!("applied {version:04} {name}\n");
    Ok(applied.iter().map(line).collect())
}
