//! `atelier doctor`: tries everything that Atelier needs, and says what to do where it fails.
//!
//! It changes nothing that stays: its one object in the bucket is deleted again, in the database it only
//! counts up a number that nobody reads, and Discord and Stripe are only asked.

mod database;
mod discord;
mod findings;
mod machine;
mod storage;
mod stripe;
mod web;

use std::path::{Path, PathBuf};
use std::time::Duration;

use shared::App;
use shared::config::Config;
use shared::platform::storage::Storage;
use tokio_util::sync::CancellationToken;

use crate::print::{Mark, count, line};
use findings::{Doctor, Says};

/// The longest wait for all that is tried while the services start.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Tries everything and prints what it finds; returns whether nothing failed. Stops between two
/// steps when `shutdown` is cancelled.
pub async fn run(path: Option<&Path>, shutdown: &CancellationToken) -> anyhow::Result<bool> {
    let inspection = Config::inspect(path)?;
    let mut doctor = Doctor::new(inspection.config, Says::Printed);
    for problem in &inspection.problems {
        doctor.found(Mark::Bad, "configuration", problem.trim_end(), "");
    }
    if !inspection.problems.is_empty() {
        line("\nMend the configuration first: nothing else was tried. `atelier config check` shows all of it.");
        return Ok(false);
    }
    doctor.good("configuration", "nothing is missing, unknown or dangerous");
    doctor.files(&inspection.files);
    for step in [Step::Clock, Step::Database, Step::Discord, Step::Stripe, Step::Storage, Step::Web] {
        if shutdown.is_cancelled() {
            anyhow::bail!("the doctor was stopped");
        }
        match step {
            Step::Clock => doctor.clock().await,
            Step::Database => doctor.database().await,
            Step::Discord => doctor.discord().await,
            Step::Stripe => doctor.stripe().await,
            Step::Storage => doctor.storage().await,
            Step::Web => {
                doctor.proxies();
                doctor.web().await;
            }
        }
    }
    line("");
    line(&match (doctor.failures, doctor.notices) {
        (0, 0) => "All is well.".to_owned(),
        (0, notices) => format!("It works, with {} to look at.", count(notices, "thing")),
        (failures, 0) => format!("{} to mend.", count(failures, "thing")),
        (failures, notices) => format!("{} to mend, and {} to look at.", count(failures, "thing"), notices),
    });
    Ok(doctor.failures == 0)
}

/// Tries what is quickly tried and changes nothing, while the services start, and logs what is to be looked at in the
/// same words. `files` are those that the configuration was read from.
pub async fn at_start(app: &App, files: &[PathBuf]) {
    let mut doctor = Doctor::new(app.config.clone(), Says::Logged);
    match database::accounts(&app.db).await {
        Ok(accounts) => doctor.accounts = accounts,
        Err(error) => tracing::warn!(%error, "the database does not tell of Stripe's account"),
    }
    doctor.files(files);
    doctor.proxies();
    let asked = async {
        doctor.clock().await;
        doctor.discord().await;
        doctor.stripe().await;
        doctor.bucket(&Storage::new(&doctor.config.storage)).await;
    };
    match tokio::time::timeout(START_TIMEOUT, asked).await {
        Ok(()) if doctor.failures + doctor.notices == 0 => tracing::info!("Discord, Stripe and the storage take what is configured"),
        Ok(()) => tracing::warn!(
            "{} to mend and {} to look at: `atelier doctor` tries all of it again",
            count(doctor.failures, "thing"),
            doctor.notices
        ),
        Err(_) => tracing::warn!("Discord, Stripe or the storage is slow to answer: `atelier doctor` tries all of it"),
    }
}

#[derive(Clone, Copy)]
enum Step {
    Clock,
    Database,
    Discord,
    Stripe,
    Storage,
    Web,
}
