//! The database: one text for SQLite and PostgreSQL through `sqlx::Any`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{Any, AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::Migrate;
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Transaction};
use tokio::sync::Notify;

use crate::error::{Error, Result};
use crate::types::*;

/// A failure of the database.
pub use sqlx::Error as SqlError;
/// A connection: what every function in a `sql.rs` takes.
pub type Conn = sqlx::AnyConnection;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");

const CONNECTIONS: u32 = 8;
/// How often a server that is not there yet is tried.
const SERVER_PAUSE: Duration = Duration::from_millis(500);

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
    /// Rings after a commit that left work in the outbox.
    work: Arc<Notify>,
}

/// A write transaction. Dropped without [`Tx::commit`], it rolls back.
pub struct Tx {
    inner: Transaction<'static, Any>,
    work: Arc<Notify>,
    /// Set by `outbox::enqueue`: the worker is woken after the commit.
    pub(crate) enqueued: bool,
}

impl Tx {
    /// Makes everything done in this transaction durable, and wakes the outbox worker.
    pub async fn commit(self) -> Result<()> {
        self.inner.commit().await?;
        if self.enqueued {
            self.work.notify_one();
        }
        Ok(())
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
    /// Looks at the database at `url` without changing anything; `None`: there is no such SQLite
    /// file yet. Fails where it cannot be written.
    pub async fn examine(url: &str) -> Result<Option<Schema>> {
        const TABLE: &str = "_sqlx_migrations";
        sqlx::any::install_default_drivers();
        let (exists, begin) = match sqlite_path(url) {
            Some(path) if !path.exists() => return Ok(None),
            Some(_) => ("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1", "BEGIN IMMEDIATE"),
            None => ("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1", "BEGIN"),
        };
        let mut conn = Conn::connect(url).await?;
        conn.execute(begin).await?;
        let tables: i64 = sqlx::query_scalar(exists).bind(TABLE).fetch_one(&mut conn).await?;
        let fault = |error: sqlx::migrate::MigrateError| Error::Fault(format!("migrations: {error}"));
        let (applied, unfinished) = match tables {
            0 => (Vec::new(), None),
            _ => (conn.list_applied_migrations(TABLE).await.map_err(fault)?, conn.dirty_version(TABLE).await.map_err(fault)?),
        };
        conn.execute("ROLLBACK").await?;
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
        sqlx::any::install_default_drivers();
        check_url(url).map_err(|why| Error::Setup(format!("database.url {why}")))?;
        let (engine, url) = match sqlite_path(url) {
            Some(path) => {
                if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                    std::fs::create_dir_all(folder)
                        .map_err(|error| Error::Fault(format!("cannot make the database's folder {}: {error}", folder.display())))?;
                }
                let separator = if url.contains('?') { '&' } else { '?' };
                (Engine::Sqlite, format!("{url}{separator}mode=rwc"))
            }
            None => (Engine::Postgres, url.to_owned()),
        };
        let unusable = |error: SqlError| Error::Setup(format!("database.url: cannot open the database: {error}"));
        let options = AnyConnectOptions::from_str(&url).map_err(unusable)?;
        // A pool only says that it timed out; one connection says why.
        sqlx::Connection::close(options.connect().await.map_err(unusable)?).await?;
        let pool = |size: u32| {
            AnyPoolOptions::new().max_connections(size).acquire_timeout(Duration::from_secs(10)).after_connect(move |conn, _| {
                Box::pin(async move {
                    if engine == Engine::Sqlite {
                        conn.execute("PRAGMA synchronous = FULL").await?;
                        conn.execute("PRAGMA foreign_keys = ON").await?;
                    }
                    Ok(())
                })
            })
        };
        let reader = pool(CONNECTIONS).connect_with(options.clone()).await?;
        let writer = match engine {
            Engine::Sqlite => pool(1).connect_with(options).await?,
            Engine::Postgres => reader.clone(),
        };
        Ok(Self { engine, reader, writer, work: Arc::new(Notify::new()) })
    }

    /// Brings the schema up to date. Safe to call from two processes at once.
    pub async fn migrate(&self, url: &str) -> Result<()> {
        // PostgreSQL is locked by sqlx itself; SQLite by a file beside the database.
        let lock = match sqlite_path(url) {
            Some(path) => {
                Some(tokio::task::spawn_blocking(move || lock_beside(&path)).await.map_err(|error| Error::Fault(error.to_string()))??)
            }
            None => None,
        };
        if self.engine == Engine::Sqlite {
            // Kept in the file. Changing it needs the file to itself, so it happens under the lock.
            sqlx::query("PRAGMA journal_mode = WAL").execute(&self.writer).await?;
        }
        MIGRATIONS.run(&self.writer).await.map_err(|error| Error::Fault(format!("migration: {error}")))?;
        drop(lock);
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

    /// A write transaction. Never hold one across a network call.
    pub async fn write(&self) -> Result<Tx> {
        let inner = match self.engine {
            // Taking the write lock at once: a deferred transaction that reads first can only fail.
            Engine::Sqlite => self.writer.begin_with("BEGIN IMMEDIATE").await?,
            Engine::Postgres => self.writer.begin().await?,
        };
        Ok(Tx { inner, work: self.work.clone(), enqueued: false })
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

    /// Closes every connection once it is free.
    pub async fn close(&self) {
        self.writer.close().await;
        self.reader.close().await;
    }
}

/// Looks whether `url` names a database of one of our engines. The error goes on after the name of the key.
pub fn check_url(url: &str) -> Result<(), String> {
    let known = ["sqlite://", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
    if !known || url.contains(":memory:") || url.contains("mode=memory") {
        return Err("must start with sqlite:// and name a file, or with postgres://".into());
    }
    // What should have been a percent code divides an address elsewhere: `a:1#2@host` is the host `a` to it.
    let is_cut = |parsed: &url::Url| parsed.username().is_empty() && url.contains('@');
    if sqlite_path(url).is_none() && url::Url::parse(url).map_or(true, |parsed| is_cut(&parsed)) {
        return Err("cannot be read: write a password's special characters as percent codes, such as %23 for #".into());
    }
    Ok(())
}

/// The file behind a `sqlite:` URL, percent-decoded; `None` for a server.
fn sqlite_path(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.trim_start_matches("//").split('?').next().unwrap_or_default();
    let decoded: Vec<u8> = url::form_urlencoded::parse(format!("p={}", path.replace('+', "%2B").replace('&', "%26")).as_bytes())
        .map(|(_, value)| value.into_owned().into_bytes())
        .next()
        .unwrap_or_default();
    Some(PathBuf::from(String::from_utf8_lossy(&decoded).into_owned()))
}

/// Takes the migration lock and holds it until the file is dropped.
fn lock_beside(database: &Path) -> Result<File> {
    let path = database.with_extension("migrate.lock");
    let open = || -> std::io::Result<File> {
        let file = File::options().create(true).truncate(false).write(true).open(&path)?;
        file.lock()?;
        Ok(file)
    };
    open().map_err(|error| Error::Fault(format!("cannot lock {}: {error}", path.display())))
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
        $(column!($type, String, |id| id.as_str().to_owned(), |text| Ok(<$type>::parse(&text)?));)*
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
    fn the_file_behind_a_url() {
        assert_eq!(sqlite_path("sqlite://data/atelier.db"), Some(PathBuf::from("data/atelier.db")));
        assert_eq!(sqlite_path("sqlite:///var/lib/a%20b.db?x=1"), Some(PathBuf::from("/var/lib/a b.db")));
        assert_eq!(sqlite_path("sqlite://a+b.db"), Some(PathBuf::from("a+b.db")));
        assert_eq!(sqlite_path("postgres://localhost/atelier"), None);
    }
}
