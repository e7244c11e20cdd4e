//! Discord over HTTP: REST by serenity, and attachments from its CDN.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use secrecy::ExposeSecret;
use serenity::builder::{CreateAllowedMentions, CreateMessage};
use serenity::http::{Http, HttpBuilder, HttpError, LightMethod, Request, Route};
use url::Url;

use crate::config;
use crate::error::{Error, Failure, Result, Service};
use crate::message;
use crate::platform::standing::{Standing, Trouble};
use crate::types::*;

/// The hosts of Discord's CDN that attachments come from.
const CDN_HOSTS: [&str; 2] = ["cdn.discordapp.com", "media.discordapp.net"];
const CALL_TIMEOUT: Duration = Duration::from_secs(15);
const GATEWAY_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest pause between two pieces of an attachment.
const READ_TIMEOUT: Duration = Duration::from_secs(20);

/// Codes by which Discord says that this person takes no DM from us: 50007 and 50278 (closed, no
/// server in common), 10013 (the user is gone).
/// See <https://discord.com/developers/docs/topics/opcodes-and-status-codes#json>.
const DM_CLOSED: [isize; 3] = [50007, 50278, 10013];

/// Discord, as the bot's own user.
#[derive(Clone)]
pub struct Discord {
    http: Arc<Http>,
    client: reqwest::Client,
    api_url: Url,
    standing: Standing,
}

/// What became of a direct message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivered {
    /// The message is there.
    Sent {
        /// Where.
        channel: ChannelId,
        /// Which.
        message: MessageId,
    },
    /// The person takes no DM from us. Not a failure: the notice waits in their inbox.
    Closed,
}

/// The application behind the token.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Application {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its flags, which say among other things what it may ask of the gateway.
    #[serde(default)]
    pub flags: u64,
    /// What Discord signs with, hexadecimal.
    #[serde(default)]
    pub verify_key: String,
}

/// Why Discord did not tell what it was asked.
#[derive(Debug)]
pub enum LookupError {
    /// It refuses the token.
    Token,
    /// The bot, or its application, may not know this: it is not there.
    Access,
    /// Anything else.
    Other(Error),
}

impl From<LookupError> for Error {
    fn from(error: LookupError) -> Self {
        let (failure, detail) = match error {
            LookupError::Token => (Failure::Credentials, "it refuses the token"),
            LookupError::Access => (Failure::Gone, "the bot may not know this"),
            LookupError::Other(error) => return error,
        };
        Self::outside(Service::Discord, failure, detail)
    }
}

/// A role of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Whether an integration, a bot or boosting manages who holds it.
    pub managed: bool,
    /// Whether it is the one that every member holds.
    pub everyone: bool,
}

/// A Discord user, as Discord knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// What Discord shows for them.
    pub name: String,
    /// Whether a program is behind it.
    pub bot: bool,
}

impl Discord {
    /// Builds the clients; sends nothing.
    pub fn new(config: &config::Discord) -> Result<Self> {
        let mut http = HttpBuilder::new(config.token.expose_secret());
        if config.is_stand_in() {
            // The rate limiter builds its requests without the proxy.
            http = http.proxy(&config.api_url).ratelimiter_disabled(true);
        }
        if let Ok(application) = config.application_id.as_str().parse::<u64>() {
            http = http.application_id(application.into());
        }
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(GATEWAY_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .build()
            .map_err(|error| Error::Fault(error.to_string()))?;
        let api_url = Url::parse(&config.api_url).map_err(|error| Error::Fault(format!("discord.api_url: {error}")))?;
        Ok(Self { http: Arc::new(http.build()), client, api_url, standing: Standing::default() })
    }

    /// The same client, which notes how the token is taken.
    pub fn noting(self, standing: &Standing) -> Self {
        Self { standing: standing.clone(), ..self }
    }

    /// serenity's client, for the gateway.
    pub fn http(&self) -> Arc<Http> {
        self.http.clone()
    }

    /// Asks a stand-in for its gateway and fails with a sentence when it does not answer. serenity
    /// would fall back to the real gateway silently, and send it the token.
    pub async fn check_gateway(&self) -> Result<()> {
        if self.api_url.as_str().trim_end_matches('/') == config::DISCORD {
            return Ok(());
        }
        let url = format!("{}/api/v10/gateway", self.api_url.as_str().trim_end_matches('/'));
        let answer = self.client.get(&url).timeout(GATEWAY_TIMEOUT).send().await;
        let gateway = match answer.and_then(reqwest::Response::error_for_status) {
            Ok(answer) => answer.json::<serde_json::Value>().await.ok(),
            Err(_) => None,
        };
        match gateway.as_ref().and_then(|body| body.get("url")).and_then(|url| url.as_str()) {
            Some(_) => Ok(()),
            None => Err(Error::Setup(format!(
                "discord.api_url is not Discord's and does not answer {url}. Start the stand-in first, or remove discord.api_url to use Discord."
            ))),
        }
    }

    /// The application that the token belongs to.
    pub async fn application(&self) -> Result<Application, LookupError> {
        self.ask(Request::new(Route::Oauth2ApplicationCurrent, LightMethod::Get)).await
    }

    /// The name of a server that the bot is in.
    pub async fn guild_name(&self, guild: &GuildId) -> Result<String, LookupError> {
        #[derive(serde::Deserialize)]
        struct Guild {
            name: String,
        }
        let route = Route::Guild { guild_id: guild.get().into() };
        Ok(self.ask::<Guild>(Request::new(route, LightMethod::Get)).await?.name)
    }

    /// Whether the bot sees a channel.
    pub async fn sees_channel(&self, channel: &ChannelId) -> Result<(), LookupError> {
        let route = Route::Channel { channel_id: channel.get().into() };
        self.ask::<serde::de::IgnoredAny>(Request::new(route, LightMethod::Get)).await.map(drop)
    }

    /// The roles of a server that the bot is in.
    pub async fn roles(&self, guild: &GuildId) -> Result<Vec<Role>> {
        let route = Route::GuildRoles { guild_id: guild.get().into() };
        let roles: Vec<serenity::model::guild::Role> = self.ask(Request::new(route, LightMethod::Get)).await?;
        // By Discord's rule @everyone has the id of its server.
        let role = |role: &serenity::model::guild::Role| {
            let id = RoleId::from(role.id.get());
            Role { managed: role.managed, everyone: id.get() == guild.get(), id }
        };
        Ok(roles.iter().map(role).collect())
    }

    /// The roles of a member; `None` for whoever is not in the server.
    pub async fn member_roles(&self, guild: &GuildId, user: &UserId) -> Result<Option<Vec<RoleId>>> {
        #[derive(serde::Deserialize)]
        struct Member {
            roles: Vec<RoleId>,
        }
        let route = Route::GuildMember { guild_id: guild.get().into(), user_id: user.get().into() };
        match self.ask::<Member>(Request::new(route, LightMethod::Get)).await {
            Ok(member) => Ok(Some(member.roles)),
            Err(LookupError::Access) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A user by their id; `None` where there is none.
    pub async fn user(&self, user: &UserId) -> Result<Option<User>> {
        let route = Route::User { user_id: user.get().into() };
        match self.ask::<serenity::model::user::User>(Request::new(route, LightMethod::Get)).await {
            Ok(user) => Ok(Some(User { id: user.id.get().into(), name: user.display_name().to_owned(), bot: user.bot })),
            Err(LookupError::Access) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The application's commands as Discord knows them: everywhere, or in one server.
    pub async fn commands(&self, guild: Option<&GuildId>) -> Result<Vec<serde_json::Value>, LookupError> {
        let no_id = || LookupError::Other(Error::Setup("discord.application_id is missing".into()));
        let application_id = self.http.application_id().ok_or_else(no_id)?;
        let route = match guild {
            Some(guild) => Route::GuildCommands { application_id, guild_id: guild.get().into() },
            None => Route::Commands { application_id },
        };
        self.ask(Request::new(route, LightMethod::Get).params(Some(vec![("with_localizations", "true".to_owned())]))).await
    }

    async fn ask<T: serde::de::DeserializeOwned>(&self, request: Request<'_>) -> Result<T, LookupError> {
        let slow = || LookupError::Other(Error::away(Service::Discord, "no answer in time"));
        let answer = tokio::time::timeout(CALL_TIMEOUT, self.http.fire(request)).await.map_err(|_| slow())?;
        self.note_token(&answer);
        match answer {
            Ok(answer) => Ok(answer),
            Err(serenity::Error::Http(HttpError::UnsuccessfulRequest(answer))) if answer.status_code.as_u16() == 401 => {
                Err(LookupError::Token)
            }
            Err(serenity::Error::Http(HttpError::UnsuccessfulRequest(answer))) if matches!(answer.status_code.as_u16(), 403 | 404) => {
                Err(LookupError::Access)
            }
            Err(error) => Err(LookupError::Other(outside(&error))),
        }
    }

    /// Sends a direct message. `reference` stands in the footer of the message's embed; with
    /// `look_first` a message that already carries it is taken for this one, because Discord
    /// forgets a nonce after minutes.
    pub async fn send_dm(&self, user: &UserId, message: CreateMessage, reference: &str, look_first: bool) -> Result<Delivered> {
        let map = serde_json::json!({ "recipient_id": user });
        let channel = match self.timed(self.http.create_private_channel(&map)).await {
            Ok(channel) => channel.id,
            Err(NotDone::DmClosed) => return Ok(Delivered::Closed),
            Err(NotDone::Other(error)) => return Err(error),
        };
        match self.send_to(channel, message, reference, look_first).await {
            Ok(delivered) => Ok(delivered),
            Err(NotDone::DmClosed) => Ok(Delivered::Closed),
            Err(NotDone::Other(error)) => Err(error),
        }
    }

    /// Sends a message to a channel of a server, as [`Discord::send_dm`] does to a person.
    pub async fn send(&self, channel: &ChannelId, message: CreateMessage, reference: &str, look_first: bool) -> Result<Delivered> {
        match self.send_to(channel.get().into(), message, reference, look_first).await {
            Ok(delivered) => Ok(delivered),
            Err(NotDone::DmClosed) => Ok(Delivered::Closed),
            Err(NotDone::Other(error)) => Err(error),
        }
    }

    async fn send_to(
        &self,
        channel: serenity::model::id::ChannelId,
        message: CreateMessage,
        reference: &str,
        look_first: bool,
    ) -> Result<Delivered, NotDone> {
        if look_first {
            let recent = self.timed(self.http.get_messages(channel, None, Some(50))).await?;
            let ours = recent.iter().find(|message| {
                let footers = message.embeds.iter().filter_map(|embed| embed.footer.as_ref());
                footers.into_iter().any(|footer| footer.text.ends_with(reference))
            });
            if let Some(message) = ours {
                return Ok(Delivered::Sent { channel: channel.get().into(), message: message.id.get().into() });
            }
        }
        let message = message.allowed_mentions(CreateAllowedMentions::new());
        let sent = self.timed(self.http.send_message(channel, Vec::new(), &message)).await?;
        Ok(Delivered::Sent { channel: channel.get().into(), message: sent.id.get().into() })
    }

    /// Opens an attachment for streaming. Only Discord's CDN (or the stand-in) is asked, over
    /// https unless it is loopback, and no redirect is followed.
    pub async fn attachment(&self, url: &str) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        let foreign = || Error::Rejected(message!("file-is-not-discords"));
        let parsed = Url::parse(url).map_err(|_| foreign())?;
        if !self.serves(&parsed) {
            return Err(foreign());
        }
        let answer = self.client.get(parsed).send().await.map_err(|error| cdn_error(&error))?;
        if !answer.status().is_success() {
            let status = answer.status().as_u16();
            let failure = match status {
                // The address of an attachment is over after a day.
                403 | 404 => Failure::Gone,
                429 | 500.. => Failure::Away,
                _ => Failure::Refused,
            };
            return Err(Error::outside(Service::Discord, failure, format!("CDN status {status}")));
        }
        Ok(answer.bytes_stream().map(|chunk| chunk.map_err(|error| cdn_error(&error))))
    }

    async fn timed<T>(&self, call: impl Future<Output = serenity::Result<T>>) -> Result<T, NotDone> {
        match tokio::time::timeout(CALL_TIMEOUT, call).await {
            Ok(answer) => {
                self.note_token(&answer);
                answer.map_err(failure)
            }
            Err(_) => Err(NotDone::Other(Error::away(Service::Discord, "no answer in time"))),
        }
    }

    /// Notes whether Discord takes the token.
    fn note_token<T>(&self, answer: &serenity::Result<T>) {
        let status = match answer {
            Ok(_) => 200,
            Err(serenity::Error::Http(HttpError::UnsuccessfulRequest(refusal))) => refusal.status_code.as_u16(),
            Err(_) => return,
        };
        match status {
            401 => self.standing.refused(Trouble::DiscordToken, "", ""),
            200 | 400 | 403 | 404 => self.standing.taken(Trouble::DiscordToken, ""),
            _ => {}
        }
    }

    /// Whether attachments may come from this address.
    fn serves(&self, url: &Url) -> bool {
        let stand_in = self.api_url.as_str().trim_end_matches('/') != config::DISCORD
            && (url.scheme(), url.host_str(), url.port_or_known_default())
                == (self.api_url.scheme(), self.api_url.host_str(), self.api_url.port_or_known_default());
        let cdn = url.scheme() == "https" && url.port().is_none() && url.host_str().is_some_and(|host| CDN_HOSTS.contains(&host));
        (stand_in || cdn) && url.username().is_empty() && url.password().is_none()
    }
}

impl std::fmt::Debug for Discord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Discord").field("api_url", &self.api_url.as_str()).finish_non_exhaustive()
    }
}

/// A failed call, with the one kind that is no failure of ours kept apart.
enum NotDone {
    DmClosed,
    Other(Error),
}

fn failure(error: serenity::Error) -> NotDone {
    match &error {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(answer)) if DM_CLOSED.contains(&answer.error.code) => NotDone::DmClosed,
        _ => NotDone::Other(outside(&error)),
    }
}

/// What went wrong, without the address that was called: it may hold an interaction's token.
/// See <https://docs.discord.com/developers/topics/opcodes-and-status-codes>.
pub fn outside(error: &serenity::Error) -> Error {
    let answer = match error {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(answer)) => answer,
        serenity::Error::Http(_) => return Error::away(Service::Discord, "no connection"),
        _ => return Error::away(Service::Discord, "an answer that cannot be read"),
    };
    let (status, code) = (answer.status_code.as_u16(), answer.error.code);
    let failure = match status {
        401 => Failure::Credentials,
        403 => Failure::Permission,
        404 => Failure::Gone,
        400 | 405 | 413 => Failure::Refused,
        _ => Failure::Away,
    };
    let detail = format!("status {status}, code {code}");
    Error::Outside { service: Service::Discord, failure, code: code.to_string(), param: String::new(), detail }
}

fn cdn_error(error: &reqwest::Error) -> Error {
    let detail = if error.is_timeout() { "the CDN was too slow" } else { "the CDN broke off" };
    Error::away(Service::Discord, detail)
}

/// A file as Discord hands it over. Nothing of it is believed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Attachment {
    /// Where Discord's CDN has it.
    pub url: String,
    /// What the person called it.
    pub file_name: String,
    /// What Discord takes it for.
    pub content_type: Option<String>,
    /// The size that Discord states, in bytes.
    pub stated_size: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn discord(api_url: &str) -> Discord {
        let config = config::Discord { api_url: api_url.into(), ..config::Discord::default() };
        Discord::new(&config).unwrap()
    }

    #[test]
    fn files_come_from_discord_alone() {
        let real = discord(config::DISCORD);
        let stand_in = discord("http://127.0.0.1:4000");
        let serves = |discord: &Discord, url: &str| discord.serves(&Url::parse(url).unwrap());
        assert!(serves(&real, "https://cdn.discordapp.com/attachments/1/2/a.zip?ex=1"));
        assert!(serves(&real, "https://media.discordapp.net/attachments/1/2/a.zip"));
        for url in [
            "http://cdn.discordapp.com/a",
            "https://cdn.discordapp.com.evil.example/a",
            "https://cdn.discordapp.com:8443/a",
            "https://user@cdn.discordapp.com/a",
            "https://evil.example/cdn.discordapp.com",
            "https://discord.com/a",
            "http://127.0.0.1:4000/a",
            "file:///etc/passwd",
        ] {
            assert!(!serves(&real, url), "{url}");
        }
        assert!(serves(&stand_in, "http://127.0.0.1:4000/attachments/1/2/a.zip"));
        assert!(!serves(&stand_in, "http://127.0.0.1:4001/attachments/1/2/a.zip"));
        assert!(!serves(&stand_in, "http://localhost:4000/attachments/1/2/a.zip"));
    }
}
