//! Rotation: what older keys sealed is sealed anew with the first one, while the services run; and whether the
//! keys are the right ones at all.

mod sql;

use crate::app::App;
use crate::domain::{accounts, deliverables, events, grants, sign_in};
use crate::error::{Error, Result};
use crate::platform::db::Db;
use crate::platform::sealing::Keys;
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
        let is_ours = |error: InvalidId| Error::Fault(error.to_string());
        Ok(match self {
            Place::EventBody => events::row(id),
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

/// A key that sealed something here, or was ready to.
struct KnownKey {
    id: String,
    /// What another key under this id differs in.
    check: String,
}

/// What to do about a key that is not the right one.
pub const PUT_BACK: &str = "Put the right one back: it is in a copy of the configuration from before. If you meant to change the key, \
    give the new one another id, put it in front of the old one, and run `atelier keys rotate`";

fn is_another(id: &str) -> String {
    format!("The key `{id}` in security.encryption_keys is not the one that this database was used with")
}

/// Says which key this database knows as another one, if there is one. Changes nothing.
pub async fn find_other_key(db: &Db, keys: &Keys) -> Result<Option<String>> {
    let known = sql::list_keys(&mut *db.read().await?).await?;
    let other = keys.checks().find(|(id, check)| known.iter().any(|known| known.id == *id && known.check != *check));
    Ok(other.map(|(id, _)| is_another(id)))
}

/// Sees that each key is the one that this database knows under its id, and remembers new ones. A key that is not
/// configured any more is forgotten once it seals nothing, and until then a warning.
///
/// # Errors
///
/// [`Error::Setup`] where another key stands under an id: what the right one sealed would be lost, and what the
/// wrong one seals would be lost as soon as that is noticed.
pub async fn check_keys(db: &Db, keys: &Keys, now: Timestamp) -> Result<()> {
    let known = sql::list_keys(&mut *db.read().await?).await?;
    for (id, check) in keys.checks() {
        let right = match known.iter().find(|known| known.id == id) {
            Some(known) => known.check == check,
            None => {
                opens_what_is_sealed(db, keys, id).await? && {
                    let mut tx = db.write().await?;
                    sql::insert_key(&mut tx, id, check, now).await?;
                    // Another process may have been faster, with whatever key it has.
                    let stored = sql::find_key(&mut tx, id).await?;
                    tx.commit().await?;
                    stored.as_deref() == Some(check)
                }
            }
        };
        if !right {
            return Err(Error::Setup(format!("{}. {PUT_BACK}.", is_another(id))));
        }
    }
    let configured = keys.ids();
    for gone in known.iter().filter(|known| !configured.contains(&known.id.as_str())) {
        match sealed_under(db, &gone.id).await? {
            Some((place, _)) => tracing::warn!(
                key = gone.id,
                place = place.as_str(),
                "something is sealed with the key `{}`, which is not in security.encryption_keys: put it back, or that cannot be read",
                gone.id
            ),
            None => {
                let mut tx = db.write().await?;
                sql::delete_key(&mut tx, &gone.id).await?;
                tx.commit().await?;
            }
        }
    }
    Ok(())
}

/// Whether the key under this id opens what is sealed under it; so it does where nothing is.
async fn opens_what_is_sealed(db: &Db, keys: &Keys, id: &str) -> Result<bool> {
    let Some((place, sealed)) = sealed_under(db, id).await? else { return Ok(true) };
    Ok(place.row(&sealed.id).is_ok_and(|row| keys.open(&row, &sealed.value).is_ok()))
}

/// A value that is sealed under this id. Reads whole tables where there is none, so nobody asks for a key that is
/// known and in use.
async fn sealed_under(db: &Db, id: &str) -> Result<Option<(Place, Sealed)>> {
    for place in Place::ALL {
        let found = sql::find_sealed_under(&mut *db.read().await?, *place, &format!("{id}:")).await?;
        if let Some(sealed) = found {
            return Ok(Some((*place, sealed)));
        }
    }
    Ok(None)
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
