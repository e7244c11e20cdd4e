//! The database: one text for SQLite and PostgreSQL through `sqlx::Any`.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sqlx::any::{Any, AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::Migrate;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row, Transaction};
use tokio::sync::{Mutex, Notify};
use tokio::time::Instant;

use crate::database_url::{self, sqlite_path};
use crate::error::{Error, Result, SqlError};
use crate::platform::database_file::{DatabaseFile, foreign_wal, make_private, next_commit};
use crate::types::*;

/// A connection: what every function in a `sql.rs` takes.
pub type Conn = sqlx::AnyConnection;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");

const CONNECTIONS: u32 = 8;
/// How long a connection to a server is idle before it is asked whether it still is one.
const PING_AFTER: Duration = Duration::from_secs(1);
/// How often a server that is not there yet is tried.
const SERVER_PAUSE: Duration = Duration::from_millis(500);
/// How long a close waits for what is still under way, and for the other process that closes.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);
/// How long the answer to [`Db::try_write`] is good for, so that no number of questions wears out the disk.
const TRIED_FOR: Duration = Duration::from_secs(5);
/// A write-ahead log of this many bytes that cannot be emptied is worth a warning.
const WAL_NOTICED_BYTES: u64 = 64 * 1024 * 1024;
/// Two processes that migrate one PostgreSQL database take turns under this number.
const MIGRATION_LOCK: i64 = 0x0061_7465_6c69_6572;

/// The engine behind a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// An embedded file.
    Sqlite,
    /// A server.
    Postgres,
}

/// The pools of one database. Clones share them.
#[derive(Debug, Clone)]
pub struct Db {
    engine: Engine,
    reader: sqlx::AnyPool,
    /// On SQLite one connection, so that writers queue here and not in the busy handler.
    writer: sqlx::AnyPool,
    /// Whether the writer's last transaction did not end by its commit, as far as anybody knows. On SQLite there is one at
    /// a time.
    is_open: Arc<AtomicBool>,
    /// Opens one connection more.
    options: AnyConnectOptions,
    /// The file behind SQLite.
    file: Option<Arc<DatabaseFile>>,
    /// What PostgreSQL calls the database and our table in it; set once the schema is up to date.
    origin: Arc<OnceLock<Origin>>,
    /// When a write was tried last, and what was wrong.
    tried: Arc<Mutex<Tried>>,
    /// Rings after a commit that left work in the outbox.
    work: Arc<Notify>,
}

/// When a write was tried, and what was wrong.
type Tried = Option<(Instant, Option<String>)>;

/// The object identifiers of a PostgreSQL database and of a table of ours: whoever restores a backup makes others.
/// See <https://www.postgresql.org/docs/current/datatype-oid.html>.
type Origin = (i64, i64);

/// A write transaction. Dropped without [`Tx::commit`], it rolls back.
pub struct Tx {
    /// Whether the writer's last transaction did not end by its commit.
    is_open: Arc<AtomicBool>,
    /// Whether its commit is counted in the header of a SQLite file.
    is_counted: bool,
    inner: Transaction<'static, Any>,
    work: Arc<Notify>,
    /// Set by `outbox::enqueue`: the worker is woken after the commit.
    pub(crate) enqueued: bool,
    after_commit: Vec<Box<dyn FnOnce() + Send>>,
}

impl Tx {
    /// Makes everything done in this transaction durable, and wakes the outbox worker.
    pub async fn commit(mut self) -> Result<()> {
        if self.is_counted {
            count_commit(&mut self.inner).await?;
        }
        self.inner.commit().await?;
        self.is_open.store(false, Ordering::Release);
        if self.enqueued {
            self.work.notify_one();
        }
        self.after_commit.into_iter().for_each(|then| then());
        Ok(())
    }

    /// Does something that may fail without the rest of the transaction: then all that it did is undone. The outer
    /// error means that nothing more can be done in this transaction.
    pub async fn attempt<T>(&mut self, work: impl AsyncFnOnce(&mut Tx) -> Result<T>) -> Result<Result<T>> {
        let (enqueued, then) = (self.enqueued, self.after_commit.len());
        self.inner.execute("SAVEPOINT attempt").await?;
        let done = work(self).await;
        if done.is_err() {
            self.inner.execute("ROLLBACK TO SAVEPOINT attempt").await?;
            self.enqueued = enqueued;
            self.after_commit.truncate(then);
        }
        self.inner.execute("RELEASE SAVEPOINT attempt").await?;
        Ok(done)
    }

    /// Does something once this transaction is durable, such as writing a line to the log; never, where it is not.
    pub fn after_commit(&mut self, then: impl FnOnce() + Send + 'static) {
        self.after_commit.push(Box::new(then));
    }
}

impl std::ops::Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.inner
    }
}

impl std::ops::DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.inner
    }
}

/// A row that is locked until the transaction ends: as it is read, it is decided on. Only the lock of its own noun
/// makes one, and whatever changes the row asks for it.
#[derive(Debug)]
pub struct Locked<T>(T);

impl<T> Locked<T> {
    /// Of a row that was just locked and read.
    pub(crate) fn new(row: T) -> Self {
        Self(row)
    }

    /// The row, for whoever goes on without the lock.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> std::ops::Deref for Locked<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

/// How far the schema of a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Schema {
    /// Migrations of this build that are applied.
    pub applied: usize,
    /// Migrations of this build that are not.
    pub pending: usize,
    /// Applied migrations that this build does not know: a newer one was here.
    pub unknown: usize,
    /// Applied migrations whose text was another one.
    pub altered: usize,
    /// A migration that began and did not end.
    pub unfinished: Option<i64>,
}

impl Db {
    /// What SQLite finds wrong with its file when it reads all of it, a few findings at the most; nothing where
    /// there is no file, and for a server, which looks after its files itself.
    pub async fn damages(url: &str) -> Result<Vec<String>> {
        known(url)?;
        if !sqlite_path(url).is_some_and(|path| path.exists()) {
            return Ok(Vec::new());
        }
        sqlx::any::install_default_drivers();
        let mut conn = Conn::connect(url).await?;
        let found: Vec<String> = sqlx::query_scalar("PRAGMA quick_check(3)").fetch_all(&mut conn).await?;
        conn.close().await?;
        Ok(found.into_iter().filter(|finding| finding != "ok").collect())
    }

    /// Looks at the database at `url` without changing anything that means something; `None`: there is no such
    /// SQLite file yet. Fails where it cannot be written.
    pub async fn examine(url: &str) -> Result<Option<Schema>> {
        const TABLE: &str = "_sqlx_migrations";
        sqlx::any::install_default_drivers();
        if let Some(path) = sqlite_path(url) {
            refuse_foreign_wal(&path)?;
        }
        let (exists, begin) = match sqlite_path(url) {
            Some(path) if !path.exists() => return Ok(None),
            Some(_) => ("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1", "BEGIN IMMEDIATE"),
            None => ("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1", "BEGIN"),
        };
        let mut conn = Conn::connect(url).await.map_err(refused)?;
        if sqlite_path(url).is_none() {
            let options = AnyConnectOptions::from_str(url).map_err(|error| unusable(error.into()))?;
            try_statements(&mut conn, &options).await?;
        }
        conn.execute(begin).await?;
        let tables: i64 = sqlx::query_scalar(exists).bind(TABLE).fetch_one(&mut conn).await?;
        let fault = |error: sqlx::migrate::MigrateError| Error::Fault(format!("migrations: {error}"));
        let (applied, unfinished) = match tables {
            0 => (Vec::new(), None),
            _ => (conn.list_applied_migrations(TABLE).await.map_err(fault)?, conn.dirty_version(TABLE).await.map_err(fault)?),
        };
        conn.execute("ROLLBACK").await?;
        if applied.iter().any(|migration| migration.version >= MARKED_SINCE) {
            // Only what is committed asks for room on the disk.
            sqlx::query(MARK).execute(&mut conn).await?;
        }
        conn.close().await?;
        let mut schema = Schema { unfinished, ..Schema::default() };
        for migration in MIGRATIONS.iter() {
            match applied.iter().find(|applied| applied.version == migration.version) {
                Some(applied) if applied.checksum != migration.checksum => schema.altered += 1,
                Some(_) => schema.applied += 1,
                None => schema.pending += 1,
            }
        }
        schema.unknown = applied.iter().filter(|applied| !MIGRATIONS.iter().any(|ours| ours.version == applied.version)).count();
        Ok(Some(schema))
    }

    /// Waits for a PostgreSQL server that is not there yet, such as one that starts beside us, as long as this at the
    /// most. What is wrong with it then [`Db::open`] says.
    pub async fn await_server(url: &str, at_most: Duration) {
        sqlx::any::install_default_drivers();
        if sqlite_path(url).is_some() {
            return;
        }
        let there = async {
            let mut told = false;
            loop {
                match Conn::connect(url).await {
                    Ok(conn) => return drop(conn.close().await),
                    Err(error) if is_not_there_yet(&error) => {
                        if !told {
                            tracing::warn!("PostgreSQL does not answer yet: waiting for it, a minute at the most");
                        }
                        told = true;
                    }
                    // Such as a wrong password: waiting does not help.
                    Err(_) => return,
                }
                tokio::time::sleep(SERVER_PAUSE).await;
            }
        };
        let _ = tokio::time::timeout(at_most, there).await;
    }

    /// Opens the database at `url` (`sqlite://path` or `postgres://…`); makes a SQLite file and its
    /// folder where they are missing. Does not migrate.
    pub async fn open(url: &str) -> Result<Self> {
        if let Some(folder) = sqlite_path(url).as_deref().and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .map_err(|error| Error::Fault(format!("cannot make the database's folder {}: {error}", folder.display())))?;
        }
        Self::connect(url, "rwc").await
    }

    /// Opens the database at `url` for a command that looks at what is there: makes nothing and migrates
    /// nothing, and fails with a sentence where no Atelier of this build has been.
    pub async fn open_existing(url: &str) -> Result<Self> {
        known(url)?;
        let schema = match Self::examine(url).await.map_err(unusable)? {
            Some(schema) if schema != (Schema { pending: schema.pending, ..Schema::default() }) => schema,
            Some(_) | None => return Err(Error::Setup(format!("{} `atelier migrate` makes a new one.", none_at(url)))),
        };
        if schema.pending > 0 {
            let what =
                "The database is from before this build: run `atelier migrate` first, or start the services, which bring it up to date.";
            return Err(Error::Setup(what.into()));
        }
        let db = Self::connect(url, "rw").await?;
        match db.remember_origin().await {
            Ok(()) => Ok(db),
            Err(error) => {
                db.close().await;
                Err(error)
            }
        }
    }

    async fn connect(url: &str, mode: &str) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let engine = known(url)?;
        let path = sqlite_path(url);
        if let Some(path) = &path {
            refuse_foreign_wal(path)?;
        }
        let options = |mode: &str| {
            let url = match engine {
                Engine::Sqlite => format!("{url}{}mode={mode}", if url.contains('?') { '&' } else { '?' }),
                Engine::Postgres => url.to_owned(),
            };
            AnyConnectOptions::from_str(&url).map_err(|error| unusable(error.into()))
        };
        // A pool only says that it timed out; one connection says why.
        let mut conn = options(mode)?.connect().await.map_err(|error| unusable(error.into()))?;
        // From here on nothing makes a file: a new one in the place of one that was removed would take what is written.
        let options = options("rw")?;
        if engine == Engine::Postgres {
            try_statements(&mut conn, &options).await?;
        }
        conn.close().await?;
        let file = match &path {
            Some(path) => {
                make_private(path);
                Some(DatabaseFile::open(path).map_err(|error| unreadable(path, error))?)
            }
            None => None,
        };
        let origin = Arc::new(OnceLock::new());
        let pool = |size: u32, is_open: Arc<AtomicBool>| {
            let origin = origin.clone();
            AnyPoolOptions::new()
                .max_connections(size)
                .acquire_timeout(Duration::from_secs(10))
                .after_connect(move |conn, _| {
                    let origin = origin.clone();
                    Box::pin(async move {
                        match engine {
                            Engine::Sqlite => {
                                conn.execute("PRAGMA synchronous = FULL").await?;
                                // In pages of 4 KiB: what is written again and again is moved into the file once.
                                conn.execute("PRAGMA wal_autocheckpoint = 4000").await?;
                                conn.execute("PRAGMA foreign_keys = ON").await?;
                            }
                            // A database is replaced while nobody is connected to it.
                            Engine::Postgres => match origin.get() {
                                Some(known) if find_origin(conn).await? != *known => {
                                    return Err(SqlError::Configuration(REPLACED.into()));
                                }
                                Some(_) | None => {}
                            },
                        }
                        Ok(())
                    })
                })
                // Asking before each use costs as much as the statement. A server may have ended what was idle.
                .test_before_acquire(false)
                .before_acquire(move |conn, idle| {
                    let is_open = is_open.clone();
                    Box::pin(async move {
                        match engine {
                            Engine::Postgres if idle.idle_for >= PING_AFTER => conn.ping().await.map(|()| true),
                            // On a full disk SQLite ends a transaction by itself, and the rollback that comes after it
                            // fails: such a connection counts as within a transaction for ever, and is thrown away.
                            Engine::Sqlite if is_open.load(Ordering::Acquire) => match conn.begin_with("BEGIN").await {
                                Ok(begun) => Ok(begun.rollback().await.is_ok()),
                                Err(_) => Ok(false),
                            },
                            Engine::Postgres | Engine::Sqlite => Ok(true),
                        }
                    })
                })
        };
        let (never, is_open) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let reader = pool(CONNECTIONS, never).connect_with(options.clone()).await?;
        let writer = match engine {
            Engine::Sqlite => pool(1, is_open.clone()).connect_with(options.clone()).await?,
            Engine::Postgres => reader.clone(),
        };
        Ok(Self { engine, reader, writer, is_open, options, file, origin, tried: Arc::default(), work: Arc::new(Notify::new()) })
    }

    /// Brings the schema up to date. Safe to call from two processes at once.
    pub async fn migrate(&self, url: &str) -> Result<()> {
        let lock = self.lock_schema(url).await?;
        let done = migrator().run(&self.writer).await.map_err(|error| Error::Fault(format!("migration: {error}")));
        lock.release().await?;
        done?;
        self.remember_origin().await
    }

    /// Brings the schema up to date and does something more, all of it in one transaction: nobody sees the one without
    /// the other.
    pub async fn migrate_and<T>(&self, url: &str, then: impl AsyncFnOnce(&mut Tx) -> Result<T>) -> Result<T> {
        let lock = self.lock_schema(url).await?;
        let done = async {
            let mut tx = self.write().await?;
            // A commit that is counted changes no schema: by that a log is told from another's.
            tx.is_counted = false;
            migrator().run(&mut *tx).await.map_err(|error| Error::Fault(format!("migration: {error}")))?;
            let done = then(&mut tx).await?;
            tx.commit().await?;
            Ok(done)
        };
        let done: Result<T> = done.await;
        lock.release().await?;
        let done = done?;
        self.remember_origin().await?;
        Ok(done)
    }

    /// Keeps every other process from changing the schema.
    async fn lock_schema(&self, url: &str) -> Result<MigrationLock> {
        match sqlite_path(url) {
            Some(path) => {
                let taken = tokio::task::spawn_blocking(move || LockBeside::take(&path, true));
                let taken = taken.await.map_err(|error| Error::Fault(error.to_string()))??;
                // Kept in the file. Changing it needs the file to itself, so it happens under the lock.
                sqlx::query("PRAGMA journal_mode = WAL").execute(&self.writer).await?;
                self.begin_log().await;
                Ok(MigrationLock::Beside(taken))
            }
            None => {
                // Of a transaction and not of a session as sqlx's own: PgBouncer may lend a session to somebody else.
                let mut conn = self.options.connect().await?;
                conn.execute("BEGIN").await?;
                sqlx::query("SELECT CAST(1 AS BIGINT) FROM (SELECT pg_advisory_xact_lock($1)) AS taken")
                    .bind(MIGRATION_LOCK)
                    .execute(&mut conn)
                    .await?;
                Ok(MigrationLock::Within(conn))
            }
        }
    }

    /// Lets the file go on from what a backup of it may have, so that what is in its log from now on is known not to be
    /// written for that backup.
    async fn begin_log(&self) {
        let begun = async {
            self.write().await?.commit().await?;
            self.checkpoint().await
        };
        if let Err(error) = begun.await {
            tracing::warn!(%error, "the database takes no write");
        }
    }

    /// Remembers which PostgreSQL database this is.
    async fn remember_origin(&self) -> Result<()> {
        if self.engine == Engine::Postgres {
            let origin = find_origin(&mut *self.read().await?).await?;
            // The first one counts.
            let _ = self.origin.set(origin);
        }
        Ok(())
    }

    /// The engine behind this database.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// A connection for reading.
    pub async fn read(&self) -> Result<PoolConnection<Any>> {
        Ok(self.reader.acquire().await?)
    }

    /// A write transaction. Never hold one across a network call. Fails where the file that was opened is not
    /// in its place any more.
    pub async fn write(&self) -> Result<Tx> {
        if let Some(file) = &self.file {
            file.check_place()?;
        }
        let inner = match self.engine {
            // Taking the write lock at once: a deferred transaction that reads first can only fail.
            Engine::Sqlite => self.writer.begin_with("BEGIN IMMEDIATE").await?,
            Engine::Postgres => self.writer.begin().await?,
        };
        self.is_open.store(true, Ordering::Release);
        Ok(Tx {
            is_open: self.is_open.clone(),
            is_counted: self.engine == Engine::Sqlite,
            inner,
            work: self.work.clone(),
            enqueued: false,
            after_commit: Vec::new(),
        })
    }

    /// Waits until a commit of this process left work in the outbox.
    pub async fn work(&self) {
        self.work.notified().await;
    }

    /// Wakes the outbox worker.
    pub fn wake(&self) {
        self.work.notify_one();
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        let mut conn = self.read().await?;
        sqlx::query("SELECT 1").execute(&mut *conn).await?;
        Ok(())
    }

    /// Whether the database takes a write. Costs one small commit in five seconds, however often it is asked.
    pub async fn try_write(&self) -> Result<()> {
        if let Some(file) = &self.file {
            file.check_place()?;
        }
        let mut tried = self.tried.lock().await;
        let wrong = match &*tried {
            Some((at, wrong)) if at.elapsed() < TRIED_FOR => wrong.clone(),
            Some(_) | None => {
                let wrong = self.write_mark().await.err().map(|error| error.to_string());
                *tried = Some((Instant::now(), wrong.clone()));
                wrong
            }
        };
        wrong.map_or(Ok(()), |wrong| Err(Error::Fault(format!("it takes no write: {wrong}"))))
    }

    /// Counts one write, so that an earlier state of the database is known by its lower number.
    pub async fn write_mark(&self) -> Result<()> {
        let mut tx = self.write().await?;
        let writes = sqlx::query_scalar(MARK).fetch_one(&mut *tx).await?;
        tx.commit().await?;
        match &self.file {
            Some(file) => file.check_writes(0, writes),
            None => Ok(()),
        }
    }

    /// Fails when the file of a SQLite database is not the one that was opened, or was written over.
    pub async fn check_file(&self) -> Result<()> {
        match &self.file {
            Some(file) => file.check().await,
            None => Ok(()),
        }
    }

    /// Fails as [`Db::check_file`] does; on SQLite also where a connection that knows nothing yet finds an earlier
    /// state than was there before, and on PostgreSQL where the database was made anew, as a backup is when it is
    /// restored. Opens that connection.
    pub async fn look(&self) -> Result<()> {
        self.check_file().await?;
        let mut conn = self.options.connect().await?;
        let looked = async {
            match &self.file {
                Some(file) => {
                    let seen = file.writes_seen();
                    let writes = sqlx::query_scalar("SELECT writes FROM database_mark WHERE id = 1").fetch_one(&mut conn).await?;
                    file.check_writes(seen, writes)
                }
                None => match self.origin.get() {
                    Some(known) if find_origin(&mut conn).await? != *known => Err(Error::Setup(REPLACED.into())),
                    Some(_) | None => Ok(()),
                },
            }
        };
        let looked = looked.await;
        conn.close().await?;
        looked
    }

    /// Moves what SQLite's write-ahead log holds into the file of the database, and empties the log. What
    /// somebody else still reads stays until the next time.
    pub async fn checkpoint(&self) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut conn = self.options.connect().await?;
        let emptied = checkpoint(&mut conn).await;
        conn.close().await?;
        let length = std::fs::metadata(crate::platform::database_file::beside(file.path(), "-wal")).map_or(0, |wal| wal.len());
        if !emptied? && length >= WAL_NOTICED_BYTES {
            tracing::warn!(bytes = length, "the write-ahead log of the database grows: something keeps reading from it, such as a backup");
        }
        Ok(())
    }

    /// Closes every connection once it is free. The last one to close a SQLite database leaves one file behind.
    pub async fn close(&self) {
        let closed = async {
            self.writer.close().await;
            self.reader.close().await;
        };
        if tokio::time::timeout(CLOSE_WITHIN, closed).await.is_err() {
            tracing::warn!("the database was closed while something was under way, which is undone");
        }
        let Some(file) = &self.file else { return };
        if file.check_place().is_err() {
            // Another file is there now, or none.
            return;
        }
        if let Err(error) = self.leave_one_file(file.path()).await {
            tracing::warn!(%error, "what is in the database's write-ahead log stays there until the next start");
        }
    }

    /// Of connections that close at the same moment each may think that another is still there, and none empties
    /// the log. So one comes after all, in one process after the other.
    async fn leave_one_file(&self, path: &Path) -> Result<()> {
        let until = Instant::now() + CLOSE_WITHIN;
        let _lock = loop {
            match LockBeside::take(path, false) {
                Ok(lock) => break Some(lock),
                Err(_) if Instant::now() < until => tokio::time::sleep(Duration::from_millis(20)).await,
                // Such as a migration by another process, which closes after this one.
                Err(_) => break None,
            }
        };
        let mut conn = self.options.connect().await?;
        let emptied = checkpoint(&mut conn).await;
        conn.close().await?;
        emptied.map(|_| ())
    }
}

/// Changes nothing that means anything. The migration that made its table is the one below.
const MARK: &str = "UPDATE database_mark SET writes = writes + 1 WHERE id = 1 RETURNING writes";
const MARKED_SINCE: i64 = 16;

/// Counts a commit in the header of a SQLite file, where [`foreign_wal`] finds it.
async fn count_commit(conn: &mut Conn) -> std::result::Result<(), SqlError> {
    let commits: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *conn).await?;
    let next = next_commit(i32::try_from(commits).unwrap_or(0));
    // Each is another statement, none of which is worth keeping.
    sqlx::query(AssertSqlSafe(format!("PRAGMA user_version = {next}"))).persistent(false).execute(conn).await?;
    Ok(())
}

/// Empties the write-ahead log into the file; returns whether all of it is there. Waits for nobody.
async fn checkpoint(conn: &mut Conn) -> Result<bool> {
    conn.execute("PRAGMA busy_timeout = 0").await?;
    let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *conn).await?;
    Ok(row.try_get::<i64, _>(0)? == 0)
}

/// The sentence of whoever finds another PostgreSQL database than the one that was opened.
const REPLACED: &str = "The PostgreSQL database was made anew while this service had it open, by a backup that was restored perhaps. It \
    stops, so that nothing is mixed up. See that the right one is in its place, and start again.";

/// What the database and our table in it are called; 0 for a table that is not there.
async fn find_origin(conn: &mut Conn) -> std::result::Result<Origin, SqlError> {
    let row = sqlx::query(
        "SELECT CAST(oid AS BIGINT) AS database_oid, COALESCE(CAST(to_regclass('database_mark') AS BIGINT), 0) AS table_oid
         FROM pg_database WHERE datname = current_database()",
    )
    .fetch_one(conn)
    .await?;
    Ok((row.try_get("database_oid")?, row.try_get("table_oid")?))
}

fn refuse_foreign_wal(path: &Path) -> Result<()> {
    match foreign_wal(path).map_err(|error| unreadable(path, error))? {
        Some(sentence) => Err(Error::Setup(sentence)),
        None => Ok(()),
    }
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    Error::Setup(format!("database.url: cannot open {}: {error}", path.display()))
}

/// What to do about a connection that cannot be made.
fn unusable(error: Error) -> Error {
    match error {
        Error::Db(error) => match refused(error) {
            Error::Db(error) => Error::Setup(format!("database.url: cannot open the database: {error}")),
            refused => refused,
        },
        error => error,
    }
}

/// What to do about a pooler that does not let us in: what PgBouncer does not know, it refuses unless it is told to let
/// it go.
fn refused(error: SqlError) -> Error {
    match error.to_string().contains("unsupported startup parameter") {
        true => Error::Setup(format!("database.url: cannot open the database: {error}: {POOLER}")),
        false => error.into(),
    }
}

/// What PgBouncer must be told, where a connection of ours is lent to somebody else between two transactions.
/// See <https://www.pgbouncer.org/config.html#max_prepared_statements>.
const POOLER: &str = "in pgbouncer.ini set `ignore_startup_parameters = extra_float_digits` and, for transaction mode, \
    `max_prepared_statements = 200` (PgBouncer 1.21 or newer), else `pool_mode = session`";

/// Looks whether two connections can each prepare a statement of their own. Behind a pooler that lends one session to
/// both and does not follow their statements, the second one finds the name taken, and later ones would find statements
/// missing or mixed up.
async fn try_statements(first: &mut Conn, options: &AnyConnectOptions) -> Result<()> {
    const TRIED: &str = "SELECT CAST(1 AS BIGINT) AS tried";
    let mut second = options.connect().await.map_err(|error| unusable(error.into()))?;
    for conn in [first, &mut second] {
        for _ in 0..2 {
            match sqlx::query(TRIED).fetch_one(&mut *conn).await {
                Ok(_) => {}
                // duplicate_prepared_statement and invalid_sql_statement_name.
                Err(error)
                    if error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "42P05" || code == "26000") =>
                {
                    return Err(Error::Setup(format!(
                        "database.url leads to a pooler that mixes up the statements of its clients: {POOLER}."
                    )));
                }
                Err(error) => return Err(unusable(error.into())),
            }
        }
    }
    Ok(second.close().await?)
}

/// A database in words, without user and password: the full path of a file, or a server's host, port and database.
pub fn place(url: &str) -> String {
    match (sqlite_path(url), PgConnectOptions::from_str(url)) {
        (Some(path), _) => std::path::absolute(&path).unwrap_or(path).display().to_string(),
        (None, Ok(server)) => {
            let host = server.get_socket().map_or_else(|| server.get_host().to_owned(), |socket| socket.display().to_string());
            let database = server.get_database().unwrap_or_else(|| server.get_username());
            format!("PostgreSQL at {host}:{}, database {database}", server.get_port())
        }
        (None, Err(_)) => "PostgreSQL".to_owned(),
    }
}

/// A connection to an empty database in memory, of SQLite, with this build's schema.
pub async fn scratch() -> Result<Conn> {
    sqlx::any::install_default_drivers();
    let mut conn = Conn::connect("sqlite::memory:").await?;
    MIGRATIONS.run(&mut conn).await.map_err(|error| Error::Fault(format!("migration: {error}")))?;
    Ok(conn)
}

/// The engine that a URL names.
fn known(url: &str) -> Result<Engine> {
    database_url::check(url).map_err(|why| Error::Setup(format!("database.url {why}")))?;
    Ok(if url.starts_with("sqlite://") { Engine::Sqlite } else { Engine::Postgres })
}

/// The sentence of a command that finds no database.
fn none_at(url: &str) -> String {
    match sqlite_path(url) {
        Some(path) => format!(
            "There is no database of Atelier at {}: correct database.url if it is elsewhere.",
            std::path::absolute(&path).unwrap_or(path).display()
        ),
        None => "No Atelier has been in the database of database.url: correct the address if it is another.".to_owned(),
    }
}

/// What keeps a second process from migrating at the same time.
enum MigrationLock {
    Beside(LockBeside),
    Within(Conn),
}

impl MigrationLock {
    async fn release(self) -> Result<()> {
        match self {
            MigrationLock::Beside(lock) => drop(lock),
            // Its transaction ends with it.
            MigrationLock::Within(conn) => conn.close().await?,
        }
        Ok(())
    }
}

/// This build's migrations, under a lock of our own.
fn migrator() -> sqlx::migrate::Migrator {
    let mut migrator = sqlx::migrate::Migrator { migrations: MIGRATIONS.migrations.clone(), ..sqlx::migrate::Migrator::DEFAULT };
    migrator.set_locking(false);
    migrator
}

/// A lock on a file beside the database, which is there only as long as somebody holds it.
struct LockBeside {
    path: PathBuf,
    _file: File,
}

impl LockBeside {
    /// Takes the lock; where another process has it, waits or fails.
    fn take(database: &Path, wait: bool) -> Result<Self> {
        let path = database.with_extension("migrate.lock");
        let open = || -> std::io::Result<File> {
            loop {
                let file = File::options().create(true).truncate(false).write(true).open(&path)?;
                match wait {
                    true => file.lock()?,
                    false => file.try_lock()?,
                }
                // Whoever had it before has removed it: what counts is the one that others find.
                let there = std::fs::metadata(&path).is_ok_and(|there| file.metadata().is_ok_and(|ours| ours.ino() == there.ino()));
                if there {
                    return Ok(file);
                }
            }
        };
        match open() {
            Ok(file) => Ok(Self { path, _file: file }),
            Err(error) => Err(Error::Fault(format!("cannot lock {}: {error}", path.display()))),
        }
    }
}

impl Drop for LockBeside {
    fn drop(&mut self) {
        // Before it is unlocked. Where it stays, it is in nobody's way.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A statement put together from fixed pieces: each `?` becomes the next of `$1`, `$2`, …, which
/// both engines take. Values are bound, never written into it.
pub(crate) fn numbered(pieces: &str) -> AssertSqlSafe<String> {
    let mut text = String::with_capacity(pieces.len() + 16);
    for (at, piece) in pieces.split('?').enumerate() {
        if at > 0 {
            text.push_str(&format!("${at}"));
        }
        text.push_str(piece);
    }
    AssertSqlSafe(text)
}

/// The rows of an `INSERT` of so many rows and columns, for [`numbered`]: `(?, ?), (?, ?)`.
pub(crate) fn rows_of(rows: usize, columns: usize) -> String {
    vec![format!("({})", list_of(columns)); rows].join(", ")
}

/// As many values as a list has, for [`numbered`]: `?, ?, ?`.
pub(crate) fn list_of(values: usize) -> String {
    vec!["?"; values].join(", ")
}

/// Stores a type as one column of an engine-independent type.
macro_rules! column {
    ($type:ty, $raw:ty, $to:expr, $from:expr) => {
        impl sqlx::Type<sqlx::Any> for $type {
            fn type_info() -> sqlx::any::AnyTypeInfo {
                <$raw as sqlx::Type<sqlx::Any>>::type_info()
            }

            fn compatible(info: &sqlx::any::AnyTypeInfo) -> bool {
                <$raw as sqlx::Type<sqlx::Any>>::compatible(info)
            }
        }

        impl<'q> sqlx::Encode<'q, sqlx::Any> for $type {
            fn encode_by_ref(
                &self,
                buf: &mut <sqlx::Any as sqlx::Database>::ArgumentBuffer,
            ) -> std::result::Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                let to: fn(&$type) -> $raw = $to;
                <$raw as sqlx::Encode<'q, sqlx::Any>>::encode(to(self), buf)
            }
        }

        impl<'r> sqlx::Decode<'r, sqlx::Any> for $type {
            fn decode(value: <sqlx::Any as sqlx::Database>::ValueRef<'r>) -> std::result::Result<Self, sqlx::error::BoxDynError> {
                let from: fn($raw) -> std::result::Result<$type, sqlx::error::BoxDynError> = $from;
                from(<$raw as sqlx::Decode<'r, sqlx::Any>>::decode(value)?)
            }
        }
    };
}
pub(crate) use column;

/// Whether nobody listens there, the name is not known yet, or the server says that it is starting (57P03).
/// See <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn is_not_there_yet(error: &SqlError) -> bool {
    match error {
        SqlError::Io(_) => true,
        error => error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "57P03"),
    }
}

macro_rules! text_columns {
    ($($type:ty),*) => {
        $(column!($type, String, |id| id.to_string(), |text| Ok(<$type>::parse(&text)?));)*
    };
}

text_columns!(
    AccountId,
    InvoiceId,
    AttemptId,
    DeliverableId,
    NoticeId,
    AlarmId,
    JobId,
    AuditId,
    OpeningId,
    SessionId,
    OAuthGrantId,
    PaymentId,
    RefundId,
    ConfirmationId,
    BotId,
    DeliveryId,
    GrantId,
    UserId,
    GuildId,
    RoleId,
    ChannelId,
    MessageId,
    InteractionId
);
column!(Currency, String, |currency| currency.code().to_owned(), |text| Ok(Currency::parse(&text)?));
column!(Timestamp, i64, |time| time.as_millis(), |millis| Ok(Timestamp::from_millis(millis)));
column!(Timezone, String, |zone| zone.as_str().to_owned(), |name| Ok(Timezone::stored(name)));
column!(Day, String, |day| day.to_string(), |text| Ok(Day::parse(&text)?));
column!(InvoiceNumber, i64, |number| number.get(), |number| Ok(InvoiceNumber::new(number)));
column!(SeriesNumber, i64, |number| number.get(), |number| Ok(SeriesNumber::new(number)));

/// Stores an enum by the words of its `as_str` and `parse`. Used beside the enum's own SQL.
macro_rules! word_columns {
    ($($type:ty),*) => {
        $(crate::platform::db::column!($type, String, |word| word.as_str().to_owned(), |text| {
            <$type>::parse(&text).ok_or_else(|| format!("unknown {} `{text}`", stringify!($type)).into())
        });)*
    };
}
pub(crate) use word_columns;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_no_password() {
        assert_eq!(place("sqlite:///var/lib/a%20b.db?x=1"), "/var/lib/a b.db");
        assert_eq!(place("postgres://ada:hush@db.example:6432/atelier"), "PostgreSQL at db.example:6432, database atelier");
    }
}
