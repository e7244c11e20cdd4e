//! `atelier config check`: what counts, where it came from, and what is wrong with it.

use std::path::Path;

use secrecy::ExposeSecret;
use shared::config::{Config, Setting};
use shared::database_url;
use shared::platform::db;

use crate::print::{Mark, count, line};

/// A longer value pushes its origin to the right instead of every other one.
const VALUE_WIDTH_MAX: usize = 48;

/// Prints every key and every problem; returns whether there is none.
pub fn run(path: Option<&Path>) -> anyhow::Result<bool> {
    let inspection = Config::inspect(path)?;
    let settings = &inspection.settings;
    let width = |length: fn(&Setting) -> usize| settings.iter().map(length).max().unwrap_or(0);
    let keys = width(|setting| name(setting).chars().count());
    let values = width(|setting| shown(setting).chars().count()).min(VALUE_WIDTH_MAX);
    let mut section = "";
    for setting in settings {
        let of = setting.key.split('.').next().unwrap_or_default();
        if of != section {
            line(&format!("{}[{of}]", if section.is_empty() { "" } else { "\n" }));
            section = of;
        }
        line(&format!("  {:keys$}  {:values$}  {}", name(setting), shown(setting), setting.origin));
    }
    line("");
    for problem in &inspection.problems {
        line(&format!("{} {}", Mark::Bad.sign(), problem.trim_end()));
    }
    for risk in &inspection.risks {
        line(&format!("{} {risk}", Mark::Notice.sign()));
    }
    let url = inspection.config.database.url.expose_secret();
    let missing = database_url::sqlite_path(url).is_some_and(|path| !path.as_os_str().is_empty() && !path.exists());
    if missing && inspection.problems.is_empty() {
        let place = db::place(url);
        line(&format!(
            "{} there is no database at {place}: correct database.url if it is elsewhere; `atelier migrate` makes a new one",
            Mark::Bad.sign()
        ));
        return Ok(false);
    }
    match inspection.problems.len() {
        0 => line(&format!("{} nothing is missing, unknown or dangerous; `atelier doctor` tries it out", Mark::Good.sign())),
        problems => line(&format!("\n{}", count(problems, "problem"))),
    }
    Ok(inspection.problems.is_empty())
}

fn name(setting: &Setting) -> &str {
    setting.key.split_once('.').map_or(&setting.key, |(_, name)| name)
}

fn shown(setting: &Setting) -> &str {
    if setting.shown.is_empty() { "-" } else { &setting.shown }
}
