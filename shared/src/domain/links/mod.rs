//! Links: short addresses of our own that buttons carry, checked at every click.
//!
//! A token is the row's id (128 random bits) and a MAC under a key of ours, so neither the
//! database nor the outbox ever holds a usable one.

mod sql;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::app::App;
use crate::error::{Error, Result, Thing};
use crate::platform::db::{Conn, Tx};
use crate::platform::sealing;
use crate::types::*;

/// How long a download link works.
pub const DOWNLOAD_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// How long an expired link is remembered, so that its page can say why it stopped working.
const REMEMBERED: Duration = Duration::from_secs(7 * 24 * 60 * 60);

words! {
    /// What a link leads to.
    Kind {
        /// Checkout, as long as the invoice is pending. Paying for somebody else harms no one.
        Pay = "pay",
        /// A file: bearer access for 15 minutes.
        Download = "download",
    }
}

/// A stored link.
#[derive(Debug, Clone)]
pub struct Link {
    /// 16 random bytes, base64url.
    pub id: String,
    /// The invoice it belongs to.
    pub invoice: InvoiceId,
    /// The file, for a download.
    pub deliverable: Option<DeliverableId>,
    /// When it stops working; `None` for a pay link.
    pub expires_at: Option<Timestamp>,
}

/// Creates the one pay link of an invoice.
pub async fn create_pay(tx: &mut Tx, invoice: &InvoiceId, now: Timestamp) -> Result<()> {
    let (id, _) = fresh_id()?;
    Ok(sql::insert(tx, &id, Kind::Pay, invoice, None, now, None).await?)
}

/// The address of an invoice's pay link.
pub async fn pay_url(app: &App, conn: &mut Conn, invoice: &InvoiceId) -> Result<String> {
    let id = sql::find_pay(conn, invoice).await?.ok_or_else(|| Error::Fault(format!("invoice {invoice} has no pay link")))?;
    Ok(format!("{}/pay/{}", app.config.web.public_url, pay_token(app, &id)?))
}

/// The token of a pay link by its id.
pub fn pay_token(app: &App, id: &str) -> Result<String> {
    let bytes = URL_SAFE_NO_PAD.decode(id).ok().and_then(|bytes| bytes.try_into().ok());
    app.keys.link_token(Kind::Pay.as_str(), &bytes.ok_or_else(|| Error::Fault(format!("link {id} is no link")))?)
}

/// Creates a download link and returns its address: bearer access for 15 minutes, for an
/// ephemeral reply only.
pub async fn create_download(app: &App, tx: &mut Tx, invoice: &InvoiceId, deliverable: &DeliverableId, now: Timestamp) -> Result<String> {
    let (id, bytes) = fresh_id()?;
    sql::insert(tx, &id, Kind::Download, invoice, Some(deliverable), now, Some(now.plus(DOWNLOAD_LIFETIME))).await?;
    Ok(format!("{}/d/{}", app.config.web.public_url, app.keys.link_token(Kind::Download.as_str(), &bytes)?))
}

/// The link behind a token, expired or not. A forged token and a forgotten link are the same
/// [`Error::NotFound`]; a forged one costs no query.
pub async fn get(app: &App, conn: &mut Conn, kind: Kind, token: &str) -> Result<Link> {
    let id = app.keys.link_id(kind.as_str(), token).ok_or(NOT_FOUND)?;
    sql::find(conn, &URL_SAFE_NO_PAD.encode(id), kind).await?.ok_or(NOT_FOUND)
}

/// The words for a link that does not exist.
pub const NOT_FOUND: Error = Error::NotFound(Thing::Link);

/// Forgets links that expired long ago.
pub async fn forget_expired(app: &App, now: Timestamp) -> Result<()> {
    let mut tx = app.db.write().await?;
    sql::delete_expired(&mut tx, now.minus(REMEMBERED)).await?;
    tx.commit().await
}

fn fresh_id() -> Result<(String, [u8; 16])> {
    let mut bytes = [0; 16];
    sealing::fill(&mut bytes)?;
    Ok((URL_SAFE_NO_PAD.encode(bytes), bytes))
}
