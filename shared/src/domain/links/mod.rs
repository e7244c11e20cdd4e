//! Links: short addresses of our own that buttons carry, checked at every click.
//!
//! A token is the row's id (128 random bits) and a MAC under a key of ours, so neither the
//! database nor the outbox ever holds a usable one.

mod sql;

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::domain::personal_data;
use crate::error::{Error, Result, Thing};
use crate::platform::db::{Conn, Tx};
use crate::platform::sealing;
use crate::types::*;

/// How long a download link works.
pub const DOWNLOAD_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// How long a link that opened its file goes on doing so for a program that keeps no cookies, known by its
/// address and name, and for a browser that begins again.
const RETRY: Duration = Duration::from_secs(60);
/// How long two clicks are one: the second was sent before the cookie of the first arrived.
const AT_ONCE: Duration = Duration::from_secs(5);
/// How long an expired link is remembered, so that its page can say why it stopped working.
pub const REMEMBERED: Duration = personal_data::LINK_KEPT;

words! {
    /// What a link leads to.
    Kind {
        /// Checkout, as long as the invoice is pending. Paying for somebody else harms no one.
        Pay = "pay",
        /// A file: once, for 15 minutes; or, for whoever is signed in as its customer, as an address.
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
    /// Who used it first, once somebody did.
    pub used: Option<Use>,
}

/// The first use of a download link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// When.
    pub at: Timestamp,
    /// The browser's cookie, hashed with the token.
    pub by: String,
    /// Address and name of the program, hashed with the token.
    pub from: String,
}

/// What the cookie holds that a browser gets when it is the first to use a link: 256 random bits.
pub fn fresh_secret() -> Result<SecretString> {
    Ok(sealing::token()?.into())
}

/// Whoever comes with a token.
#[derive(Debug, Clone)]
pub struct Visitor<'a> {
    /// The internet address.
    pub address: IpAddr,
    /// What the program calls itself; empty where it does not.
    pub agent: &'a str,
    /// What the browser brought in download cookies.
    pub secrets: &'a [String],
    /// The secret of the download cookie that it gets where it brought none.
    pub fresh: &'a str,
    /// Whether it asks for a part of the file, as who goes on with a download does.
    pub wants_part: bool,
}

impl Visitor<'_> {
    /// What is kept of a visitor. The token goes into both hashes, and whoever has the database alone has
    /// no token: so nobody can try addresses until one fits.
    fn used(&self, token: &str, now: Timestamp) -> Use {
        Use { at: now, by: hashed(token, self.secret()), from: hashed(token, &format!("{}\n{}", self.address, self.agent)) }
    }

    /// The secret of the download cookie that counts where nobody used the link yet.
    pub fn secret(&self) -> &str {
        self.secrets.first().map_or(self.fresh, String::as_str)
    }

    /// Whether the program keeps cookies, as far as its name tells: all browsers begin theirs like this.
    fn keeps_cookies(&self) -> bool {
        self.agent.starts_with("Mozilla/")
    }
}

fn hashed(token: &str, what: &str) -> String {
    hex::encode(Sha256::digest(format!("{token}\n{what}")))
}

/// What a download link does for a visitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turnstile {
    /// It is theirs to use now, or goes on working for them.
    Open,
    /// It has expired.
    Expired,
    /// Somebody used it before.
    Used,
}

/// Whether a download link opens for a visitor, without using it.
///
/// It opens once, and then goes on for whoever that was: with the same cookie for a minute, and for parts
/// of the file until it expires; without one, by the same address and program, for a minute where the
/// program keeps no cookies, and for a browser only as long as two clicks may be apart.
pub fn turnstile(link: &Link, token: &str, visitor: &Visitor<'_>, now: Timestamp) -> Turnstile {
    if link.expires_at.is_none_or(|expires_at| expires_at <= now) {
        return Turnstile::Expired;
    }
    let Some(first) = &link.used else { return Turnstile::Open };
    let (asks, since) = (visitor.used(token, now), now.since(first.at));
    let goes_on = if !visitor.secrets.is_empty() {
        visitor.secrets.iter().any(|secret| hashed(token, secret) == first.by) && (visitor.wants_part || since < RETRY)
    } else {
        asks.from == first.from && since < if visitor.keeps_cookies() { AT_ONCE } else { RETRY }
    };
    if goes_on { Turnstile::Open } else { Turnstile::Used }
}

/// Uses a download link up for a visitor, if nobody did before. Returns whether this call did it, and with
/// it whether the visitor's cookie is the one that counts.
pub async fn use_up(tx: &mut Tx, link: &Link, token: &str, visitor: &Visitor<'_>, now: Timestamp) -> Result<bool> {
    Ok(sql::mark_used(tx, &link.id, &visitor.used(token, now)).await?)
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

/// Creates a download link and returns its address, for an ephemeral reply only: it opens the file once,
/// within 15 minutes, for whoever comes first.
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
