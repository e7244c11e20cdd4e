//! Notices: what a person is told about something. By DM, or, where DMs are closed, in the inbox.

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

/// What there is to know of a kind, but its words: those are in `cards`.
pub struct Described {
    /// Whom it is for.
    pub audience: Audience,
    /// What it says, in a few words.
    pub text: Message,
    /// What it shows beside the invoice.
    pub shows: Shows,
    /// Whether its reader may do without it. Nobody may with what tells of their money, their files or what they owe.
    pub is_optional: bool,
}

/// What a notice shows beside its invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// Nothing more.
    Invoice,
    /// All files of the invoice.
    Files,
    /// The file that it is about.
    File,
    /// The newest refund that succeeded.
    Refund,
    /// The dispute of which Stripe told last.
    Dispute,
}

impl Described {
    fn shows(self, shows: Shows) -> Self {
        Self { shows, ..self }
    }

    fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }
}

impl Kind {
    /// The one description of each kind.
    pub fn described(self) -> Described {
        let to = |audience: Audience, text: Message| Described { audience, text, shows: Shows::Invoice, is_optional: false };
        let customer = |text| to(Audience::Customer, text);
        let staff = |text| to(Audience::Staff, text);
        match self {
            Kind::InvoiceIssued => customer(message!("audit-invoice-issued")),
            // A reminder of what they were told.
            Kind::InvoiceDue => customer(message!("told-invoice-due")).optional(),
            Kind::InvoicePaid => customer(message!("audit-invoice-paid")).shows(Shows::Files),
            Kind::InvoiceEdited => customer(message!("audit-invoice-edited")),
            Kind::InvoiceRevoked => customer(message!("audit-invoice-revoked")),
            // They hear of it again when the money arrives, or does not.
            Kind::PaymentProcessing => customer(message!("status-processing")).optional(),
            Kind::PaymentFailed => customer(message!("told-payment-failed")),
            Kind::PaymentUnclear => staff(message!("outcome-unmatched")),
            Kind::PaymentRefused => staff(message!("alarm-payment")),
            Kind::FileGone => staff(message!("alarm-file-gone")).shows(Shows::File),
            Kind::PaidTwice => staff(message!("attention-paid-twice")),
            Kind::PageUnknown => staff(message!("told-page-unknown")),
            // Whatever asks nothing of staff.
            Kind::PaymentReceived => staff(message!("audit-invoice-paid")).optional(),
            Kind::PaymentRefunded => customer(message!("told-refunded")).shows(Shows::Refund),
            Kind::RefundCameBack => customer(message!("told-refund-failed")),
            Kind::AccessChanged => customer(message!("told-access-changed")),
            Kind::LatePaymentReturned => customer(message!("told-late-payment")),
            Kind::LatePaymentArrived => staff(message!("told-late-payment")),
            Kind::RefundFailed => staff(message!("told-refund-failed")),
            Kind::InquiryOpened | Kind::InquiryClosed | Kind::DisputeOpened | Kind::DisputeWon | Kind::DisputeLost => {
                staff(message!("audit-dispute-changed")).shows(Shows::Dispute)
            }
            Kind::DeliverableAdded => customer(message!("audit-deliverable-added")).shows(Shows::File),
            Kind::DeliverableReplaced => customer(message!("audit-deliverable-replaced")).shows(Shows::File),
            Kind::DeliverableRemoved => customer(message!("audit-deliverable-removed")).shows(Shows::File),
        }
    }

    /// What it says, in a few words.
    pub fn text(self) -> Message {
        self.described().text
    }
}

/// What a notice is about. Each noun has a column of its own, so that the database knows that it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// An invoice.
    Invoice(InvoiceId),
    /// A file, and its invoice.
    Deliverable(DeliverableId, InvoiceId),
}

impl About {
    /// The invoice, where it is about one or a file of one.
    pub fn invoice(&self) -> Option<InvoiceId> {
        match self {
            About::Invoice(invoice) | About::Deliverable(_, invoice) => Some(*invoice),
        }
    }

    fn deliverable(&self) -> Option<DeliverableId> {
        match self {
            About::Invoice(_) => None,
            About::Deliverable(file, _) => Some(*file),
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
    /// What it is about.
    pub about: About,
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
        let audience = new.kind.described().audience;
        Notice {
            id: NoticeId::new(),
            kind: new.kind,
            audience,
            account: match audience {
                Audience::Customer => new.invoice.customer,
                Audience::Staff => new.invoice.issuer,
            },
            about: match new.deliverable {
                Some(file) => About::Deliverable(file, new.invoice.id),
                None => About::Invoice(new.invoice.id),
            },
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
    Ok(sql::find_unsent(conn, id).await?.and_then(|notice| notice.about.invoice()))
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

/// What the customer of an invoice was told of it, the oldest first, for whoever may look.
pub async fn told(conn: &mut Conn, invoice: &InvoiceId) -> Result<Vec<Told>> {
    Ok(sql::list_told(conn, invoice, TOLD_MAX).await?)
}

/// How many notices wait in the inbox of a customer.
pub async fn waiting(conn: &mut Conn, account: &AccountId) -> Result<i64> {
    Ok(sql::count_unread(conn, account, Audience::Customer).await?)
}
