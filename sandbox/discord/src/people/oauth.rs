//! What people grant the application, and what its developer sets for it.

use serde_json::json;

use super::discord::Discord;
use super::guild::Guild;
use super::person::{ActError, Person};
use crate::oauth::{consent, read_wish, refusal};
use crate::state::Id;

impl Discord {
    /// Registers an address that people may be sent back to, as the developer portal does.
    pub fn add_redirect_uri(&self, uri: &str) {
        self.inner.change(|state| {
            if !state.oauth.redirect_uris.iter().any(|known| known == uri) {
                state.oauth.redirect_uris.push(uri.to_owned());
            }
        });
    }
}

impl Person {
    /// Opens the consent page at this address and presses Authorize. Gives the address the browser is sent to,
    /// which is empty when a bot was added and nothing else.
    pub fn authorize(&self, address: &str) -> Result<String, ActError> {
        self.decide(address, None, true)
    }

    /// Authorizes, and chooses a server for the bot.
    pub fn authorize_for(&self, address: &str, guild: &Guild) -> Result<String, ActError> {
        self.decide(address, Some(guild.id), true)
    }

    /// Opens the consent page and presses Cancel. Gives the address the browser is sent to.
    pub fn decline(&self, address: &str) -> Result<String, ActError> {
        self.decide(address, None, false)
    }

    fn decide(&self, address: &str, guild: Option<Id>, agrees: bool) -> Result<String, ActError> {
        let bad = |why: &str| ActError::BadOptions(why.to_owned());
        let url = url::Url::parse(address).map_err(|_| bad("this is no address"))?;
        let now_ms = self.discord.inner.clock.now_ms();
        self.discord.inner.change(|state| {
            if !address.starts_with(&format!("{}/", state.url)) || !matches!(url.path(), "/oauth2/authorize" | "/api/oauth2/authorize") {
                return Err(bad("this is not the consent page of this Discord"));
            }
            let wish = read_wish(state, url.query().unwrap_or_default()).map_err(ActError::BadOptions)?;
            if agrees { consent(state, &wish, self.id, guild, now_ms).map_err(ActError::BadOptions) } else { Ok(refusal(&wish)) }
        })
    }

    /// Takes back everything granted to the application: its tokens and the installation to one's account
    /// (APPLICATION_DEAUTHORIZED).
    pub fn deauthorize(&self) {
        let now_ms = self.discord.inner.clock.now_ms();
        self.discord.inner.change(|state| {
            let before = state.oauth.tokens.len();
            state.oauth.tokens.retain(|access| access.user != self.id);
            state.oauth.codes.retain(|_, code| code.user != self.id);
            let mut had = state.oauth.tokens.len() != before;
            if let Some(user) = state.users.get_mut(&self.id) {
                had |= user.installed;
                user.installed = false;
                state.journal.commands();
            }
            if had {
                let told = json!({ "user": state.user_json(self.id) });
                state.post_event("APPLICATION_DEAUTHORIZED", told, now_ms);
            }
        });
    }

    /// Installs the application to one's account, so that its commands are there in every server and every DM.
    pub fn install(&self) {
        let now_ms = self.discord.inner.clock.now_ms();
        self.discord.inner.change(|state| {
            let Some(user) = state.users.get_mut(&self.id).filter(|user| !user.installed) else { return };
            user.installed = true;
            state.journal.commands();
            let told = json!({ "integration_type": 1, "user": state.user_json(self.id), "scopes": ["applications.commands"] });
            state.post_event("APPLICATION_AUTHORIZED", told, now_ms);
        });
    }

    /// Changes the person's e-mail address, and whether it is verified.
    pub fn set_email(&self, email: Option<&str>, verified: bool) {
        self.discord.inner.change(|state| {
            if let Some(user) = state.users.get_mut(&self.id) {
                user.email = email.map(str::to_owned);
                user.email_verified = verified;
            }
            state.journal.places();
        });
    }
}
