//! All SQL of invoices.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Covered, Edited, Invoice, Standing, Status, Total};
use crate::domain::actor::By;
use crate::domain::attempts;
use crate::domain::statuses::DisputeStatus;
use crate::platform::db::{Conn, Locked, list_of, numbered, word_columns};
use crate::types::*;

word_columns!(Status);

/// What went back of the payment that a statement calls so, by refunds in these states.
macro_rules! went_back {
    ($payment:literal, $states:literal) => {
        concat!(
            "(SELECT CAST(COALESCE(SUM(r.amount_minor), 0) AS BIGINT) FROM refunds r WHERE r.payment_id = ",
            $payment,
            ".id AND r.status IN (",
            $states,
            "))"
        )
    };
}
pub(in crate::domain) use went_back;

/// What disputes that were lost took of the payment that a statement calls so, in its currency.
macro_rules! was_lost {
    ($payment:literal) => {
        concat!(
            "(SELECT CAST(COALESCE(SUM(d.of_payment_minor), 0) AS BIGINT) FROM disputes d WHERE d.payment_id = ",
            $payment,
            ".id AND d.status = 'lost')"
        )
    };
}
pub(in crate::domain) use was_lost;

/// How the best of an invoice's payments covers it: 2, 1 while a dispute about it is open, or 0. A payment
/// covers nothing any more when all of it went back, unless the newest refund leaves the files open; nor
/// when disputes that were lost took the rest of it, or what `$too` says.
macro_rules! covered {
    ($too:literal) => {
        concat!(
            "(SELECT CAST(MAX(CASE
                 WHEN ",
            was_lost!("p"),
            " > 0 AND ",
            was_lost!("p"),
            " + ",
            went_back!("p", "'succeeded'"),
            " >= p.amount_minor THEN 0
                 WHEN ",
            went_back!("p", "'succeeded'"),
            " >= p.amount_minor AND (SELECT r.keep_access FROM refunds r WHERE r.payment_id = p.id AND r.status = 'succeeded'
                                     ORDER BY r.created_at DESC, r.id DESC LIMIT 1) = 0 THEN 0
                 ",
            $too,
            "
                 WHEN (SELECT COUNT(*) FROM disputes d WHERE d.payment_id = p.id AND d.status = 'open') > 0 THEN 1
                 ELSE 2 END) AS BIGINT)
              FROM payments p WHERE p.invoice_id = i.id AND p.counts = 1)"
        )
    };
}

// A cross join, because SQLite then reads invoices first, by the index that fits them best.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT i.id, i.number, i.account_id, c.discord_id AS customer, c.name AS customer_name, i.issuer_id, i.title,
                    i.description, i.amount_minor, i.currency, i.status, i.due_at, i.created_at, i.paid_at, i.revoking_at,
                    i.revoke_reason, i.editing_at,
                    (SELECT CAST(COALESCE(SUM(r.amount_minor), 0) AS BIGINT) FROM refunds r
                     WHERE r.invoice_id = i.id AND r.status = 'succeeded' AND r.currency = i.currency) AS refunded,
                    (SELECT CAST(COALESCE(SUM(r.amount_minor), 0) AS BIGINT) FROM refunds r
                     WHERE r.invoice_id = i.id AND r.status IN ('requested', 'pending') AND r.currency = i.currency) AS refunding,
                    (SELECT d.status || ' ' || CAST(d.amount_minor AS TEXT) || ' ' || d.currency FROM disputes d
                     WHERE d.invoice_id = i.id AND d.status IN ('inquiry', 'open', 'lost')
                     ORDER BY d.changed_at DESC, d.id DESC LIMIT 1) AS dispute, ",
            covered!(""),
            " AS covered, ",
            covered!("WHEN (SELECT COUNT(*) FROM disputes d WHERE d.payment_id = p.id AND d.status = 'lost') > 0 THEN 0"),
            " AS covered_whole,
                    (SELECT COUNT(*) FROM checkout_sessions s
                     WHERE s.invoice_id = i.id AND s.state = 'processing') AS processing,
                    (SELECT s.expires_at FROM checkout_sessions s
                     WHERE s.invoice_id = i.id AND s.state IN ('creating', 'open') AND s.unknown_since IS NOT NULL) AS page_unknown
             FROM invoices i CROSS JOIN accounts c WHERE c.id = i.account_id ",
            $rest
        )
    };
}

fn invoice(row: &AnyRow) -> sqlx::Result<Invoice> {
    Ok(Invoice {
        id: row.try_get("id")?,
        number: row.try_get("number")?,
        account: row.try_get("account_id")?,
        customer: row.try_get("customer")?,
        customer_name: row.try_get("customer_name")?,
        issuer: row.try_get("issuer_id")?,
        title: row.try_get("title")?,
        description: row.try_get("description")?,
        amount: Money::new(row.try_get("amount_minor")?, row.try_get("currency")?),
        status: row.try_get("status")?,
        due_at: row.try_get("due_at")?,
        created_at: row.try_get("created_at")?,
        paid_at: row.try_get("paid_at")?,
        revoking_at: row.try_get("revoking_at")?,
        revoke_reason: row.try_get("revoke_reason")?,
        editing_at: row.try_get("editing_at")?,
        money: Standing {
            refunded_minor: row.try_get("refunded")?,
            refunding_minor: row.try_get("refunding")?,
            covered: covered(row.try_get("covered")?),
            covered_whole: covered(row.try_get("covered_whole")?),
            dispute: row.try_get::<Option<String>, _>("dispute")?.as_deref().and_then(dispute),
            is_processing: row.try_get::<i64, _>("processing")? > 0,
            page_unknown_until: row.try_get::<Option<Timestamp>, _>("page_unknown")?.map(attempts::unknown_until),
        },
    })
}

fn covered(best: Option<i64>) -> Covered {
    match best {
        Some(2) => Covered::Yes,
        Some(1) => Covered::Disputed,
        Some(_) | None => Covered::No,
    }
}

fn dispute(text: &str) -> Option<(DisputeStatus, Money)> {
    let mut parts = text.split(' ');
    let status = DisputeStatus::parse(parts.next()?)?;
    let minor = parts.next()?.parse().ok()?;
    Some((status, Money::new(minor, Currency::parse(parts.next()?).ok()?)))
}

pub async fn exists(conn: &mut Conn, id: &InvoiceId) -> sqlx::Result<bool> {
    Ok(sqlx::query("SELECT id FROM invoices WHERE id = $1").bind(id).fetch_optional(conn).await?.is_some())
}

pub async fn next_number(conn: &mut Conn) -> sqlx::Result<InvoiceNumber> {
    let row = sqlx::query(
        "INSERT INTO counters (name, value) VALUES ('invoice', 1)
         ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value",
    )
    .fetch_one(conn)
    .await?;
    row.try_get("value")
}

pub async fn insert(conn: &mut Conn, invoice: &Invoice) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO invoices (id, number, account_id, issuer_id, title, description, amount_minor, currency, status, revision, due_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11)",
    )
    .bind(invoice.id)
    .bind(invoice.number)
    .bind(invoice.account)
    .bind(invoice.issuer)
    .bind(&invoice.title)
    .bind(&invoice.description)
    .bind(invoice.amount.minor)
    .bind(invoice.amount.currency)
    .bind(invoice.status)
    .bind(invoice.due_at)
    .bind(invoice.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn find(conn: &mut Conn, id: &InvoiceId) -> sqlx::Result<Option<Invoice>> {
    let row = sqlx::query(select!("AND i.id = $1")).bind(id).fetch_optional(conn).await?;
    row.as_ref().map(invoice).transpose()
}

pub async fn find_by_number(conn: &mut Conn, number: InvoiceNumber) -> sqlx::Result<Option<Invoice>> {
    let row = sqlx::query(select!("AND i.number = $1")).bind(number).fetch_optional(conn).await?;
    row.as_ref().map(invoice).transpose()
}

/// Invoices in the order of the turn, at most `limit`.
pub async fn list(
    conn: &mut Conn,
    customer: Option<&UserId>,
    status: Option<Status>,
    turn: &Turn<InvoiceNumber>,
    limit: i64,
) -> sqlx::Result<Vec<Invoice>> {
    let mut text = String::from(select!(""));
    if customer.is_some() {
        text.push_str(" AND i.account_id = (SELECT id FROM accounts WHERE discord_id = ?)");
    }
    if status.is_some() {
        text.push_str(" AND i.status = ?");
    }
    let mut query = sqlx::query(numbered(&(text + &turn.sql("i.number"))));
    if let Some(customer) = customer {
        query = query.bind(customer);
    }
    if let Some(status) = status {
        query = query.bind(status);
    }
    if let Some(key) = turn.key() {
        query = query.bind(*key);
    }
    let rows = query.bind(limit).fetch_all(conn).await?;
    rows.iter().map(invoice).collect()
}

/// Pending invoices that are due between two times, and whose customer was told of them, or reminded,
/// more than `days_before` milliseconds before that.
pub async fn list_to_remind(
    conn: &mut Conn,
    from: Timestamp,
    until: Timestamp,
    before_ms: i64,
    limit: i64,
) -> sqlx::Result<Vec<InvoiceId>> {
    let rows = sqlx::query(
        "SELECT id FROM invoices
         WHERE status = 'pending' AND due_at IS NOT NULL AND due_at >= $1 AND due_at <= $2
           AND COALESCE(reminded_at, created_at) < due_at - $3
         ORDER BY due_at LIMIT $4",
    )
    .bind(from)
    .bind(until)
    .bind(before_ms)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| row.try_get("id")).collect()
}

/// Notes that the customer is reminded, unless they were since `threshold`. Returns whether they are.
pub async fn mark_reminded(conn: &mut Conn, invoice: &Locked<Invoice>, now: Timestamp, threshold: Timestamp) -> sqlx::Result<bool> {
    let done = sqlx::query("UPDATE invoices SET reminded_at = $2 WHERE id = $1 AND COALESCE(reminded_at, created_at) < $3")
        .bind(invoice.id)
        .bind(now)
        .bind(threshold)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// How many invoices of a customer stand how, and what they add up to, by status and currency.
pub async fn totals(conn: &mut Conn, account: &AccountId) -> sqlx::Result<Vec<Total>> {
    let rows = sqlx::query(
        "SELECT status, currency, COUNT(*) AS n, CAST(SUM(amount_minor) AS BIGINT) AS minor FROM invoices
         WHERE account_id = $1 GROUP BY status, currency ORDER BY status, currency",
    )
    .bind(account)
    .fetch_all(conn)
    .await?;
    let total = |row: &AnyRow| {
        Ok(Total {
            status: row.try_get("status")?,
            count: row.try_get("n")?,
            amount: Money::new(row.try_get("minor")?, row.try_get("currency")?),
        })
    };
    rows.iter().map(total).collect()
}

/// The portable row lock. Returns whether the invoice exists.
pub async fn raise_revision(conn: &mut Conn, id: &InvoiceId) -> sqlx::Result<bool> {
    let done = sqlx::query("UPDATE invoices SET revision = revision + 1 WHERE id = $1").bind(id).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// Several at once.
pub async fn raise_revisions(conn: &mut Conn, ids: &[InvoiceId]) -> sqlx::Result<()> {
    let text = format!("UPDATE invoices SET revision = revision + 1 WHERE id IN ({})", list_of(ids.len()));
    ids.iter().fold(sqlx::query(numbered(&text)), |query, id| query.bind(*id)).execute(conn).await?;
    Ok(())
}

pub async fn find_all(conn: &mut Conn, ids: &[InvoiceId]) -> sqlx::Result<Vec<Invoice>> {
    let text = format!(select!("AND i.id IN ({})"), list_of(ids.len()));
    let rows = ids.iter().fold(sqlx::query(numbered(&text)), |query, id| query.bind(*id)).fetch_all(conn).await?;
    rows.iter().map(invoice).collect()
}

/// Marks pending invoices paid. Returns how many this call did. One that is being revoked or edited can be: the
/// customer was faster.
pub async fn mark_paid(conn: &mut Conn, invoices: &[&Locked<Invoice>], paid_at: Timestamp) -> sqlx::Result<u64> {
    let text = format!(
        "UPDATE invoices SET status = 'paid', paid_at = ?, revoking_at = NULL, revoke_reason = NULL, revoked_by = NULL, edit = NULL,
                             editing_at = NULL
         WHERE status = 'pending' AND id IN ({})",
        list_of(invoices.len())
    );
    let query = invoices.iter().fold(sqlx::query(numbered(&text)).bind(paid_at), |query, invoice| query.bind(invoice.id));
    Ok(query.execute(conn).await?.rows_affected())
}

/// Stops all payment of a pending invoice.
pub async fn set_revoking(conn: &mut Conn, invoice: &Locked<Invoice>, by: &UserId, reason: &str, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE invoices SET revoking_at = $4, revoked_by = $2, revoke_reason = $3, edit = NULL, editing_at = NULL
         WHERE id = $1 AND status = 'pending'",
    )
    .bind(invoice.id)
    .bind(by)
    .bind(reason)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks an invoice that is being revoked as revoked. Returns who revoked it, if this call did it.
pub async fn mark_revoked(conn: &mut Conn, invoice: &Locked<Invoice>, now: Timestamp) -> sqlx::Result<Option<By>> {
    let row = sqlx::query(
        "UPDATE invoices SET status = 'revoked', revoked_at = $2
         WHERE id = $1 AND status = 'pending' AND revoking_at IS NOT NULL RETURNING revoked_by",
    )
    .bind(invoice.id)
    .bind(now)
    .fetch_optional(conn)
    .await?;
    row.map(|row| row.try_get("revoked_by")).transpose()
}

/// Keeps an edit until nobody can pay.
pub async fn set_editing(conn: &mut Conn, invoice: &Locked<Invoice>, by: &UserId, edit: &str, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE invoices SET edit = $3, edited_by = $2, editing_at = $4 WHERE id = $1 AND status = 'pending'")
        .bind(invoice.id)
        .bind(by)
        .bind(edit)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// The edit that waits, and who asked for it.
pub async fn find_edit(conn: &mut Conn, id: &InvoiceId) -> sqlx::Result<Option<(String, By)>> {
    let row = sqlx::query("SELECT edit, edited_by FROM invoices WHERE id = $1 AND status = 'pending' AND edit IS NOT NULL")
        .bind(id)
        .fetch_optional(conn)
        .await?;
    row.map(|row| Ok((row.try_get("edit")?, row.try_get("edited_by")?))).transpose()
}

/// Gives a pending invoice what it is edited to.
pub async fn apply_edit(conn: &mut Conn, invoice: &Locked<Invoice>, edited: &Edited) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE invoices SET title = $2, description = $3, amount_minor = $4, currency = $5, due_at = $6, edit = NULL, editing_at = NULL
         WHERE id = $1 AND status = 'pending'",
    )
    .bind(invoice.id)
    .bind(&edited.title)
    .bind(&edited.description)
    .bind(edited.amount.minor)
    .bind(edited.amount.currency)
    .bind(edited.due_at)
    .execute(conn)
    .await?;
    Ok(())
}
