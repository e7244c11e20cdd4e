//! Channels and their messages.

use std::collections::HashMap;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::answers::{limit_of, no_content, ok, snowflake};
use crate::error::{ApiError, ApiResult, Form};
use crate::files::Upload;
use crate::inner::Inner;
use crate::messages::{Draft, change_message, create_message, delete_message};
use crate::state::{ChannelKind, ChannelState, Id, MessageState, State, id_text, permission};
use crate::validate::{self, MessageUse};

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
