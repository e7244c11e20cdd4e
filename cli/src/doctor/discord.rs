//! The application at Discord: token, owners, intents, sign-in, events, commands and the staff channel.

use bot::{Registered, invitation};
use shared::platform::discord::{Discord, LookupError};
use shared::platform::oauth::OAuth;
use shared::platform::standing::Trouble;
use shared::texts::Language;
use shared::types::GuildId;

use super::findings::{Doctor, Says, detail, quoted};
use crate::print::count;

impl Doctor {
    pub(super) async fn discord(&mut self) {
        const TOKEN: &str = "token";
        const ID: &str = "application id";
        const SCOPE: &str = "command scope";
        let api = match Discord::new(&self.config.discord) {
            Ok(api) => api,
            Err(error) => return self.bad("Discord", &error.to_string(), "check discord.token and discord.api_url"),
        };
        let application = match api.application().await {
            Ok(application) => application,
            Err(LookupError::Token) => return self.trouble(TOKEN, Trouble::DiscordToken),
            Err(why) => {
                let what = format!("{} does not answer as it should ({})", self.config.discord.api_url, lookup_failed(&why));
                return self.bad(TOKEN, &what, "check discord.api_url, the network and discordstatus.com");
            }
        };
        self.good(TOKEN, &format!("Discord takes it: the application is {}", quoted(&application.name)));
        let configured = self.config.discord.application_id.clone();
        if application.id != configured {
            let what = format!("discord.application_id is {configured}, and the token's application is {}", application.id);
            self.bad(
                ID,
                &what,
                &format!("set discord.application_id = \"{}\", or take the token of the other application", application.id),
            );
            return;
        }
        self.good(ID, &configured);
        self.owners(&api).await;
        self.intents(application.flags);
        self.sign_in().await;
        self.public_key(&application.verify_key);

        let plans = match bot::plan(&api, &self.config).await {
            Ok(plans) => plans,
            Err(error) => return self.bad(SCOPE, &error.to_string(), "try again when Discord answers"),
        };
        for plan in plans {
            let place = match &plan.guild {
                None => "everywhere".to_owned(),
                Some(guild) => match api.guild_name(guild).await {
                    Ok(name) => format!("server {guild}, {}", quoted(&name)),
                    Err(LookupError::Access) => {
                        let what = format!("server {guild} of staff.guilds: the bot is not in it");
                        self.bad(SCOPE, &what, &format!("invite it, or correct the id: {}", invitation(&configured)));
                        continue;
                    }
                    Err(why) => {
                        self.bad(SCOPE, &format!("server {guild}: {}", lookup_failed(&why)), "try again when Discord answers");
                        continue;
                    }
                },
            };
            match plan.registered {
                Registered::NotInvited => {
                    let what = format!("{place}: the bot is there without the scope applications.commands");
                    self.bad(SCOPE, &what, &format!("invite it again, it stays in: {}", invitation(&configured)));
                }
                // The bot that starts registers what differs.
                Registered::Known(differences) if differences.is_empty() || self.says == Says::Logged => {
                    self.good(SCOPE, &format!("{place}: allowed, and the commands are those of this build"));
                }
                Registered::Known(differences) => {
                    let what = format!("{place}: allowed, and {} not as this build has them", count(differences.len(), "command"));
                    self.notice(SCOPE, &what, "run `atelier commands sync`, or start the bot: both register them");
                }
            }
        }
        if let Some(channel) = self.config.staff.channel {
            const CHANNEL: &str = "staff channel";
            match api.sees_channel(&channel).await {
                Ok(()) => self.good(CHANNEL, &format!("the bot sees {channel} of staff.channel")),
                Err(LookupError::Access) => {
                    let what = format!("the bot does not see {channel} of staff.channel: staff is told by DM instead");
                    self.bad(CHANNEL, &what, &Trouble::StaffChannel.advice().to(Language::English));
                }
                Err(why) => self.bad(CHANNEL, &lookup_failed(&why), "try again when Discord answers"),
            }
        }
    }

    /// Names everybody who may do everything.
    async fn owners(&mut self, api: &Discord) {
        const OWNER: &str = "owner";
        for owner in self.config.staff.owners.clone() {
            match api.user(&owner).await {
                Ok(Some(user)) if user.bot => {
                    let what = format!("{owner} of staff.owners is the bot {}", quoted(&user.name));
                    self.bad(OWNER, &what, "owners are people: copy the id of a person (Discord, Developer Mode, Copy User ID)");
                }
                Ok(Some(user)) => self.good(OWNER, &format!("{} ({owner}) may do everything", quoted(&user.name))),
                Ok(None) => {
                    let what = match api.guild_name(&GuildId::from(owner.get())).await {
                        Ok(name) => format!("{owner} of staff.owners is the server {}", quoted(&name)),
                        Err(_) => format!("{owner} of staff.owners is nobody at Discord"),
                    };
                    self.bad(OWNER, &what, "owners are people: copy the id of a person (Discord, Developer Mode, Copy User ID)");
                }
                Err(error) => self.bad(OWNER, &format!("{owner}: {}", detail(&error)), "try again when Discord answers"),
            }
        }
    }

    async fn sign_in(&mut self) {
        const NAME: &str = "sign-in";
        let redirect = format!("{}/oauth/callback", self.config.web.public_url);
        let oauth = match OAuth::new(&self.config) {
            Ok(Some(oauth)) => oauth,
            Ok(None) => {
                let advice = format!(
                    "to let them, copy the secret from the developer portal (OAuth2, Reset Secret) to discord.client_secret, and add the redirect {redirect} there"
                );
                return self.notice(NAME, "discord.client_secret is not set: nobody can sign in on the web", &advice);
            }
            Err(error) => return self.bad(NAME, &error.to_string(), "check discord.api_url and web.public_url"),
        };
        match oauth.takes_secret().await {
            Ok(true) => {
                self.good(NAME, &format!("Discord takes the client secret; it does not tell whether {redirect} is one of the redirects"));
            }
            Ok(false) => self.trouble(NAME, Trouble::ClientSecret),
            Err(error) => self.bad(NAME, &detail(&error), "try again when Discord answers"),
        }
    }

    fn public_key(&mut self, verify_key: &str) {
        const NAME: &str = "public key";
        let events = format!("{}/discord/events", self.config.web.public_url);
        let portal = format!("switch on Application Deauthorized in the developer portal (Webhooks) with the address {events}");
        // That it has the form of a key was looked at with the configuration.
        match self.config.discord.public_key.as_str() {
            "" => {
                let advice = format!("copy it from the developer portal (General Information) to discord.public_key, and {portal}");
                let what = "discord.public_key is not set: Discord cannot tell that somebody removed the application";
                self.notice(NAME, what, &advice);
            }
            key if key.eq_ignore_ascii_case(verify_key) => {
                self.good(NAME, &format!("it is the application's; Discord does not tell whether its events lead to {events}"));
            }
            _ => self.bad(NAME, "discord.public_key is another application's", "copy it from the developer portal, General Information"),
        }
    }

    fn intents(&mut self, flags: u64) {
        const NAME: &str = "intents";
        let intents = bot::privileged_intents();
        let names = |wanted: &dyn Fn(&bot::PrivilegedIntent) -> bool| {
            intents.iter().filter(|intent| wanted(intent)).map(|intent| intent.name).collect::<Vec<_>>().join(", ")
        };
        let lacking = names(&|intent| intent.needed && !intent.is_on(flags));
        let idle = names(&|intent| !intent.needed && intent.is_on(flags));
        if !lacking.is_empty() {
            self.bad(NAME, &format!("needed and off: {lacking}"), "switch on in the developer portal: Bot, Privileged Gateway Intents");
        }
        if !idle.is_empty() {
            let advice = "switch off in the developer portal (Bot, Privileged Gateway Intents): what is not needed should not be sent";
            self.notice(NAME, &format!("on and not needed: {idle}"), advice);
        }
        if lacking.is_empty() && idle.is_empty() {
            self.good(NAME, "those that are needed are on, and no other");
        }
    }
}

fn lookup_failed(why: &LookupError) -> String {
    match why {
        LookupError::Token => "it refuses the token".to_owned(),
        LookupError::Access => "it does not know this".to_owned(),
        LookupError::Other(error) => detail(error),
    }
}
