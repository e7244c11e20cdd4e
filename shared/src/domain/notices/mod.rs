//! Notices: what a person is told about an invoice. By DM, or, where DMs are closed, in the inbox.

mod sql;

use serenity::builder::CreateMessage;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::app::App;
use crate::cards;
use crate::domain::actor::Actor;
use crate::domain::deliverables::{self, Access, Deliverable};
use crate::domain::disputes::{self, Dispute};
use crate::domain::invoices::{self, Invoice};
use crate::domain::refunds::{self, Refund};
use crate::domain::staff;
use crate::domain::{accounts, interactions, links};
use crate::error::{Error, Failure, Result};
use crate::message;
use crate::platform::db::{Conn, Tx};
use crate::platform::discord::Delivered;
use crate::platform::outbox::{self, Job};
use crate::platform::standing::Trouble;
use crate::texts::Message;
use crate::types::*;

/// Most notices about one invoice that are read.
const TOLD_MAX: i64 = 500;
/// Most notices that the inbox shows at once.
pub const INBOX_LIMIT: i64 = 10;

words! {
    /// What a notice says.
    Kind {
        /// To the customer: here is your invoice.
        InvoiceIssued = "invoice_issued",
        /// To the customer: your invoice is due.
        InvoiceDue = "invoice_due",
        /// To the customer: your payment arrived.
        InvoicePaid = "invoice_paid",
        /// To the customer: the studio changed your invoice.
        InvoiceEdited = "invoice_edited",
        /// To the customer: the studio took your invoice back.
        InvoiceRevoked = "invoice_revoked",
        /// To the customer: your payment is on its way.
        PaymentProcessing = "payment_processing",
        /// To the customer: your payment did not arrive.
        PaymentFailed = "payment_failed",
        /// To staff: a payment came that counts for nothing.
        PaymentUnclear = "payment_unclear",
        /// To staff: Stripe does not open a payment page for the invoice.
        PaymentRefused = "payment_refused",
        /// To staff: the object of a file is not in the bucket.
        FileGone = "file_gone",
        /// To staff: an invoice was paid once more.
        PaidTwice = "paid_twice",
        /// To staff: Stripe does not know a payment page that may be open.
        PageUnknown = "page_unknown",
        /// To staff: a payment arrived.
        PaymentReceived = "payment_received",
        /// To the customer: money went back to you.
        PaymentRefunded = "payment_refunded",
        /// To the customer: the money that was sent back did not reach you.
        RefundCameBack = "refund_came_back",
        /// To the customer: your files are closed, or open again.
        AccessChanged = "access_changed",
        /// To the customer: you paid what was taken back, and get it back.
        LatePaymentReturned = "late_payment_returned",
        /// To staff: somebody paid what was taken back, and gets it back.
        LatePaymentArrived = "late_payment_arrived",
        /// To staff: a refund failed.
        RefundFailed = "refund_failed",
        /// To staff: the customer's bank asks about a payment.
        InquiryOpened = "inquiry_opened",
        /// To staff: the bank dropped its question.
        InquiryClosed = "inquiry_closed",
        /// To staff: a customer asks their bank for the money.
        DisputeOpened = "dispute_opened",
        /// To staff: the studio keeps the money.
        DisputeWon = "dispute_won",
        /// To staff: the customer has the money.
        DisputeLost = "dispute_lost",
        /// To the customer: a file was attached.
        DeliverableAdded = "deliverable_added",
        /// To the customer: a new version is in a file's place.
        DeliverableReplaced = "deliverable_replaced",
        /// To the customer: a file was taken away.
        DeliverableRemoved = "deliverable_removed",
    }
}

words! {
    /// Whom a notice is for.
    Audience {
        /// The customer, by DM.
        Customer = "customer",
        /// The staff channel, or the issuer by DM.
        Staff = "staff",
    }
}

impl Kind {
    /// What it says, in a few words.
    pub fn text(self) -> Message {
        match self {
            Kind::InvoiceIssued => message!("audit-invoice-issued"),
            Kind::InvoiceDue => message!("told-invoice-due"),
            Kind::InvoicePaid => message!("audit-invoice-paid"),
            Kind::InvoiceEdited => message!("audit-invoice-edited"),
            Kind::InvoiceRevoked => message!("audit-invoice-revoked"),
            Kind::PaymentProcessing => message!("status-processing"),
            Kind::PaymentFailed => message!("told-payment-failed"),
            Kind::PaymentUnclear => message!("outcome-unmatched"),
            Kind::PaymentRefused => message!("alarm-payment"),
            Kind::FileGone => message!("alarm-file-gone"),
            Kind::PaidTwice => message!("attention-paid-twice"),
            Kind::PageUnknown => message!("told-page-unknown"),
            Kind::PaymentReceived => message!("audit-invoice-paid"),
            Kind::PaymentRefunded => message!("told-refunded"),
            Kind::AccessChanged => message!("told-access-changed"),
            Kind::LatePaymentReturned | Kind::LatePaymentArrived => message!("told-late-payment"),
            Kind::RefundFailed | Kind::RefundCameBack => message!("told-refund-failed"),
            Kind::InquiryOpened | Kind::InquiryClosed | Kind::DisputeOpened | Kind::DisputeWon | Kind::DisputeLost => {
                message!("audit-dispute-changed")
            }
            Kind::DeliverableAdded => message!("audit-deliverable-added"),
            Kind::DeliverableReplaced => message!("audit-deliverable-replaced"),
            Kind::DeliverableRemoved => message!("audit-deliverable-removed"),
        }
    }

    fn audience(self) -> Audience {
        match self {
            Kind::InvoiceIssued
            | Kind::InvoiceDue
            | Kind::InvoiceEdited
            | Kind::InvoicePaid
            | Kind::InvoiceRevoked
            | Kind::PaymentProcessing
            | Kind::PaymentFailed
            | Kind::DeliverableAdded
            | Kind::DeliverableReplaced
            | Kind::DeliverableRemoved
            | Kind::PaymentRefunded
            | Kind::RefundCameBack
            | Kind::AccessChanged
            | Kind::LatePaymentReturned => Audience::Customer,
            Kind::PaymentReceived
            | Kind::PaymentUnclear
            | Kind::PaymentRefused
            | Kind::FileGone
            | Kind::PaidTwice
            | Kind::PageUnknown
            | Kind::LatePaymentArrived
            | Kind::RefundFailed
            | Kind::InquiryOpened
            | Kind::InquiryClosed
            | Kind::DisputeOpened
            | Kind::DisputeWon
            | Kind::DisputeLost => Audience::Staff,
        }
    }
}

/// A stored notice.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Our id.
    pub id: NoticeId,
    /// What it says.
    pub kind: Kind,
    /// Whom it is for.
    pub audience: Audience,
    /// The person: the customer, or the issuer for staff.
    pub account: AccountId,
    /// The invoice it is about.
    pub invoice: InvoiceId,
    /// The file it is about.
    pub deliverable: Option<DeliverableId>,
    /// When it was decided.
    pub created_at: Timestamp,
}

/// A notice with everything that it shows, as things stand now.
#[derive(Debug, Clone)]
pub struct Composed {
    /// The row.
    pub notice: Notice,
    /// Its invoice.
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

/// Decides that somebody will be told, inside the transaction of what they are told about.
pub async fn queue(tx: &mut Tx, kind: Kind, invoice: &Invoice, deliverable: Option<&DeliverableId>, now: Timestamp) -> Result<()> {
    let audience = kind.audience();
    let notice = Notice {
        id: NoticeId::new(),
        kind,
        audience,
        account: match audience {
            Audience::Customer => invoice.account,
            Audience::Staff => invoice.issuer,
        },
        invoice: invoice.id,
        deliverable: deliverable.cloned(),
        created_at: now,
    };
    sql::insert(tx, &notice).await?;
    outbox::enqueue(tx, &Job::SendNotice { notice: notice.id }, now).await?;
    Ok(())
}

/// Sends a notice; done by the outbox. A repeat first looks whether the message is already there.
pub async fn send(app: &App, id: &NoticeId, repeat: bool, now: Timestamp) -> Result<()> {
    let mut conn = app.db.read().await?;
    let Some(notice) = sql::find_unsent(&mut conn, id).await? else { return Ok(()) };
    let composed = compose(app, &mut conn, notice).await?;
    drop(conn);
    if composed.notice.kind == Kind::InvoiceDue && !composed.invoice.is_payable() {
        // Paid, or taken back, since it was decided.
        let mut tx = app.db.write().await?;
        sql::delete(&mut tx, id).await?;
        return tx.commit().await;
    }

    // 22 characters: Discord takes 25 at most.
    let reference = URL_SAFE_NO_PAD.encode(id.bytes());
    let account = recipient(app, &composed.notice).await?;
    let (embed, components) = cards::notice(&composed, account.language());
    let footer = message!("message-reference", reference = reference.as_str());
    let footer = serenity::builder::CreateEmbedFooter::new(footer.to(account.language()));
    let message = CreateMessage::new()
        .content(cards::line(&composed, &app.config.studio.name, account.language()))
        .embed(embed.footer(footer))
        .components(components)
        .nonce(serenity::model::channel::Nonce::String(reference.clone()))
        .enforce_nonce(true);
    let channel = app.config.staff.channel.as_ref().filter(|_| composed.notice.audience == Audience::Staff);
    let in_channel = match channel {
        Some(channel) => match app.discord.send(channel, message.clone(), &reference, repeat).await {
            // Gone, hidden or closed to the bot; owners are told of that once.
            Err(Error::Outside { failure: Failure::Permission | Failure::Gone | Failure::Refused, detail, .. }) => {
                app.standing.refused(Trouble::StaffChannel, "", &detail);
                None
            }
            answer => {
                let delivered = answer?;
                app.standing.taken(Trouble::StaffChannel, "");
                Some(delivered)
            }
        },
        None => None,
    };
    let delivered = match in_channel {
        Some(delivered) => delivered,
        None => app.discord.send_dm(&account.user, message, &reference, repeat).await?,
    };
    let mut tx = app.db.write().await?;
    match &delivered {
        Delivered::Sent { channel, message } => sql::mark_sent(&mut tx, id, channel, message, now).await?,
        // It waits for whom it was for in the end.
        Delivered::Closed => sql::mark_closed(&mut tx, id, &account.id, now).await?,
    }
    tx.commit().await?;
    tracing::info!(notice.id = %id, kind = composed.notice.kind.as_str(), "{}", match delivered {
        Delivered::Sent { .. } => "sent a notice",
        Delivered::Closed => "DMs are closed: the notice waits in the inbox",
    });
    Ok(())
}

/// What waits in the actor's inbox, the oldest first, and as much as an inbox shows where there is as much.
/// It waits until [`mark_read`]. Whoever has something to read takes their interaction: reading it is
/// written down.
///
/// Everybody reads what they were told as a customer. What they were told as staff is read by who still is
/// staff, and waits for who is not, should they be again: also where they are the customer of the invoice,
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

/// Records that a notice of the inbox reached its reader.
pub async fn mark_read(app: &App, id: &NoticeId, now: Timestamp) -> Result<()> {
    let mut tx = app.db.write().await?;
    sql::mark_read(&mut tx, id, now).await?;
    tx.commit().await
}

/// Records that the actor has read these notices of theirs, as many as an inbox shows; nobody else's.
pub async fn mark_own_read(app: &App, actor: &Actor, ids: impl Iterator<Item = &str>, now: Timestamp) -> Result<()> {
    let mut tx = interactions::begin(app, actor, now).await?;
    for id in ids.filter_map(|id| NoticeId::parse(id).ok()).take(INBOX_LIMIT as usize) {
        sql::mark_own_read(&mut tx, &id, &actor.user, now).await?;
    }
    tx.commit().await
}

/// Whom a notice goes to: the person it is for, or, where the issuer of an invoice is no longer
/// staff, the first of the owners.
async fn recipient(app: &App, notice: &Notice) -> Result<accounts::Account> {
    let account = accounts::get(app, &notice.account).await?;
    if notice.audience == Audience::Customer || staff::is_staff(app, &account.user, "notice").await? {
        return Ok(account);
    }
    match app.config.staff.owners.first() {
        Some(owner) => accounts::of_user(app, owner).await,
        None => Ok(account),
    }
}

/// The invoice that a notice waiting to be sent is about.
pub async fn invoice_of(conn: &mut Conn, id: &NoticeId) -> Result<Option<InvoiceId>> {
    Ok(sql::find_unsent(conn, id).await?.map(|notice| notice.invoice))
}

/// What a customer was told.
#[derive(Debug, Clone)]
pub struct Told {
    /// What it said.
    pub kind: Kind,
    /// When it was decided.
    pub created_at: Timestamp,
    /// When Discord took the DM.
    pub sent_at: Option<Timestamp>,
    /// The message at Discord.
    pub message: Option<MessageId>,
    /// When it went to the inbox, because they take no DM.
    pub closed_at: Option<Timestamp>,
    /// When they read it there.
    pub read_at: Option<Timestamp>,
}

/// What the customer of an invoice was told of it, the oldest first, for who may look.
pub async fn told(conn: &mut Conn, invoice: &InvoiceId) -> Result<Vec<Told>> {
    Ok(sql::list_told(conn, invoice, TOLD_MAX).await?)
}

/// How many notices wait in the inbox of a customer.
pub async fn waiting(conn: &mut Conn, account: &AccountId) -> Result<i64> {
    Ok(sql::count_unread(conn, account, Audience::Customer).await?)
}

/// How many notices wait in the actor's own inbox, as [`inbox`] shows them.
pub async fn waiting_for(app: &App, account: &accounts::Account) -> Result<i64> {
    let mut conn = app.db.read().await?;
    let own = sql::count_unread(&mut conn, &account.id, Audience::Customer).await?;
    let for_staff = sql::count_unread(&mut conn, &account.id, Audience::Staff).await?;
    drop(conn);
    let is_staff = for_staff > 0 && staff::is_staff(app, &account.user, "notice").await?;
    Ok(if is_staff { own + for_staff } else { own })
}

async fn compose(app: &App, conn: &mut Conn, notice: Notice) -> Result<Composed> {
    let invoice = invoices::by_id(conn, &notice.invoice).await?;
    let deliverables = match (&notice.deliverable, notice.kind) {
        (Some(id), _) => vec![deliverables::by_id(conn, id).await?],
        (None, Kind::InvoicePaid) => deliverables::of_invoice(conn, &invoice.id).await?,
        (None, Kind::DeliverableAdded | Kind::DeliverableReplaced | Kind::DeliverableRemoved | Kind::FileGone) => {
            return Err(Error::Fault(format!("notice {} has no deliverable", notice.id)));
        }
        (
            None,
            Kind::InvoiceIssued
            | Kind::InvoiceDue
            | Kind::InvoiceEdited
            | Kind::InvoiceRevoked
            | Kind::PaymentProcessing
            | Kind::PaymentFailed
            | Kind::PaymentUnclear
            | Kind::PaymentRefused
            | Kind::PaidTwice
            | Kind::PageUnknown
            | Kind::PaymentReceived
            | Kind::PaymentRefunded
            | Kind::RefundCameBack
            | Kind::AccessChanged
            | Kind::LatePaymentReturned
            | Kind::LatePaymentArrived
            | Kind::RefundFailed
            | Kind::InquiryOpened
            | Kind::InquiryClosed
            | Kind::DisputeOpened
            | Kind::DisputeWon
            | Kind::DisputeLost,
        ) => Vec::new(),
    };
    let pay_url = links::pay_url(app, conn, &invoice.id).await?;
    let refund = match notice.kind {
        Kind::PaymentRefunded => refunds::latest(conn, &invoice.id).await?,
        _ => None,
    };
    let dispute = match notice.kind {
        Kind::InquiryOpened | Kind::InquiryClosed | Kind::DisputeOpened | Kind::DisputeWon | Kind::DisputeLost => {
            disputes::latest(conn, &invoice.id).await?
        }
        _ => None,
    };
    let access = deliverables::access(app.config.payments.lost_dispute, &invoice);
    Ok(Composed { refund, dispute, access, notice, invoice, deliverables, pay_url })
}
