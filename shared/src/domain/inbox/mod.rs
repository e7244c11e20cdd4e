//! Notices with everything that they show, as they are sent and as they wait in an inbox.

use crate::app::App;
use crate::domain::accounts::Account;
use crate::domain::actor::Actor;
use crate::domain::deliverables::{self, Access, Deliverable};
use crate::domain::disputes::{self, Dispute};
use crate::domain::invoices::{self, Invoice};
use crate::domain::notices::{About, Audience, Kind, Notice, Shows, sql};
use crate::domain::refunds::{self, Refund};
use crate::domain::{interactions, links, staff};
use crate::error::{Error, Result};
use crate::platform::db::Conn;
use crate::types::*;

/// Most notices that the inbox shows at once.
pub const INBOX_LIMIT: i64 = 10;

/// A notice with everything that it shows, as things stand now.
#[derive(Debug, Clone)]
pub struct Composed {
    /// The row.
    pub notice: Notice,
    /// What it is about.
    pub shown: Shown,
}

/// What a notice shows of what it is about.
#[derive(Debug, Clone)]
pub enum Shown {
    /// An invoice, or a file of one.
    Invoice(Box<OfInvoice>),
}

/// What a notice shows of an invoice.
#[derive(Debug, Clone)]
pub struct OfInvoice {
    /// The invoice.
    pub invoice: Invoice,
    /// The files that it offers.
    pub deliverables: Vec<Deliverable>,
    /// Whether the customer may have them.
    pub access: Access,
    /// Where the invoice is paid.
    pub pay_url: String,
    /// The newest refund that succeeded, where the notice is about one.
    pub refund: Option<Refund>,
    /// The dispute of which Stripe told last, where the notice is about one.
    pub dispute: Option<Dispute>,
}

/// What waits in the actor's inbox, the oldest first, and as much as an inbox shows where there is as much.
/// It waits until `notices::mark_read`. Whoever has something to read takes their interaction: reading it is
/// written down.
///
/// Everybody reads what they were told as a customer. What they were told as staff is read by whoever still is
/// staff, and waits for whoever is not, should they be again: also where they are the customer of the invoice,
/// since whatever a customer should know of theirs is a notice of its own.
pub async fn inbox(app: &App, actor: &Actor, now: Timestamp) -> Result<Vec<Composed>> {
    let mut conn = app.db.read().await?;
    let mut unread = sql::list_unread(&mut conn, &actor.user, Audience::Customer, INBOX_LIMIT).await?;
    let for_staff = sql::list_unread(&mut conn, &actor.user, Audience::Staff, INBOX_LIMIT).await?;
    if !for_staff.is_empty() && staff::is_staff(app, &actor.user, "notice").await? {
        unread.extend(for_staff);
        unread.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        unread.truncate(INBOX_LIMIT as usize);
    }
    let mut composed = Vec::with_capacity(unread.len());
    for notice in unread {
        composed.push(compose(app, &mut conn, notice).await?);
    }
    drop(conn);
    if !composed.is_empty() {
        interactions::take(app, actor, now).await?;
    }
    Ok(composed)
}

/// Records that the actor has read these notices of theirs, as many as an inbox shows; nobody else's.
pub async fn mark_own_read(app: &App, actor: &Actor, ids: impl Iterator<Item = &str>, now: Timestamp) -> Result<()> {
    let mut tx = interactions::begin(app, actor, now).await?;
    for id in ids.filter_map(|id| NoticeId::parse(id).ok()).take(INBOX_LIMIT as usize) {
        sql::mark_own_read(&mut tx, &id, &actor.user, now).await?;
    }
    tx.commit().await
}

/// How many notices wait in the actor's own inbox, as [`inbox`] shows them.
pub async fn waiting_for(app: &App, account: &Account) -> Result<i64> {
    let mut conn = app.db.read().await?;
    let own = sql::count_unread(&mut conn, &account.id, Audience::Customer).await?;
    let for_staff = sql::count_unread(&mut conn, &account.id, Audience::Staff).await?;
    drop(conn);
    let is_staff = for_staff > 0 && staff::is_staff(app, &account.user, "notice").await?;
    Ok(if is_staff { own + for_staff } else { own })
}

/// A notice with what it shows.
pub async fn compose(app: &App, conn: &mut Conn, notice: Notice) -> Result<Composed> {
    let shown = match &notice.about {
        About::Invoice(invoice) => of_invoice(app, conn, notice.kind, invoice, None).await?,
        About::Deliverable(file, invoice) => of_invoice(app, conn, notice.kind, invoice, Some(file)).await?,
    };
    Ok(Composed { notice, shown: Shown::Invoice(Box::new(shown)) })
}

async fn of_invoice(app: &App, conn: &mut Conn, kind: Kind, invoice: &InvoiceId, file: Option<&DeliverableId>) -> Result<OfInvoice> {
    let invoice = invoices::by_id(conn, invoice).await?;
    let shows = kind.described().shows;
    Ok(OfInvoice {
        deliverables: match (shows, file) {
            (Shows::Files, _) => deliverables::of_invoice(conn, &invoice.id).await?,
            (_, Some(file)) => vec![deliverables::by_id(conn, file).await?],
            (Shows::File, None) => return Err(Error::Fault(format!("a notice of {} has no deliverable", kind.as_str()))),
            (Shows::Invoice | Shows::Refund | Shows::Dispute, None) => Vec::new(),
        },
        refund: match shows {
            Shows::Refund => refunds::latest(conn, &invoice.id).await?,
            Shows::Invoice | Shows::Files | Shows::File | Shows::Dispute => None,
        },
        dispute: match shows {
            Shows::Dispute => disputes::latest(conn, &invoice.id).await?,
            Shows::Invoice | Shows::Files | Shows::File | Shows::Refund => None,
        },
        access: deliverables::access(app.config.payments.lost_dispute, &invoice),
        pay_url: links::pay_url(app, conn, &invoice.id).await?,
        invoice,
    })
}
