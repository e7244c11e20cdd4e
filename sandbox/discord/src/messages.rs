//! Messages as they come, change and go, whoever writes them.

use serde_json::{Map, Value, json};

use super::error::{ApiError, ApiResult, bad_form};
use super::files::{Upload, check_described, store_files};
use super::state::{Id, MessageState, News, NonceState, State, flag, id_of, id_text, intent};
use super::validate;

/// How many files a message has at most.
pub(crate) const MOST_FILES: usize = 10;

/// A message about to be.
pub(super) struct Draft<'a> {
    pub channel: Id,
    /// The bot, when `None`.
    pub author: Option<Id>,
    pub body: &'a Value,
    pub kind: u8,
    pub extra_flags: u64,
    pub interaction: Option<Id>,
    pub only_for: Option<Id>,
}

/// Stores a validated message and tells the gateway.
pub(super) fn create_message(state: &mut State, draft: Draft<'_>, files: Vec<Upload>, now_ms: i64) -> ApiResult<Id> {
    let body = draft.body;
    let loading = draft.extra_flags & flag::LOADING != 0;
    if !loading && !validate::has_content(body, files.len()) {
        return Err(ApiError::empty_message());
    }
    let reference = match &body["message_reference"] {
        Value::Null => None,
        given => Some(reference(state, draft.channel, given)?),
    };
    check_described(&body["attachments"], &files, &[])?;
    let id = state.next_id(now_ms);
    let attachments = store_files(state, draft.channel, &body["attachments"], files, draft.only_for.is_some(), now_ms);
    let author = draft.author.unwrap_or(state.bot);
    let nonce = Some(body["nonce"].clone()).filter(|nonce| !nonce.is_null());
    if let Some(nonce) = nonce.as_ref().and_then(id_text) {
        state.nonces.push(NonceState { author, nonce, message: id, at_ms: now_ms });
    }
    let message = MessageState {
        id,
        channel: draft.channel,
        author,
        kind: if reference.is_some() { 19 } else { draft.kind },
        content: body["content"].as_str().unwrap_or_default().trim().to_owned(),
        embeds: stored_embeds(&body["embeds"]),
        components: body["components"].as_array().cloned().unwrap_or_default(),
        flags: validate::whole(&body["flags"]).unwrap_or(0) | draft.extra_flags,
        tts: body["tts"] == true,
        attachments,
        allowed_mentions: Some(body["allowed_mentions"].clone()).filter(|rule| !rule.is_null()),
        nonce,
        sent_ms: now_ms,
        edited_ms: None,
        interaction: draft.interaction,
        only_for: draft.only_for,
        dismissed: false,
        reference,
        forwarded: None,
    };
    state.messages.insert(message);
    state.show_message(id, now_ms);
    if !loading {
        state.announce_message("MESSAGE_CREATE", id, now_ms);
    }
    Ok(id)
}

fn reference(state: &State, channel: Id, given: &Value) -> ApiResult<Value> {
    let known = id_of(&given["message_id"]).and_then(|id| state.messages.get(&id)).is_some_and(|message| message.channel == channel);
    if !known && given["fail_if_not_exists"] != false {
        return Err(bad_form("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message"));
    }
    let mut reference = json!({
        "type": 0,
        "channel_id": channel.to_string(),
        "message_id": id_text(&given["message_id"]),
    });
    if let Some(guild) = state.guild_of(channel) {
        reference["guild_id"] = json!(guild.to_string());
    }
    Ok(reference)
}

fn stored_embeds(embeds: &Value) -> Vec<Value> {
    let stored = |embed: &Value| {
        let mut kept: Map<String, Value> = embed
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        kept.insert("type".to_owned(), json!("rich"));
        for text in ["title", "description"] {
            if let Some(Value::String(text)) = kept.get_mut(text) {
                *text = text.trim().to_owned();
            }
        }
        Value::Object(kept)
    };
    embeds.as_array().into_iter().flatten().map(stored).collect()
}

/// Applies a validated edit. What the body does not name stays.
pub(super) fn change_message(state: &mut State, id: Id, body: &Value, files: Vec<Upload>, now_ms: i64) -> ApiResult<()> {
    let mut message = state.messages.get(&id).ok_or_else(ApiError::unknown_message)?.clone();
    let named = |key: &str| body.get(key);
    if let Some(content) = named("content") {
        message.content = content.as_str().unwrap_or_default().trim().to_owned();
    }
    if let Some(embeds) = named("embeds") {
        message.embeds = stored_embeds(embeds);
    }
    if let Some(components) = named("components") {
        message.components = components.as_array().cloned().unwrap_or_default();
    }
    if let Some(rule) = named("allowed_mentions") {
        message.allowed_mentions = Some(rule.clone()).filter(|rule| !rule.is_null());
    }
    if let Some(flags) = named("flags").and_then(validate::whole) {
        // An edit can only hide or show the embeds of links.
        message.flags = message.flags & !flag::SUPPRESS_EMBEDS | flags & flag::SUPPRESS_EMBEDS;
    }
    if let Some(kept) = named("attachments") {
        check_described(kept, &files, &message.attachments)?;
        let kept: Vec<Id> = kept.as_array().into_iter().flatten().filter_map(|entry| id_of(&entry["id"])).collect();
        message.attachments.retain(|attachment| kept.contains(attachment));
    }
    let shows = !message.content.is_empty()
        || validate::has_content(
            &json!({ "embeds": message.embeds, "components": message.components }),
            message.attachments.len() + files.len(),
        );
    if !shows {
        return Err(ApiError::empty_message());
    }
    if message.attachments.len() + files.len() > MOST_FILES {
        return Err(ApiError::too_many_attachments());
    }
    let ephemeral = message.only_for.is_some();
    let added = store_files(state, message.channel, &body["attachments"], files, ephemeral, now_ms);
    message.attachments.extend(added);
    let was_loading = message.flags & flag::LOADING != 0;
    if was_loading {
        message.flags &= !flag::LOADING;
    } else {
        message.edited_ms = Some(now_ms);
    }
    state.messages.insert(message);
    state.show_message(id, now_ms);
    state.announce_message(if was_loading { "MESSAGE_CREATE" } else { "MESSAGE_UPDATE" }, id, now_ms);
    Ok(())
}

/// Takes a message away and tells the gateway.
pub(super) fn delete_message(state: &mut State, id: Id) {
    let Some(message) = state.messages.remove(id) else { return };
    state.journal.tell(News::MessageDelete { id, channel: message.channel });
    if message.only_for.is_some() {
        return;
    }
    let guild = state.guild_of(message.channel);
    let mut event = json!({ "id": id.to_string(), "channel_id": message.channel.to_string() });
    let needed = match guild {
        Some(guild) => {
            event["guild_id"] = json!(guild.to_string());
            intent::GUILD_MESSAGES
        }
        None => intent::DIRECT_MESSAGES,
    };
    state.dispatch("MESSAGE_DELETE", &event, guild, needed);
}
