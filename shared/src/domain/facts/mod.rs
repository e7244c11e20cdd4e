//! Facts: what happened, and all that follows from it.
//!
//! An operation says what it did once, in the transaction that does it. The description of the fact says the rest: the
//! row of the audit log, who is told, and the line of the process's log once it is durable. Looks change nothing and
//! are no facts: see [`audit::record`].

use crate::domain::actor::By;
use crate::domain::audit::{self, Action, Target};
use crate::domain::notices::{self, Kind, Subject};
use crate::domain::statuses::{DisputeStatus, RefundStatus};
use crate::error::Result;
use crate::platform::db::Tx;
use crate::types::*;

/// Something that happened. What its details say goes to the audit log and holds no personal data.
#[derive(Debug, Clone)]
pub(crate) enum Fact<'a> {
    /// Staff issued an invoice.
    InvoiceIssued { invoice: Subject, amount: Money },
    /// An invoice is due soon.
    InvoiceDue { invoice: Subject },
    /// Staff had the customer told again, of how the invoice stands.
    InvoiceSentAgain { invoice: Subject, kind: Kind },
    /// Staff asked for a change that waits until nobody can pay.
    EditBegun { invoice: Subject, difference: &'a str },
    /// An invoice was changed.
    InvoiceEdited { invoice: Subject, difference: &'a str },
    /// Staff asked for an invoice to be taken back.
    RevocationBegun { invoice: Subject, reason: &'a str },
    /// An invoice was taken back.
    InvoiceRevoked { invoice: Subject },
    /// An invoice that was being taken back ended as revoked although its customer paid.
    InvoiceRevokedLate { invoice: Subject },
    /// The customer paid before a revocation or an edit counted.
    ChangeDropped { invoice: Subject, change: &'a str },
    /// The invoice is paid.
    InvoicePaid { invoice: Subject, amount: Money },
    /// A payment is on its way, by a method that takes days.
    PaymentProcessing { invoice: Subject },
    /// A payment that was on its way did not arrive.
    PaymentFailed { invoice: Subject },
    /// Stripe says that somebody paid, and not what.
    PaymentUnclear { invoice: Subject },
    /// Money came that settles nothing: the invoice is paid already, or the money does not fit it.
    PaymentKept { invoice: Subject, amount: Money, paid_twice: bool },
    /// Somebody paid what was taken back, and gets it back.
    LatePaymentArrived { invoice: Subject },
    /// Money is to go back.
    RefundRequested { invoice: Subject, amount: Money },
    /// Stripe says how a refund stands.
    RefundChanged { invoice: Subject, amount: Money, before: RefundStatus, status: RefundStatus },
    /// Stripe refuses a refund for good.
    RefundRefused { invoice: Subject },
    /// Staff let a refund go of which Stripe never heard.
    RefundLetGo { invoice: Subject, amount: Money },
    /// Stripe says how a dispute stands.
    DisputeChanged { invoice: Subject, dispute: &'a str, amount: Money, status: DisputeStatus },
    /// A dispute closed the customer's files, or opened them again.
    AccessChanged { invoice: Subject },
    /// Stripe opens no payment page for the invoice; `code` is its word for why.
    PaymentRefused { invoice: Subject, code: &'a str },
    /// Stripe does not know a payment page that may be open.
    PageUnknown { invoice: Subject, attempt: AttemptId },
    /// Staff attached a file.
    DeliverableAdded { invoice: Subject, file: File<'a> },
    /// Staff put a new version in a file's place.
    DeliverableReplaced { invoice: Subject, file: File<'a> },
    /// Staff took a file away.
    DeliverableRemoved { invoice: Subject, file: File<'a> },
    /// The object of a file is not in the bucket.
    FileGone { invoice: Subject, file: DeliverableId },
    /// Somebody was given a permission.
    PermissionGranted { grantee: Target, permission: &'a str },
    /// A permission was taken away.
    PermissionTaken { grantee: Target, permission: &'a str },
    /// Somebody signed in on the web, and allowed these scopes.
    SignedIn { account: AccountId, user: UserId, scopes: &'a str },
    /// Somebody ended sessions of theirs.
    SignedOut { user: UserId, sessions: &'a str },
    /// What somebody allowed us at Discord ended.
    Disconnected { account: AccountId, user: UserId },
    /// Staff compared with Stripe.
    Reconciled { target: Target, found: &'a str },
    /// Staff had a kept event read again.
    EventReplayed { event: &'a str, outcome: &'a str },
    /// Staff had something tried again that had failed.
    TriedAgain { target: Target, detail: &'a str },
    /// Staff let go what needed a person.
    Dropped { target: Target, reason: &'a str },
}

/// A file, as a fact tells of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct File<'a> {
    /// Which.
    pub id: DeliverableId,
    /// Its version, size and checksum.
    pub detail: &'a str,
    /// In bytes.
    pub size_bytes: i64,
}

/// What follows from a fact.
#[derive(Default)]
struct About {
    /// The row of the audit log.
    row: Option<(Action, Target, String)>,
    /// Who is told what, about which invoice.
    notices: Vec<(Kind, Subject)>,
    /// The file that the notices are about.
    file: Option<DeliverableId>,
    /// The line of the process's log.
    line: Option<Line>,
}

/// A line of the process's log, with the fields that it has.
#[derive(Default)]
struct Line {
    level: Level,
    text: String,
    invoice: Option<InvoiceId>,
    amount_minor: Option<i64>,
    file: Option<DeliverableId>,
    size_bytes: Option<i64>,
    attempt: Option<AttemptId>,
    account: Option<AccountId>,
    code: Option<String>,
}

#[derive(Default, Clone, Copy)]
enum Level {
    #[default]
    Info,
    Warn,
    Error,
}

impl About {
    fn row(mut self, action: Action, target: impl Into<Target>, detail: impl Into<String>) -> Self {
        self.row = Some((action, target.into(), detail.into()));
        self
    }

    fn tells(mut self, kind: Kind, invoice: &Subject) -> Self {
        self.notices.push((kind, *invoice));
        self
    }

    fn logs(mut self, line: Line) -> Self {
        self.line = Some(line);
        self
    }
}

impl Line {
    fn new(level: Level, text: impl Into<String>) -> Self {
        Self { level, text: text.into(), ..Self::default() }
    }

    fn of(self, invoice: &Subject) -> Self {
        Self { invoice: Some(invoice.id), ..self }
    }

    fn amount(self, amount: Money) -> Self {
        Self { amount_minor: Some(amount.minor), ..self }
    }

    fn write(self) {
        // A field that is `None` is not written.
        macro_rules! write {
            ($level:ident) => {
                tracing::$level!(
                    invoice.id = self.invoice.map(tracing::field::display),
                    amount.minor = self.amount_minor,
                    deliverable.id = self.file.map(tracing::field::display),
                    object.size_bytes = self.size_bytes,
                    attempt.id = self.attempt.map(tracing::field::display),
                    account.id = self.account.map(tracing::field::display),
                    code = self.code,
                    "{}",
                    self.text
                )
            };
        }
        match self.level {
            Level::Info => write!(info),
            Level::Warn => write!(warn),
            Level::Error => write!(error),
        }
    }
}

impl Fact<'_> {
    /// All that follows from the fact: the one place that says it.
    fn about(&self) -> About {
        let about = About::default();
        let info = |text: String| Line::new(Level::Info, text);
        let warn = |text: String| Line::new(Level::Warn, text);
        let error = |text: String| Line::new(Level::Error, text);
        match self {
            Fact::InvoiceIssued { invoice, amount } => about
                .row(Action::InvoiceIssued, invoice.number, amount.to_string())
                .tells(Kind::InvoiceIssued, invoice)
                .logs(info(format!("issued invoice {}", invoice.number)).of(invoice).amount(*amount)),
            Fact::InvoiceDue { invoice } => about.tells(Kind::InvoiceDue, invoice),
            Fact::InvoiceSentAgain { invoice, kind } => about.row(Action::InvoiceSentAgain, invoice.number, "").tells(*kind, invoice),
            Fact::EditBegun { invoice, difference } => about.row(Action::EditBegun, invoice.number, *difference),
            Fact::InvoiceEdited { invoice, difference } => about
                .row(Action::InvoiceEdited, invoice.number, *difference)
                .tells(Kind::InvoiceEdited, invoice)
                .logs(info(format!("edited invoice {}", invoice.number)).of(invoice)),
            Fact::RevocationBegun { invoice, reason } => about.row(Action::RevocationBegun, invoice.number, *reason),
            Fact::InvoiceRevoked { invoice } => about
                .row(Action::InvoiceRevoked, invoice.number, "")
                .tells(Kind::InvoiceRevoked, invoice)
                .logs(info(format!("revoked invoice {}", invoice.number)).of(invoice)),
            // The customer reads of it with their money: `LatePaymentArrived`.
            Fact::InvoiceRevokedLate { invoice } => about.row(Action::InvoiceRevoked, invoice.number, ""),
            Fact::ChangeDropped { invoice, change } => about.row(Action::ChangeDropped, invoice.number, *change),
            Fact::InvoicePaid { invoice, amount } => about
                .row(Action::InvoicePaid, invoice.number, amount.to_string())
                .tells(Kind::InvoicePaid, invoice)
                .tells(Kind::PaymentReceived, invoice)
                .logs(info(format!("paid invoice {}", invoice.number)).of(invoice).amount(*amount)),
            Fact::PaymentProcessing { invoice } => about.tells(Kind::PaymentProcessing, invoice),
            Fact::PaymentFailed { invoice } => about.tells(Kind::PaymentFailed, invoice),
            Fact::PaymentUnclear { invoice } => about.tells(Kind::PaymentUnclear, invoice),
            Fact::PaymentKept { invoice, amount, paid_twice } => about
                .row(
                    Action::PaymentKept,
                    invoice.number,
                    format!("{amount} kept, {}", if *paid_twice { "paid twice" } else { "does not fit" }),
                )
                .tells(if *paid_twice { Kind::PaidTwice } else { Kind::PaymentUnclear }, invoice)
                .logs(warn(format!("kept a payment for invoice {}", invoice.number)).of(invoice).amount(*amount)),
            Fact::LatePaymentArrived { invoice } => about
                .tells(Kind::LatePaymentReturned, invoice)
                .tells(Kind::LatePaymentArrived, invoice)
                .logs(warn(format!("a payment came for revoked invoice {}: it goes back", invoice.number)).of(invoice)),
            Fact::RefundRequested { invoice, amount } => about.row(Action::RefundRequested, invoice.number, amount.to_string()),
            Fact::RefundChanged { invoice, amount, before, status } => {
                let about = about.row(Action::RefundChanged, invoice.number, format!("{amount} {}", status.as_str()));
                match status {
                    RefundStatus::Succeeded => about
                        .tells(Kind::PaymentRefunded, invoice)
                        .logs(info(format!("refunded invoice {}", invoice.number)).of(invoice).amount(*amount)),
                    RefundStatus::Failed | RefundStatus::Canceled => {
                        // They were told that it comes.
                        let about = if *before == RefundStatus::Succeeded { about.tells(Kind::RefundCameBack, invoice) } else { about };
                        about
                            .tells(Kind::RefundFailed, invoice)
                            .logs(warn(format!("a refund of invoice {} failed", invoice.number)).of(invoice).amount(*amount))
                    }
                    RefundStatus::Requested | RefundStatus::Pending => about,
                }
            }
            Fact::RefundRefused { invoice } => {
                about.tells(Kind::RefundFailed, invoice).logs(warn(format!("a refund of invoice {} failed", invoice.number)).of(invoice))
            }
            Fact::RefundLetGo { invoice, amount } => {
                about.row(Action::RefundChanged, invoice.number, format!("{amount} {}", RefundStatus::Canceled.as_str()))
            }
            Fact::DisputeChanged { invoice, dispute, amount, status } => about
                .row(Action::DisputeChanged, invoice.number, format!("{dispute} {} {amount}", status.as_str()))
                .tells(
                    match status {
                        DisputeStatus::Inquiry => Kind::InquiryOpened,
                        DisputeStatus::Closed => Kind::InquiryClosed,
                        DisputeStatus::Open => Kind::DisputeOpened,
                        DisputeStatus::Won => Kind::DisputeWon,
                        DisputeStatus::Lost => Kind::DisputeLost,
                    },
                    invoice,
                )
                .logs(warn(format!("a dispute about invoice {} is {}", invoice.number, status.as_str())).of(invoice)),
            Fact::AccessChanged { invoice } => about.tells(Kind::AccessChanged, invoice),
            Fact::PaymentRefused { invoice, code } => about.tells(Kind::PaymentRefused, invoice).logs(Line {
                code: Some((*code).to_owned()),
                ..error(format!("Stripe refuses the payment page of invoice {}", invoice.number)).of(invoice)
            }),
            Fact::PageUnknown { invoice, attempt } => about.tells(Kind::PageUnknown, invoice).logs(Line {
                attempt: Some(*attempt),
                ..warn("Stripe does not know a payment page of ours: it may be open all the same".to_owned()).of(invoice)
            }),
            Fact::DeliverableAdded { invoice, file } => filed(Action::DeliverableAdded, Kind::DeliverableAdded, invoice, file),
            Fact::DeliverableReplaced { invoice, file } => filed(Action::DeliverableReplaced, Kind::DeliverableReplaced, invoice, file),
            Fact::DeliverableRemoved { invoice, file } => filed(Action::DeliverableRemoved, Kind::DeliverableRemoved, invoice, file),
            Fact::FileGone { invoice, file } => About { file: Some(*file), ..about.tells(Kind::FileGone, invoice) }.logs(Line {
                file: Some(*file),
                ..error(format!("the object of a file of invoice {} is not in the bucket", invoice.number)).of(invoice)
            }),
            Fact::PermissionGranted { grantee, permission } => about
                .row(Action::PermissionGranted, grantee.clone(), *permission)
                .logs(info(format!("granted the permission {permission}"))),
            Fact::PermissionTaken { grantee, permission } => about
                .row(Action::PermissionTaken, grantee.clone(), *permission)
                .logs(info(format!("took the permission {permission} away"))),
            Fact::SignedIn { account, user, scopes } => {
                about.row(Action::SignedIn, *user, *scopes).logs(Line { account: Some(*account), ..info("signed in".to_owned()) })
            }
            Fact::SignedOut { user, sessions } => about.row(Action::SignedOut, *user, *sessions),
            Fact::Disconnected { account, user } => about
                .row(Action::Disconnected, *user, "")
                .logs(Line { account: Some(*account), ..info("disconnected at Discord".to_owned()) }),
            Fact::Reconciled { target, found } => about.row(Action::Reconciled, target.clone(), *found),
            Fact::EventReplayed { event, outcome } => about.row(Action::EventReplayed, Target::Event((*event).to_owned()), *outcome),
            Fact::TriedAgain { target, detail } => about.row(Action::TriedAgain, target.clone(), *detail),
            Fact::Dropped { target, reason } => about.row(Action::Dropped, target.clone(), *reason),
        }
    }
}

/// What follows from what staff did to a file.
fn filed(action: Action, kind: Kind, invoice: &Subject, file: &File<'_>) -> About {
    About { file: Some(file.id), ..About::default() }.row(action, invoice.number, file.detail).tells(kind, invoice).logs(Line {
        file: Some(file.id),
        size_bytes: Some(file.size_bytes),
        ..Line::new(Level::Info, format!("{}: invoice {}", action.as_str(), invoice.number))
    })
}

/// Says that something happened, in the transaction that does it: writes its row of the audit log, has told whoever is
/// to know, and writes its line of the process's log once the transaction is durable.
///
/// Locks the end of the chain of the audit log where it writes a row there: call it last.
pub(crate) async fn happened(tx: &mut Tx, by: impl Into<By>, fact: &Fact<'_>, now: Timestamp) -> Result<()> {
    happened_all(tx, by, std::slice::from_ref(fact), now).await
}

/// Says that several things happened, in their order. Costs five statements at the most, however many they are.
pub(crate) async fn happened_all(tx: &mut Tx, by: impl Into<By>, facts: &[Fact<'_>], now: Timestamp) -> Result<()> {
    let by = by.into();
    let (mut told, mut rows) = (Vec::new(), Vec::new());
    for fact in facts {
        let about = fact.about();
        told.extend(about.notices.into_iter().map(|(kind, invoice)| notices::New { kind, invoice, deliverable: about.file }));
        rows.extend(about.row.map(|(action, target, detail)| audit::New { by, action, target, detail }));
        if let Some(line) = about.line {
            tx.after_commit(move || line.write());
        }
    }
    notices::queue(tx, &told, now).await?;
    audit::record_all(tx, &rows, now).await
}
