//! Deliverables: files attached to invoices, for the customers who paid them.

mod sql;

use std::net::IpAddr;
use std::time::Duration;

use crate::app::App;
use crate::config::LostDispute;
use crate::domain::accounts::{self, Account};
use crate::domain::actor::{Actor, By};
use crate::domain::audit::{self, Action, Target};
use crate::domain::facts::{self, Fact, File};
use crate::domain::invoices::{self, Covered, Invoice, Status};
use crate::domain::notices::Subject;
use crate::domain::staff::{self, Allowed};
use crate::domain::statuses::DisputeStatus;
use crate::domain::{alarms, confirmations, interactions, links, personal_data};
use crate::error::{Error, Result, Thing};
use crate::message;
use crate::platform::db::{Conn, Tx};
use crate::platform::discord::Attachment;
use crate::platform::outbox::{self, Job};
use crate::platform::storage;
use crate::types::text::Field;
use crate::types::*;

/// How long it is kept who opened a download link: longer than most customers may dispute a payment.
pub const OPENINGS_KEPT: Duration = personal_data::OPENING_KEPT;
/// The maximum number of versions of one file that evidence holds.
const EVIDENCE_MAX: i64 = 1000;
/// How many of the oldest and of the newest openings of an invoice evidence holds.
const OPENINGS_MAX: i64 = 250;
/// A customer's files on a page.
const PAGE: i64 = 15;
/// An invoice's files on a page for staff, each with its versions.
const STAFF_PAGE: i64 = 5;
/// Former versions that staff sees of a file.
const VERSIONS_SHOWN: i64 = 4;
/// Former versions of a file: more than anybody makes.
const VERSIONS_MAX: i64 = 10_000;
/// Deliverables that autocomplete looks through, the newest first.
const SUGGEST_FROM: i64 = 200;
/// The maximum number of choices that Discord shows.
const SUGGESTIONS: usize = 25;
/// Longest file name, in characters.
const FILE_NAME_MAX: usize = 200;
/// An upload that never became a deliverable is deleted after this time.
const DISCARD_AFTER: Duration = Duration::from_secs(60 * 60);
/// How long the presigned URL behind a click lives.
const CLICK_URL_LIFETIME: Duration = Duration::from_secs(60);
/// How long the presigned URL in a reply lives.
const REPLY_URL_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// A file that was attached to an invoice, as it is now.
#[derive(Debug, Clone)]
pub struct Deliverable {
    /// Our id: that of every version.
    pub id: DeliverableId,
    /// The invoice it belongs to.
    pub invoice: InvoiceId,
    /// What staff calls it.
    pub label: String,
    /// Counted from 1.
    pub version: i64,
    /// Its bytes.
    pub object: Object,
    /// What it is saved as.
    pub file_name: String,
    /// When this version was attached.
    pub created_at: Timestamp,
    /// When it was taken away.
    pub removed_at: Option<Timestamp>,
}

/// The bytes of a file.
#[derive(Debug, Clone)]
pub struct Object {
    /// Its key in the bucket.
    pub key: String,
    /// Its size in bytes.
    pub size_bytes: i64,
    /// Its media type.
    pub content_type: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// What a file was before it was replaced.
#[derive(Debug, Clone)]
pub struct Version {
    /// Counted from 1.
    pub version: i64,
    /// Its bytes.
    pub object: Object,
    /// What it was saved as.
    pub file_name: String,
    /// When it was attached.
    pub created_at: Timestamp,
}

/// A deliverable beside the invoice that decides about it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The file.
    pub deliverable: Deliverable,
    /// Its invoice.
    pub invoice: Invoice,
    /// Whether the customer may have it.
    pub access: Access,
}

/// A deliverable in the hands of its customer: for an ephemeral reply only.
#[derive(Debug, Clone)]
pub struct Handout {
    /// The file.
    pub deliverable: Deliverable,
    /// Its invoice.
    pub invoice: Invoice,
    /// Our own short link, for a button: once, within 15 minutes.
    pub link: String,
    /// The presigned URL itself, which works while our web service is down: 5 minutes.
    pub presigned_url: String,
}

/// Whether the customer of an invoice may have its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Not paid.
    None,
    /// Paid.
    Granted,
    /// Not while a dispute is open.
    Suspended,
    /// No longer: the money went back.
    Withdrawn,
}

/// The one rule about access, computed from the rows and never stored: a paid invoice's files are open
/// as long as one of its payments covers it.
pub fn access(rule: LostDispute, invoice: &Invoice) -> Access {
    match (invoice.status, invoice.money.covered(rule)) {
        (Status::Pending | Status::Revoked, _) => Access::None,
        (Status::Paid, Covered::No) => Access::Withdrawn,
        (Status::Paid, Covered::Disputed) => Access::Suspended,
        (Status::Paid, Covered::Yes) => Access::Granted,
    }
}

/// Refuses a file that its customer may not have, in words that say why.
fn granted(app: &App, invoice: &Invoice) -> Result<()> {
    let number = invoice.number;
    Err(Error::Rejected(match access(app.config.payments.lost_dispute, invoice) {
        Access::Granted => return Ok(()),
        Access::Suspended => message!("files-are-suspended", number = number),
        Access::Withdrawn if matches!(invoice.money.dispute, Some((DisputeStatus::Lost, _))) => {
            message!("files-are-closed-by-a-dispute", number = number)
        }
        Access::Withdrawn => message!("files-are-withdrawn", number = number),
        Access::None if invoice.status == Status::Revoked => message!("files-of-revoked-are-closed", number = number),
        Access::None => message!("file-opens-when-paid", number = number),
    }))
}

/// Attaches a file to an invoice: staff only.
pub async fn add(app: &App, actor: &Actor, invoice: &str, label: Option<&str>, file: &Attachment, now: Timestamp) -> Result<Listed> {
    staff::require(app, actor, "deliver add", now).await?;
    let found = invoices::by_number(&mut *app.db.read().await?, invoice).await?;
    takes_files(&found)?;
    let file_name = file_name(file)?;
    let label = match label {
        Some(label) => text::line(label, Field::Label, text::LABEL_MAX)?,
        None => text::shortened(&file_name, text::LABEL_MAX),
    };
    let creator = accounts::seen(app, actor, now).await?;
    copy(app, actor, &found.id, file, now, async |tx, object| {
        let invoice = invoices::lock(tx, &found.id).await?;
        takes_files(&invoice)?;
        let id = DeliverableId::new();
        let deliverable = Deliverable { id, invoice: invoice.id, label, version: 1, object, file_name, created_at: now, removed_at: None };
        sql::insert(tx, &deliverable, &invoice.account, &creator.id).await?;
        happened(tx, actor, |invoice, file| Fact::DeliverableAdded { invoice, file }, &deliverable, &invoice, now).await?;
        Ok(Listed { access: access(app.config.payments.lost_dispute, &invoice), deliverable, invoice: invoice.into_inner() })
    })
    .await
}

/// Puts a new version in the place of a file: staff only. Its id stays, so that what the customer
/// already holds leads to the new version; the old one is kept until the file is removed.
pub async fn replace(app: &App, actor: &Actor, id: &str, label: Option<&str>, file: &Attachment, now: Timestamp) -> Result<Listed> {
    staff::require(app, actor, "deliver replace", now).await?;
    let label = label.map(|label| text::line(label, Field::Label, text::LABEL_MAX)).transpose()?;
    let (found, invoice) = chosen(&mut *app.db.read().await?, None, id).await?;
    takes_files(&invoice)?;
    let file_name = file_name(file)?;
    let creator = accounts::seen(app, actor, now).await?;
    copy(app, actor, &invoice.id, file, now, async |tx, object| {
        let invoice = invoices::lock(tx, &invoice.id).await?;
        takes_files(&invoice)?;
        // Read again under the lock: somebody else may have replaced or removed it.
        let (before, _) = present(tx, &found.id.to_string()).await?;
        sql::keep_version(tx, &before.id, now).await?;
        let label = label.unwrap_or_else(|| before.label.clone());
        let deliverable = Deliverable { label, version: before.version + 1, object, file_name, created_at: now, ..before };
        sql::update(tx, &deliverable, &creator.id).await?;
        happened(tx, actor, |invoice, file| Fact::DeliverableReplaced { invoice, file }, &deliverable, &invoice, now).await?;
        Ok(Listed { access: access(app.config.payments.lost_dispute, &invoice), deliverable, invoice: invoice.into_inner() })
    })
    .await
}

/// Asks staff whether a file should really be removed. Audited, since the question shows the file.
pub async fn ask_remove(app: &App, actor: &Actor, id: &str, now: Timestamp) -> Result<(Listed, ConfirmationId)> {
    staff::require(app, actor, "deliver remove", now).await?;
    let mut tx = interactions::begin(app, actor, now).await?;
    let (deliverable, invoice) = chosen(&mut tx, None, id).await?;
    let operation = confirmations::Operation::RemoveDeliverable { deliverable: deliverable.id };
    let confirmation = confirmations::ask(&mut tx, actor, &operation, now).await?;
    let (target, detail) = (Target::Invoice(invoice.number), format!("asked to remove {}", named(&deliverable.id)));
    audit::record(&mut tx, actor.user, Action::DeliverablesListed, target, &detail, now).await?;
    tx.commit().await?;
    Ok((Listed { access: access(app.config.payments.lost_dispute, &invoice), deliverable, invoice }, confirmation))
}

/// Takes a file away from its invoice: links to it stop at once, and the outbox deletes its objects,
/// which ends what was handed out of them.
pub async fn remove(app: &App, tx: &mut Tx, actor: &Allowed<'_>, id: &DeliverableId, now: Timestamp) -> Result<Listed> {
    let invoice = by_id(tx, id).await?.invoice;
    let invoice = invoices::lock(tx, &invoice).await?;
    let (mut deliverable, _) = present(tx, &id.to_string()).await?;
    deliverable.removed_at = Some(now);
    sql::mark_removed(tx, id, now).await?;
    let former = sql::list_versions(tx, id, VERSIONS_MAX).await?;
    for object in former.into_iter().map(|version| version.object).chain([deliverable.object.clone()]) {
        outbox::enqueue(tx, &Job::DiscardUpload { object_key: object.key }, now).await?;
    }
    happened(tx, actor, |invoice, file| Fact::DeliverableRemoved { invoice, file }, &deliverable, &invoice, now).await?;
    Ok(Listed { access: access(app.config.payments.lost_dispute, &invoice), deliverable, invoice: invoice.into_inner() })
}

/// Says what staff did to a file.
async fn happened(
    tx: &mut Tx,
    actor: &Actor,
    fact: impl FnOnce(Subject, File<'_>) -> Fact<'_>,
    deliverable: &Deliverable,
    invoice: &Invoice,
    now: Timestamp,
) -> Result<()> {
    let object = &deliverable.object;
    let detail = format!("{} v{}, {} bytes, sha256 {}", named(&deliverable.id), deliverable.version, object.size_bytes, object.sha256);
    alarms::settled(tx, &deliverable.id.to_string(), now).await?;
    let file = File { id: deliverable.id, detail: &detail, size_bytes: object.size_bytes };
    facts::happened(tx, actor.user, &fact(invoice.subject(), file), now).await
}

/// Copies a file from Discord's CDN to the bucket and stores its row: object first, row second.
/// Whatever breaks in between, the outbox deletes the object again.
async fn copy<T>(
    app: &App,
    actor: &Actor,
    invoice: &InvoiceId,
    file: &Attachment,
    now: Timestamp,
    store: impl AsyncFnOnce(&mut Tx, Object) -> Result<T>,
) -> Result<T> {
    check(app, file)?;
    let max_bytes = app.config.storage.max_file_bytes;
    let content_type = file.content_type.as_deref().filter(|kind| is_media_type(kind)).unwrap_or("application/octet-stream");
    let key = format!("deliverables/{invoice}/{}", DeliverableId::new());
    let mut tx = interactions::begin(app, actor, now).await?;
    let discard = outbox::enqueue(&mut tx, &Job::DiscardUpload { object_key: key.clone() }, now.plus(DISCARD_AFTER)).await?;
    tx.commit().await?;

    let stored = async {
        let body = app.discord.attachment(&file.url).await?;
        let uploaded = app.storage.upload(&key, content_type, max_bytes, body).await?;
        let object = Object { key: key.clone(), size_bytes: uploaded.size, content_type: content_type.to_owned(), sha256: uploaded.sha256 };
        let mut tx = interactions::begin(app, actor, now).await?;
        let stored = store(&mut tx, object).await?;
        outbox::cancel(&mut tx, &discard).await?;
        tx.commit().await?;
        Ok(stored)
    };
    match stored.await {
        Ok(stored) => Ok(stored),
        Err(error) => {
            // Tidy up at once where that works; else the job does it in an hour.
            if discard_upload(app, &key).await.is_ok() {
                let mut tx = interactions::begin(app, actor, now).await?;
                outbox::cancel(&mut tx, &discard).await?;
                tx.commit().await?;
            }
            Err(error)
        }
    }
}

/// Deletes an object unless a deliverable holds it; done by the outbox.
pub async fn discard_upload(app: &App, object_key: &str) -> Result<()> {
    if sql::holds_object(&mut *app.db.read().await?, object_key).await? {
        return Ok(());
    }
    app.storage.delete(object_key).await
}

/// A page of the actor's own deliverables, of all their invoices or of one.
pub async fn list(app: &App, actor: &Actor, invoice: Option<&str>, turn: &Turn<DeliverableId>) -> Result<Page<Listed, DeliverableId>> {
    let mut conn = app.db.read().await?;
    let found = match invoice {
        None => {
            let account = accounts::id_of(&mut conn, &actor.user).await?.ok_or(NOT_FOUND)?;
            sql::list(&mut conn, &sql::Whose::Account(account), turn, PAGE + 1).await?
        }
        Some(number) => {
            let invoice = invoices::by_number(&mut conn, number).await?;
            if invoice.customer != actor.user {
                return Err(invoices::NOT_FOUND);
            }
            sql::list(&mut conn, &sql::Whose::Invoice(invoice.id), turn, PAGE + 1).await?
        }
    };
    let listed = beside_invoices(app, &mut conn, found).await?;
    Ok(Page::of(listed, turn, PAGE as usize, |listed| listed.deliverable.id))
}

/// A page of the files of an invoice, each with its former versions, the latest first: staff only,
/// and audited.
pub async fn list_all(
    app: &App,
    actor: &Actor,
    invoice: &str,
    turn: &Turn<DeliverableId>,
    now: Timestamp,
) -> Result<(Invoice, Page<(Deliverable, Vec<Version>), DeliverableId>)> {
    staff::require(app, actor, "deliver list", now).await?;
    let mut tx = interactions::begin(app, actor, now).await?;
    let invoice = invoices::by_number(&mut tx, invoice).await?;
    let found = sql::list(&mut tx, &sql::Whose::Invoice(invoice.id), turn, STAFF_PAGE + 1).await?;
    let mut files = Vec::with_capacity(found.len());
    for deliverable in found {
        let versions = sql::list_versions(&mut tx, &deliverable.id, VERSIONS_SHOWN).await?;
        files.push((deliverable, versions));
    }
    audit::record(&mut tx, actor.user, Action::DeliverablesListed, invoice.number, "", now).await?;
    tx.commit().await?;
    Ok((invoice, Page::of(files, turn, STAFF_PAGE as usize, |(deliverable, _)| deliverable.id)))
}

/// Hands one of the actor's own deliverables out: a link of ours and a presigned URL. Counted in the audit
/// log.
pub async fn get(app: &App, actor: &Actor, id: &str, now: Timestamp) -> Result<Handout> {
    let (deliverable, invoice) = chosen(&mut *app.db.read().await?, Some(actor), id).await?;
    if invoice.customer != actor.user {
        return Err(NOT_FOUND);
    }
    granted(app, &invoice)?;
    match in_bucket(app, &deliverable, &invoice, now).await {
        // The link looks again.
        Err(error) if error.is_away() => {}
        looked => looked?,
    }
    let mut tx = interactions::begin(app, actor, now).await?;
    let (deliverable, invoice) = chosen(&mut tx, Some(actor), id).await?;
    if invoice.customer != actor.user {
        return Err(NOT_FOUND);
    }
    granted(app, &invoice)?;
    let link = links::create_download(app, &mut tx, &invoice.id, &deliverable.id, now).await?;
    let detail = format!("{} v{}", named(&deliverable.id), deliverable.version);
    audit::count(&mut tx, actor.user, Action::DownloadLinkIssued, invoice.number, &detail, now).await?;
    tx.commit().await?;
    let presigned_url = app.storage.presigned_get(&deliverable.object.key, &deliverable.file_name, REPLY_URL_LIFETIME, now).await?;
    Ok(Handout { deliverable, invoice, link, presigned_url })
}

/// Where a download link leads.
#[derive(Debug, Clone)]
pub enum Opened {
    /// To the file: a presigned URL that lives for a minute.
    Leads {
        /// The presigned URL.
        url: String,
        /// Whether this used the link up, so that the visitor's cookie is the one that it goes on for.
        is_first: bool,
    },
    /// Nowhere: it was used before, by another browser or longer ago.
    Used(DeliverableId),
    /// Nowhere: whoever is signed in is not whose file it is. The link is as it was.
    Anothers,
}

/// Opens a download link: for whoever is signed in as the customer whose file it is, as often as they like and
/// as long as the link is remembered; else for whoever uses it first ([`links::turnstile`]). Who is signed
/// in as somebody else gets nothing, because they are not who paid.
///
/// Access is checked now, whatever it was when the link was handed out, and the storage is asked before
/// the link is used up. The click is counted in the audit log, and kept for 180 days with the address that
/// it came from. Of two clicks at once one uses the link up; the other goes on as the same browser, or not.
pub async fn open(app: &App, token: &str, visitor: &links::Visitor<'_>, who: Option<&Account>, now: Timestamp) -> Result<Opened> {
    let mut conn = app.db.read().await?;
    let link = links::get(app, &mut conn, links::Kind::Download, token).await?;
    let id = link.deliverable.ok_or(links::NOT_FOUND)?;
    let invoice = invoices::by_id(&mut conn, &link.invoice).await?;
    let is_customer = match who {
        Some(account) if account.id != invoice.account => return Ok(Opened::Anothers),
        Some(_) => true,
        None => false,
    };
    let refused = |link: &links::Link| match links::turnstile(link, token, visitor, now) {
        _ if is_customer => Ok(None),
        links::Turnstile::Open => Ok(None),
        links::Turnstile::Used => Ok(Some(Opened::Used(id))),
        links::Turnstile::Expired => Err(Error::Expired(message!("download-link-expired"))),
    };
    if let Some(refused) = refused(&link)? {
        return Ok(refused);
    }
    let (deliverable, invoice) = to_open(app, &mut conn, &id).await?;
    drop(conn);
    in_bucket(app, &deliverable, &invoice, now).await?;
    let mut tx = app.db.write().await?;
    let is_first = links::use_up(&mut tx, &link, token, visitor, now).await?;
    if !is_first && let Some(refused) = refused(&links::get(app, &mut tx, links::Kind::Download, token).await?)? {
        return Ok(refused);
    }
    let (deliverable, invoice) = to_open(app, &mut tx, &id).await?;
    let (by, opener) = match who {
        Some(account) => (By::Person(account.user), account.id.to_string()),
        None => (By::DownloadLink, link.id.clone()),
    };
    note_opening(app, &mut tx, by, &opener, (&deliverable, &invoice), visitor.address, now).await?;
    tx.commit().await?;
    Ok(Opened::Leads { url: click_url(app, &deliverable, now).await?, is_first: is_first && !is_customer })
}

/// Where one of the files of whoever is signed in is: a presigned URL that lives for a minute. Counted and kept
/// like a click on a link.
pub async fn download(app: &App, who: &Account, id: &str, address: IpAddr, now: Timestamp) -> Result<String> {
    let mut conn = app.db.read().await?;
    let (found, invoice) = present(&mut conn, id).await?;
    if invoice.account != who.id {
        return Err(NOT_FOUND);
    }
    granted(app, &invoice)?;
    drop(conn);
    in_bucket(app, &found, &invoice, now).await?;
    let mut tx = app.db.write().await?;
    let (deliverable, invoice) = to_open(app, &mut tx, &found.id).await?;
    note_opening(app, &mut tx, who.user.into(), &who.id.to_string(), (&deliverable, &invoice), address, now).await?;
    tx.commit().await?;
    click_url(app, &deliverable, now).await
}

/// A file that may be opened now, whoever comes for it, and its invoice.
async fn to_open(app: &App, conn: &mut Conn, id: &DeliverableId) -> Result<(Deliverable, Invoice)> {
    let deliverable = by_id(conn, id).await?;
    if deliverable.removed_at.is_some() {
        return Err(Error::Expired(message!("file-was-removed")));
    }
    let invoice = invoices::by_id(conn, &deliverable.invoice).await?;
    granted(app, &invoice)?;
    Ok((deliverable, invoice))
}

/// Fails with a word for the customer where the object of a file is gone from the bucket; staff is told, once.
async fn in_bucket(app: &App, file: &Deliverable, invoice: &Invoice, now: Timestamp) -> Result<()> {
    if app.storage.exists(&file.object.key).await? {
        return Ok(());
    }
    // Without its bucket every file looks gone.
    app.storage.examine().await?;
    alarms::file_is_gone(app, &file.id, invoice, now).await?;
    Err(Error::Expired(message!("file-is-gone")))
}

async fn click_url(app: &App, deliverable: &Deliverable, now: Timestamp) -> Result<String> {
    app.storage.presigned_get(&deliverable.object.key, &deliverable.file_name, CLICK_URL_LIFETIME, now).await
}

/// Notes that a file was opened: in ten minutes one row of the audit log for each actor, and one opening
/// for each opener (a link, or a person), with their counts.
async fn note_opening(
    app: &App,
    tx: &mut Tx,
    by: By,
    opener: &str,
    (deliverable, invoice): (&Deliverable, &Invoice),
    address: IpAddr,
    now: Timestamp,
) -> Result<()> {
    let opening = OpeningId::new();
    let sealed = app.keys.seal(&opening_row(&opening), address.to_string().as_bytes())?;
    sql::count_opening(tx, &opening, deliverable, opener, audit::window_start(now), &sealed, now).await?;
    let detail = format!("{} v{}", named(&deliverable.id), deliverable.version);
    audit::count(tx, by, Action::DownloadLinkOpened, invoice.number, &detail, now).await
}

/// A file that was opened, by one link or one person in ten minutes.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The file.
    pub deliverable: DeliverableId,
    /// Which version of it.
    pub version: i64,
    /// When, the first time.
    pub opened_at: Timestamp,
    /// The internet address that it was opened from, the first time.
    pub address: String,
    /// How often.
    pub count: i64,
}

/// Every file that an invoice ever had, each with what it was before, for whoever may look.
pub async fn with_versions(conn: &mut Conn, invoice: &InvoiceId) -> Result<Vec<(Deliverable, Vec<Version>)>> {
    let mut files = Vec::new();
    for file in sql::list_all(conn, invoice).await? {
        let versions = sql::list_versions(conn, &file.id, EVIDENCE_MAX).await?;
        files.push((file, versions));
    }
    Ok(files)
}

/// When files of an invoice were opened, the oldest first. Of very many the oldest and the newest: those
/// that show that it was delivered, and those from before a dispute.
pub async fn openings(app: &App, conn: &mut Conn, invoice: &InvoiceId) -> Result<Vec<Opening>> {
    let mut rows = sql::list_openings(conn, invoice, true, OPENINGS_MAX).await?;
    let newest = sql::list_openings(conn, invoice, false, OPENINGS_MAX).await?;
    let oldest: std::collections::HashSet<String> = rows.iter().map(|row| row.id.to_string()).collect();
    rows.extend(newest.into_iter().rev().filter(|row| !oldest.contains(&row.id.to_string())));
    let open = |row: sql::OpeningRow| {
        let address = app.keys.open(&opening_row(&row.id), &row.address)?;
        let address = String::from_utf8_lossy(&address).into_owned();
        Ok(Opening { deliverable: row.deliverable, version: row.version, opened_at: row.opened_at, address, count: row.count })
    };
    rows.into_iter().map(open).collect()
}

/// Forgets who opened download links, 180 days later.
pub async fn forget_openings(app: &App, now: Timestamp) -> Result<()> {
    let mut tx = app.db.write().await?;
    sql::delete_openings(&mut tx, now.minus(OPENINGS_KEPT)).await?;
    tx.commit().await
}

/// The identity under which an opening's address is sealed.
pub(super) fn opening_row(id: &OpeningId) -> String {
    format!("openings/{id}")
}

/// Longest label of a choice, in characters: Discord takes no more.
const OFFERED_MAX: usize = 100;

/// Choices among the actor's own deliverables for what they typed so far. Writes nothing.
pub async fn suggest(app: &App, actor: &Actor, typed: &str) -> Result<Vec<Suggestion>> {
    let mut conn = app.db.read().await?;
    let Some(account) = accounts::id_of(&mut conn, &actor.user).await? else { return Ok(Vec::new()) };
    match of_number(&mut conn, typed).await? {
        Some(invoice) if invoice.customer == actor.user => suggestions(&mut conn, &sql::Whose::Invoice(invoice.id), "").await,
        Some(_) | None => suggestions(&mut conn, &sql::Whose::Account(account), typed).await,
    }
}

/// The invoice whose number was typed, whoever it belongs to: its files are meant, however old it is.
async fn of_number(conn: &mut Conn, typed: &str) -> Result<Option<Invoice>> {
    match invoices::by_number(conn, typed).await {
        Ok(invoice) => Ok(Some(invoice)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Choices among everybody's deliverables for staff. Whoever may not run the command gets no choice.
/// A look that the audit log counts ([`audit::looked`]).
pub async fn suggest_all(app: &App, actor: &Actor, command: &str, typed: &str, now: Timestamp) -> Result<Vec<Suggestion>> {
    if !staff::may(app, actor, command).await? {
        return Ok(Vec::new());
    }
    audit::looked(app, actor, now).await?;
    let mut conn = app.db.read().await?;
    match of_number(&mut conn, typed).await? {
        Some(invoice) => suggestions(&mut conn, &sql::Whose::Invoice(invoice.id), "").await,
        None => suggestions(&mut conn, &sql::Whose::Everybody, typed).await,
    }
}

async fn suggestions(conn: &mut Conn, whose: &sql::Whose, typed: &str) -> Result<Vec<Suggestion>> {
    let wanted = typed.trim().to_lowercase();
    let found = sql::list_named(conn, whose, SUGGEST_FROM).await?;
    Ok(found
        .iter()
        .map(|named| (named, offered_as(named)))
        .filter(|(named, label)| {
            let within = |text: &str| text.to_lowercase().contains(&wanted);
            within(&named.label) || within(&named.title) || within(label)
        })
        .take(SUGGESTIONS)
        .map(|(named, label)| Suggestion { label, value: named.id.to_string() })
        .collect())
}

/// What a person reads of a file among others: its label, and the invoice.
fn offered_as(named: &sql::Named) -> String {
    text::shortened(&format!("{} · {} {}", named.label, named.invoice, named.title), OFFERED_MAX)
}

/// The file that a person chose, if it is not removed, and its invoice: by its id; by what it was offered as,
/// because Discord's client may send that; or by an invoice with one file alone. Among the actor's own files,
/// or everybody's without one. Whoever it belongs to, the caller checks.
async fn chosen(conn: &mut Conn, owner: Option<&Actor>, typed: &str) -> Result<(Deliverable, Invoice)> {
    let typed = typed.trim();
    if DeliverableId::parse(typed).is_ok() {
        return present(conn, typed).await;
    }
    let whose = match owner {
        None => sql::Whose::Everybody,
        Some(actor) => sql::Whose::Account(accounts::id_of(conn, &actor.user).await?.ok_or(NOT_FOUND)?),
    };
    let mut found = sql::list_named(conn, &whose, SUGGEST_FROM).await?;
    // An older file than these was offered for the number of its invoice, which stands in its line.
    for number in numbers_in(typed) {
        if let Some(invoice) = of_number(conn, &number).await?.filter(|invoice| owner.is_none_or(|actor| invoice.customer == actor.user)) {
            found.extend(sql::list_named(conn, &sql::Whose::Invoice(invoice.id), SUGGEST_FROM).await?);
        }
    }
    found.sort_by_key(|named| named.id);
    found.dedup_by_key(|named| named.id);
    let number = InvoiceNumber::parse(typed).ok();
    let mut meant: Vec<&sql::Named> = found.iter().filter(|named| offered_as(named) == typed).collect();
    if meant.is_empty() {
        meant = found.iter().filter(|named| named.label == typed || Some(named.invoice) == number).collect();
    }
    match meant.as_slice() {
        [] => Err(NOT_FOUND),
        [one] => present(conn, &one.id.to_string()).await,
        _ => Err(Error::Rejected(message!("more-than-one-file"))),
    }
}

/// The numbers of invoices that stand in a line, four at most.
fn numbers_in(line: &str) -> Vec<String> {
    let whole = InvoiceNumber::parse(line).ok().map(|number| number.get().to_string());
    let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
    let within = line.split(" · #").skip(1).map(digits).filter(|digits| !digits.is_empty());
    whole.into_iter().chain(within).take(4).collect()
}

/// The newest deliverables of an invoice.
pub async fn of_invoice(conn: &mut Conn, invoice: &InvoiceId) -> Result<Vec<Deliverable>> {
    Ok(sql::list(conn, &sql::Whose::Invoice(*invoice), &Turn::Newest, PAGE).await?)
}

/// The deliverable behind an id, removed or not, whoever it belongs to: the caller checks.
pub async fn by_id(conn: &mut Conn, id: &DeliverableId) -> Result<Deliverable> {
    sql::find(conn, id).await?.ok_or(NOT_FOUND)
}

/// The deliverable behind an id that a person sent, if it is not removed, and its invoice.
async fn present(conn: &mut Conn, id: &str) -> Result<(Deliverable, Invoice)> {
    let id = DeliverableId::parse(id.trim()).map_err(|_| NOT_FOUND)?;
    let deliverable = sql::find(conn, &id).await?.filter(|found| found.removed_at.is_none()).ok_or(NOT_FOUND)?;
    let invoice = invoices::by_id(conn, &deliverable.invoice).await?;
    Ok((deliverable, invoice))
}

/// The words for a deliverable that does not exist or is somebody else's.
pub const NOT_FOUND: Error = Error::NotFound(Thing::Deliverable);

/// How the audit log names a deliverable beside its invoice.
fn named(id: &DeliverableId) -> String {
    format!("deliverable:{id}")
}

/// Whether a command that copies this file is about to: the actor may run it, and the file can be taken.
pub async fn takes(app: &App, actor: &Actor, command: &str, file: &Attachment) -> bool {
    check(app, file).is_ok() && staff::may(app, actor, command).await.unwrap_or(false)
}

/// Whether a file can be taken, as far as Discord's word tells.
pub fn check(app: &App, file: &Attachment) -> Result<()> {
    let max_bytes = app.config.storage.max_file_bytes;
    if file.stated_size == 0 {
        return Err(Error::Rejected(message!("file-is-empty")));
    }
    if file.stated_size > max_bytes {
        return Err(storage::too_large(max_bytes));
    }
    file_name(file).map(|_| ())
}

/// The name that a file is saved as. What cannot be seen in it is left out: who attached it did not type it.
fn file_name(file: &Attachment) -> Result<String> {
    let name = file.file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen: String = name.chars().filter(|&c| !c.is_control() && !text::turns_direction(c)).collect();
    Ok(text::line(&seen, Field::FileName, FILE_NAME_MAX)?)
}

/// Refuses files for an invoice that is or will be revoked.
pub fn takes_files(invoice: &Invoice) -> Result<()> {
    if invoice.status == Status::Revoked || invoice.revoking_at.is_some() {
        return Err(Error::Rejected(message!("revoked-takes-no-files", number = invoice.number)));
    }
    Ok(())
}

async fn beside_invoices(app: &App, conn: &mut Conn, found: Vec<Deliverable>) -> Result<Vec<Listed>> {
    let mut invoices: std::collections::HashMap<InvoiceId, Invoice> = std::collections::HashMap::new();
    let mut listed = Vec::with_capacity(found.len());
    for deliverable in found {
        let invoice = match invoices.get(&deliverable.invoice) {
            Some(invoice) => invoice.clone(),
            None => invoices::by_id(conn, &deliverable.invoice).await?,
        };
        invoices.insert(invoice.id, invoice.clone());
        listed.push(Listed { access: access(app.config.payments.lost_dispute, &invoice), deliverable, invoice });
    }
    Ok(listed)
}

/// Whether the text is `type/subtype` with nothing that could end a header.
fn is_media_type(text: &str) -> bool {
    text.len() <= 100
        && text.split_once('/').is_some_and(|(kind, rest)| !kind.is_empty() && !rest.is_empty())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/.+-_; =".contains(&byte))
}
