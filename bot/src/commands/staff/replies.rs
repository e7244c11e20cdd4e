//! What staff reads of permissions.

use poise::CreateReply;
use shared::domain::staff::{Grant, Grantee, Permission};
use shared::texts::Language;
use shared::types::UserId;
use shared::{cards, message};

use crate::reply::{list, sentence};

/// To staff: somebody may do more.
pub fn permission_granted(grantee: &Grantee, permission: Permission, language: Language) -> CreateReply {
    sentence(&message!("reply-permission-granted", who = mention(grantee), permission = permission.text()), language)
}

/// To staff: somebody may do less.
pub fn permission_taken(grantee: &Grantee, permission: Permission, language: Language) -> CreateReply {
    sentence(&message!("reply-permission-taken", who = mention(grantee), permission = permission.text()), language)
}

/// To staff: who may do what.
pub fn staff(owners: &[UserId], grants: &[Grant], language: Language) -> CreateReply {
    let owners: Vec<String> = owners.iter().map(|owner| format!("<@{owner}>")).collect();
    let owners = message!("staff-owners", owners = owners.join(" ")).to(language);
    let line = |grant: &Grant| {
        let by = message!("staff-given-by", by = format!("<@{}>", grant.granted_by), when = cards::relative(grant.created_at));
        format!("{} · **{}** · {}", mention(&grant.grantee), grant.permission.text().to(language), by.to(language))
    };
    let lines = std::iter::once(owners).chain(grants.iter().map(line));
    list(message!("list-staff"), lines, message!("list-staff"), language)
}

/// To staff: what they may do here, and why.
pub fn whoami(held: &[(Permission, Vec<Grant>)], language: Language) -> CreateReply {
    let line = |(permission, grants): &(Permission, Vec<Grant>)| {
        let why: Vec<String> = match grants.as_slice() {
            [] => vec![message!("staff-as-owner").to(language)],
            grants => grants
                .iter()
                .map(|grant| match &grant.grantee {
                    Grantee::User(_) => message!("staff-as-user").to(language),
                    Grantee::Role(_, role) => message!("staff-by-role", role = format!("<@&{role}>")).to(language),
                })
                .collect(),
        };
        format!("**{}** · {}", permission.text().to(language), why.join(", "))
    };
    list(message!("staff-you-may"), held.iter().map(line), message!("staff-you-may"), language)
}

fn mention(grantee: &Grantee) -> String {
    match grantee {
        Grantee::User(user) => format!("<@{user}>"),
        Grantee::Role(_, role) => format!("<@&{role}>"),
    }
}
