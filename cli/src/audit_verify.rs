//! `atelier audit verify`: whether the audit log is what was written.

use std::path::Path;

use anyhow::Context;
use shared::App;
use shared::config::Config;
use shared::domain::audit::{self, Verified};
use shared::platform::clock::Clock;

use crate::print;

/// A row that was written down at an earlier look: its number and its hash.
#[derive(Debug, Clone)]
pub struct Row {
    seq: i64,
    hash: String,
}

impl std::str::FromStr for Row {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once(':').and_then(|(seq, hash)| Some((seq.parse().ok().filter(|seq| *seq > 0)?, hash)));
        match parsed {
            Some((seq, hash)) if hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                Ok(Self { seq, hash: hash.to_ascii_lowercase() })
            }
            _ => Err("write it as number:hash, such as 120:3f2a… with all 64 digits".into()),
        }
    }
}

/// Reads the whole log. Returns whether it is what was written.
pub async fn run(config: Option<&Path>, row: Option<Row>) -> anyhow::Result<bool> {
    let app = App::start_existing(Config::inspect(config)?.ready()?, Clock::System).await?;
    let found = look(&app, row).await;
    app.db.close().await;
    found
}

async fn look(app: &App, row: Option<Row>) -> anyhow::Result<bool> {
    let whole = match audit::verify(&app.db).await.context("reading the audit log")? {
        Verified::Whole { rows: 0, .. } => {
            print::line("The audit log is empty.");
            true
        }
        Verified::Whole { rows, unchained, head } => {
            print::line(&format!("The audit log is whole: all {rows} rows are as they were written."));
            if unchained > 0 {
                print::line(&format!("The first {unchained} are from before the rows were chained, and prove nothing."));
            }
            print::line(&format!("Write this down somewhere else, to compare later with --row: {rows}:{head}"));
            true
        }
        Verified::Broken { seq } => {
            print::line(&format!(
                "Row {seq} is not what was written, or is missing: somebody changed the database. Keep a copy of it as it is."
            ));
            false
        }
        Verified::Double { seq } => {
            print::line(&format!("Row {seq} is there twice: somebody changed the database. Keep a copy of it as it is."));
            false
        }
        Verified::Outside { seq } => {
            let place = seq.map_or_else(|| "without a number".to_owned(), |seq| format!("with the number {seq}"));
            print::line(&format!(
                "A row {place} stands outside the chain, where Atelier writes none: somebody changed the database. Keep a copy of it as it is."
            ));
            false
        }
    };
    let Some(row) = row else { return Ok(whole) };
    let same = audit::hash_at(app, row.seq).await? == Some(row.hash);
    print::line(&match same {
        true => format!("Row {} is the one that was written down.", row.seq),
        false => format!("Row {} is not the one that was written down: the log was made anew from there or before.", row.seq),
    });
    Ok(whole && same)
}
