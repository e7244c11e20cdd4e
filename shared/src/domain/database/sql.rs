//! All SQL about the database as a whole. What moves tables reads all of them, whatever is in them, as the schema itself
//! names them; names of tables and columns are from there alone.

use std::collections::BTreeMap;

use futures::TryStreamExt;
use futures::stream::BoxStream;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe, Executor, Row};

use crate::platform::db::{Conn, Engine};
use crate::types::*;

/// What a database says about itself.
pub struct Mark {
    /// When somebody said that a new studio begins here.
    pub begun_at: Option<Timestamp>,
    /// Of which database this is half a copy.
    pub copy_of: Option<String>,
}

pub async fn find_mark(conn: &mut Conn) -> sqlx::Result<Mark> {
    let row = sqlx::query("SELECT begun_at, copy_of FROM database_mark WHERE id = 1").fetch_one(conn).await?;
    Ok(Mark { begun_at: row.try_get("begun_at")?, copy_of: row.try_get("copy_of")? })
}

pub async fn mark_begun(conn: &mut Conn, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE database_mark SET begun_at = $1 WHERE id = 1").bind(now).execute(conn).await?;
    Ok(())
}

pub async fn mark_copy(conn: &mut Conn, copy_of: &str) -> sqlx::Result<()> {
    sqlx::query("UPDATE database_mark SET copy_of = $1 WHERE id = 1").bind(copy_of).execute(conn).await?;
    Ok(())
}

/// Marks a copy as whole; what was said about the beginning of the studio is taken over.
pub async fn mark_whole(conn: &mut Conn, begun_at: Option<Timestamp>) -> sqlx::Result<()> {
    sqlx::query("UPDATE database_mark SET copy_of = NULL, begun_at = $1 WHERE id = 1").bind(begun_at).execute(conn).await?;
    Ok(())
}

/// Whether there ever was an invoice: none is deleted.
pub async fn has_invoices(conn: &mut Conn) -> sqlx::Result<bool> {
    Ok(sqlx::query("SELECT 1 FROM invoices LIMIT 1").fetch_optional(conn).await?.is_some())
}

/// A table: its columns in the order of the schema, and which of them are its primary key.
pub struct Table {
    pub name: String,
    columns: Vec<Column>,
    key: Vec<usize>,
}

struct Column {
    name: String,
    /// Else it is a number: there are no others.
    is_text: bool,
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(Option<String>),
    Number(Option<i64>),
}

/// Tables such that each comes after those that its rows refer to.
pub struct Layout(pub Vec<Table>);

/// The tables of a SQLite database, as its schema says.
pub async fn layout(conn: &mut Conn) -> sqlx::Result<Layout> {
    let rows = sqlx::query(
        "SELECT m.name AS table_name, c.name AS column_name, c.type AS column_type, CAST(c.pk AS BIGINT) AS key_place
         FROM sqlite_master m CROSS JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name <> '_sqlx_migrations' ORDER BY m.name, c.cid",
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut tables: BTreeMap<String, (Table, BTreeMap<i64, usize>)> = BTreeMap::new();
    for row in &rows {
        let name: String = row.try_get("table_name")?;
        let (table, key) =
            tables.entry(name.clone()).or_insert_with(|| (Table { name, columns: Vec::new(), key: Vec::new() }, BTreeMap::new()));
        let place: i64 = row.try_get("key_place")?;
        if place > 0 {
            key.insert(place, table.columns.len());
        }
        let is_text = row.try_get::<String, _>("column_type")? == "TEXT";
        table.columns.push(Column { name: row.try_get("column_name")?, is_text });
    }
    let rows = sqlx::query(
        "SELECT DISTINCT m.name AS child, f.\"table\" AS parent
         FROM sqlite_master m CROSS JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'",
    )
    .fetch_all(conn)
    .await?;
    let mut refers = Vec::new();
    for row in &rows {
        refers.push((row.try_get::<String, _>("child")?, row.try_get::<String, _>("parent")?));
    }
    let mut ordered: Vec<Table> = Vec::with_capacity(tables.len());
    while let Some(next) = tables.keys().find(|name| {
        let waits = |(child, parent): &(String, String)| child == *name && parent != *name && tables.contains_key(parent);
        !refers.iter().any(waits)
    }) {
        let next = next.clone();
        if let Some((mut table, key)) = tables.remove(&next) {
            table.key = key.into_values().collect();
            ordered.push(table);
        }
    }
    // Tables that refer to each other in a circle would be missing from the copy.
    match tables.keys().next() {
        None => Ok(Layout(ordered)),
        Some(left) => Err(sqlx::Error::Configuration(format!("the table {left} comes before itself").into())),
    }
}

impl Table {
    /// How many values a row has.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// The values of a row's primary key.
    pub fn key_of(&self, row: &[Value]) -> Vec<Value> {
        self.key.iter().filter_map(|at| row.get(*at).cloned()).collect()
    }

    fn names(&self) -> String {
        self.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The columns of the key, each with `after`; by bytes, whatever language the database sorts in.
    fn key_names(&self, engine: Engine, after: &str) -> String {
        let named = self.key.iter().filter_map(|at| self.columns.get(*at)).map(|column| match (engine, column.is_text) {
            (Engine::Postgres, true) => format!("{} COLLATE \"C\"{after}", column.name),
            (Engine::Postgres, false) | (Engine::Sqlite, _) => format!("{}{after}", column.name),
        });
        named.collect::<Vec<_>>().join(", ")
    }

    fn read(&self, row: &AnyRow) -> sqlx::Result<Vec<Value>> {
        let value = |(at, column): (usize, &Column)| match column.is_text {
            true => row.try_get(at).map(Value::Text),
            false => row.try_get(at).map(Value::Number),
        };
        self.columns.iter().enumerate().map(value).collect()
    }
}

fn bound<'q>(query: Query<'q, Any, AnyArguments>, values: impl IntoIterator<Item = Value>) -> Query<'q, Any, AnyArguments> {
    values.into_iter().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text),
        Value::Number(number) => query.bind(number),
    })
}

/// How many rows a table has.
pub async fn count(conn: &mut Conn, table: &Table) -> sqlx::Result<i64> {
    let statement = format!("SELECT COUNT(*) AS n FROM {}", table.name);
    sqlx::query(AssertSqlSafe(statement)).fetch_one(conn).await?.try_get("n")
}

/// The key of the last row, in the order of [`rows`].
pub async fn last_key(conn: &mut Conn, engine: Engine, table: &Table) -> sqlx::Result<Option<Vec<Value>>> {
    let statement = format!("SELECT {} FROM {} ORDER BY {} LIMIT 1", table.names(), table.name, table.key_names(engine, " DESC"));
    let row = sqlx::query(AssertSqlSafe(statement)).fetch_optional(conn).await?;
    row.map(|row| Ok(table.key_of(&table.read(&row)?))).transpose()
}

/// The rows of a table by the bytes of their keys, from behind a key on.
pub fn rows<'c>(
    conn: &'c mut Conn,
    engine: Engine,
    table: &'c Table,
    after: Option<Vec<Value>>,
) -> BoxStream<'c, sqlx::Result<Vec<Value>>> {
    let places: Vec<String> = (1..=table.key.len()).map(|at| format!("${at}")).collect();
    let begin = match &after {
        Some(_) => format!(" WHERE ({}) > ({})", table.key_names(engine, ""), places.join(", ")),
        None => String::new(),
    };
    let statement = format!("SELECT {} FROM {}{begin} ORDER BY {}", table.names(), table.name, table.key_names(engine, ""));
    let query = bound(sqlx::query(AssertSqlSafe(statement)), after.unwrap_or_default());
    Box::pin(query.fetch(conn).and_then(move |row| std::future::ready(table.read(&row))))
}

/// Writes rows in one statement.
pub async fn insert(conn: &mut Conn, table: &Table, rows: Vec<Vec<Value>>) -> sqlx::Result<()> {
    let width = table.width();
    let row = |at: usize| {
        let places: Vec<String> = (1..=width).map(|column| format!("${}", at * width + column)).collect();
        format!("({})", places.join(", "))
    };
    let places: Vec<String> = (0..rows.len()).map(row).collect();
    let statement = format!("INSERT INTO {} ({}) VALUES {}", table.name, table.names(), places.join(", "));
    bound(sqlx::query(AssertSqlSafe(statement)).persistent(false), rows.into_iter().flatten()).execute(conn).await?;
    Ok(())
}

/// Deletes all rows of a table.
pub async fn clear(conn: &mut Conn, table: &Table) -> sqlx::Result<()> {
    sqlx::query(AssertSqlSafe(format!("DELETE FROM {}", table.name))).execute(conn).await?;
    Ok(())
}

/// Keeps everybody else from writing until the transaction ends. On SQLite whoever writes does.
pub async fn lock(conn: &mut Conn, engine: Engine, tables: &[Table]) -> sqlx::Result<()> {
    if engine == Engine::Postgres {
        let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        conn.execute(AssertSqlSafe(format!("LOCK TABLE {} IN SHARE MODE", names.join(", ")))).await?;
    }
    Ok(())
}

/// What the amounts of a table come to in each currency; nothing where it has none.
pub async fn totals(conn: &mut Conn, engine: Engine, table: &Table) -> sqlx::Result<BTreeMap<String, (i64, i64)>> {
    let has = |name: &str| table.columns.iter().any(|column| column.name == name);
    let mut totals = BTreeMap::new();
    if !has("amount_minor") || !has("currency") {
        return Ok(totals);
    }
    // Engines add up without bounds or fail; no studio comes near them.
    let total = match engine {
        Engine::Sqlite => "SUM(amount_minor)",
        Engine::Postgres => "CAST(SUM(amount_minor) AS BIGINT)",
    };
    let statement = format!("SELECT currency, COUNT(*) AS n, {total} AS total FROM {} GROUP BY currency", table.name);
    for row in sqlx::query(AssertSqlSafe(statement)).fetch_all(conn).await? {
        totals.insert(row.try_get("currency")?, (row.try_get("n")?, row.try_get("total")?));
    }
    Ok(totals)
}
