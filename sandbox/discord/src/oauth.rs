//! OAuth2: the consent page, codes, tokens, and what a token opens.

mod page;
mod wish;

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

use super::inner::Inner;
use super::members::add_bot;
use super::state::{Access, Code, Id, State, permission, random};
use super::wire::timestamp;
use page::{consent_page, error_page, html, simple_page};
use sandbox_core::record::{self, Service};
pub(super) use wish::read_wish;
use wish::{SCOPES, Wish};

const CODE_LIFE_MS: i64 = 10 * 60 * 1000;

/// Somebody consents: what was asked for is done, and the address tells where the browser goes.
pub(super) fn consent(state: &mut State, wish: &Wish, user: Id, guild: Option<Id>, now_ms: i64) -> Result<String, String> {
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

pub(super) fn refusal(wish: &Wish) -> String {
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
