//! The audit log: every staff action, every staff look at personal data, every link opened.
//!
//! Its rows are a chain: each row's hash covers the hash of the row before it, so that a row that
//! was altered, removed or put in between shows. Whoever can write to the database can still make
//! a new chain from some row on; that shows to whoever wrote down an earlier number and hash.

pub(crate) mod sql;

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::app::App;
use crate::domain::actor::{Actor, By};
use crate::domain::interactions;
use crate::error::{Error, Result};
use crate::message;
use crate::platform::db::{Conn, Db, Tx};
use crate::texts::Message;
use crate::types::*;

/// What is counted is one row within this time, with its count beside.
const COUNT_WINDOW: Duration = Duration::from_secs(10 * 60);
/// What somebody types within this time is one look: a keystroke is none of its own.
const ONE_LOOK: Duration = Duration::from_secs(15);
/// Most rows of each kind that is evidence, about one target: more than there are.
const EVIDENCE_MAX: i64 = 10_000;
/// How many of the oldest and of the newest rows of each kind of link, about one target.
const COUNTED_MAX: i64 = 100;
/// Most rows about one target, of all other kinds together.
const OTHERS_MAX: i64 = 100;
/// Rows that are verified at a time.
const VERIFY_AT_ONCE: i64 = 1000;

words! {
    /// What was done.
    Action {
        /// Staff issued an invoice.
        InvoiceIssued = "invoice issued",
        /// Staff asked for an invoice to be changed.
        EditBegun = "invoice edit begun",
        /// An invoice was changed.
        InvoiceEdited = "invoice edited",
        /// Staff asked for an invoice to be taken back.
        RevocationBegun = "invoice revocation begun",
        /// An invoice was taken back.
        InvoiceRevoked = "invoice revoked",
        /// The customer paid before a revocation or edit counted.
        ChangeDropped = "change dropped",
        /// Staff had the customer told again.
        InvoiceSentAgain = "invoice sent again",
        /// Staff looked at an invoice.
        InvoiceViewed = "invoice viewed",
        /// Staff took a receipt of a customer's.
        ReceiptViewed = "receipt viewed",
        /// Staff looked at a list of invoices.
        InvoicesListed = "invoices listed",
        /// Stripe said that an invoice is paid.
        InvoicePaid = "invoice paid",
        /// Money came that settled no invoice.
        PaymentKept = "payment kept",
        /// Money goes back.
        RefundRequested = "refund requested",
        /// Stripe said how a refund stands.
        RefundChanged = "refund changed",
        /// Stripe said how a dispute stands.
        DisputeChanged = "dispute changed",
        /// Staff compared with Stripe.
        Reconciled = "reconciled",
        /// Staff took the evidence of an invoice.
        EvidenceTaken = "evidence taken",
        /// Staff exported what came in and went back.
        Exported = "exported",
        /// Staff looked at what needs a person.
        AttentionListed = "attention listed",
        /// Staff looked at one thing that needs a person.
        AttentionViewed = "attention viewed",
        /// Staff had a kept event read again.
        EventReplayed = "event replayed",
        /// Staff had something tried again that had failed.
        TriedAgain = "tried again",
        /// Staff let go what needed a person.
        Dropped = "dropped",
        /// Somebody signed in on the web.
        SignedIn = "signed in",
        /// Somebody ended sessions.
        SignedOut = "signed out",
        /// Somebody took back what they allowed us at Discord.
        Disconnected = "disconnected",
        /// Somebody opened a pay link.
        PayLinkOpened = "pay link opened",
        /// Staff attached a file.
        DeliverableAdded = "deliverable added",
        /// Staff put a new version in a file's place.
        DeliverableReplaced = "deliverable replaced",
        /// Staff took a file away.
        DeliverableRemoved = "deliverable removed",
        /// Staff looked at the files of an invoice.
        DeliverablesListed = "deliverables listed",
        /// A customer was handed a download link.
        DownloadLinkIssued = "download link issued",
        /// Somebody opened a download link.
        DownloadLinkOpened = "download link opened",
        /// Staff looked at a customer.
        CustomerViewed = "customer viewed",
        /// Staff was offered everybody's invoices or files while typing.
        ChoicesShown = "choices shown",
        /// Staff looked at who may do what.
        StaffListed = "staff listed",
        /// Staff gave somebody a permission.
        PermissionGranted = "permission granted",
        /// Staff took a permission away.
        PermissionTaken = "permission taken",
        /// Staff looked at the audit log.
        AuditRead = "audit read",
        /// Staff had the audit log verified.
        AuditVerified = "audit verified",
        /// Somebody tried what they may not do.
        Refused = "refused",
    }
}

/// What evidence holds of an [`Action`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// All: it tells what became of an invoice, its money and its files.
    Evidence,
    /// The oldest and the newest: whoever has a link or a button does it at will, see [`count`].
    Counted,
    /// The newest.
    Other,
}

impl Action {
    /// What evidence holds of it.
    fn weight(self) -> Weight {
        match self {
            Action::InvoiceIssued
            | Action::EditBegun
            | Action::InvoiceEdited
            | Action::RevocationBegun
            | Action::InvoiceRevoked
            | Action::ChangeDropped
            | Action::InvoiceSentAgain
            | Action::InvoicePaid
            | Action::PaymentKept
            | Action::RefundRequested
            | Action::RefundChanged
            | Action::DisputeChanged
            | Action::DeliverableAdded
            | Action::DeliverableReplaced
            | Action::DeliverableRemoved => Weight::Evidence,
            Action::PayLinkOpened | Action::DownloadLinkIssued | Action::DownloadLinkOpened => Weight::Counted,
            Action::InvoiceViewed
            | Action::ReceiptViewed
            | Action::InvoicesListed
            | Action::Reconciled
            | Action::EvidenceTaken
            | Action::Exported
            | Action::AttentionListed
            | Action::AttentionViewed
            | Action::StaffListed
            | Action::EventReplayed
            | Action::TriedAgain
            | Action::Dropped
            | Action::SignedIn
            | Action::SignedOut
            | Action::Disconnected
            | Action::DeliverablesListed
            | Action::CustomerViewed
            | Action::PermissionGranted
            | Action::PermissionTaken
            | Action::AuditRead
            | Action::AuditVerified
            | Action::ChoicesShown
            | Action::Refused => Weight::Other,
        }
    }

    /// The words for it.
    pub fn text(self) -> Message {
        match self {
            Action::InvoiceIssued => message!("audit-invoice-issued"),
            Action::EditBegun => message!("audit-edit-begun"),
            Action::InvoiceEdited => message!("audit-invoice-edited"),
            Action::RevocationBegun => message!("audit-revocation-begun"),
            Action::InvoiceRevoked => message!("audit-invoice-revoked"),
            Action::ChangeDropped => message!("audit-change-dropped"),
            Action::InvoiceSentAgain => message!("audit-invoice-sent-again"),
            Action::InvoiceViewed => message!("audit-invoice-viewed"),
            Action::ReceiptViewed => message!("audit-receipt-viewed"),
            Action::InvoicesListed => message!("audit-invoices-listed"),
            Action::InvoicePaid => message!("audit-invoice-paid"),
            Action::PaymentKept => message!("audit-payment-kept"),
            Action::RefundRequested => message!("audit-refund-requested"),
            Action::RefundChanged => message!("audit-refund-changed"),
            Action::DisputeChanged => message!("audit-dispute-changed"),
            Action::Reconciled => message!("audit-reconciled"),
            Action::EvidenceTaken => message!("audit-evidence-taken"),
            Action::Exported => message!("audit-exported"),
            Action::AttentionListed => message!("audit-attention-listed"),
            Action::AttentionViewed => message!("audit-attention-viewed"),
            Action::EventReplayed => message!("audit-event-replayed"),
            Action::TriedAgain => message!("audit-tried-again"),
            Action::Dropped => message!("audit-dropped"),
            Action::SignedIn => message!("audit-signed-in"),
            Action::SignedOut => message!("audit-signed-out"),
            Action::Disconnected => message!("audit-disconnected"),
            Action::PayLinkOpened => message!("audit-pay-link-opened"),
            Action::DeliverableAdded => message!("audit-deliverable-added"),
            Action::DeliverableReplaced => message!("audit-deliverable-replaced"),
            Action::DeliverableRemoved => message!("audit-deliverable-removed"),
            Action::DeliverablesListed => message!("audit-deliverables-listed"),
            Action::DownloadLinkIssued => message!("audit-download-link-issued"),
            Action::DownloadLinkOpened => message!("audit-download-link-opened"),
            Action::CustomerViewed => message!("audit-customer-viewed"),
            Action::ChoicesShown => message!("audit-choices-shown"),
            Action::StaffListed => message!("audit-staff-listed"),
            Action::PermissionGranted => message!("audit-permission-granted"),
            Action::PermissionTaken => message!("audit-permission-taken"),
            Action::AuditRead => message!("audit-audit-read"),
            Action::AuditVerified => message!("audit-audit-verified"),
            Action::Refused => message!("audit-refused"),
        }
    }
}

/// A row of the log.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its place in the chain, from 1.
    pub seq: i64,
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// A Discord user id, or a word for what is no person, such as `stripe`.
    pub actor: String,
    /// What was done: an [`Action`], or a word of another build.
    pub action: String,
    /// What it was done to: `invoice:12`, `user:<id>`, `role:<id>`, `/command`.
    pub target: String,
    /// More about it; no personal data.
    pub detail: String,
    /// SHA-256 over the row and the hash before it, hexadecimal; `None` for a row from before the
    /// chain.
    pub hash: Option<String>,
}

/// What a list of the log shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only what this person did.
    pub actor: Option<UserId>,
    /// Only this.
    pub action: Option<Action>,
    /// Only what was done to this.
    pub target: Option<String>,
}

/// How the log was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    /// Every row is as it was written.
    Whole {
        /// How many rows there are.
        rows: i64,
        /// Of those, how many are from before the chain.
        unchained: i64,
        /// The hash of the last one; empty where there is none.
        head: String,
    },
    /// From this place on it is not what was written.
    Broken {
        /// The first place where row and hash do not fit, or a row is missing.
        seq: i64,
    },
    /// A place of the chain is there twice.
    Double {
        /// Which.
        seq: i64,
    },
    /// A row stands outside the chain, where nothing was ever written: before its first place, after its
    /// last one, or without any.
    Outside {
        /// Where, if anywhere.
        seq: Option<i64>,
    },
}

/// What something was done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An invoice, its money or its files.
    Invoice(InvoiceNumber),
    /// A person.
    User(UserId),
    /// A role of a server.
    Role(RoleId),
    /// An event of Stripe's, by its id.
    Event(String),
    /// A job of the outbox.
    Job(JobId),
    /// A refund.
    Refund(RefundId),
    /// A payment.
    Payment(PaymentId),
    /// What an outside service refuses.
    Alarm(AlarmId),
    /// A command with its slash, or a menu.
    Command(String),
    /// All invoices.
    Invoices,
    /// Everything that came in and went back.
    Payments,
    /// What needs a person.
    Attention,
    /// Who may do what.
    Staff,
    /// The audit log.
    Audit,
    /// What is offered while somebody types.
    Choices,
}

/// As the log keeps it.
impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Target::Invoice(number) => write!(f, "invoice:{}", number.get()),
            Target::User(user) => write!(f, "user:{user}"),
            Target::Role(role) => write!(f, "role:{role}"),
            Target::Event(event) => write!(f, "event:{event}"),
            Target::Job(job) => write!(f, "job:{job}"),
            Target::Refund(refund) => write!(f, "refund:{refund}"),
            Target::Payment(payment) => write!(f, "payment:{payment}"),
            Target::Alarm(alarm) => write!(f, "alarm:{alarm}"),
            Target::Command(command) => f.write_str(command),
            Target::Invoices => f.write_str("invoices"),
            Target::Payments => f.write_str("payments"),
            Target::Attention => f.write_str("attention"),
            Target::Staff => f.write_str("staff"),
            Target::Audit => f.write_str("audit"),
            Target::Choices => f.write_str("choices"),
        }
    }
}

impl From<InvoiceNumber> for Target {
    fn from(number: InvoiceNumber) -> Self {
        Self::Invoice(number)
    }
}

impl From<UserId> for Target {
    fn from(user: UserId) -> Self {
        Self::User(user)
    }
}

/// Writes a row of the audit log in the transaction of what it is about. `detail` holds no personal data.
///
/// Locks the end of the chain until the transaction ends: the last lock that a transaction takes.
pub async fn record(tx: &mut Tx, by: impl Into<By>, action: Action, target: impl Into<Target>, detail: &str, now: Timestamp) -> Result<()> {
    record_all(tx, &[New { by: by.into(), action, target: target.into(), detail: detail.to_owned() }], now).await
}

/// A row of the log that is to be written.
pub(super) struct New {
    pub by: By,
    pub action: Action,
    pub target: Target,
    pub detail: String,
}

/// Writes rows of the audit log as [`record`] does: three statements, however many rows.
pub(super) async fn record_all(tx: &mut Tx, rows: &[New], now: Timestamp) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let (last, mut head) = sql::advance(tx, rows.len()).await?;
    let mut entries = Vec::with_capacity(rows.len());
    for (seq, row) in (last - rows.len() as i64 + 1..).zip(rows) {
        let mut entry = Entry {
            seq,
            id: AuditId::new(),
            at: now,
            actor: row.by.to_string(),
            action: row.action.as_str().to_owned(),
            target: row.target.to_string(),
            detail: row.detail.clone(),
            hash: None,
        };
        head = chained(&head, &entry)?;
        entry.hash = Some(head.clone());
        entries.push(entry);
    }
    sql::set_head(tx, &head).await?;
    Ok(sql::insert(tx, &entries).await?)
}

/// What is counted together: who did what, in which ten minutes. A row of the log has the same words.
pub(crate) struct Counted<'a> {
    by: By,
    action: Action,
    target: Target,
    detail: &'a str,
    window_start: Timestamp,
}

/// Counts what anybody may do as often as they like, such as opening a link: the first time in ten
/// minutes is a row of the log, and each further one of the same actor, action, target and detail raises
/// the count beside it. The ten minutes are those of the clock (12:00, 12:10, …).
pub async fn count(tx: &mut Tx, by: impl Into<By>, action: Action, target: impl Into<Target>, detail: &str, now: Timestamp) -> Result<()> {
    let counted = Counted { by: by.into(), action, target: target.into(), detail, window_start: window_start(now) };
    count_after(tx, &counted, Duration::ZERO, now).await
}

/// Counts only what comes so long after what was counted last.
async fn count_after(tx: &mut Tx, counted: &Counted<'_>, pause: Duration, now: Timestamp) -> Result<()> {
    if sql::count(tx, counted, pause, now).await? == Some(1) {
        record(tx, counted.by, counted.action, counted.target.clone(), counted.detail, now).await?;
    }
    Ok(())
}

/// Counts a refused attempt at a command or menu.
pub async fn refused(app: &App, actor: &Actor, command: &str, now: Timestamp) -> Result<()> {
    let mut tx = interactions::begin(app, actor, now).await?;
    count(&mut tx, actor.user, Action::Refused, Target::Command(command.to_owned()), "", now).await?;
    tx.commit().await
}

/// Counts a look of staff through the choices of everybody's things. Costs one read for most keystrokes, and
/// writes every 15 seconds while somebody types: what is counted is that, not letters. No interaction is taken:
/// of two bots one finds the look counted.
pub async fn looked(app: &App, actor: &Actor, now: Timestamp) -> Result<()> {
    let (by, target) = (By::Person(actor.user), Target::Choices);
    let look = Counted { by, action: Action::ChoicesShown, target, detail: "", window_start: window_start(now) };
    let last = sql::last_counted(&mut *app.db.read().await?, &look).await?;
    if last.is_some_and(|at| now.since(at) < ONE_LOOK) {
        return Ok(());
    }
    let mut tx = app.db.write().await?;
    count_after(&mut tx, &look, ONE_LOOK, now).await?;
    tx.commit().await
}

/// What the log holds about a target, the oldest first, each row with how often it was repeated, for who
/// may look: all rows of what was issued, changed, paid, delivered, refunded and disputed; of each kind of
/// link the oldest hundred, which show that it came to be known, and the newest hundred; and the newest
/// hundred of all. So what anybody does as often as they like never pushes out what counts. One indexed read for each
/// kind, two for each kind of link.
pub async fn about(conn: &mut Conn, target: &Target) -> Result<Vec<(Entry, i64)>> {
    let mut found = std::collections::BTreeMap::new();
    let mut wanted = vec![(None, Turn::Newest, OTHERS_MAX)];
    for action in Action::ALL.iter().copied() {
        match action.weight() {
            Weight::Evidence => wanted.push((Some(action), Turn::Newest, EVIDENCE_MAX)),
            Weight::Counted => {
                wanted.push((Some(action), Turn::NewerThan(0), COUNTED_MAX));
                wanted.push((Some(action), Turn::Newest, COUNTED_MAX));
            }
            Weight::Other => {}
        }
    }
    for (action, turn, most) in wanted {
        let filter = Filter { action, target: Some(target.to_string()), ..Filter::default() };
        found.extend(sql::list(conn, &filter, &turn, most).await?.into_iter().map(|(entry, count)| (entry.seq, (entry, count))));
    }
    Ok(found.into_values().collect())
}

/// Looks whether the log is what was written, and whether there is anything beside it, for whoever runs the
/// service. Reads every row, a thousand at a time, and holds no lock: rows written meanwhile are left to the
/// next look.
pub async fn verify(db: &Db) -> Result<Verified> {
    let mut conn = db.read().await?;
    if let Some(seq) = sql::find_outside(&mut conn).await? {
        return Ok(Verified::Outside { seq });
    }
    // Without what says where the chain ends, nothing shows how it began.
    let Some((rows, head, from_before)) = sql::head(&mut conn).await? else { return Ok(Verified::Broken { seq: 1 }) };
    let (mut seq, mut unchained, mut before) = (0, 0, String::new());
    let mut last: Option<AuditId> = None;
    while seq < rows {
        // With the last one of the page before once more: another one may stand at its place.
        let found = sql::between(&mut conn, seq.max(1), rows, VERIFY_AT_ONCE).await?;
        let at = seq;
        for entry in found {
            let Some(entry) = entry else { return Ok(Verified::Broken { seq: seq + 1 }) };
            if last.as_ref() == Some(&entry.id) {
                continue;
            }
            if entry.seq == seq {
                return Ok(Verified::Double { seq });
            }
            seq += 1;
            let fits = match &entry.hash {
                // Only rows from before the chain have none.
                None => seq <= from_before,
                Some(hash) => *hash == chained(&before, &entry)?,
            };
            if entry.seq != seq || !fits {
                let at_its_place = sql::between(&mut conn, seq, seq, 2).await?;
                return Ok(if at_its_place.len() > 1 { Verified::Double { seq } } else { Verified::Broken { seq } });
            }
            match entry.hash {
                None => unchained += 1,
                Some(hash) => before = hash,
            }
            last = Some(entry.id);
        }
        if seq == at {
            return Ok(Verified::Broken { seq: seq + 1 });
        }
    }
    // The last place of all, which no next page looks at.
    if sql::between(&mut conn, rows, rows, 2).await?.len() > 1 {
        return Ok(Verified::Double { seq: rows });
    }
    Ok(if before == head { Verified::Whole { rows, unchained, head } } else { Verified::Broken { seq: rows } })
}

/// The hash of the row at a place of the chain, to compare with one that was written down.
pub async fn hash_at(app: &App, seq: i64) -> Result<Option<String>> {
    Ok(sql::between(&mut *app.db.read().await?, seq, seq, 1).await?.into_iter().next().flatten().and_then(|entry| entry.hash))
}

/// The hash of a row after the row with the hash `before`.
fn chained(before: &str, entry: &Entry) -> Result<String> {
    let row = (before, entry.seq, &entry.id, entry.at, &entry.actor, &entry.action, &entry.target, &entry.detail);
    let row = serde_json::to_vec(&row).map_err(|error| Error::Fault(format!("a row of the audit log as JSON: {error}")))?;
    Ok(hex::encode(Sha256::digest(row)))
}

/// When the ten minutes began that a moment is in.
pub fn window_start(at: Timestamp) -> Timestamp {
    let window = i64::try_from(COUNT_WINDOW.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(at.as_millis().div_euclid(window) * window)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_covers_the_whole_row_and_the_one_before() {
        let entry = Entry {
            seq: 2,
            id: AuditId::new(),
            at: Timestamp::from_millis(1),
            actor: "1".into(),
            action: "refused".into(),
            target: "/billing issue".into(),
            detail: String::new(),
            hash: None,
        };
        let hash = chained("ab", &entry).unwrap();
        assert_eq!(hash, chained("ab", &entry).unwrap());
        assert_ne!(hash, chained("ac", &entry).unwrap());
        for altered in [
            Entry { seq: 3, ..entry.clone() },
            Entry { id: AuditId::new(), ..entry.clone() },
            Entry { at: Timestamp::from_millis(2), ..entry.clone() },
            Entry { actor: "2".into(), ..entry.clone() },
            Entry { action: "x".into(), ..entry.clone() },
            // What moves from one column to the next is not the same row.
            Entry { action: "refused/".into(), target: "billing issue".into(), ..entry.clone() },
            Entry { detail: " ".into(), ..entry.clone() },
        ] {
            assert_ne!(hash, chained("ab", &altered).unwrap(), "{altered:?}");
        }
    }
}
