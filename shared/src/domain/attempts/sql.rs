//! All SQL of checkout sessions.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Attempt, State};
use crate::platform::db::{Conn, list_of, numbered, word_columns};
use crate::types::*;

word_columns!(State);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, invoice_id, attempt, state, title, amount_minor, currency, stripe_customer_id, public_url, link_id,
                    created_at, expires_at, stripe_session_id, url, livemode, unknown_since
             FROM checkout_sessions ",
            $rest
        )
    };
}

fn attempt(row: &AnyRow) -> sqlx::Result<Attempt> {
    Ok(Attempt {
        id: row.try_get("id")?,
        invoice: row.try_get("invoice_id")?,
        number: row.try_get("attempt")?,
        state: row.try_get("state")?,
        title: row.try_get("title")?,
        amount: Money::new(row.try_get("amount_minor")?, row.try_get("currency")?),
        customer: row.try_get("stripe_customer_id")?,
        public_url: row.try_get("public_url")?,
        link: row.try_get("link_id")?,
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
        stripe_session_id: row.try_get("stripe_session_id")?,
        url: row.try_get("url")?,
        livemode: row.try_get::<i64, _>("livemode")? != 0,
        unknown_since: row.try_get("unknown_since")?,
    })
}

/// The attempt that keeps another from being opened.
pub async fn find_live(conn: &mut Conn, invoice: &InvoiceId) -> sqlx::Result<Option<Attempt>> {
    let row = sqlx::query(select!("WHERE invoice_id = $1 AND state IN ('creating', 'open', 'processing')"))
        .bind(invoice)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(attempt).transpose()
}

/// Attempts whose time was over before `before` and whose end is not known, the oldest first.
pub async fn list_overdue(conn: &mut Conn, livemode: bool, before: Timestamp, limit: i64) -> sqlx::Result<Vec<Attempt>> {
    let rows = sqlx::query(select!(
        "WHERE state IN ('creating', 'open', 'processing') AND livemode = $1 AND expires_at < $2 ORDER BY expires_at LIMIT $3"
    ))
    .bind(i64::from(livemode))
    .bind(before)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter().map(attempt).collect()
}

pub async fn find(conn: &mut Conn, id: &AttemptId) -> sqlx::Result<Option<Attempt>> {
    let row = sqlx::query(select!("WHERE id = $1")).bind(id).fetch_optional(conn).await?;
    row.as_ref().map(attempt).transpose()
}

pub async fn set_unclear_intent(conn: &mut Conn, id: &AttemptId, payment_intent: &str) -> sqlx::Result<()> {
    sqlx::query("UPDATE checkout_sessions SET unclear_intent_id = $2 WHERE id = $1").bind(id).bind(payment_intent).execute(conn).await?;
    Ok(())
}

pub async fn is_unclear(conn: &mut Conn, payment_intent: &str) -> sqlx::Result<bool> {
    let row =
        sqlx::query("SELECT id FROM checkout_sessions WHERE unclear_intent_id = $1 LIMIT 1").bind(payment_intent).fetch_optional(conn);
    Ok(row.await?.is_some())
}

pub async fn find_by_session(conn: &mut Conn, stripe_session_id: &str) -> sqlx::Result<Option<Attempt>> {
    let row = sqlx::query(select!("WHERE stripe_session_id = $1")).bind(stripe_session_id).fetch_optional(conn).await?;
    row.as_ref().map(attempt).transpose()
}

pub async fn find_by_sessions(conn: &mut Conn, sessions: &[&str]) -> sqlx::Result<Vec<Attempt>> {
    let text = format!(select!("WHERE stripe_session_id IN ({})"), list_of(sessions.len()));
    let rows = sessions.iter().fold(sqlx::query(numbered(&text)), |query, session| query.bind(*session)).fetch_all(conn).await?;
    rows.iter().map(attempt).collect()
}

pub async fn mark_paid(conn: &mut Conn, attempts: &[&Attempt]) -> sqlx::Result<()> {
    let text = format!("UPDATE checkout_sessions SET state = 'paid' WHERE id IN ({})", list_of(attempts.len()));
    attempts.iter().fold(sqlx::query(numbered(&text)), |query, attempt| query.bind(attempt.id)).execute(conn).await?;
    Ok(())
}

/// The number of the next attempt. Call under the invoice's lock.
pub async fn next_attempt(conn: &mut Conn, invoice: &InvoiceId) -> sqlx::Result<i64> {
    let row = sqlx::query("SELECT CAST(COALESCE(MAX(attempt), 0) + 1 AS BIGINT) AS next FROM checkout_sessions WHERE invoice_id = $1")
        .bind(invoice)
        .fetch_one(conn)
        .await?;
    row.try_get("next")
}

pub async fn insert(conn: &mut Conn, attempt: &Attempt) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO checkout_sessions (id, invoice_id, attempt, state, title, amount_minor, currency, stripe_customer_id,
                                        public_url, link_id, expires_at, created_at, livemode)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(attempt.id)
    .bind(attempt.invoice)
    .bind(attempt.number)
    .bind(attempt.state)
    .bind(&attempt.title)
    .bind(attempt.amount.minor)
    .bind(attempt.amount.currency)
    .bind(&attempt.customer)
    .bind(&attempt.public_url)
    .bind(&attempt.link)
    .bind(attempt.expires_at)
    .bind(attempt.created_at)
    .bind(i64::from(attempt.livemode))
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores the session that Stripe confirmed. Returns whether the attempt can still be paid.
pub async fn mark_open(conn: &mut Conn, id: &AttemptId, session: &str, url: Option<&str>) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE checkout_sessions SET state = 'open', stripe_session_id = $2, url = $3
         WHERE id = $1 AND state IN ('creating', 'open')",
    )
    .bind(id)
    .bind(session)
    .bind(url)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends an attempt that was not completed meanwhile.
pub async fn set_state(conn: &mut Conn, id: &AttemptId, state: State) -> sqlx::Result<()> {
    sqlx::query("UPDATE checkout_sessions SET state = $2 WHERE id = $1 AND state IN ('creating', 'open')")
        .bind(id)
        .bind(state)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends an attempt that is over by time alone.
pub async fn end(conn: &mut Conn, id: &AttemptId) -> sqlx::Result<()> {
    sqlx::query("UPDATE checkout_sessions SET state = 'expired' WHERE id = $1 AND state IN ('creating', 'open', 'processing')")
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes when Stripe said that it does not know an attempt's page; `None`: it knows it. Call under the invoice's lock.
pub async fn set_unknown(conn: &mut Conn, id: &AttemptId, since: Option<Timestamp>) -> sqlx::Result<()> {
    sqlx::query("UPDATE checkout_sessions SET unknown_since = $2 WHERE id = $1").bind(id).bind(since).execute(conn).await?;
    Ok(())
}

/// Records what Stripe said of an attempt. One that is paid stays paid, and a word that comes late,
/// such as `processing` after `failed`, changes nothing. Returns whether it was news.
pub async fn mark(conn: &mut Conn, id: &AttemptId, session: &str, state: State) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE checkout_sessions SET state = $3, stripe_session_id = $2
         WHERE id = $1 AND state <> 'paid'
           AND ($3 = 'paid' OR state IN ('creating', 'open') OR ($3 = 'failed' AND state = 'processing'))",
    )
    .bind(id)
    .bind(session)
    .bind(state)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
