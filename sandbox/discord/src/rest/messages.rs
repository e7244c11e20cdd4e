//! Channels and their messages.

use std::collections::HashMap;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::files::{check_described, store_files};
use super::{Upload, limit_of, no_content, ok, snowflake};
use crate::Inner;
use crate::News;
use crate::error::{ApiError, ApiResult, Form, bad_form};
use crate::state::{ChannelKind, ChannelState, Id, MessageState, NonceState, State, flag, id_of, id_text, intent, permission};
use crate::validate::{self, MessageUse};

/// How many files a message has at most.
pub(crate) const MOST_FILES: usize = 10;

pub(super) fn open_dm(inner: &Inner, body: &Value) -> ApiResult {
    if body["recipient_id"].is_null() {
        let mut form = Form::default();
        form.required("recipient_id");
        form.finish()?;
    }
    let text = id_text(&body["recipient_id"]).unwrap_or_default();
    let recipient = snowflake("recipient_id", &text)?;
    let now_ms = inner.clock.now_ms();
    inner.change(|state| {
        if recipient == state.bot {
            return Err(ApiError::invalid_recipients());
        }
        if !state.users.contains_key(&recipient) {
            return Err(ApiError::unknown_user());
        }
        let dm = state.dm_with(recipient, now_ms);
        ok(state.channel_json(dm))
    })
}

/// A channel that the bot can see.
pub(super) fn visible_channel(state: &State, id: Id) -> ApiResult<&ChannelState> {
    let channel = state.channels.get(&id).ok_or_else(ApiError::unknown_channel)?;
    let seen = state.bot_permissions(id) & permission::VIEW_CHANNEL != 0;
    if seen { Ok(channel) } else { Err(ApiError::missing_access()) }
}

/// Checks what the bot has in a channel besides seeing it.
fn needs(state: &State, channel: Id, wanted: u64) -> ApiResult<()> {
    if state.bot_permissions(channel) & wanted == wanted { Ok(()) } else { Err(ApiError::missing_permissions()) }
}

/// What a message needs besides the permission to send: its files, its embeds, and the message it replies to.
fn may_send_this(state: &State, channel: Id, body: &Value, files: &[Upload]) -> ApiResult<()> {
    if !files.is_empty() {
        needs(state, channel, permission::ATTACH_FILES)?;
    }
    if body["embeds"].as_array().is_some_and(|embeds| !embeds.is_empty()) {
        needs(state, channel, permission::EMBED_LINKS)?;
    }
    let replies = !body["message_reference"].is_null();
    if replies && needs(state, channel, permission::READ_MESSAGE_HISTORY).is_err() {
        return Err(ApiError::no_history());
    }
    Ok(())
}

/// Whether the bot may write in a channel now.
pub(super) fn may_send(state: &State, id: Id) -> ApiResult<()> {
    match visible_channel(state, id)?.kind {
        ChannelKind::Guild { .. } => needs(state, id, permission::SEND_MESSAGES),
        ChannelKind::Private => Err(ApiError::missing_access()),
        ChannelKind::Dm { recipient } => match state.users.get(&recipient) {
            None => Err(ApiError::unknown_user()),
            Some(user) if user.bot || !user.dms_open => Err(ApiError::dms_closed()),
            Some(user) if !state.shares_guild_with_bot(user.id) => Err(ApiError::no_mutual_guild()),
            Some(_) => Ok(()),
        },
    }
}

/// `GET` of one message, which is history.
pub(super) fn get_message(inner: &Inner, channel: Id, id: Id) -> ApiResult {
    inner.read(|state| {
        visible_channel(state, channel)?;
        needs(state, channel, permission::READ_MESSAGE_HISTORY)?;
        ok(state.message_for_bot(message_in(state, channel, id)?, inner.clock.now_ms()))
    })
}

/// A message that the bot can read by REST: an ephemeral one cannot be.
pub(super) fn message_in(state: &State, channel: Id, id: Id) -> ApiResult<&MessageState> {
    visible_channel(state, channel)?;
    state.messages.get(&id).filter(|message| message.channel == channel && message.only_for.is_none()).ok_or_else(ApiError::unknown_message)
}

pub(super) fn list_messages(inner: &Inner, channel: Id, query: &HashMap<String, String>) -> ApiResult {
    let limit = limit_of(query, 50, 100)?;
    let bound = |key: &str| query.get(key).map(|text| snowflake(key, text)).transpose();
    let (before, after, around) = (bound("before")?, bound("after")?, bound("around")?);
    let now_ms = inner.clock.now_ms();
    inner.read(|state| {
        visible_channel(state, channel)?;
        if needs(state, channel, permission::READ_MESSAGE_HISTORY).is_err() {
            // Without it there is no history, which is no error.
            return ok(json!([]));
        }
        let in_channel: Vec<&MessageState> = state
            .messages
            .of_channel(channel)
            .filter(|message| message.only_for.is_none())
            .filter(|message| before.is_none_or(|before| message.id < before))
            .filter(|message| after.is_none_or(|after| message.id > after))
            .collect();
        let kept = match (after, around) {
            // The oldest after a message, else the newest; always told newest first.
            (Some(_), _) => &in_channel[..in_channel.len().min(limit)],
            (None, Some(around)) => {
                let middle = in_channel.partition_point(|message| message.id < around);
                let start = middle.saturating_sub(limit / 2);
                &in_channel[start..in_channel.len().min(start + limit)]
            }
            (None, None) => &in_channel[in_channel.len().saturating_sub(limit)..],
        };
        ok(kept.iter().rev().map(|message| state.message_for_bot(message, now_ms)).collect())
    })
}

pub(super) fn send_message(inner: &Inner, channel: Id, body: &Value, files: Vec<Upload>) -> ApiResult {
    let now_ms = inner.clock.now_ms();
    inner.change(|state| {
        visible_channel(state, channel)?;
        validate::message(body, "", MessageUse::Channel)?;
        may_send(state, channel)?;
        may_send_this(state, channel, body, &files)?;
        let bot = state.bot;
        let enforced = body["enforce_nonce"] == true;
        let nonce = id_text(&body["nonce"]).filter(|_| enforced);
        let sent_before = nonce.as_deref().and_then(|nonce| state.message_by_nonce(bot, nonce, now_ms));
        let id = match sent_before.filter(|id| state.messages.contains_key(id)) {
            Some(id) => id,
            None => {
                let draft = Draft { channel, author: None, body, kind: 0, extra_flags: 0, interaction: None, only_for: None };
                create_message(state, draft, files, now_ms)?
            }
        };
        let message = state.messages.get(&id).ok_or_else(ApiError::unknown_message)?;
        ok(state.message_for_bot(message, now_ms))
    })
}

pub(super) fn edit_message(inner: &Inner, channel: Id, id: Id, body: &Value, files: Vec<Upload>) -> ApiResult {
    let now_ms = inner.clock.now_ms();
    inner.change(|state| {
        let message = message_in(state, channel, id)?;
        if message.author != state.bot {
            return Err(ApiError::not_the_author());
        }
        validate::message(body, "", MessageUse::Channel)?;
        may_send_this(state, channel, body, &files)?;
        change_message(state, id, body, files, now_ms)?;
        let message = message_in(state, channel, id)?;
        ok(state.message_for_bot(message, now_ms))
    })
}

pub(super) fn remove_message(inner: &Inner, channel: Id, id: Id) -> ApiResult {
    inner.change(|state| {
        let message = message_in(state, channel, id)?;
        if message.author != state.bot {
            match visible_channel(state, channel)?.kind {
                ChannelKind::Guild { .. } => needs(state, channel, permission::MANAGE_MESSAGES)?,
                ChannelKind::Dm { .. } | ChannelKind::Private => {
                    let message = "Cannot execute action on a DM channel";
                    return Err(ApiError::new(StatusCode::FORBIDDEN, 50003, message));
                }
            }
        }
        delete_message(state, id);
        no_content()
    })
}

/// A message about to be.
pub(crate) struct Draft<'a> {
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
pub(crate) fn create_message(state: &mut State, draft: Draft<'_>, files: Vec<Upload>, now_ms: i64) -> ApiResult<Id> {
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
pub(crate) fn change_message(state: &mut State, id: Id, body: &Value, files: Vec<Upload>, now_ms: i64) -> ApiResult<()> {
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
pub(crate) fn delete_message(state: &mut State, id: Id) {
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
