//! The database, its migrations and keys, and the bots that run on it.

use secrecy::ExposeSecret;
use shared::database_url;
use shared::domain::{alarms, bots, database, rotation};
use shared::platform::clock::Clock;
use shared::platform::database_file::foreign_wal;
use shared::platform::db::{self, Db};
use shared::platform::sealing::Keys;
use shared::{Error, Result};

use super::findings::{Doctor, STEP_TIMEOUT, timed};
use crate::print::count;

impl Doctor {
    pub(super) async fn database(&mut self) {
        const NAME: &str = "database";
        const MIGRATIONS: &str = "migrations";
        let url = self.config.database.url.expose_secret().to_owned();
        let url = url.as_str();
        let engine = if url.starts_with("sqlite:") { "SQLite" } else { "PostgreSQL" };
        let known = ["sqlite://", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
        if !known {
            return self.bad(
                NAME,
                "database.url names no database",
                "write sqlite:// and a file, or postgres://user:password@host/database",
            );
        }
        // Before anything opens the database: SQLite would take whatever log is beside it for its own.
        if let Some(path) = database_url::sqlite_path(url)
            && let Ok(Some(sentence)) = foreign_wal(&path)
        {
            return self.bad(NAME, "SQLite: the write-ahead log beside the file is not its own", &sentence);
        }
        const RESTORE: &str = "see that database.url names the right file; if it does, stop the services, keep a copy of it, and restore the last backup (docs/operating.md)";
        match tokio::time::timeout(STEP_TIMEOUT, Db::damages(url)).await {
            Ok(Ok(found)) if found.is_empty() => {}
            Ok(Ok(found)) => return self.bad(NAME, &format!("{engine}: the file is damaged ({})", found.join("; ")), RESTORE),
            Ok(Err(error)) => return self.bad(NAME, &format!("{engine}: the file cannot be read to its end ({error})"), RESTORE),
            Err(_) => {
                let advice = "look yourself, at a quiet time, with `sqlite3 FILE 'PRAGMA quick_check'`";
                self.notice(NAME, &format!("{engine}: the file is too large to be looked through here"), advice);
            }
        }
        let schema = match tokio::time::timeout(STEP_TIMEOUT, Db::examine(url)).await {
            Ok(Ok(Some(schema))) => schema,
            Ok(Ok(None)) => {
                return self.bad(
                    NAME,
                    &format!("SQLite: there is no database at {}", db::place(url)),
                    "correct database.url if it is elsewhere; `atelier migrate` makes a new one, and so does a start",
                );
            }
            // With what to do in it.
            Ok(Err(Error::Setup(sentence))) => return self.bad(NAME, &format!("{engine}: it cannot be used like this"), &sentence),
            Ok(Err(error)) => {
                let advice = match engine {
                    "SQLite" => {
                        "check that the file of database.url is a database, that this user may write it and its folder, and that the disk has room"
                    }
                    _ => "check that the server runs, and host, user, password and database in database.url",
                };
                return self.bad(NAME, &format!("{engine}: {error}"), advice);
            }
            Err(_) => {
                return self.bad(
                    NAME,
                    &format!("{engine}: no answer in time"),
                    "check that nothing else holds the database, and the network",
                );
            }
        };
        if let Some(risk) = database_url::risk(url) {
            self.notice(NAME, risk.split(". ").next().unwrap_or(&risk), risk.split(". ").nth(1).unwrap_or_default());
        }
        self.good(NAME, &format!("{engine}: it can be read and written, {}", db::place(url)));
        let of = schema.applied + schema.pending + schema.altered;
        match schema {
            _ if schema.unfinished.is_some() => {
                let version = schema.unfinished.unwrap_or_default();
                self.bad(
                    MIGRATIONS,
                    &format!("migration {version} began and did not end"),
                    "restore the last backup, then run `atelier migrate`",
                );
            }
            _ if schema.unknown > 0 => {
                let what = format!("{} of a newer build", count(schema.unknown, "migration"));
                self.bad(MIGRATIONS, &what, "run that build, or restore a backup from before it");
            }
            _ if schema.altered > 0 => {
                let what = format!("{} had another text when applied", count(schema.altered, "migration"));
                self.bad(MIGRATIONS, &what, "this is not the build that made this database: run the right one, or restore a backup");
            }
            _ if schema.pending > 0 => {
                let what = format!("{} of {of} applied", schema.applied);
                self.notice(MIGRATIONS, &what, "run `atelier migrate`, or start: both apply the rest");
            }
            _ => {
                self.good(MIGRATIONS, &format!("all {of} applied"));
                self.at_work().await;
            }
        }
    }

    /// Whether the database is whole and the keys are its own, and which bots run on it: a second one is handed every
    /// interaction, too.
    async fn at_work(&mut self) {
        const NAME: &str = "bots";
        let looked = timed(async {
            let db = Db::open_existing(self.config.database.url.expose_secret()).await?;
            let keys = Keys::parse(&self.config.security.encryption_keys).map_err(Error::Setup)?;
            let looked = async {
                database::check_whole(&db).await?;
                let other_key = rotation::find_other_key(&db, &keys).await?;
                let accounts = accounts(&db).await?;
                Ok((other_key, accounts, bots::running(&mut *db.read().await?, Clock::System.now()).await))
            };
            let looked = looked.await;
            db.close().await;
            looked
        });
        let running = match looked.await {
            Ok((other_key, accounts, running)) => {
                self.accounts = accounts;
                match other_key {
                    Some(other) => self.bad("encryption keys", &other, rotation::PUT_BACK),
                    None => self.good("encryption keys", "they are those that this database knows"),
                }
                running
            }
            Err(error) => return self.bad("database", &error.to_string(), "nothing starts on it before"),
        };
        match running {
            Ok(running) if running.len() > 1 => {
                let since: Vec<String> = running.iter().map(|bot| format!("{} since {}", bot.id, bot.started_at.utc())).collect();
                let what = format!("{} run on this database: {}", running.len(), since.join(", "));
                self.notice(
                    NAME,
                    &what,
                    "nothing is done twice, but stop all but one; one that was killed is gone from here after 90 seconds",
                );
            }
            Ok(running) => self.good(NAME, if running.is_empty() { "none runs" } else { "one runs" }),
            Err(error) => self.bad(NAME, &error.to_string(), "check the database, as above"),
        }
    }
}

/// The accounts at Stripe that a database knows, each with its mode.
pub(super) async fn accounts(db: &Db) -> Result<Vec<(bool, String)>> {
    let mut known = Vec::new();
    for livemode in [false, true] {
        known.extend(alarms::account(&mut *db.read().await?, livemode).await?.map(|account| (livemode, account)));
    }
    Ok(known)
}
