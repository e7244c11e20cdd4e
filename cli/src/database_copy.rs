//! `atelier database copy`: moves a studio from SQLite to PostgreSQL, or back.

use indicatif::{ProgressBar, ProgressStyle};
use shared::domain::audit::Verified;
use shared::domain::database::{Copy, Outcome};
use shared::platform::clock::Clock;
use shared::platform::db;
use shared::types::{Currency, Money};
use tokio_util::sync::CancellationToken;

use crate::print::{Mark, count, line};

/// Copies all of `from` to `to`, and compares. Returns whether both are the same.
pub async fn run(from: &str, to: &str, shutdown: &CancellationToken) -> anyhow::Result<bool> {
    let mut copy = Copy::prepare(from, to, Clock::System.now()).await?;
    if copy.resumed() {
        line("A copy was begun before: it goes on where it stopped.");
    }
    // Draws on a terminal only.
    let bar = ProgressBar::new(copy.rows().await?).with_style(ProgressStyle::with_template("{bar:40} {pos} of {len}, {eta} left")?);
    let done = copy.run(shutdown, |rows| bar.inc(rows)).await;
    bar.finish_and_clear();
    let (tables, totals, audit) = match done? {
        Outcome::Whole { tables, totals, audit } => (tables, totals, audit),
        Outcome::Stopped => {
            line("Stopped. Run it again, and it goes on from here; until then nothing starts on the copy.");
            return Ok(false);
        }
    };
    let rows: i64 = tables.iter().map(|table| table.rows).sum();
    let rows = usize::try_from(rows).unwrap_or_default();
    line(&format!("{} {} in {}, every value the same on both sides", Mark::Good.sign(), count(rows, "row"), count(tables.len(), "table")));
    for total in totals {
        let amount = Currency::parse(&total.currency).map(|currency| Money { minor: total.minor, currency }.to_string());
        let amount = amount.unwrap_or_else(|_| format!("{} {}", total.minor, total.currency));
        line(&format!(
            "{} {}: {} of {amount} in all",
            Mark::Good.sign(),
            total.table,
            count(usize::try_from(total.rows).unwrap_or_default(), "row")
        ));
    }
    match audit {
        Verified::Whole { rows, head, .. } => line(&format!("{} the audit log is whole: {rows}:{head}", Mark::Good.sign())),
        Verified::Broken { .. } | Verified::Double { .. } | Verified::Outside { .. } => {
            line(&format!("{} the audit log is not what was written, and was not before: see `atelier audit verify`", Mark::Notice.sign()))
        }
    }
    line("");
    line(&format!("Now set database.url to {}, and start bot and web service.", db::place(to)));
    line(&format!("{} is as it was: keep it until all is well, and start nothing on it any more.", db::place(from)));
    Ok(true)
}
