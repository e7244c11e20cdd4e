//! Rotation: what older keys sealed is sealed anew with the first one, while the services run.

mod sql;

use crate::app::App;
use crate::domain::{accounts, deliverables, grants, payments, sign_in};
use crate::error::Result;
use crate::types::*;

/// Values that one transaction takes.
const BATCH: i64 = 100;

words! {
    /// A column that holds sealed values. A new one has its place here.
    Place {
        /// Raw bodies of webhook events.
        EventBody = "stripe_events.body",
        /// Addresses that download links were opened from.
        OpeningAddress = "openings.address",
        /// E-mail addresses.
        Email = "accounts.email",
        /// Access tokens at Discord.
        AccessToken = "grants.access_token",
        /// Refresh tokens at Discord.
        RefreshToken = "grants.refresh_token",
        /// Verifiers of sign-ins that are on their way.
        Verifier = "sign_ins.verifier",
    }
}

impl Place {
    /// The identity under which the value in a row is sealed.
    fn row(self, id: &str) -> Result<String> {
        let is_ours = |error: InvalidId| crate::error::Error::Fault(error.to_string());
        Ok(match self {
            Place::EventBody => payments::row(id),
            Place::OpeningAddress => deliverables::opening_row(&OpeningId::parse(id).map_err(is_ours)?),
            Place::Email => accounts::email_row(&AccountId::parse(id).map_err(is_ours)?),
            Place::AccessToken => grants::row(&OAuthGrantId::parse(id).map_err(is_ours)?, "access"),
            Place::RefreshToken => grants::row(&OAuthGrantId::parse(id).map_err(is_ours)?, "refresh"),
            Place::Verifier => sign_in::row(id),
        })
    }
}

/// A value as it is stored.
struct Sealed {
    /// The key of its row.
    id: String,
    value: String,
}

/// What a batch came to.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Values that the first key seals now, or would.
    pub resealed: u64,
    /// Values that somebody else changed or deleted meanwhile: another look finds them as they are.
    pub changed: u64,
    /// The keys of rows whose value no key opens.
    pub unopened: Vec<String>,
    /// The key of the last row; `None` where there was none left.
    pub last: Option<String>,
}

/// How many values in a place the first key did not seal.
pub async fn left(app: &App, place: Place) -> Result<u64> {
    let left = sql::count(&mut *app.db.read().await?, place, &app.keys.first_prefix()).await?;
    Ok(u64::try_from(left).unwrap_or(0))
}

/// Seals the next values in a place anew, those whose rows come after `after`; where `dry_run`, it only
/// opens them. What the first key sealed already is not looked at, so it goes on where it was broken off.
/// A value that a service writes meanwhile stays as the service wrote it.
pub async fn reseal(app: &App, place: Place, after: Option<&str>, dry_run: bool) -> Result<Batch> {
    let found = {
        let mut conn = app.db.read().await?;
        sql::list(&mut conn, place, &app.keys.first_prefix(), after.unwrap_or_default(), BATCH).await?
    };
    let mut batch = Batch { last: found.last().map(|sealed| sealed.id.clone()), ..Batch::default() };
    let mut anew = Vec::with_capacity(found.len());
    for sealed in found {
        let Ok(row) = place.row(&sealed.id) else {
            batch.unopened.push(sealed.id);
            continue;
        };
        match app.keys.open(&row, &sealed.value) {
            Ok(plain) => anew.push((app.keys.seal(&row, &plain)?, sealed)),
            Err(_) => batch.unopened.push(sealed.id),
        }
    }
    if dry_run {
        batch.resealed = anew.len() as u64;
        return Ok(batch);
    }
    if anew.is_empty() {
        return Ok(batch);
    }
    let mut tx = app.db.write().await?;
    for (value, sealed) in &anew {
        match sql::replace(&mut tx, place, sealed, value).await? {
            true => batch.resealed += 1,
            false => batch.changed += 1,
        }
    }
    tx.commit().await?;
    Ok(batch)
}
