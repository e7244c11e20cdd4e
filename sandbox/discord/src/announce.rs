//! What the bot, its application and the window are told of a change.

use serde_json::{Value, json};

use super::state::{Id, News, State, intent, permission};
use super::wire::timestamp;

impl State {
    /// Tells the window that a message came or changed, whoever sees it.
    pub fn show_message(&self, id: Id, now_ms: i64) {
        if self.journal.is_watched()
            && let Some(message) = self.messages.get(&id).filter(|message| !message.dismissed)
        {
            self.journal.tell(News::Message(self.message_for_window(message, now_ms).to_string().into()));
        }
    }

    /// Tells the gateway about a message. Ephemeral ones are not told.
    pub fn announce_message(&mut self, event: &str, id: Id, now_ms: i64) {
        let Some(message) = self.messages.get(&id) else { return };
        if message.only_for.is_some() {
            return;
        }
        let guild = self.guild_of(message.channel);
        // What is said where the bot is not, or cannot look, it does not hear.
        if self.bot_permissions(message.channel) & permission::VIEW_CHANNEL == 0 {
            return;
        }
        let needed = if guild.is_some() { intent::GUILD_MESSAGES } else { intent::DIRECT_MESSAGES };
        let mut full = self.message_json(message, now_ms);
        if let Some(guild) = guild {
            full["guild_id"] = json!(guild.to_string());
            full["member"] = self.partial_member_json(guild, message.author);
        }
        let hidden = self.without_others_content(message, full.clone());
        self.dispatch_with(
            event,
            guild,
            needed,
            |intents| {
                if intents & intent::MESSAGE_CONTENT == 0 { hidden.clone() } else { full.clone() }
            },
        );
    }

    /// Tells the sessions of the bot that it came into a server.
    pub fn announce_guild(&mut self, guild: Id) {
        self.journal.places();
        let Some(found) = self.guilds.get(&guild) else { return };
        let with_members = self.guild_create_json(found, intent::GUILD_MEMBERS);
        let without = self.guild_create_json(found, 0);
        self.dispatch_with("GUILD_CREATE", Some(guild), intent::GUILDS, |intents| {
            if intents & intent::GUILD_MEMBERS != 0 { with_members.clone() } else { without.clone() }
        });
    }

    /// Posts an event to the application, if it wants such events.
    pub fn post_event(&mut self, kind: &str, data: Value, now_ms: i64) {
        if !self.outgoing.wants(kind) {
            return;
        }
        let body = json!({
            "version": 1,
            "application_id": self.bot.to_string(),
            "type": 1,
            "event": { "type": kind, "timestamp": timestamp(now_ms), "data": data },
        });
        self.outgoing.add_event(kind, body);
    }
}
