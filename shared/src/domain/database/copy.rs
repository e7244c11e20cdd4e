//! Moving a studio from one database to another, of the same engine or the other one.

use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::sql::{self, Layout, Table, Value};
use crate::domain::audit::{self, Verified};
use crate::domain::bots;
use crate::error::{Error, Result};
use crate::platform::db::{self, Conn, Db, Schema, Tx};
use crate::types::*;

/// Rows that one transaction writes, and values that one statement takes: SQLite takes 32,766 of them.
const ROWS_AT_ONCE: usize = 500;
const VALUES_AT_ONCE: usize = 20_000;
/// About how many bytes of text are held at once.
const BYTES_AT_ONCE: usize = 4 * 1024 * 1024;

/// Tables that are about the database itself, or who works on it now.
const LEFT_OUT: [&str; 2] = ["bots", "database_mark"];

/// A copy on its way. Nobody else can write into the one that is read until it ends.
pub struct Copy {
    from: Db,
    to: Db,
    layout: Layout,
    /// Holds the lock.
    reading: Tx,
    begun_at: Option<Timestamp>,
    resumed: bool,
}

/// A table that was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Its name.
    pub table: String,
    /// How many rows it has.
    pub rows: i64,
}

/// What the amounts of a table come to in one currency, the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// Its name.
    pub table: String,
    /// The code that the rows have.
    pub currency: String,
    /// How many rows.
    pub rows: i64,
    /// In minor units.
    pub minor: i64,
}

/// What came of a copy.
#[derive(Debug)]
pub enum Outcome {
    /// It was stopped: the next run goes on.
    Stopped,
    /// Both are the same, row by row.
    Whole {
        /// Every table.
        tables: Vec<Copied>,
        /// Of every table that has amounts.
        totals: Vec<Total>,
        /// What the audit log of the copy looks like.
        audit: Verified,
    },
}

impl Copy {
    /// Opens both, and takes the lock. Makes the one that is written into where it is not there, and takes one in
    /// which nobody ever worked, or half of a copy of the same.
    ///
    /// # Errors
    ///
    /// [`Error::Setup`] with what to do, where one of them is not as it must be.
    pub async fn prepare(from: &str, to: &str, now: Timestamp) -> Result<Self> {
        for (which, url) in [("FROM", from), ("TO", to)] {
            crate::database_url::check(url).map_err(|why| Error::Setup(format!("{which} {why}")))?;
        }
        let (from_place, to_place) = (db::place(from), db::place(to));
        if from_place == to_place {
            return Err(Error::Setup(format!("FROM and TO are both {from_place}.")));
        }
        match Db::examine(to).await? {
            // Some may be left to do, where an earlier run was killed early.
            Some(schema) if schema != (Schema { applied: schema.applied, pending: schema.pending, ..Schema::default() }) => {
                return Err(Error::Setup(format!("{to_place} is of another build: give a new database.")));
            }
            Some(_) | None => {}
        }
        let from = Db::open_existing(from).await?;
        let opened = Self::open(&from, &from_place, to, &to_place, now).await;
        match opened {
            Ok((to, layout, reading, begun_at, resumed)) => Ok(Self { from, to, layout, reading, begun_at, resumed }),
            Err(error) => {
                from.close().await;
                Err(error)
            }
        }
    }

    async fn open(
        from: &Db,
        from_place: &str,
        to_url: &str,
        to_place: &str,
        now: Timestamp,
    ) -> Result<(Db, Layout, Tx, Option<Timestamp>, bool)> {
        let mut layout = sql::layout(&mut db::scratch().await?).await?;
        layout.0.retain(|table| !LEFT_OUT.contains(&table.name.as_str()));
        let mark = sql::find_mark(&mut *from.read().await?).await?;
        if let Some(other) = mark.copy_of {
            return Err(Error::Setup(format!("{from_place} is itself an unfinished copy, of {other}: finish that one first.")));
        }
        if !bots::running(&mut *from.read().await?, now).await?.is_empty() {
            return Err(Error::Setup(format!(
                "A bot is at work on {from_place}: stop bot and web service first. One that was killed is gone from here after 90 seconds."
            )));
        }
        let mut reading = from.write().await?;
        sql::lock(&mut reading, from.engine(), &layout.0).await?;

        let to_schema = Db::examine(to_url).await?.unwrap_or_default();
        let to = Db::open(to_url).await?;
        let used = || Error::Setup(format!("Atelier has been at work in {to_place}: give a new database."));
        let prepared = async {
            // Before the schema of somebody's data is changed.
            if to_schema.applied > 0 && sql::has_invoices(&mut *to.read().await?).await? && to_schema.pending > 0 {
                return Err(used());
            }
            // A service that finds the tables without the mark would begin a studio there.
            to.migrate_and(to_url, async |tx| match sql::find_mark(tx).await?.copy_of {
                Some(of) if of == from_place => Ok(true),
                Some(of) => Err(Error::Setup(format!("{to_place} is half of a copy of another database, {of}: give a new one."))),
                None => {
                    // Migrations leave some rows in an empty database.
                    let mut scratch = db::scratch().await?;
                    for table in &layout.0 {
                        if sql::count(tx, table).await? != sql::count(&mut scratch, table).await? {
                            return Err(used());
                        }
                    }
                    for table in layout.0.iter().rev() {
                        sql::clear(tx, table).await?;
                    }
                    sql::mark_copy(tx, from_place).await?;
                    Ok(false)
                }
            })
            .await
        };
        match prepared.await {
            Ok(resumed) => Ok((to, layout, reading, mark.begun_at, resumed)),
            Err(error) => {
                to.close().await;
                Err(error)
            }
        }
    }

    /// Whether an earlier run began it.
    pub fn resumed(&self) -> bool {
        self.resumed
    }

    /// How many rows there are.
    pub async fn rows(&mut self) -> Result<u64> {
        let mut rows = 0;
        for table in &self.layout.0 {
            rows += sql::count(&mut self.reading, table).await?;
        }
        Ok(u64::try_from(rows).unwrap_or(0))
    }

    /// Copies what is missing, compares everything, and opens the copy for work. `told` is called with how many rows
    /// were copied since it was called last.
    pub async fn run(mut self, shutdown: &CancellationToken, told: impl Fn(u64)) -> Result<Outcome> {
        let done = self.copied_and_compared(shutdown, told).await;
        let Self { from, to, reading, .. } = self;
        drop(reading);
        from.close().await;
        to.close().await;
        done
    }

    async fn copied_and_compared(&mut self, shutdown: &CancellationToken, told: impl Fn(u64)) -> Result<Outcome> {
        if !self.copy(shutdown, &told).await? {
            return Ok(Outcome::Stopped);
        }
        let (tables, totals) = match self.compare().await? {
            Ok(same) => same,
            // The services ran since the copy began.
            Err(table) if self.resumed => {
                tracing::info!(table, "what was copied before has changed since: beginning anew");
                let mut tx = self.to.write().await?;
                for table in self.layout.0.iter().rev() {
                    sql::clear(&mut tx, table).await?;
                }
                tx.commit().await?;
                if !self.copy(shutdown, &told).await? {
                    return Ok(Outcome::Stopped);
                }
                self.compare().await?.map_err(differs)?
            }
            Err(table) => return Err(differs(table)),
        };
        let audit = audit::verify(&self.to).await?;
        let mut tx = self.to.write().await?;
        sql::mark_whole(&mut tx, self.begun_at).await?;
        tx.commit().await?;
        Ok(Outcome::Whole { tables, totals, audit })
    }

    /// Copies what comes after what is there. Returns whether it was not stopped.
    async fn copy(&mut self, shutdown: &CancellationToken, told: impl Fn(u64)) -> Result<bool> {
        let (from, to) = (self.from.engine(), self.to.engine());
        for table in &self.layout.0 {
            let after = sql::last_key(&mut *self.to.read().await?, to, table).await?;
            let mut rows = sql::rows(&mut self.reading, from, table, after);
            let most = (VALUES_AT_ONCE / table.width().max(1)).clamp(1, ROWS_AT_ONCE);
            loop {
                let (mut batch, mut bytes) = (Vec::new(), 0);
                while batch.len() < most && bytes < BYTES_AT_ONCE {
                    let Some(row) = rows.try_next().await? else { break };
                    bytes += row.iter().map(|value| if let Value::Text(Some(text)) = value { text.len() } else { 0 }).sum::<usize>();
                    batch.push(row);
                }
                if batch.is_empty() {
                    break;
                }
                if shutdown.is_cancelled() {
                    return Ok(false);
                }
                let copied = batch.len() as u64;
                let mut tx = self.to.write().await?;
                sql::insert(&mut tx, table, batch).await?;
                tx.commit().await?;
                told(copied);
            }
        }
        Ok(true)
    }

    /// Compares every value of every row, and what the amounts come to; or names the first table that differs.
    async fn compare(&mut self) -> Result<std::result::Result<(Vec<Copied>, Vec<Total>), String>> {
        let (mut tables, mut totals) = (Vec::new(), Vec::new());
        let (from, to) = (self.from.engine(), self.to.engine());
        let mut copy = self.to.read().await?;
        for table in &self.layout.0 {
            let (ours, theirs) = (digest(&mut self.reading, from, table).await?, digest(&mut copy, to, table).await?);
            let (sums, their_sums) = (sql::totals(&mut self.reading, from, table).await?, sql::totals(&mut copy, to, table).await?);
            if ours != theirs || sums != their_sums {
                return Ok(Err(table.name.clone()));
            }
            tables.push(Copied { table: table.name.clone(), rows: ours.0 });
            totals.extend(sums.into_iter().map(|(currency, (rows, minor))| Total { table: table.name.clone(), currency, rows, minor }));
        }
        Ok(Ok((tables, totals)))
    }
}

fn differs(table: String) -> Error {
    Error::Fault(format!("the copy of the table {table} is not what was read: give a new database, and look whether the disk is sound"))
}

/// How many rows a table has, and a hash over every value.
async fn digest(conn: &mut Conn, engine: db::Engine, table: &Table) -> Result<(i64, [u8; 32])> {
    let (mut count, mut hash) = (0, Sha256::new());
    let mut rows = sql::rows(conn, engine, table, None);
    while let Some(row) = rows.try_next().await? {
        count += 1;
        for value in row {
            match value {
                Value::Text(None) | Value::Number(None) => hash.update([0]),
                Value::Text(Some(text)) => {
                    hash.update([1]);
                    hash.update((text.len() as u64).to_be_bytes());
                    hash.update(text);
                }
                Value::Number(Some(number)) => {
                    hash.update([2]);
                    hash.update(number.to_be_bytes());
                }
            }
        }
    }
    Ok((count, hash.finalize().into()))
}
