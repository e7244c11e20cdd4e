//! How everything looks on the wire.

use std::collections::HashMap;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::state::{
    AttachmentState, ChannelKind, GuildState, Id, InteractionState, MessageState, RoleState, State, id_of, id_text, intent,
};

/// How long the address of a file is good.
const ATTACHMENT_LIFE_MS: i64 = 24 * 60 * 60 * 1000;

impl State {
    pub fn user_json(&self, id: Id) -> Value {
        let Some(user) = self.users.get(&id) else { return Value::Null };
        json!({
            "id": id.to_string(),
            "username": user.name,
            "global_name": if user.bot { Value::Null } else { json!(user.name) },
            "discriminator": "0",
            "avatar": null,
            "avatar_decoration_data": null,
            "banner": null,
            "accent_color": null,
            "collectibles": null,
            "primary_guild": null,
            "bot": user.bot,
            "system": false,
            "public_flags": 0,
            "flags": 0,
        })
    }

    /// The bot's own user, as it sees itself.
    pub fn current_user_json(&self) -> Value {
        let mut user = self.user_json(self.bot);
        user["verified"] = json!(true);
        user["mfa_enabled"] = json!(true);
        user["email"] = Value::Null;
        user["locale"] = json!("en-US");
        user["premium_type"] = json!(0);
        user
    }

    /// A member without its user, as in resolved data.
    pub fn partial_member_json(&self, guild: Id, user: Id) -> Value {
        let Some(member) = self.guilds.get(&guild).and_then(|guild| guild.members.get(&user)) else {
            return Value::Null;
        };
        let roles: Vec<String> = member.roles.iter().map(Id::to_string).collect();
        json!({
            "nick": member.nick,
            "avatar": null,
            "banner": null,
            "roles": roles,
            "joined_at": timestamp(member.joined_ms),
            "premium_since": null,
            "communication_disabled_until": null,
            "unusual_dm_activity_until": null,
            "avatar_decoration_data": null,
            "pending": false,
            "flags": 0,
        })
    }

    pub fn member_json(&self, guild: Id, user: Id) -> Value {
        let mut member = self.partial_member_json(guild, user);
        if member.is_object() {
            member["user"] = self.user_json(user);
            member["deaf"] = json!(false);
            member["mute"] = json!(false);
        }
        member
    }

    pub fn role_json(&self, guild: Id, role: &RoleState) -> Value {
        let position = match self.guilds.get(&guild) {
            Some(found) if role.id != guild => {
                1 + found.roles.values().filter(|other| other.id != guild && (other.rank, role.id) < (role.rank, other.id)).count()
            }
            _ => 0,
        };
        let mut json = json!({
            "id": role.id.to_string(),
            "name": role.name,
            "color": role.color,
            "colors": { "primary_color": role.color, "secondary_color": null, "tertiary_color": null },
            "hoist": role.hoist,
            "icon": null,
            "unicode_emoji": null,
            "position": position,
            "permissions": role.permissions.to_string(),
            "managed": role.managed_by.is_some(),
            "mentionable": role.mentionable,
            "flags": 0,
        });
        if let Some(bot) = role.managed_by {
            json["tags"] = json!({ "bot_id": bot.to_string() });
        }
        json
    }

    pub fn roles_json(&self, guild: &GuildState) -> Vec<Value> {
        guild.roles.values().map(|role| self.role_json(guild.id, role)).collect()
    }

    pub fn channel_json(&self, id: Id) -> Value {
        let Some(channel) = self.channels.get(&id) else { return Value::Null };
        let last = self.messages.of_channel(id).rev().find(|message| message.only_for.is_none()).map(|message| message.id.to_string());
        match channel.kind {
            ChannelKind::Dm { recipient } => json!({
                "id": id.to_string(),
                "type": 1,
                "last_message_id": last,
                "flags": 0,
                "recipients": [self.user_json(recipient)],
            }),
            ChannelKind::Private => json!({
                "id": id.to_string(),
                "type": if channel.people.len() > 2 { 3 } else { 1 },
                "last_message_id": last,
                "flags": 0,
                "recipients": channel.people.iter().map(|id| self.user_json(*id)).collect::<Vec<_>>(),
            }),
            ChannelKind::Guild { guild } => {
                let overwrites: Vec<Value> = (channel.denied_to_bot != 0)
                    .then(|| json!({ "id": self.bot.to_string(), "type": 1, "allow": "0", "deny": channel.denied_to_bot.to_string() }))
                    .into_iter()
                    .collect();
                let position =
                    self.channels.values().filter(|other| other.kind == channel.kind).position(|other| other.id == id).unwrap_or(0);
                json!({
                    "id": id.to_string(),
                    "type": 0,
                    "guild_id": guild.to_string(),
                    "name": channel.name,
                    "position": position,
                    "permission_overwrites": overwrites,
                    "parent_id": null,
                    "topic": null,
                    "nsfw": false,
                    "rate_limit_per_user": 0,
                    "last_message_id": last,
                    "last_pin_timestamp": null,
                    "flags": 0,
                })
            }
        }
    }

    /// The guild as `GET /guilds/{id}` tells it.
    pub fn guild_json(&self, guild: &GuildState) -> Value {
        let first = self.channels_of(guild.id).first().map(Id::to_string);
        json!({
            "id": guild.id.to_string(),
            "name": guild.name,
            "icon": null,
            "icon_hash": null,
            "splash": null,
            "discovery_splash": null,
            "home_header": null,
            "owner_id": guild.owner.to_string(),
            "region": "deprecated",
            "afk_channel_id": null,
            "afk_timeout": 300,
            "widget_enabled": false,
            "widget_channel_id": null,
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "roles": self.roles_json(guild),
            "emojis": [],
            "features": [],
            "mfa_level": 0,
            "application_id": null,
            "system_channel_id": first,
            "system_channel_flags": 0,
            "rules_channel_id": null,
            "max_presences": null,
            "max_members": 500_000,
            "vanity_url_code": null,
            "description": null,
            "banner": null,
            "premium_tier": 0,
            "premium_subscription_count": 0,
            "preferred_locale": "en-US",
            "public_updates_channel_id": null,
            "max_video_channel_users": 25,
            "max_stage_video_channel_users": 50,
            "nsfw": false,
            "nsfw_level": 0,
            "stickers": [],
            "premium_progress_bar_enabled": false,
            "safety_alerts_channel_id": null,
            "incidents_data": null,
        })
    }

    /// The guild as GUILD_CREATE tells it. Without the members intent it lists the bot alone.
    pub fn guild_create_json(&self, guild: &GuildState, intents: u64) -> Value {
        let mut json = self.guild_json(guild);
        let members: Vec<Value> = guild
            .members
            .keys()
            .filter(|id| **id == self.bot || intents & intent::GUILD_MEMBERS != 0)
            .map(|id| self.member_json(guild.id, *id))
            .collect();
        let channels: Vec<Value> = self.channels_of(guild.id).into_iter().map(|id| self.channel_json(id)).collect();
        let joined = guild.members.get(&self.bot).map_or(0, |member| member.joined_ms);
        json["joined_at"] = json!(timestamp(joined));
        json["large"] = json!(false);
        json["unavailable"] = json!(false);
        json["member_count"] = json!(guild.members.len());
        json["members"] = json!(members);
        json["channels"] = json!(channels);
        for empty in ["voice_states", "threads", "presences", "stage_instances", "guild_scheduled_events", "soundboard_sounds"] {
            json[empty] = json!([]);
        }
        json
    }

    fn attachment_signature(&self, attachment: &AttachmentState, expires: &str, issued: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.attachment_key).expect("HMAC takes a key of any length");
        mac.update(format!("{}/{}/{}?ex={expires}&is={issued}", attachment.channel, attachment.id, attachment.filename).as_bytes());
        mac
    }

    /// Whether a signed attachment address is ours and still lives.
    pub fn attachment_url_is_good(&self, attachment: &AttachmentState, query: &HashMap<String, String>, now_ms: i64) -> bool {
        let (Some(expires), Some(issued), Some(given)) = (query.get("ex"), query.get("is"), query.get("hm")) else {
            return false;
        };
        let alive = i64::from_str_radix(expires, 16).is_ok_and(|at_s| now_ms < at_s.saturating_mul(1000));
        let Ok(given) = hex::decode(given) else { return false };
        alive && self.attachment_signature(attachment, expires, issued).verify_slice(&given).is_ok()
    }

    pub fn attachment_json(&self, id: Id, now_ms: i64) -> Value {
        let Some(attachment) = self.attachments.get(&id) else { return Value::Null };
        let expires = format!("{:x}", (now_ms + ATTACHMENT_LIFE_MS) / 1000);
        let issued = format!("{:x}", now_ms / 1000);
        let signature = self.attachment_signature(attachment, &expires, &issued).finalize().into_bytes();
        let mut url = url::Url::parse(&self.url).expect("our own address is a URL");
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().extend(["attachments", &attachment.channel.to_string(), &id.to_string(), &attachment.filename]);
        }
        url.set_query(Some(&format!("ex={expires}&is={issued}&hm={}", hex::encode(signature))));
        let size = attachment.claimed_size.unwrap_or(attachment.bytes.len() as u64);
        let mut json = json!({
            "id": id.to_string(),
            "filename": attachment.filename,
            "size": size,
            "url": url.as_str(),
            "proxy_url": url.as_str(),
            "ephemeral": attachment.ephemeral,
        });
        if let Some(title) = &attachment.title {
            json["title"] = json!(title);
        }
        if let Some(content_type) = &attachment.content_type {
            json["content_type"] = json!(content_type);
        }
        if let Some(description) = &attachment.description {
            json["description"] = json!(description);
        }
        json
    }

    fn interaction_metadata_json(&self, id: Id) -> Value {
        let Some(interaction) = self.interactions.get(&id) else { return Value::Null };
        let mut json = json!({
            "id": id.to_string(),
            "type": interaction.kind,
            "user": self.user_json(interaction.user),
            "authorizing_integration_owners": interaction.owners.json(),
        });
        if let Some(message) = interaction.message {
            json["interacted_message_id"] = json!(message.to_string());
        }
        if let Some(opener) = interaction.opened_by {
            json["triggering_interaction_metadata"] = self.interaction_metadata_json(opener);
        }
        json
    }

    /// The users that a message pings: those it mentions and may mention.
    pub fn pinged(&self, message: &MessageState) -> Vec<Id> {
        let written = mentioned(&message.content).filter_map(|name| name.trim_start_matches('!').parse().ok());
        each_once(written.filter(|id| self.users.contains_key(id) && may_mention(message, "users", *id)))
    }

    /// The roles of the server that a message pings.
    pub fn pinged_roles(&self, message: &MessageState) -> Vec<Id> {
        let Some(guild) = self.guild_of(message.channel).and_then(|guild| self.guilds.get(&guild)) else { return Vec::new() };
        let written = mentioned(&message.content).filter_map(|name| name.strip_prefix('&')?.parse().ok());
        // That of everybody is written in another way.
        each_once(written.filter(|id| *id != guild.id && guild.roles.contains_key(id) && may_mention(message, "roles", *id)))
    }

    /// Whether the content is for those with the message content intent only: that of others, in a server, who do
    /// not mention the bot.
    fn hides_content(&self, message: &MessageState) -> bool {
        self.guild_of(message.channel).is_some() && message.author != self.bot && !self.pinged(message).contains(&self.bot)
    }

    /// A message as the bot may read it by REST, where what was set in the developer portal counts, and not what a
    /// session asked for.
    pub fn message_for_bot(&self, message: &MessageState, now_ms: i64) -> Value {
        let json = self.message_json(message, now_ms);
        if self.privileged_intents { json } else { self.without_others_content(message, json) }
    }

    /// A message without the content that is hidden, its own and that of the message it replies to.
    pub fn without_others_content(&self, message: &MessageState, json: Value) -> Value {
        let mut json = if self.hides_content(message) { without_content(json) } else { json };
        if self.replied_to(message).is_some_and(|replied| self.hides_content(replied)) {
            json["referenced_message"] = without_content(json["referenced_message"].take());
        }
        json
    }

    fn replied_to(&self, message: &MessageState) -> Option<&MessageState> {
        if message.forwarded.is_some() {
            return None;
        }
        let id = id_of(&message.reference.as_ref()?["message_id"])?;
        self.messages.get(&id)
    }

    /// A message with the one it replies to, which is null when that is gone.
    pub fn message_json(&self, message: &MessageState, now_ms: i64) -> Value {
        let mut json = self.single_message_json(message, now_ms);
        if message.reference.is_some() && message.forwarded.is_none() {
            json["referenced_message"] = self.replied_to(message).map_or(Value::Null, |replied| self.single_message_json(replied, now_ms));
        }
        json
    }

    fn single_message_json(&self, message: &MessageState, now_ms: i64) -> Value {
        let everyone_allowed = message
            .allowed_mentions
            .as_ref()
            .is_none_or(|rule| rule["parse"].as_array().is_some_and(|list| list.iter().any(|kind| kind == "everyone")));
        let mentions_everyone = message.content.contains("@everyone") || message.content.contains("@here");
        let mentions: Vec<Value> = self.pinged(message).into_iter().map(|id| self.user_json(id)).collect();
        let attachments: Vec<Value> = message.attachments.iter().map(|id| self.attachment_json(*id, now_ms)).collect();
        let mut json = json!({
            "id": message.id.to_string(),
            "channel_id": message.channel.to_string(),
            "author": self.user_json(message.author),
            "type": message.kind,
            "content": message.content,
            "timestamp": timestamp(message.sent_ms),
            "edited_timestamp": message.edited_ms.map(timestamp),
            "tts": message.tts,
            "mention_everyone": mentions_everyone && everyone_allowed,
            "mentions": mentions,
            "mention_roles": self.pinged_roles(message).iter().map(Id::to_string).collect::<Vec<_>>(),
            "attachments": attachments,
            "embeds": message.embeds,
            "components": message.components,
            "pinned": false,
            "flags": message.flags,
        });
        if let Some(nonce) = &message.nonce {
            json["nonce"] = nonce.clone();
        }
        if let Some(reference) = &message.reference {
            json["message_reference"] = reference.clone();
        }
        if let Some(forwarded) = &message.forwarded {
            let attachments: Vec<Value> = forwarded.attachments.iter().map(|id| self.attachment_json(*id, now_ms)).collect();
            let snapshot = json!({
                "type": 0,
                "content": forwarded.content,
                "timestamp": timestamp(forwarded.sent_ms),
                "edited_timestamp": forwarded.edited_ms.map(timestamp),
                "flags": forwarded.flags,
                "mentions": [],
                "mention_roles": [],
                "attachments": attachments,
                "embeds": forwarded.embeds,
                "components": forwarded.components,
            });
            json["message_snapshots"] = json!([{ "message": snapshot }]);
        }
        if let Some(interaction) = message.interaction {
            json["application_id"] = json!(self.bot.to_string());
            json["webhook_id"] = json!(self.bot.to_string());
            json["interaction_metadata"] = self.interaction_metadata_json(interaction);
        }
        json
    }

    /// A message with what the window needs besides.
    pub fn message_for_window(&self, message: &MessageState, now_ms: i64) -> Value {
        let mut json = self.message_json(message, now_ms);
        json["guild_id"] = json!(self.guild_of(message.channel).map(|id| id.to_string()));
        json["only_for"] = json!(message.only_for.map(|id| id.to_string()));
        json["command"] = json!(message.interaction.and_then(|id| self.command_behind(id)));
        json["sent_ms"] = json!(message.sent_ms);
        json["edited_ms"] = json!(message.edited_ms);
        json
    }

    /// The command that led to an interaction: its own, or that which opened the form.
    fn command_behind(&self, interaction: Id) -> Option<&str> {
        let found: &InteractionState = self.interactions.get(&interaction)?;
        let opener = || self.interactions.get(&found.opened_by?);
        found.command.as_deref().or_else(|| opener()?.command.as_deref())
    }
}

/// A message whose content is not shown.
fn without_content(mut message: Value) -> Value {
    message["content"] = json!("");
    for hidden in ["embeds", "attachments", "components"] {
        message[hidden] = json!([]);
    }
    for snapshot in message["message_snapshots"].as_array_mut().into_iter().flatten() {
        snapshot["message"] = without_content(snapshot["message"].take());
    }
    message
}

/// ISO 8601 as Discord writes it, from milliseconds since 1970.
pub(crate) fn timestamp(ms: i64) -> String {
    // The clock stops long before the last time that there is.
    let at = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::MAX);
    at.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

/// What stands in `<@…>`.
fn mentioned(content: &str) -> impl Iterator<Item = &str> {
    content.split("<@").skip(1).filter_map(|part| Some(part.split_once('>')?.0))
}

fn each_once(ids: impl Iterator<Item = Id>) -> Vec<Id> {
    let mut seen = Vec::new();
    for id in ids {
        if !seen.contains(&id) {
            seen.push(id);
        }
    }
    seen
}

/// Whether a message's rule about mentions lets one of these kinds through.
fn may_mention(message: &MessageState, kind: &str, id: Id) -> bool {
    let Some(rule) = &message.allowed_mentions else { return true };
    let in_list =
        |key: &str, value: &str| rule[key].as_array().is_some_and(|list| list.iter().any(|one| id_text(one).as_deref() == Some(value)));
    in_list("parse", kind) || in_list(kind, &id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_iso_8601() {
        assert_eq!(timestamp(0), "1970-01-01T00:00:00.000000+00:00");
        assert_eq!(timestamp(951_782_400_123), "2000-02-29T00:00:00.123000+00:00");
        assert_eq!(timestamp(1_735_689_599_999), "2024-12-31T23:59:59.999000+00:00");
    }
}
