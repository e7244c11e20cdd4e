//! All SQL of receipts and credit notes, which are payments and refunds with a number.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{CreditNote, Receipt};
use crate::domain::papers::{Paper, Seller};
use crate::domain::statuses::RefundStatus;
use crate::platform::db::Conn;
use crate::types::*;

macro_rules! select {
    ($columns:literal, $rest:literal) => {
        concat!(
            "SELECT p.number, p.day, p.timezone, p.payer, p.payer_name, p.title, p.description, p.amount_minor, p.currency, p.seller_name,
                    p.seller_address, p.seller_email, p.seller_website, p.seller_tax_id, p.note, ",
            $columns,
            " FROM ",
            $rest
        )
    };
}

fn paper(row: &AnyRow) -> sqlx::Result<Paper> {
    Ok(Paper {
        number: row.try_get("number")?,
        day: row.try_get("day")?,
        timezone: row.try_get("timezone")?,
        payer: row.try_get("payer")?,
        payer_name: row.try_get("payer_name")?,
        title: row.try_get("title")?,
        description: row.try_get("description")?,
        amount: Money::new(row.try_get("amount_minor")?, row.try_get("currency")?),
        seller: Seller {
            name: row.try_get("seller_name")?,
            address: row.try_get("seller_address")?,
            email: row.try_get("seller_email")?,
            website: row.try_get("seller_website")?,
            tax_id: row.try_get("seller_tax_id")?,
            note: row.try_get("note")?,
        },
    })
}

/// The receipts of an invoice, without their credit notes, the first first.
pub async fn list(conn: &mut Conn, invoice: &InvoiceId) -> sqlx::Result<Vec<Receipt>> {
    let rows = sqlx::query(select!(
        "m.id, m.payment_intent_id, m.paid_at",
        "payments m CROSS JOIN papers p WHERE m.invoice_id = $1 AND p.id = m.id ORDER BY m.id"
    ))
    .bind(invoice)
    .fetch_all(conn)
    .await?;
    let receipt = |row: &AnyRow| {
        Ok(Receipt {
            paper: paper(row)?,
            payment: row.try_get("id")?,
            payment_intent: row.try_get("payment_intent_id")?,
            paid_at: row.try_get("paid_at")?,
            credit_notes: Vec::new(),
            lost: Vec::new(),
            lost_minor: 0,
        })
    };
    rows.iter().map(receipt).collect()
}

/// The credit notes of an invoice, the first first, each with the payment that it is about.
pub async fn list_credit_notes(conn: &mut Conn, invoice: &InvoiceId) -> sqlx::Result<Vec<(PaymentId, CreditNote)>> {
    let rows = sqlx::query(select!(
        "m.payment_id, m.stripe_refund_id, m.status, m.reason, m.requested_by, m.credited_at, COALESCE(m.changed_at, m.credited_at) AS changed_at",
        "refunds m CROSS JOIN papers p WHERE m.invoice_id = $1 AND m.credit_note_number IS NOT NULL AND p.id = m.id ORDER BY m.credit_note_number"
    ))
    .bind(invoice)
    .fetch_all(conn)
    .await?;
    let credit_note = |row: &AnyRow| {
        let status: RefundStatus = row.try_get("status")?;
        let changed_at = row.try_get("changed_at")?;
        let credit_note = CreditNote {
            paper: paper(row)?,
            stripe_refund_id: row.try_get("stripe_refund_id")?,
            reason: row.try_get("reason")?,
            requested_by: row.try_get("requested_by")?,
            credited_at: row.try_get("credited_at")?,
            cancelled_at: (status != RefundStatus::Succeeded).then_some(changed_at),
        };
        Ok((row.try_get("payment_id")?, credit_note))
    };
    rows.iter().map(credit_note).collect()
}
