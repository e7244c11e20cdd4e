//! What an application asks people for.

use crate::state::{Challenge, Id, State};

/// The scopes that are known here, and what the consent page says of them.
pub(crate) const SCOPES: [(&str, &str); 9] = [
    ("identify", "Access your username and avatar"),
    ("email", "Access your email address"),
    ("guilds", "Know what servers you're in"),
    ("guilds.join", "Join servers for you"),
    ("guilds.members.read", "Read your member info in your servers"),
    ("bot", "Add a bot to a server"),
    ("applications.commands", "Create commands"),
    ("applications.commands.permissions.update", "Edit permissions of its commands in a server"),
    ("applications.commands.update", "Update its own commands"),
];

/// What an application asks for by sending somebody to `/oauth2/authorize`, checked.
#[derive(Clone)]
pub(crate) struct Wish {
    pub scopes: Vec<String>,
    /// Where the browser goes afterwards; none is needed to add a bot and nothing else.
    pub redirect_uri: Option<String>,
    pub state: Option<String>,
    pub challenge: Option<Challenge>,
    pub permissions: u64,
    pub guild: Option<Id>,
    pub to_account: bool,
}

impl Wish {
    pub fn adds_bot(&self) -> bool {
        self.scopes.iter().any(|scope| scope == "bot")
    }

    pub fn leads_to(&self, answer: &[(&str, &str)]) -> String {
        let Some(redirect_uri) = &self.redirect_uri else { return String::new() };
        let Ok(mut url) = url::Url::parse(redirect_uri) else { return String::new() };
        {
            let mut query = url.query_pairs_mut();
            query.extend_pairs(answer);
            if let Some(state) = &self.state {
                query.append_pair("state", state);
            }
        }
        url.to_string()
    }
}

/// Reads the query of `/oauth2/authorize`. What is wrong is told to the person: nobody is sent to an address that
/// was not registered.
pub(crate) fn read_wish(state: &State, query: &str) -> Result<Wish, String> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).map_err(|_| "The query could not be read.".to_owned())?;
    let get = |key: &str| pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty());
    if get("client_id") != Some(&state.bot.to_string()) {
        return Err("Unknown Application".to_owned());
    }
    let scopes: Vec<String> = get("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    if scopes.is_empty() {
        return Err("invalid_scope: no scope was asked for".to_owned());
    }
    if let Some(unknown) = scopes.iter().find(|scope| !SCOPES.iter().any(|(known, _)| known == scope)) {
        return Err(format!("invalid_scope: `{unknown}` is invalid, or this stand-in does not know it"));
    }
    if scopes.iter().any(|scope| scope == "applications.commands.update") {
        return Err("invalid_scope: applications.commands.update goes with the client credentials grant only".to_owned());
    }
    let only_installs = scopes.iter().all(|scope| scope == "bot" || scope == "applications.commands");
    let redirect_uri = match get("redirect_uri") {
        Some(given) if state.oauth.redirect_uris.iter().any(|known| known == given) => Some(given.to_owned()),
        Some(_) => return Err("Invalid OAuth2 redirect_uri".to_owned()),
        None if only_installs => None,
        None => return Err("Missing OAuth2 redirect_uri".to_owned()),
    };
    match get("response_type") {
        Some("code") if redirect_uri.is_some() => {}
        None if redirect_uri.is_none() => {}
        Some("token") => return Err("unsupported_response_type: this stand-in does not know the implicit grant".to_owned()),
        _ => return Err("unsupported_response_type: response_type must be code".to_owned()),
    }
    let challenge = match (get("code_challenge"), get("code_challenge_method")) {
        (None, None) => None,
        (Some(value), Some("S256")) if value.len() == 43 => Some(Challenge { value: value.to_owned(), sha256: true }),
        (Some(value), None | Some("plain")) if (43..=128).contains(&value.len()) => {
            Some(Challenge { value: value.to_owned(), sha256: false })
        }
        _ => return Err("invalid_request: code_challenge or code_challenge_method is invalid".to_owned()),
    };
    let number = |key: &str| match get(key) {
        None => Ok(None),
        Some(text) => text.parse::<u64>().map(Some).map_err(|_| format!("invalid_request: {key} is no number")),
    };
    let to_account = match get("integration_type") {
        None | Some("0") => false,
        Some("1") if scopes.iter().any(|scope| scope == "bot") => {
            return Err("invalid_scope: a bot cannot be added to an account".to_owned());
        }
        Some("1") => true,
        Some(_) => return Err("invalid_request: integration_type must be 0 or 1".to_owned()),
    };
    Ok(Wish {
        scopes,
        redirect_uri,
        state: get("state").map(str::to_owned),
        challenge,
        permissions: number("permissions")?.unwrap_or(0),
        guild: number("guild_id")?,
        to_account,
    })
}
