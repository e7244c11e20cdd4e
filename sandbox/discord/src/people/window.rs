//! What a person's client shows: the places they are in, what was said there, and the commands on offer.

use serde_json::{Value as Json, json};
use tokio::sync::broadcast;

use super::client;
use super::discord::Discord;
use super::guild::{Channel, Guild, Role};
use super::person::{ActError, Person, Place};
use crate::state::{ChannelKind, ChannelState, GuildState, Id, News, State, permission};

impl Discord {
    /// What happens from now on.
    pub fn news(&self) -> broadcast::Receiver<News> {
        self.inner.read(|state| state.journal.watch())
    }

    /// Everybody there is, as the window lists them.
    pub fn people(&self) -> Vec<Json> {
        self.inner.read(|state| {
            let own = [state.bot, state.app_owner];
            let told = state.users.values().filter(|user| !own.contains(&user.id)).map(|user| {
                json!({
                    "id": user.id.to_string(),
                    "name": user.name,
                    "bot": user.bot,
                    "locale": user.locale,
                    "dms_open": user.dms_open,
                    "email": user.email,
                    "about": user.about,
                })
            });
            told.collect()
        })
    }

    /// A role by its id, of whichever server.
    pub fn role_by_id(&self, id: &str) -> Option<Role> {
        let id: Id = id.parse().ok()?;
        let guild = self.inner.read(|state| state.guilds.values().find(|guild| guild.roles.contains_key(&id)).map(|guild| guild.id))?;
        Some(Role { guild: Guild::new(self.clone(), guild), id })
    }
}

impl Person {
    /// The servers, channels, roles, members and DMs that this person's client shows. A DM with the bot is among
    /// them where they share a server, as it can be opened there.
    pub fn view(&self) -> Json {
        let now_ms = self.discord.inner.clock.now_ms();
        let missing = |state: &State| state.users.get(&self.id).is_some_and(|user| user.dm.is_none() && !user.bot);
        if self.discord.inner.read(|state| missing(state) && state.shares_guild_with_bot(self.id)) {
            self.discord.inner.change(|state| state.dm_with(self.id, now_ms));
        }
        self.discord.inner.read(|state| {
            let Some(user) = state.users.get(&self.id) else { return Json::Null };
            let guilds: Vec<Json> = state
                .guilds
                .values()
                .filter(|guild| guild.members.contains_key(&self.id))
                .map(|guild| guild_view(state, guild, self.id))
                .collect();
            // That with the bot first.
            let with_bot = user.dm.and_then(|dm| state.channels.get(&dm)).map(|dm| dm_view(state, dm, &[state.bot]));
            let private = state.channels.values().filter(|channel| channel.kind == ChannelKind::Private);
            let private = private.filter(|channel| channel.people.contains(&self.id)).map(|channel| {
                let others: Vec<Id> = channel.people.iter().copied().filter(|other| *other != self.id).collect();
                dm_view(state, channel, &others)
            });
            json!({
                "me": {"id": user.id.to_string(), "name": user.name, "locale": user.locale, "dms_open": user.dms_open},
                "guilds": guilds,
                "dms": with_bot.into_iter().chain(private).collect::<Vec<Json>>(),
            })
        })
    }

    /// The newest messages that this person sees in a channel, or the newest before one, oldest first, and whether
    /// there are more before those.
    pub fn messages_in(&self, channel: &Channel, before: Option<Id>, limit: usize) -> Result<(Vec<Json>, bool), ActError> {
        let now_ms = self.discord.inner.clock.now_ms();
        self.discord.inner.read(|state| {
            if !state.is_in(self.id, channel.id) {
                return Err(ActError::NotAllowed("this channel is not shown to them".to_owned()));
            }
            let mut seen = state.messages.of_channel_before(channel.id, before).rev().filter(|message| state.sees(self.id, message));
            let mut messages: Vec<Json> = seen.by_ref().take(limit).map(|message| state.message_for_window(message, now_ms)).collect();
            messages.reverse();
            Ok((messages, seen.next().is_some()))
        })
    }
}

impl Place {
    /// The commands that the client offers here, as they were registered: for the message box, for people, and for
    /// messages. Those that are hidden from this person are not among them.
    pub fn offered(&self) -> Result<Json, ActError> {
        let person = self.person();
        let now_ms = person.discord.inner.clock.now_ms();
        person.discord.inner.silently(|state| {
            let scene = self.scene(state, client::Check::Client, now_ms)?;
            let offered = client::offered(state, scene);
            let of_kind = |kind: u64| {
                let mut bodies: Vec<&Json> = offered.iter().filter(|command| command.kind() == kind).map(|command| &command.body).collect();
                bodies.sort_by_key(|body| body["name"].as_str());
                json!(bodies)
            };
            Ok(json!({"chat": of_kind(1), "user": of_kind(2), "message": of_kind(3)}))
        })
    }
}

fn guild_view(state: &State, guild: &GuildState, viewer: Id) -> Json {
    let channels = state.channels_of(guild.id).into_iter().filter_map(|id| state.channels.get(&id));
    let channels: Vec<Json> = channels.map(|channel| json!({"id": channel.id.to_string(), "name": channel.name})).collect();
    let roles = state.roles_json(guild).into_iter().map(|role| {
        json!({
            "id": role["id"],
            "name": role["name"],
            "color": role["color"],
            "hoist": role["hoist"],
            "rank": role["position"],
        })
    });
    let members = guild.members.iter().filter_map(|(id, member)| {
        let user = state.users.get(id)?;
        // The name has the colour of the highest role that has one.
        let roles = member.roles.iter().filter_map(|role| guild.roles.get(role));
        let color = roles.filter(|role| role.color != 0).max_by_key(|role| role.rank).map_or(0, |role| role.color);
        Some(json!({
            "id": id.to_string(),
            "name": user.name,
            "nick": member.nick,
            "bot": user.bot,
            "owner": guild.owner == *id,
            "roles": member.roles.iter().map(Id::to_string).collect::<Vec<_>>(),
            "color": color,
        }))
    });
    json!({
        "id": guild.id.to_string(),
        "name": guild.name,
        "owner_id": guild.owner.to_string(),
        "administrator": state.permissions(guild.id, viewer) & permission::ADMINISTRATOR != 0,
        "channels": channels,
        "roles": roles.collect::<Vec<_>>(),
        "members": members.collect::<Vec<_>>(),
    })
}

fn dm_view(state: &State, channel: &ChannelState, others: &[Id]) -> Json {
    let others = others.iter().filter_map(|id| state.users.get(id));
    let with: Vec<Json> = others.map(|user| json!({"id": user.id.to_string(), "name": user.name, "bot": user.bot})).collect();
    json!({"id": channel.id.to_string(), "with": with})
}
