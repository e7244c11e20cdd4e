//! Servers, their channels, members and roles, as an administrator changes them.

use serde_json::{Value as Json, json};

use super::discord::Discord;
use super::message::Message;
use super::person::{ActError, Person};
use crate::members::{self, add_bot};
use crate::rules;
use crate::state::{ChannelKind, CommandRule, Id, MemberState, RoleState, State, intent, permission};

/// A server.
#[derive(Clone)]
pub struct Guild {
    pub(super) discord: Discord,
    pub(crate) id: Id,
}

impl std::fmt::Debug for Guild {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Guild({}, {})", self.name(), self.id)
    }
}

impl Guild {
    pub(super) fn new(discord: Discord, id: Id) -> Guild {
        Guild { discord, id }
    }

    /// The server's id.
    pub fn id(&self) -> String {
        self.id.to_string()
    }

    /// The server's name.
    pub fn name(&self) -> String {
        self.discord.inner.read(|state| state.guilds.get(&self.id).map(|guild| guild.name.clone()).unwrap_or_default())
    }

    /// Its owner.
    pub fn owner(&self) -> Person {
        let id = self.discord.inner.read(|state| state.guilds.get(&self.id).map_or(0, |guild| guild.owner));
        Person::new(self.discord.clone(), id)
    }

    /// Its members, the bot too.
    pub fn members(&self) -> Vec<Person> {
        let ids: Vec<Id> = self
            .discord
            .inner
            .read(|state| state.guilds.get(&self.id).map(|guild| guild.members.keys().copied().collect()).unwrap_or_default());
        ids.into_iter().map(|id| Person::new(self.discord.clone(), id)).collect()
    }

    /// Its channels, oldest first.
    pub fn channels(&self) -> Vec<Channel> {
        let ids = self.discord.inner.read(|state| state.channels_of(self.id));
        ids.into_iter().map(|id| Channel::new(self.discord.clone(), id)).collect()
    }

    /// The text channel of this name, made when there is none.
    pub fn channel(&self, name: &str) -> Channel {
        let now_ms = self.discord.inner.clock.now_ms();
        let id = self.discord.inner.change(|state| {
            let found =
                state.channels_of(self.id).into_iter().find(|id| state.channels.get(id).is_some_and(|channel| channel.name == name));
            found.unwrap_or_else(|| {
                let id = state.add_channel(ChannelKind::Guild { guild: self.id }, name, now_ms);
                let json = state.channel_json(id);
                self.tell_bot(state, "CHANNEL_CREATE", &json, intent::GUILDS);
                id
            })
        });
        Channel::new(self.discord.clone(), id)
    }

    /// Tells the bot, if it is here.
    fn tell_bot(&self, state: &mut State, event: &str, data: &Json, intents: u64) {
        state.journal.places();
        if state.bot_in(self.id) {
            state.dispatch(event, data, Some(self.id), intents);
        }
    }

    /// Makes somebody a member.
    pub fn join(&self, person: &Person) {
        let now_ms = self.discord.inner.clock.now_ms();
        self.discord.inner.change(|state| members::join(state, self.id, person.id, MemberState::new(now_ms)));
    }

    /// Ends somebody's membership.
    pub fn leave(&self, person: &Person) {
        self.discord.inner.change(|state| members::leave(state, self.id, person.id));
    }

    /// Makes a role without special permissions.
    pub fn role(&self, name: &str) -> Role {
        self.role_with(name, 0)
    }

    /// Makes a role with these permission bits, or gives them to the role of this name.
    pub fn role_with(&self, name: &str, permissions: u64) -> Role {
        let now_ms = self.discord.inner.clock.now_ms();
        let id = self.discord.inner.change(|state| {
            let fresh = state.next_id(now_ms);
            let Some(guild) = state.guilds.get_mut(&self.id) else { return fresh };
            let lowest = guild.lowest_rank();
            let known = guild.roles.values_mut().find(|role| role.name == name);
            let (id, event) = match known {
                Some(role) if role.permissions | permissions == role.permissions => return role.id,
                Some(role) => {
                    role.permissions |= permissions;
                    (role.id, "GUILD_ROLE_UPDATE")
                }
                None => {
                    let role = RoleState::new(fresh, name, permissions, lowest);
                    guild.roles.insert(fresh, role);
                    (fresh, "GUILD_ROLE_CREATE")
                }
            };
            if let Some(role) = state.guilds.get(&self.id).and_then(|guild| guild.roles.get(&id)) {
                let json = json!({ "guild_id": self.id(), "role": state.role_json(self.id, role) });
                self.tell_bot(state, event, &json, intent::GUILDS);
            }
            id
        });
        Role { guild: self.clone(), id }
    }

    /// Gives a member a role. Somebody who is no member joins first.
    pub fn give_role(&self, person: &Person, role: &Role) {
        self.join(person);
        self.change_roles(person, |roles| {
            if !roles.contains(&role.id) {
                roles.push(role.id);
            }
        });
    }

    /// Takes a role from a member.
    pub fn take_role(&self, person: &Person, role: &Role) {
        self.change_roles(person, |roles| roles.retain(|id| *id != role.id));
    }

    fn change_roles(&self, person: &Person, change: impl FnOnce(&mut Vec<Id>)) {
        self.discord.inner.change(|state| members::set_roles(state, self.id, person.id, change));
    }

    /// The roles of a member, oldest first.
    pub fn roles_of(&self, person: &Person) -> Vec<Role> {
        let look = |state: &State| Some(state.guilds.get(&self.id)?.members.get(&person.id)?.roles.clone());
        let ids = self.discord.inner.read(look).unwrap_or_default();
        ids.into_iter().map(|id| Role { guild: self.clone(), id }).collect()
    }

    /// Every role, `@everyone` and the bot's own included, oldest first.
    pub fn roles(&self) -> Vec<Role> {
        let look = |state: &State| state.guilds.get(&self.id).map(|guild| guild.roles.keys().copied().collect::<Vec<Id>>());
        let ids = self.discord.inner.read(look).unwrap_or_default();
        ids.into_iter().map(|id| Role { guild: self.clone(), id }).collect()
    }

    /// Deletes a role, as its owner does, and tells the bot (GUILD_ROLE_DELETE).
    pub fn delete_role(&self, role: &Role) {
        self.discord.inner.change(|state| members::delete_role(state, self.id, role.id));
    }

    /// Drags a role to the top of the list, above the bot's own.
    pub fn raise_role(&self, role: &Role) {
        self.discord.inner.change(|state| {
            let Some(guild) = state.guilds.get_mut(&self.id) else { return };
            let top = guild.roles.values().map(|role| role.rank).max().unwrap_or(0) + 1;
            let Some(found) = guild.roles.get_mut(&role.id) else { return };
            found.rank = top;
            let found = found.clone();
            let json = json!({ "guild_id": self.id(), "role": state.role_json(self.id, &found) });
            self.tell_bot(state, "GUILD_ROLE_UPDATE", &json, intent::GUILDS);
        });
    }

    /// Gives the bot's own role these permission bits, and no others.
    pub fn set_bot_permissions(&self, permissions: u64) {
        self.discord.inner.change(|state| {
            let bot = state.bot;
            let Some(guild) = state.guilds.get_mut(&self.id) else { return };
            let Some(role) = guild.roles.values_mut().find(|role| role.managed_by == Some(bot)) else { return };
            role.permissions = permissions;
            let role = role.clone();
            let json = json!({ "guild_id": self.id(), "role": state.role_json(self.id, &role) });
            self.tell_bot(state, "GUILD_ROLE_UPDATE", &json, intent::GUILDS);
        });
    }

    /// Sets who may use a command here, over its default permissions, as the server's settings do.
    ///
    /// `command` is its name, or `*` for all that have no rules of their own. The bot is told
    /// (APPLICATION_COMMAND_PERMISSIONS_UPDATE).
    pub fn rule_command(&self, command: &str, who: CommandFor, allowed: bool) -> Result<(), ActError> {
        self.discord.inner.change(|state| {
            let named = state.commands.iter().find(|known| known.name() == command && known.guild.is_none_or(|guild| guild == self.id));
            let target = if command == "*" { Some(state.bot) } else { named.map(|known| known.id) };
            let target = target.ok_or_else(|| ActError::NoSuchCommand(command.to_owned()))?;
            let (id, kind) = match who {
                CommandFor::Everyone => (self.id, 1),
                CommandFor::Role(role) => (role.id, 1),
                CommandFor::User(person) => (person.id, 2),
                CommandFor::Channel(channel) => (channel.id, 3),
                CommandFor::AllChannels => (self.id - 1, 3),
            };
            let known = state.guilds.get(&self.id).and_then(|guild| guild.command_rules.get(&target));
            let mut rules = known.cloned().unwrap_or_default();
            rules.retain(|rule| (rule.id, rule.kind) != (id, kind));
            rules.push(CommandRule { id, kind, allowed });
            rules::set(state, self.id, target, rules);
            Ok(())
        })
    }

    /// Gives somebody an administrator's role. Somebody who is no member joins first.
    pub fn set_administrator(&self, person: &Person) {
        let role = self.role_with("Administrator", permission::ADMINISTRATOR);
        self.give_role(person, &role);
    }

    /// Brings the bot in, with its managed role, and tells it (GUILD_CREATE).
    pub fn add_bot(&self) {
        let now_ms = self.discord.inner.clock.now_ms();
        self.discord.inner.change(|state| add_bot(state, self.id, None, now_ms));
    }

    /// Throws the bot out, with its role and its commands here, and tells it (GUILD_DELETE).
    pub fn remove_bot(&self) {
        self.discord.inner.change(|state| members::bot_leaves(state, self.id));
    }
}

/// Whom, or where, a rule about a command is for.
#[derive(Clone, Debug)]
pub enum CommandFor {
    /// Everybody in the server.
    Everyone,
    /// The members with a role.
    Role(Role),
    /// One person.
    User(Person),
    /// A channel.
    Channel(Channel),
    /// Every channel that has no rule of its own.
    AllChannels,
}

/// A role of a server.
#[derive(Clone, Debug)]
pub struct Role {
    pub(super) guild: Guild,
    pub(super) id: Id,
}

impl Role {
    pub(super) fn number(&self) -> Id {
        self.id
    }

    pub(super) fn guild_number(&self) -> Id {
        self.guild.id
    }

    /// The role's id.
    pub fn id(&self) -> String {
        self.id.to_string()
    }

    /// The role's name.
    pub fn name(&self) -> String {
        let look = |state: &State| Some(state.guilds.get(&self.guild.id)?.roles.get(&self.id)?.name.clone());
        self.guild.discord.inner.read(look).unwrap_or_default()
    }

    /// `<@&id>`.
    pub fn mention(&self) -> String {
        format!("<@&{}>", self.id)
    }

    /// Gives it a colour, such as `0xe0a458`, and lists its members apart, or not. The bot is told
    /// (GUILD_ROLE_UPDATE).
    pub fn set_look(&self, color: u32, hoist: bool) {
        self.guild.discord.inner.change(|state| {
            let found = state.guilds.get_mut(&self.guild.id).and_then(|guild| guild.roles.get_mut(&self.id));
            let Some(role) = found else { return };
            (role.color, role.hoist) = (u64::from(color & 0xff_ffff), hoist);
            let role = role.clone();
            let json = json!({ "guild_id": self.guild.id(), "role": state.role_json(self.guild.id, &role) });
            self.guild.tell_bot(state, "GUILD_ROLE_UPDATE", &json, intent::GUILDS);
        });
    }
}

/// A text channel of a server.
#[derive(Clone)]
pub struct Channel {
    pub(super) discord: Discord,
    pub(super) id: Id,
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Channel({}, {})", self.name(), self.id)
    }
}

impl Channel {
    pub(super) fn new(discord: Discord, id: Id) -> Channel {
        Channel { discord, id }
    }

    pub(super) fn number(&self) -> Id {
        self.id
    }

    /// The channel's id.
    pub fn id(&self) -> String {
        self.id.to_string()
    }

    /// The channel's name.
    pub fn name(&self) -> String {
        let name = |state: &State| state.channels.get(&self.id).map(|channel| channel.name.clone());
        self.discord.inner.read(name).unwrap_or_default()
    }

    /// What everybody in the channel sees, oldest first; ephemeral answers are not there.
    pub fn messages(&self) -> Vec<Message> {
        let now_ms = self.discord.inner.clock.now_ms();
        self.discord.inner.read(|state| in_channel(state, self.id, now_ms))
    }

    /// Waits until a message in the channel contains this text.
    pub async fn wait_for_message(&self, text: &str) -> Message {
        let now_ms = self.discord.inner.clock.now_ms();
        self.discord.inner.wait(|state| in_channel(state, self.id, now_ms).into_iter().find(|message| message.text().contains(text))).await
    }

    /// Deletes a channel of a server with its messages, and tells the bot (CHANNEL_DELETE): from then on it is an
    /// unknown channel (10003).
    pub fn delete(&self) {
        self.discord.inner.change(|state| {
            let Some(guild) = state.guild_of(self.id) else { return };
            let json = state.channel_json(self.id);
            let told = state.bot_in(guild);
            let messages: Vec<Id> = state.messages.of_channel(self.id).map(|message| message.id).collect();
            for message in messages {
                state.messages.remove(message);
            }
            state.channels.remove(&self.id);
            state.journal.places();
            if told {
                state.dispatch("CHANNEL_DELETE", &json, Some(guild), intent::GUILDS);
            }
        });
    }

    /// Hides the channel from the bot (50001), or shows it again.
    pub fn hide_from_bot(&self, hidden: bool) {
        self.deny_bot(if hidden { permission::VIEW_CHANNEL } else { 0 });
    }

    /// Takes these permission bits from the bot in this channel, and no others, as the channel's settings do.
    pub fn deny_bot(&self, permissions: u64) {
        self.discord.inner.change(|state| {
            let Some(channel) = state.channels.get_mut(&self.id) else { return };
            channel.denied_to_bot = permissions;
            state.journal.places();
            let Some(guild) = state.guild_of(self.id).filter(|guild| state.bot_in(*guild)) else { return };
            let json = state.channel_json(self.id);
            state.dispatch("CHANNEL_UPDATE", &json, Some(guild), intent::GUILDS);
        });
    }
}

fn in_channel(state: &State, channel: Id, now_ms: i64) -> Vec<Message> {
    state
        .messages
        .of_channel(channel)
        .filter(|message| message.only_for.is_none())
        .map(|message| Message::of(state, message, now_ms))
        .collect()
}
