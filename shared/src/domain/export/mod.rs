//! Export: what came in and went back, as a table for whoever keeps the books.

mod sql;

use crate::app::App;
use crate::domain::accounts;
use crate::domain::actor::Actor;
use crate::domain::audit::{self, Action, Target};
use crate::domain::interactions;
use crate::domain::staff;
use crate::error::{Error, Result};
use crate::message;
use crate::types::*;

/// Most bytes of the file; Discord takes 10 MiB.
const BYTES_MAX: usize = 8 * 1024 * 1024;
/// By this a spreadsheet knows that the file is UTF-8.
const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
/// What a Discord id begins with. Without it a spreadsheet takes the id for a number, and rounds it to 15 digits.
const ID: &str = "discord:";
/// Most movements of one kind that are read: more would not fit into the file.
const ROWS_MAX: i64 = 50_000;

words! {
    /// Why money moved.
    Movement {
        /// A payment arrived.
        Payment = "payment",
        /// A refund went back.
        Refund = "refund",
        /// A refund came back.
        RefundCancelled = "refund cancelled",
        /// A dispute was lost.
        DisputeLost = "dispute lost",
    }
}

/// Money that moved.
#[derive(Debug, Clone)]
pub struct Row {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub movement: Movement,
    /// The number of the receipt or credit note as it is written; empty for a dispute.
    pub number: String,
    /// The invoice.
    pub invoice: InvoiceNumber,
    /// What the invoice is for, as it stands on the paper; so are who paid, and the number.
    pub title: String,
    /// The customer's Discord user.
    pub customer: UserId,
    /// What Discord shows for them.
    pub customer_name: String,
    /// How much; negative where it left the studio.
    pub amount: Money,
    /// `pi_…`, `re_…` or `du_…`.
    pub stripe_id: Option<String>,
}

/// A table as a file.
#[derive(Debug, Clone)]
pub struct Csv {
    /// Such as `payments-2026-11-01-2026-11-30.csv`.
    pub file_name: String,
    /// UTF-8, with a line of names first. See <https://www.rfc-editor.org/rfc/rfc4180>.
    pub bytes: Vec<u8>,
    /// How many rows it has.
    pub rows: usize,
}

/// Everything that moved from a day to another, both whole, where the person is. Staff only, and audited.
/// Costs four reads.
pub async fn export(app: &App, actor: &Actor, from: &str, to: &str, now: Timestamp) -> Result<Csv> {
    staff::require(app, actor, "billing export", now).await?;
    let timezone = accounts::seen(app, actor, now).await?.timezone;
    let ((first, from), (last, _)) = (timezone.past_day(from, now)?, timezone.past_day(to, now)?);
    if first > last {
        return Err(Error::Rejected(message!("days-are-turned")));
    }
    let until = timezone.end_of_day(last).unwrap_or(now).plus(std::time::Duration::from_secs(1));
    let mut tx = interactions::begin(app, actor, now).await?;
    let mut rows = Vec::new();
    for movement in Movement::ALL {
        rows.extend(sql::list(&mut tx, *movement, from, until, ROWS_MAX + 1).await?);
    }
    rows.sort_by_key(|row| row.at);
    let file_name = format!("payments-{first}-{last}.csv");
    let csv = Csv { file_name, bytes: written(&rows)?, rows: rows.len() };
    if csv.bytes.len() > BYTES_MAX || rows.len() as i64 > ROWS_MAX {
        return Err(Error::Rejected(message!("export-is-too-large")));
    }
    let detail = format!("{first} to {last}, {} rows", csv.rows);
    audit::record(&mut tx, actor.user, Action::Exported, Target::Payments, &detail, now).await?;
    tx.commit().await?;
    Ok(csv)
}

fn written(rows: &[Row]) -> Result<Vec<u8>> {
    let failed = |error: csv::Error| Error::Fault(format!("an export was not written: {error}"));
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(MARK.to_vec());
    table
        .write_record(["time", "movement", "number", "invoice", "title", "customer_id", "customer", "amount", "currency", "stripe_id"])
        .map_err(failed)?;
    for row in rows {
        let amount = row.amount.to_string();
        let amount = amount.split(' ').next().unwrap_or_default();
        let fields = [
            row.at.iso(),
            row.movement.as_str().to_owned(),
            cell(&row.number),
            row.invoice.get().to_string(),
            cell(&row.title),
            format!("{ID}{}", row.customer),
            cell(&row.customer_name),
            amount.to_owned(),
            row.amount.currency.code().to_owned(),
            row.stripe_id.clone().unwrap_or_default(),
        ];
        table.write_record(fields).map_err(failed)?;
    }
    table.into_inner().map_err(|error| Error::Fault(format!("an export was not written: {error}")))
}

/// Text, so that no spreadsheet takes it for a formula, a number or a day: one that it would take for one
/// begins with an apostrophe. See <https://owasp.org/www-community/attacks/CSV_Injection>.
fn cell(text: &str) -> String {
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r']);
    // `000012`, `2026-000012`, `1E000012`, `1/2`, `50%`: a digit, and no letter but the one of an exponent.
    let letters = text.chars().filter(|letter| letter.is_alphabetic());
    let is_number = text.contains(|letter: char| letter.is_numeric()) && letters.filter(|letter| !matches!(letter, 'e' | 'E')).count() == 0;
    if is_formula || is_number { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spreadsheet_reads_text_as_something_else() {
        for text in
            ["=1+1", " =1", "+49 30", "-1", "@SUM(A1)", "＝1", "000012", "2026-000012", "1E000012", "1/2", "50%", "12.50", "٣", "12 €"]
        {
            assert_eq!(cell(text), format!("'{text}"));
        }
        for text in ["", "R-000012", "2026A000012", "Dragon rig", "2 dragons", "龍 2", "pi_1", "e"] {
            assert_eq!(cell(text), text);
        }
    }
}
