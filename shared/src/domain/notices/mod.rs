//! Notices: what a person is told about an invoice. By DM, or, where DMs are closed, in the inbox.

pub(crate) mod sql;

use crate::app::App;
use crate::error::Result;
use crate::message;
use crate::platform::db::{Conn, Tx};
use crate::platform::outbox::{self, Job};
use crate::texts::Message;
use crate::types::*;

/// Most notices about one invoice that are read.
const TOLD_MAX: i64 = 500;

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

/// An invoice that people are told about, and who they are.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    /// The invoice.
    pub id: InvoiceId,
    /// What people call it.
    pub number: InvoiceNumber,
    /// Who pays it.
    pub customer: AccountId,
    /// Who issued it.
    pub issuer: AccountId,
}

/// What somebody will be told: of an invoice, and of one of its files.
pub(super) struct New {
    pub kind: Kind,
    pub invoice: Subject,
    pub deliverable: Option<DeliverableId>,
}

/// Decides that people will be told, inside the transaction of what they are told about. Costs two statements.
pub(super) async fn queue(tx: &mut Tx, told: &[New], now: Timestamp) -> Result<()> {
    if told.is_empty() {
        return Ok(());
    }
    let notice = |new: &New| {
        let audience = new.kind.audience();
        Notice {
            id: NoticeId::new(),
            kind: new.kind,
            audience,
            account: match audience {
                Audience::Customer => new.invoice.customer,
                Audience::Staff => new.invoice.issuer,
            },
            invoice: new.invoice.id,
            deliverable: new.deliverable,
            created_at: now,
        }
    };
    let notices: Vec<Notice> = told.iter().map(notice).collect();
    sql::insert(tx, &notices).await?;
    let jobs: Vec<Job> = notices.iter().map(|notice| Job::SendNotice { notice: notice.id }).collect();
    outbox::enqueue_all(tx, &jobs, now).await?;
    Ok(())
}

/// Records that a notice of the inbox reached its reader.
pub async fn mark_read(app: &App, id: &NoticeId, now: Timestamp) -> Result<()> {
    let mut tx = app.db.write().await?;
    sql::mark_read(&mut tx, id, now).await?;
    tx.commit().await
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
