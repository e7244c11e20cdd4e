//! Members that are asked for over the gateway, and come in chunks.

use serde_json::{Value, json};

use crate::inner::Inner;
use crate::state::{Id, State, id_of, intent};

/// How many members a chunk has at most.
const CHUNK: usize = 1_000;
/// How many members a prefix, or a list of ids, finds at most.
const MOST_FOUND: usize = 100;
/// How many bytes of a nonce come back; a longer one does not.
const LONGEST_NONCE: usize = 32;

/// Whom a request is for.
enum Wanted {
    All { limit: usize },
    Prefix { text: String, limit: usize },
    Ids(Vec<Id>),
}

/// Opcode 8: sends the members to the session. What it may not ask for is not answered; `None` is a payload that does not
/// fit.
pub(super) fn request_members(inner: &Inner, session_id: &str, data: &Value) -> Option<()> {
    let guild = id_of(&data["guild_id"])?;
    let wanted = read(data)?;
    let nonce = data["nonce"].as_str().filter(|nonce| !nonce.is_empty() && nonce.len() <= LONGEST_NONCE);
    let now_ms = inner.clock.now_ms();
    inner.change(|state| {
        let Some(intents) = state.sessions.get(session_id).map(|session| session.intents) else { return };
        let all = matches!(wanted, Wanted::All { .. });
        if !state.bot_in(guild) || (all && intents & intent::GUILD_MEMBERS == 0) {
            return;
        }
        let whole = matches!(wanted, Wanted::All { limit: usize::MAX });
        let (event, payloads) = match state.limits.take_members(guild, whole, now_ms) {
            Ok(()) => ("GUILD_MEMBERS_CHUNK", chunks(state, guild, &wanted, data["presences"] == true, intents)),
            Err(wait_ms) => {
                let meta = json!({ "guild_id": guild.to_string() });
                ("RATE_LIMITED", vec![json!({ "opcode": 8, "retry_after": wait_ms as f64 / 1000.0, "meta": meta })])
            }
        };
        let Some(session) = state.sessions.get_mut(session_id) else { return };
        for mut payload in payloads {
            if let Some(nonce) = nonce {
                let place = if event == "RATE_LIMITED" { &mut payload["meta"] } else { &mut payload };
                place["nonce"] = json!(nonce);
            }
            session.send(event, &payload);
        }
    });
    Some(())
}

/// One of `query`, with its limit, and `user_ids`.
fn read(data: &Value) -> Option<Wanted> {
    match &data["user_ids"] {
        Value::Null => {}
        Value::Array(ids) => return Some(Wanted::Ids(ids.iter().map(id_of).collect::<Option<_>>()?)),
        one => return Some(Wanted::Ids(vec![id_of(one)?])),
    }
    let query = data["query"].as_str()?;
    let limit = usize::try_from(data["limit"].as_u64()?).unwrap_or(usize::MAX);
    let limit = if limit == 0 { usize::MAX } else { limit };
    Some(match query {
        "" => Wanted::All { limit },
        prefix => Wanted::Prefix { text: prefix.to_lowercase(), limit: limit.min(MOST_FOUND) },
    })
}

fn chunks(state: &State, guild: Id, wanted: &Wanted, presences: bool, intents: u64) -> Vec<Value> {
    let Some(found) = state.guilds.get(&guild) else { return Vec::new() };
    let named = |id: &&Id, prefix: &str| state.users.get(id).is_some_and(|user| user.name.to_lowercase().starts_with(prefix));
    let members: Vec<Id> = match wanted {
        Wanted::All { limit } => found.members.keys().take(*limit).copied().collect(),
        Wanted::Prefix { text, limit } => found.members.keys().filter(|id| named(id, text)).take(*limit).copied().collect(),
        Wanted::Ids(ids) => ids.iter().filter(|id| found.members.contains_key(id)).take(MOST_FOUND).copied().collect(),
    };
    let mut parts: Vec<&[Id]> = members.chunks(CHUNK).collect();
    if parts.is_empty() {
        // That nobody was found is told, too.
        parts.push(&[]);
    }
    let count = parts.len();
    let chunk = |(index, part): (usize, &[Id])| {
        let mut chunk = json!({
            "guild_id": guild.to_string(),
            "members": part.iter().map(|id| state.member_json(guild, *id)).collect::<Vec<_>>(),
            "chunk_index": index,
            "chunk_count": count,
        });
        if let Wanted::Ids(ids) = wanted {
            let unknown = ids.iter().filter(|id| !found.members.contains_key(id)).map(Id::to_string);
            chunk["not_found"] = unknown.collect();
        }
        if presences && intents & intent::GUILD_PRESENCES != 0 {
            // Nobody is ever online here.
            chunk["presences"] = json!([]);
        }
        chunk
    };
    parts.into_iter().enumerate().map(chunk).collect()
}
