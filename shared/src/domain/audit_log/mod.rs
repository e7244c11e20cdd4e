//! The audit log as staff reads it.

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::audit::{self, Action, Entry, Filter, Target, Verified, sql};
use crate::domain::{interactions, staff};
use crate::error::{Error, Result};
use crate::message;
use crate::types::*;

/// Rows on a page.
const PAGE: i64 = 10;

/// A page of the log, with how often each of its rows was repeated. Staff only, and itself in the log.
pub async fn list(app: &App, actor: &Actor, filter: &Filter, turn: &Turn<i64>, now: Timestamp) -> Result<Page<(Entry, i64), i64>> {
    staff::require(app, actor, "audit list", now).await?;
    let mut tx = interactions::begin(app, actor, now).await?;
    let found = sql::list(&mut tx, filter, turn, PAGE + 1).await?;
    audit::record(&mut tx, actor.user, Action::AuditRead, Target::Audit, "", now).await?;
    tx.commit().await?;
    Ok(Page::of(found, turn, PAGE as usize, |(entry, _)| entry.seq))
}

/// What the log calls the thing that a person typed: an invoice by its number, a user or role by
/// mention or id, a command with its slash.
pub fn target(typed: &str) -> Result<String> {
    let typed = typed.trim();
    if let Some(role) = typed.strip_prefix("<@&").and_then(|rest| rest.strip_suffix('>')).and_then(|id| RoleId::parse(id).ok()) {
        return Ok(Target::Role(role).to_string());
    }
    let user = typed.strip_prefix("<@").and_then(|rest| rest.strip_suffix('>')).unwrap_or(typed);
    let is_word = |typed: &str| typed.len() <= 40 && typed.chars().all(|c| c.is_ascii_alphanumeric() || "/:-_ ".contains(c));
    match (InvoiceNumber::parse(typed), UserId::parse(user)) {
        // A snowflake has seventeen digits or more; no studio has issued that many invoices.
        (_, Ok(user)) if user.to_string().len() >= 15 => Ok(Target::User(user).to_string()),
        (Ok(number), _) => Ok(Target::Invoice(number).to_string()),
        _ if !typed.is_empty() && is_word(typed) => Ok(typed.to_owned()),
        _ => Err(Error::Rejected(message!("not-an-audit-target"))),
    }
}

/// The actions whose name or word holds what somebody typed, for whoever may read the log.
pub async fn suggest_actions(app: &App, actor: &Actor, typed: &str) -> Result<Vec<Suggestion>> {
    if !staff::may(app, actor, "audit list").await? {
        return Ok(Vec::new());
    }
    let typed = typed.trim().to_lowercase();
    let named = Action::ALL.iter().map(|action| (action.text().to(actor.language()), action.as_str()));
    let fits = |(label, word): &(String, &str)| label.to_lowercase().contains(&typed) || word.contains(&typed);
    Ok(named.filter(fits).map(|(label, word)| Suggestion { label, value: word.to_owned() }).collect())
}

/// Looks whether the log is what was written. Staff only, and itself in the log.
pub async fn verify_as(app: &App, actor: &Actor, now: Timestamp) -> Result<Verified> {
    staff::require(app, actor, "audit verify", now).await?;
    let verified = audit::verify(&app.db).await?;
    let detail = match &verified {
        Verified::Whole { rows, .. } => format!("whole: {rows} rows"),
        Verified::Broken { seq } => format!("broken at {seq}"),
        Verified::Double { seq } => format!("double at {seq}"),
        Verified::Outside { seq: Some(seq) } => format!("a row outside, at {seq}"),
        Verified::Outside { seq: None } => "a row outside, at no place".to_owned(),
    };
    let recorded: Result<()> = async {
        let mut tx = interactions::begin(app, actor, now).await?;
        audit::record(&mut tx, actor.user, Action::AuditVerified, Target::Audit, &detail, now).await?;
        tx.commit().await
    }
    .await;
    match (&verified, recorded) {
        (_, Ok(())) => Ok(verified),
        // What is wrong with the log may keep this look from being written down: it is told all the same.
        (Verified::Broken { .. } | Verified::Double { .. } | Verified::Outside { .. }, Err(Error::Db(error))) => {
            tracing::error!(%error, "the audit log takes no row, and is not what was written: {detail}");
            Ok(verified)
        }
        (_, Err(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_finds_its_target() {
        for (typed, found) in [
            ("#12", "invoice:12"),
            (" 12 ", "invoice:12"),
            ("<@80351110224678912>", "user:80351110224678912"),
            ("80351110224678912", "user:80351110224678912"),
            ("<@&80351110224678912>", "role:80351110224678912"),
            ("/billing issue", "/billing issue"),
            ("invoice:7", "invoice:7"),
            ("Issue invoice", "Issue invoice"),
        ] {
            assert_eq!(target(typed).unwrap(), found, "{typed}");
        }
        for typed in ["", "  ", "\0", "<@x>", "'; DROP TABLE audit", &"9".repeat(60)] {
            assert!(target(typed).is_err(), "{typed}");
        }
    }
}
