//! OAuth2: the consent page, codes, tokens, and what a token opens.

mod page;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;

use super::guild::{Guild, add_bot};
use super::person::{ActError, Person};
use super::state::{Access, Challenge, Code, Id, State, permission, random};
use super::wire::timestamp;
use super::{Discord, Inner};
use page::{consent_page, error_page, html, simple_page};
use sandbox_core::record::{self, Service};

const CODE_LIFE_MS: i64 = 10 * 60 * 1000;

/// The scopes that are known here, and what the consent page says of them.
const SCOPES: [(&str, &str); 9] = [
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
struct Wish {
    scopes: Vec<String>,
    /// Where the browser goes afterwards; none is needed to add a bot and nothing else.
    redirect_uri: Option<String>,
    state: Option<String>,
    challenge: Option<Challenge>,
    permissions: u64,
    guild: Option<Id>,
    to_account: bool,
}

impl Wish {
    fn adds_bot(&self) -> bool {
        self.scopes.iter().any(|scope| scope == "bot")
    }

    fn leads_to(&self, answer: &[(&str, &str)]) -> String {
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
fn read_wish(state: &State, query: &str) -> Result<Wish, String> {
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

/// Somebody consents: what was asked for is done, and the address tells where the browser goes.
fn consent(state: &mut State, wish: &Wish, user: Id, guild: Option<Id>, now_ms: i64) -> Result<String, String> {
    if state.users.get(&user).is_none_or(|user| user.bot) {
        return Err("There is no such person.".to_owned());
    }
    let mut answer: Vec<(&str, String)> = Vec::new();
    let guild = wish.guild.or(guild);
    let installs = wish.scopes.iter().any(|scope| scope == "bot" || scope == "applications.commands");
    let into_guild = if wish.adds_bot() { Some(guild.ok_or("Choose a server.")?) } else { guild.filter(|_| installs && !wish.to_account) };
    if let Some(guild) = into_guild {
        if state.permissions(guild, user) & permission::MANAGE_GUILD == 0 {
            return Err("Adding it to a server needs Manage Server there.".to_owned());
        }
        if wish.adds_bot() {
            add_bot(state, guild, Some(wish.permissions), now_ms);
            answer.push(("guild_id", guild.to_string()));
            answer.push(("permissions", wish.permissions.to_string()));
        }
    }
    if wish.to_account
        && installs
        && let Some(user) = state.users.get_mut(&user)
    {
        user.installed = true;
        state.journal.commands();
    }
    let mut told = json!({ "user": state.user_json(user), "scopes": wish.scopes });
    if installs {
        told["integration_type"] = json!(u8::from(wish.to_account));
    }
    if let Some(guild) = into_guild.and_then(|guild| state.guilds.get(&guild)) {
        told["guild"] = state.guild_json(guild);
    }
    state.post_event("APPLICATION_AUTHORIZED", told, now_ms);
    let Some(redirect_uri) = &wish.redirect_uri else { return Ok(String::new()) };
    let code = URL_SAFE_NO_PAD.encode(random(22));
    let granted = Code {
        user,
        scopes: wish.scopes.clone(),
        redirect_uri: redirect_uri.clone(),
        challenge: wish.challenge.clone(),
        guild: into_guild.filter(|_| wish.adds_bot()),
        at_ms: now_ms,
    };
    state.oauth.codes.insert(code.clone(), granted);
    answer.insert(0, ("code", code));
    let answer: Vec<(&str, &str)> = answer.iter().map(|(key, value)| (*key, value.as_str())).collect();
    Ok(wish.leads_to(&answer))
}

fn refusal(wish: &Wish) -> String {
    let why = "The resource owner or authorization server denied the request";
    wish.leads_to(&[("error", "access_denied"), ("error_description", why)])
}

/// `GET /oauth2/authorize`: the consent page.
pub(super) async fn page(Shared(inner): Shared<Arc<Inner>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = query.unwrap_or_default();
    let answer = inner.read(|state| match read_wish(state, &query) {
        Ok(wish) => html(StatusCode::OK, &consent_page(state, &wish)),
        Err(why) => html(StatusCode::BAD_REQUEST, &error_page(&why)),
    });
    remember(&inner, "GET", "/oauth2/authorize", &headers, answer.status());
    answer
}

/// `POST /oauth2/authorize`: the person pressed Authorize or Cancel.
pub(super) async fn decide(
    Shared(inner): Shared<Arc<Inner>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    axum::Form(form): axum::Form<HashMap<String, String>>,
) -> Response {
    let now_ms = inner.clock.now_ms();
    let number = |key: &str| form.get(key).and_then(|text| text.parse::<Id>().ok());
    let decided = inner.change(|state| {
        let wish = read_wish(state, &query.unwrap_or_default())?;
        match form.get("decision").map(String::as_str) {
            Some("authorize") => consent(state, &wish, number("user").unwrap_or(0), number("guild"), now_ms),
            _ => Ok(refusal(&wish)),
        }
    });
    let answer = match decided {
        Ok(address) if address.is_empty() => html(StatusCode::OK, &simple_page("Done", "You may close this window now.")),
        Ok(address) => (StatusCode::FOUND, [(header::LOCATION, address)]).into_response(),
        Err(why) => html(StatusCode::BAD_REQUEST, &error_page(&why)),
    };
    remember(&inner, "POST", "/oauth2/authorize", &headers, answer.status());
    answer
}

fn remember(inner: &Inner, method: &str, path: &str, headers: &HeaderMap, status: StatusCode) {
    // Neither the query nor the body: they hold codes, tokens and the client's secret.
    inner.recorder.record(record::Request {
        service: Service::Discord,
        method: method.to_owned(),
        path: path.to_owned(),
        body: Value::Null,
        content_type: None,
        status: status.as_u16(),
        expect_bad: record::expects_bad(headers),
    });
}

/// A refused request for a token, in OAuth2's own form.
fn oauth_error(status: StatusCode, error: &str, description: &str) -> Response {
    let mut body = json!({ "error": error });
    if !description.is_empty() {
        body["error_description"] = json!(description);
    }
    (status, Json(body)).into_response()
}

type Form = HashMap<String, String>;

/// Reads a form-encoded body and checks who sends it.
fn read_form(inner: &Inner, headers: &HeaderMap, body: &[u8]) -> Result<Form, Box<Response>> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let invalid = |why: &str| Box::new(oauth_error(StatusCode::BAD_REQUEST, "invalid_request", why));
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return Err(invalid("The body must be application/x-www-form-urlencoded."));
    }
    let form: Form = serde_urlencoded::from_bytes(body).map_err(|_| invalid("The body could not be read."))?;
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let basic = authorization.and_then(|value| value.strip_prefix("Basic ")).map(|encoded| {
        let decoded = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        let (id, secret) = decoded.split_once(':').unwrap_or_default();
        (id.to_owned(), secret.to_owned())
    });
    let in_body = || Some((form.get("client_id")?.clone(), form.get("client_secret")?.clone()));
    let (id, secret) = basic.or_else(in_body).unwrap_or_default();
    let right = inner.read(|state| id == state.bot.to_string() && bool::from(secret.as_bytes().ct_eq(state.client_secret.as_bytes())));
    if right { Ok(form) } else { Err(Box::new(oauth_error(StatusCode::UNAUTHORIZED, "invalid_client", ""))) }
}

/// `POST /api/oauth2/token`.
pub(super) async fn token(Shared(inner): Shared<Arc<Inner>>, headers: HeaderMap, body: axum::body::Bytes) -> Response {
    let answer = match read_form(&inner, &headers, &body) {
        Ok(form) => inner.change(|state| grant(state, &form, inner.clock.now_ms())),
        Err(refused) => *refused,
    };
    remember(&inner, "POST", "/api/oauth2/token", &headers, answer.status());
    answer
}

fn grant(state: &mut State, form: &Form, now_ms: i64) -> Response {
    let get = |key: &str| form.get(key).map(String::as_str).unwrap_or_default();
    let refuse = |what: &str| oauth_error(StatusCode::BAD_REQUEST, "invalid_grant", &format!("Invalid \"{what}\" in request."));
    match get("grant_type") {
        "authorization_code" => {
            let living = state.oauth.codes.get(get("code")).is_some_and(|code| now_ms - code.at_ms <= CODE_LIFE_MS);
            if !living {
                return refuse("code");
            }
            // A code is good for one attempt, whatever comes of it.
            let Some(code) = state.oauth.codes.remove(get("code")) else { return refuse("code") };
            if code.redirect_uri != get("redirect_uri") {
                return refuse("redirect_uri");
            }
            let verified = match &code.challenge {
                Some(challenge) => challenge.is_met_by(get("code_verifier")),
                None => get("code_verifier").is_empty(),
            };
            if !verified {
                return refuse("code_verifier");
            }
            let access = state.oauth.issue(code.user, code.scopes, true, now_ms);
            let mut body = token_json(&access, now_ms);
            if let Some(guild) = code.guild.and_then(|guild| state.guilds.get(&guild)) {
                body["guild"] = state.guild_json(guild);
            }
            token_answer(&body)
        }
        "refresh_token" => {
            let refresh = get("refresh_token");
            let place = state.oauth.tokens.iter().position(|access| !refresh.is_empty() && access.refresh == refresh);
            // The old pair is spent.
            let Some(old) = place.map(|place| state.oauth.tokens.remove(place)) else { return refuse("refresh_token") };
            let access = state.oauth.issue(old.user, old.scopes, true, now_ms);
            token_answer(&token_json(&access, now_ms))
        }
        "client_credentials" => {
            let scopes: Vec<String> = get("scope").split_whitespace().map(str::to_owned).collect();
            let known = |scope: &String| SCOPES.iter().any(|(known, _)| known == scope) && scope != "bot";
            if scopes.is_empty() || !scopes.iter().all(known) {
                let why = "The requested scope is invalid, unknown, or malformed.";
                return oauth_error(StatusCode::BAD_REQUEST, "invalid_scope", why);
            }
            let owner = state.app_owner;
            let access = state.oauth.issue(owner, scopes, false, now_ms);
            token_answer(&token_json(&access, now_ms))
        }
        "" => oauth_error(StatusCode::BAD_REQUEST, "unsupported_grant_type", "Grant type None is not supported"),
        other => oauth_error(StatusCode::BAD_REQUEST, "unsupported_grant_type", &format!("Grant type {other} is not supported")),
    }
}

fn token_json(access: &Access, now_ms: i64) -> Value {
    let mut body = json!({
        "token_type": "Bearer",
        "access_token": access.token,
        "expires_in": (access.expires_ms - now_ms) / 1000,
        "scope": access.scopes.join(" "),
    });
    if !access.refresh.is_empty() {
        body["refresh_token"] = json!(access.refresh);
    }
    body
}

fn token_answer(body: &Value) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(body.clone())).into_response()
}

/// `POST /api/oauth2/token/revoke`: takes back everything that the person of the token granted the application.
///
/// "When any valid access or refresh token is revoked, all of your application's access and refresh tokens for that
/// user are immediately invalidated" (<https://discord.com/developers/docs/topics/oauth2>, Token Revocation).
pub(super) async fn revoke(Shared(inner): Shared<Arc<Inner>>, headers: HeaderMap, body: axum::body::Bytes) -> Response {
    let answer = match read_form(&inner, &headers, &body) {
        Ok(form) => inner.change(|state| {
            let token = form.get("token").map(String::as_str).unwrap_or_default();
            if token.is_empty() {
                return oauth_error(StatusCode::BAD_REQUEST, "invalid_request", "Missing \"token\" in request.");
            }
            let whose = state.oauth.tokens.iter().find(|access| access.token == token || access.refresh == token).map(|access| access.user);
            // As OAuth2 has it, a token that nobody knows is revoked already.
            if let Some(user) = whose {
                state.oauth.tokens.retain(|access| access.user != user);
            }
            Json(json!({})).into_response()
        }),
        Err(refused) => *refused,
    };
    remember(&inner, "POST", "/api/oauth2/token/revoke", &headers, answer.status());
    answer
}

/// A user as they let the application see them.
pub(super) fn user_json(state: &State, access: &Access) -> Value {
    let mut user = state.user_json(access.user);
    user["locale"] = json!("en-US");
    user["mfa_enabled"] = json!(false);
    user["premium_type"] = json!(0);
    if access.has("email") {
        let found = state.users.get(&access.user);
        user["email"] = json!(found.and_then(|user| user.email.clone()));
        user["verified"] = json!(found.is_some_and(|user| user.email.is_some() && user.email_verified));
    }
    user
}

/// `GET /oauth2/@me`.
pub(super) fn authorization_json(state: &State, access: &Access) -> Value {
    let mut body = json!({
        "application": {
            "id": state.bot.to_string(),
            "name": state.users.get(&state.bot).map(|bot| bot.name.as_str()).unwrap_or_default(),
            "icon": null,
            "description": "",
            "type": null,
            "summary": "",
            "hook": true,
            "bot_public": true,
            "bot_require_code_grant": false,
            "verify_key": state.public_key(),
            "flags": 0,
        },
        "scopes": access.scopes,
        "expires": timestamp(access.expires_ms),
    });
    if access.has("identify") {
        body["user"] = state.user_json(access.user);
    }
    body
}

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
