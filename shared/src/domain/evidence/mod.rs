//! Evidence: everything that we can say about an invoice in one file, for the studio's answer to a
//! dispute.

use crate::app::App;
use crate::domain::accounts::{self, Account};
use crate::domain::actor::Actor;
use crate::domain::audit::{self, Action, Entry, Target};
use crate::domain::deliverables::{self, Deliverable, Opening, Version};
use crate::domain::disputes::{self, Dispute};
use crate::domain::interactions;
use crate::domain::invoices::{self, Invoice};
use crate::domain::notices::{self, Told};
use crate::domain::receipts::{self, Receipt};
use crate::domain::staff;
use crate::error::Result;
use crate::types::*;

/// What is known about an invoice.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// When it was put together.
    pub made_at: Timestamp,
    /// The invoice.
    pub invoice: Invoice,
    /// Who issued it.
    pub issuer: Account,
    /// Who pays.
    pub customer: Account,
    /// What arrived, and what went back of it.
    pub receipts: Vec<Receipt>,
    /// Its disputes.
    pub disputes: Vec<Dispute>,
    /// Its files, removed ones too, each with what it was before.
    pub files: Vec<(Deliverable, Vec<Version>)>,
    /// What the customer was told, the oldest first.
    pub told: Vec<Told>,
    /// When its files were opened, the oldest first.
    pub openings: Vec<Opening>,
    /// What the audit log holds about it, the oldest first, each with how often it was repeated.
    pub log: Vec<(Entry, i64)>,
}

/// Puts together what is known about an invoice. Staff only, and audited, since it shows who bought, and
/// from where. Costs ten reads, one for each kind of row in the audit
/// log, and one more for each file and each link that was opened.
pub async fn gather(app: &App, actor: &Actor, number: &str, now: Timestamp) -> Result<Evidence> {
    staff::require(app, actor, "billing evidence", now).await?;
    let mut tx = interactions::begin(app, actor, now).await?;
    let invoice = invoices::by_number(&mut tx, number).await?;
    let target = Target::Invoice(invoice.number);
    let evidence = Evidence {
        made_at: now,
        issuer: accounts::get_in(&mut tx, &invoice.issuer).await?,
        customer: accounts::get_in(&mut tx, &invoice.account).await?,
        receipts: receipts::list(&mut tx, &invoice.id).await?,
        disputes: disputes::of_invoice(&mut tx, &invoice.id).await?,
        files: deliverables::with_versions(&mut tx, &invoice.id).await?,
        told: notices::told(&mut tx, &invoice.id).await?,
        openings: deliverables::openings(app, &mut tx, &invoice.id).await?,
        log: audit::about(&mut tx, &target).await?,
        invoice,
    };
    audit::record(&mut tx, actor.user, Action::EvidenceTaken, target, "", now).await?;
    tx.commit().await?;
    Ok(evidence)
}
