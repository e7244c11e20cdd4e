//! What staff reads of the audit log.

use poise::CreateReply;
use serenity::all::CreateEmbed;
use shared::cards::escape;
use shared::domain::audit::{Action, Entry, Verified};
use shared::texts::{Language, Message};
use shared::types::text;
use shared::{cards, message};

use crate::reply::{AMBER, blank, list, sentence};

/// To staff: the audit log.
pub fn audit(entries: &[(Entry, i64)], language: Language) -> CreateReply {
    let line = |(entry, count): &(Entry, i64)| {
        let actor = match entry.actor.bytes().all(|byte| byte.is_ascii_digit()) {
            true => format!("<@{}>", entry.actor),
            false => format!("*{}*", escape(&entry.actor)),
        };
        let what = Action::parse(&entry.action).map_or_else(|| escape(&entry.action), |action| action.text().to(language));
        let target = match entry.target.split_once(':') {
            Some(("invoice", number)) => format!("**#{}**", escape(number)),
            Some(("user", id)) => format!("<@{}>", escape(id)),
            Some(("role", id)) => format!("<@&{}>", escape(id)),
            _ => format!("`{}`", text::quoted(&entry.target)),
        };
        let times = if *count > 1 { format!(" ×{count}") } else { String::new() };
        let detail = match entry.detail.as_str() {
            "" => String::new(),
            detail => format!("\n-# {}", text::shortened(&escape(detail), 240)),
        };
        format!("`{}` {} {actor} · {what}{times} · {target}{detail}", entry.seq, cards::relative(entry.at))
    };
    list(message!("list-audit"), entries.iter().map(line), message!("list-audit-empty"), language)
}

/// To staff: how the audit log was found.
pub fn audit_verified(verified: &Verified, language: Language) -> CreateReply {
    match verified {
        Verified::Whole { rows: 0, .. } => sentence(&message!("list-audit-empty"), language),
        // The number of a row is written down and given to `--row`: it is a name, and has no marks.
        Verified::Whole { rows, head, unchained: 0 } => {
            sentence(&message!("audit-is-whole", rows = rows.to_string(), hash = head.as_str()), language)
        }
        Verified::Whole { rows, head, unchained } => {
            let words = message!("audit-is-whole-but-the-first", rows = *rows, hash = head.as_str(), unchained = *unchained);
            sentence(&words, language)
        }
        Verified::Broken { seq } => alarm(&message!("audit-is-broken", seq = seq.to_string()), language),
        Verified::Double { seq } => alarm(&message!("audit-is-double", seq = seq.to_string()), language),
        Verified::Outside { seq: Some(seq) } => alarm(&message!("audit-row-is-outside", seq = seq.to_string()), language),
        Verified::Outside { seq: None } => alarm(&message!("audit-row-is-nowhere"), language),
    }
}

fn alarm(words: &Message, language: Language) -> CreateReply {
    blank().embed(CreateEmbed::new().description(words.to(language)).colour(AMBER))
}
