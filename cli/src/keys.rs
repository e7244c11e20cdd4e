//! `atelier keys rotate`: seals anew, with the first key, what older keys sealed.

use std::path::Path;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use shared::App;
use shared::config::Config;
use shared::domain::rotation::{self, Place};
use shared::platform::clock::Clock;
use tokio_util::sync::CancellationToken;

use crate::print::{Mark, count, line};

/// Most rows of a place that are named; the rest is counted.
const NAMED_MAX: usize = 20;
/// Width of a place's name before what was done there.
const NAME_WIDTH: usize = 20;

/// Goes through everything that is sealed. Returns whether nothing is left that another key sealed, or
/// for a dry run whether all of it opens.
pub async fn run(config: Option<&Path>, dry_run: bool, shutdown: &CancellationToken) -> anyhow::Result<bool> {
    let app = App::start_existing(Config::inspect(config)?.ready()?, Clock::System).await?;
    let done = rotate(&app, dry_run, shutdown).await;
    app.db.close().await;
    done
}

/// What was done in all places.
#[derive(Default)]
struct Done {
    resealed: u64,
    unopened: usize,
}

async fn rotate(app: &App, dry_run: bool, shutdown: &CancellationToken) -> anyhow::Result<bool> {
    let ids = app.keys.ids();
    let Some((first, others)) = ids.split_first() else { anyhow::bail!("security.encryption_keys is empty") };
    let left = left_in_all(app).await?;
    // Draws on a terminal only.
    let bar = ProgressBar::new(left).with_style(ProgressStyle::with_template("{bar:40} {pos} of {len}, {eta} left")?);
    let mut done = Done::default();
    for place in Place::ALL {
        if !place_by_batches(app, *place, dry_run, &bar, &mut done, shutdown).await? {
            bar.finish_and_clear();
            line(&format!("Stopped: {} sealed anew. Run it again, and it goes on from here.", count_values(done.resealed)));
            return Ok(false);
        }
    }
    bar.finish_and_clear();
    line("");
    if done.unopened > 0 {
        line(&format!("{} cannot be opened: put the key back that sealed them, and run this again.", values(done.unopened)));
    }
    if dry_run {
        line(&format!(
            "A dry run: nothing was changed. `atelier keys rotate` would seal {} anew with {first}.",
            count_values(done.resealed)
        ));
        return Ok(done.unopened == 0);
    }
    let left = left_in_all(app).await?;
    let meanwhile = left.saturating_sub(done.unopened as u64);
    if meanwhile > 0 {
        line(&format!(
            "{} were sealed with another key meanwhile: bot and web service run with the old configuration. Restart them, and run this again.",
            count_values(meanwhile)
        ));
    }
    if left > 0 {
        return Ok(false);
    }
    line(&format!("{} sealed anew. Everything that is sealed opens with {first}.", count_values(done.resealed)));
    if !others.is_empty() {
        line(&format!("The others ({}) may be removed from security.encryption_keys, but for one thing: addresses", others.join(", ")));
        line("that were made with them stop working then. Those are the Pay buttons in messages from before the");
        line("rotation (`/invoice pay` and `/billing resend` make new ones) and, for 15 minutes, download links.");
        line("Keep the old keys until nobody needs these, then restart bot and web service without them.");
    }
    Ok(true)
}

/// How many values the first key did not seal.
async fn left_in_all(app: &App) -> anyhow::Result<u64> {
    let mut left = 0;
    for place in Place::ALL {
        left += rotation::left(app, *place).await.context("counting what is sealed")?;
    }
    Ok(left)
}

/// Goes through one place until nothing was changed meanwhile. Returns whether it was not stopped.
async fn place_by_batches(
    app: &App,
    place: Place,
    dry_run: bool,
    bar: &ProgressBar,
    done: &mut Done,
    shutdown: &CancellationToken,
) -> anyhow::Result<bool> {
    let mut resealed = 0;
    let unopened = loop {
        let (mut after, mut changed, mut unopened) = (None, 0, Vec::new());
        loop {
            if shutdown.is_cancelled() {
                done.resealed += resealed;
                return Ok(false);
            }
            let batch = rotation::reseal(app, place, after.as_deref(), dry_run).await.with_context(|| place.as_str())?;
            bar.inc(batch.resealed + batch.unopened.len() as u64);
            resealed += batch.resealed;
            changed += batch.changed;
            unopened.extend(batch.unopened);
            match batch.last {
                Some(last) => after = Some(last),
                None => break,
            }
        }
        if changed == 0 {
            break unopened;
        }
    };
    done.resealed += resealed;
    done.unopened += unopened.len();
    let (mark, words) = if unopened.is_empty() { (Mark::Good, "") } else { (Mark::Bad, ", but no key opens:") };
    let verb = if dry_run { "would be sealed anew" } else { "sealed anew" };
    bar.suspend(|| {
        line(&format!("{} {:NAME_WIDTH$}  {resealed} {verb}{words}", mark.sign(), place.as_str()));
        for row in unopened.iter().take(NAMED_MAX) {
            line(&format!("    row {row}"));
        }
        if unopened.len() > NAMED_MAX {
            line(&format!("    and {} more", unopened.len() - NAMED_MAX));
        }
    });
    Ok(true)
}

fn values(number: usize) -> String {
    count(number, "value")
}

fn count_values(number: u64) -> String {
    values(usize::try_from(number).unwrap_or(usize::MAX))
}
