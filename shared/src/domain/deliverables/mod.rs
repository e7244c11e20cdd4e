//! Deliverables: files attached to invoices, for who paid.

mod sql;

use std::time::Duration;

use crate::app::App;
use crate::domain::invoices::{self, Invoice, Status, Suggestion};
use crate::domain::staff::{self, Actor};
use crate::domain::{accounts, audit, links, notices};
use crate::error::{Error, Result, Thing};
use crate::message;
use crate::platform::db::Conn;
use crate::platform::outbox::{self, Job};
use crate::platform::storage;
use crate::texts::Message;
use crate::types::text::Field;
use crate::types::*;

/// Most deliverables that a list shows at once.
pub const LIST_LIMIT: i64 = 25;
/// Deliverables that autocomplete looks through, the newest first.
const SUGGEST_FROM: i64 = 200;
/// Most choices that Discord shows.
const SUGGESTIONS: usize = 25;
/// Longest file name, in characters.
const FILE_NAME_MAX: usize = 200;
/// An upload that never became a deliverable is deleted after this time.
const DISCARD_AFTER: Duration = Duration::from_secs(60 * 60);
/// How long the presigned URL behind a click lives.
const CLICK_URL_LIFETIME: Duration = Duration::from_secs(60);
/// How long the presigned URL in a reply lives.
const REPLY_URL_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// A file that was attached to an invoice.
#[derive(Debug, Clone)]
pub struct Deliverable {
    /// Our id.
    pub id: DeliverableId,
    /// The invoice it belongs to.
    pub invoice: InvoiceId,
    /// What staff calls it.
    pub label: String,
    /// The object in the bucket.
    pub object_key: String,
    /// What it is saved as.
    pub file_name: String,
    /// Its size in bytes.
    pub size_bytes: i64,
    /// Its media type.
    pub content_type: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// When it was attached.
    pub created_at: Timestamp,
}

/// A file as Discord hands it over. Nothing of it is believed.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// Where Discord's CDN has it.
    pub url: String,
    /// What the person called it.
    pub file_name: String,
    /// What Discord takes it for.
    pub content_type: Option<String>,
    /// The size that Discord states, in bytes.
    pub stated_size: u64,
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
    /// Our own short link, for a button: 15 minutes.
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
}

/// The one rule about access, computed from the rows and never stored.
pub fn access(invoice: &Invoice) -> Access {
    match invoice.status {
        Status::Paid => Access::Granted,
        Status::Pending | Status::Revoked => Access::None,
    }
}

/// Attaches a file to an invoice: staff only. Copies it from Discord's CDN to the bucket, object
/// first and row second; whatever breaks in between, the outbox deletes the object again.
pub async fn add(app: &App, actor: &Actor, invoice: &str, label: Option<&str>, file: &Attachment, now: Timestamp) -> Result<Listed> {
    staff::require(app, actor, "deliver add", now).await?;
    let max_bytes = app.config.storage.max_file_bytes;
    if file.stated_size == 0 {
        return Err(Error::Rejected(message!("file-is-empty")));
    }
    if file.stated_size > max_bytes {
        return Err(storage::too_large(max_bytes));
    }
    let file_name = text::line(file.file_name.rsplit(['/', '\\']).next().unwrap_or_default(), Field::FileName, FILE_NAME_MAX)?;
    let label = match label {
        Some(label) => text::line(label, Field::Label, text::LABEL_MAX)?,
        None => text::shortened(&file_name, text::LABEL_MAX),
    };
    let content_type = file.content_type.as_deref().filter(|kind| is_media_type(kind)).unwrap_or("application/octet-stream");
    let invoice = invoices::by_number(&mut *app.db.read().await?, invoice).await?;
    takes_files(&invoice)?;

    let id = DeliverableId::new();
    let object_key = format!("deliverables/{}/{id}", invoice.id);
    let mut tx = app.db.write().await?;
    let discard = Job::DiscardUpload { object_key: object_key.clone() };
    let discard = outbox::enqueue(&mut tx, &discard, now.plus(DISCARD_AFTER)).await?;
    tx.commit().await?;

    let stored = async {
        let body = app.discord.attachment(&file.url).await?;
        let uploaded = app.storage.upload(&object_key, content_type, max_bytes, body).await?;
        let mut tx = app.db.write().await?;
        let invoice = invoices::lock(&mut tx, &invoice.id).await?;
        takes_files(&invoice)?;
        let creator = accounts::upsert(&mut tx, &actor.user, &actor.name, now).await?;
        let deliverable = Deliverable {
            id: id.clone(),
            invoice: invoice.id.clone(),
            label,
            object_key: object_key.clone(),
            file_name,
            size_bytes: uploaded.size,
            content_type: content_type.to_owned(),
            sha256: uploaded.sha256,
            created_at: now,
        };
        sql::insert(&mut tx, &deliverable, &creator.id).await?;
        outbox::cancel(&mut tx, &discard).await?;
        let detail = format!("{} bytes, sha256 {}", deliverable.size_bytes, deliverable.sha256);
        audit::record(&mut tx, actor.user.as_str(), "deliverable added", &target(&id), &detail, now).await?;
        notices::queue(&mut tx, notices::Kind::DeliverableAdded, &invoice, Some(&id), now).await?;
        tx.commit().await?;
        let access = access(&invoice);
        Ok(Listed { deliverable, invoice, access })
    }
    .await;
    match stored {
        Ok(listed) => {
            tracing::info!(deliverable.id = %listed.deliverable.id, size_bytes = listed.deliverable.size_bytes, "attached a file to invoice {}", listed.invoice.number);
            Ok(listed)
        }
        Err(error) => {
            // Tidy up at once where that works; else the job does it in an hour.
            if discard_upload(app, &object_key).await.is_ok() {
                let mut tx = app.db.write().await?;
                outbox::cancel(&mut tx, &discard).await?;
                tx.commit().await?;
            }
            Err(error)
        }
    }
}

/// Deletes an uploaded object unless a deliverable holds it; done by the outbox.
pub async fn discard_upload(app: &App, object_key: &str) -> Result<()> {
    if sql::holds_object(&mut *app.db.read().await?, object_key).await? {
        return Ok(());
    }
    app.storage.delete(object_key).await
}

/// The actor's own deliverables, the newest first.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Listed>> {
    newest(app, actor, LIST_LIMIT).await
}

async fn newest(app: &App, actor: &Actor, limit: i64) -> Result<Vec<Listed>> {
    let mut conn = app.db.read().await?;
    let found = sql::list_of(&mut conn, &actor.user, limit).await?;
    beside_invoices(&mut conn, found).await
}

/// Hands one of the actor's own deliverables out: a link of ours and a presigned URL. Audited.
pub async fn get(app: &App, actor: &Actor, id: &str, now: Timestamp) -> Result<Handout> {
    let id = DeliverableId::parse(id.trim()).map_err(|_| NOT_FOUND)?;
    let mut tx = app.db.write().await?;
    let deliverable = sql::find(&mut tx, &id).await?.ok_or(NOT_FOUND)?;
    let invoice = invoices::by_id(&mut tx, &deliverable.invoice).await?;
    if invoice.customer != actor.user {
        return Err(NOT_FOUND);
    }
    match access(&invoice) {
        Access::Granted => {}
        Access::None => return Err(Error::Rejected(unpaid(&invoice))),
    }
    let link = links::create_download(app, &mut tx, &invoice.id, &id, now).await?;
    audit::record(&mut tx, actor.user.as_str(), "download link issued", &target(&id), "", now).await?;
    tx.commit().await?;
    let presigned_url = app.storage.presigned_get(&deliverable.object_key, &deliverable.file_name, REPLY_URL_LIFETIME, now).await?;
    Ok(Handout { deliverable, invoice, link, presigned_url })
}

/// Where a click on a download link leads: a presigned URL that lives for a minute. Access is
/// checked now, whatever it was when the link was handed out; the click is audited.
pub async fn open(app: &App, token: &str, now: Timestamp) -> Result<String> {
    let link = links::get(app, &mut *app.db.read().await?, links::Kind::Download, token).await?;
    let id = link.deliverable.ok_or(links::NOT_FOUND)?;
    if link.expires_at.is_none_or(|expires_at| expires_at <= now) {
        return Err(Error::Expired(message!("download-link-expired")));
    }
    let mut tx = app.db.write().await?;
    let deliverable = sql::find(&mut tx, &id).await?.ok_or(NOT_FOUND)?;
    let invoice = invoices::by_id(&mut tx, &link.invoice).await?;
    match access(&invoice) {
        Access::Granted => {}
        Access::None => return Err(Error::Rejected(unpaid(&invoice))),
    }
    audit::record(&mut tx, "download link", "download link opened", &target(&id), "", now).await?;
    tx.commit().await?;
    if !app.storage.exists(&deliverable.object_key).await? {
        return Err(Error::Fault(format!("the object of deliverable {id} is not in the bucket")));
    }
    app.storage.presigned_get(&deliverable.object_key, &deliverable.file_name, CLICK_URL_LIFETIME, now).await
}

/// Choices among the actor's own deliverables for what they typed so far. Writes nothing.
pub async fn suggest(app: &App, actor: &Actor, typed: &str) -> Result<Vec<Suggestion>> {
    let wanted = typed.trim().to_lowercase();
    let listed = newest(app, actor, SUGGEST_FROM).await?;
    Ok(listed
        .iter()
        .filter(|listed| listed.deliverable.label.to_lowercase().contains(&wanted) || listed.invoice.title.to_lowercase().contains(&wanted))
        .take(SUGGESTIONS)
        .map(|listed| Suggestion {
            label: text::shortened(&format!("{} · {} {}", listed.deliverable.label, listed.invoice.number, listed.invoice.title), 100),
            value: listed.deliverable.id.to_string(),
        })
        .collect())
}

/// The deliverables of an invoice, the oldest first.
pub async fn of_invoice(conn: &mut Conn, invoice: &InvoiceId) -> Result<Vec<Deliverable>> {
    Ok(sql::list_of_invoice(conn, invoice, LIST_LIMIT).await?)
}

/// The deliverable behind an id, whoever it belongs to: the caller checks.
pub async fn by_id(conn: &mut Conn, id: &DeliverableId) -> Result<Deliverable> {
    sql::find(conn, id).await?.ok_or(NOT_FOUND)
}

/// The words for a deliverable that does not exist or is somebody else's.
pub const NOT_FOUND: Error = Error::NotFound(Thing::Deliverable);

/// How the audit log names a deliverable.
fn target(id: &DeliverableId) -> String {
    format!("deliverable:{id}")
}

fn takes_files(invoice: &Invoice) -> Result<()> {
    if invoice.status == Status::Revoked || invoice.revoking_at.is_some() {
        return Err(Error::Rejected(message!("revoked-takes-no-files", number = invoice.number)));
    }
    Ok(())
}

fn unpaid(invoice: &Invoice) -> Message {
    match invoice.status {
        Status::Revoked => message!("files-of-revoked-are-closed", number = invoice.number),
        Status::Pending | Status::Paid => message!("file-opens-when-paid", number = invoice.number),
    }
}

async fn beside_invoices(conn: &mut Conn, found: Vec<Deliverable>) -> Result<Vec<Listed>> {
    let mut invoices: std::collections::HashMap<InvoiceId, Invoice> = std::collections::HashMap::new();
    let mut listed = Vec::with_capacity(found.len());
    for deliverable in found {
        let invoice = match invoices.get(&deliverable.invoice) {
            Some(invoice) => invoice.clone(),
            None => invoices::by_id(conn, &deliverable.invoice).await?,
        };
        invoices.insert(invoice.id.clone(), invoice.clone());
        listed.push(Listed { access: access(&invoice), deliverable, invoice });
    }
    Ok(listed)
}

/// Whether the text is `type/subtype` with nothing that could end a header.
fn is_media_type(text: &str) -> bool {
    text.len() <= 100
        && text.split_once('/').is_some_and(|(kind, rest)| !kind.is_empty() && !rest.is_empty())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/.+-_; =".contains(&byte))
}
