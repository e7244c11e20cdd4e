//! The control interface: what a test or a demo in another process may do.

mod acts;
mod apps;
mod faults;
mod servers;
mod storage;
mod stripe;
mod window;

use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use subtle::ConstantTimeEq;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::Sandbox;
use crate::discord::{ActError, Channel, Guild, Modal, Person, Place, Reply, Role};
use crate::record::{PASSED_KEPT, Passed, Service};
use sandbox_core::keep;
use servers::{guild_json, user_json};

/// Files come in base64 inside JSON.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

const LONGEST_WAIT_S: u64 = 60;

/// The running control interface. It stops with its last clone.
#[derive(Clone)]
pub struct Control {
    url: String,
    token: String,
    stop: CancellationToken,
    _stops_with_the_last_clone: Arc<DropGuard>,
}

struct Inner {
    sandbox: Sandbox,
    token: String,
    port: u16,
    url: String,
    /// Ends the streams, which would otherwise go on for ever.
    stop: CancellationToken,
    /// What may be asked for again by its place: replies, and forms to submit.
    replies: Mutex<Vec<Reply>>,
    forms: Mutex<Vec<Modal>>,
}

type Shared = State<Arc<Inner>>;
type Answer = Result<axum::Json<Json>, Failure>;

const FILE: &str = "control.json";

/// What is kept of it: where it was, and who was let in.
#[derive(Serialize, Deserialize)]
struct Kept {
    url: String,
    token: String,
}

impl Control {
    pub(crate) async fn start(sandbox: Sandbox) -> io::Result<Control> {
        let folder = sandbox.folder.clone();
        let kept: Option<Kept> = folder.as_ref().map(|folder| folder.read(FILE)).transpose()?.flatten();
        let listener = keep::listen(kept.as_ref().map(|kept| kept.url.as_str()), sandbox.port).await?;
        let address = listener.local_addr()?;
        let url = format!("http://{address}");
        let token = match kept {
            Some(kept) => kept.token,
            None => {
                let mut random = [0; 24];
                getrandom::fill(&mut random).map_err(io::Error::other)?;
                hex::encode(random)
            }
        };
        if let Some(folder) = folder {
            folder.write(FILE, &Kept { url: url.clone(), token: token.clone() })?;
        }
        let stop = CancellationToken::new();
        let inner = Arc::new(Inner {
            sandbox,
            token: token.clone(),
            port: address.port(),
            url: url.clone(),
            stop: stop.clone(),
            replies: Mutex::default(),
            forms: Mutex::default(),
        });
        let stopped = stop.clone().cancelled_owned();
        let router = router(inner);
        tokio::spawn(async move {
            let served = axum::serve(listener, router).with_graceful_shutdown(stopped);
            if let Err(error) = served.await {
                tracing::error!("the control interface stopped: {error}");
            }
        });
        Ok(Control { url, token, stop: stop.clone(), _stops_with_the_last_clone: Arc::new(stop.drop_guard()) })
    }

    /// The base address.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The token that every request needs.
    pub fn token(&self) -> String {
        self.token.clone()
    }

    /// The address of the window, with the token, to be opened in a browser.
    pub fn address(&self) -> String {
        format!("{}/?token={}", self.url, self.token)
    }

    /// Stops listening.
    pub fn stop(&self) {
        self.stop.cancel();
    }
}

fn router(inner: Arc<Inner>) -> Router {
    let calls = Router::new()
        .route("/help", get(help))
        .route("/state", get(state))
        .route("/secrets", get(secrets))
        .route("/records", get(records))
        .route("/wire", get(wire))
        .route("/stop", post(stop))
        .merge(acts::routes())
        .merge(servers::routes())
        .merge(apps::routes())
        .merge(stripe::routes())
        .merge(storage::routes())
        .merge(faults::routes())
        .merge(window::routes())
        .route("/clock/advance", post(advance))
        .fallback(nothing_here)
        .method_not_allowed_fallback(nothing_here)
        .layer(from_fn_with_state(inner.clone(), know));
    // The window's page says what to do without a token, and its modules and styles hold no secret.
    calls
        .merge(window::public_routes())
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(inner.clone(), guard))
        .with_state(inner)
}

/// A refusal, as a sentence.
struct Failure {
    status: StatusCode,
    error: String,
    extra: Option<(&'static str, Json)>,
}

fn fail(status: StatusCode, error: impl Into<String>) -> Failure {
    Failure { status, error: error.into(), extra: None }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut body = json!({"error": self.error});
        if let Some((name, value)) = self.extra {
            body[name] = value;
        }
        (self.status, axum::Json(body)).into_response()
    }
}

impl From<ActError> for Failure {
    fn from(error: ActError) -> Failure {
        let text = error.to_string();
        match error {
            ActError::NoSuchCommand(_) | ActError::NoSuchComponent(_) => fail(StatusCode::NOT_FOUND, text),
            ActError::NotAllowed(_) => fail(StatusCode::FORBIDDEN, text),
            ActError::BadOptions(_) => fail(StatusCode::BAD_REQUEST, text),
            ActError::Failed(_) => fail(StatusCode::BAD_GATEWAY, text),
            ActError::OpenedModal(modal) => Failure { extra: Some(("modal", json!(modal))), ..fail(StatusCode::CONFLICT, text) },
        }
    }
}

/// Lets in only this machine, and no page but the window's own.
async fn guard(State(inner): Shared, request: Request, next: Next) -> Response {
    let mut response = match comes_from_here(&inner, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(failure) => failure.into_response(),
    };
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    for (name, value) in [(header::REFERRER_POLICY, "no-referrer"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")] {
        headers.insert::<HeaderName>(name, HeaderValue::from_static(value));
    }
    response
}

/// Lets in only who knows the token.
async fn know(State(inner): Shared, request: Request, next: Next) -> Response {
    if inner.is_known(request.headers(), request.uri()) {
        return next.run(request).await;
    }
    let message = "Give the token, as `?token=…` or as `Authorization: Bearer …`.";
    fail(StatusCode::UNAUTHORIZED, message).into_response()
}

fn comes_from_here(inner: &Inner, headers: &HeaderMap) -> Result<(), Failure> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    // A name that was bound to loopback by somebody's DNS is not ours.
    let own = ["127.0.0.1", "localhost", "[::1]"].map(|host| format!("{host}:{}", inner.port));
    let host = text(header::HOST).unwrap_or_default();
    if !own.iter().any(|own| own.eq_ignore_ascii_case(host)) {
        let message = "The Host must be this interface's own loopback address.";
        return Err(fail(StatusCode::FORBIDDEN, message));
    }
    if headers.contains_key(header::ORIGIN) {
        let origin = text(header::ORIGIN).unwrap_or_default();
        let same = origin.strip_prefix("http://").is_some_and(|origin| origin == host);
        if !same {
            let message = "Pages of other origins may not use this interface.";
            return Err(fail(StatusCode::FORBIDDEN, message));
        }
    }
    Ok(())
}

impl Inner {
    /// Whether a request has the token.
    fn is_known(&self, headers: &HeaderMap, uri: &Uri) -> bool {
        let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = header.and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
        let mut query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let given = bearer.or_else(|| query.find(|(name, _)| name == "token").map(|(_, value)| value.into_owned()));
        given.is_some_and(|given| given.as_bytes().ct_eq(self.token.as_bytes()).into())
    }
}

async fn nothing_here(method: Method, uri: Uri) -> Failure {
    let message = format!("There is no {method} {}. GET /help lists the calls.", uri.path());
    fail(StatusCode::NOT_FOUND, message)
}

fn body<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Failure> {
    serde_json::from_slice(bytes).map_err(|error| fail(StatusCode::BAD_REQUEST, format!("The body is not right: {error}.")))
}

fn query<T: DeserializeOwned>(uri: &Uri) -> Result<T, Failure> {
    // The token was looked at before.
    let asked: Vec<&str> = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.starts_with("token=")).collect();
    serde_urlencoded::from_str(&asked.join("&")).map_err(|error| fail(StatusCode::BAD_REQUEST, format!("The query is not right: {error}.")))
}

/// Waits for something, at most as long as the caller asked.
async fn within<T>(seconds: Option<u64>, event: impl Future<Output = T>) -> Result<T, Failure> {
    let seconds = seconds.unwrap_or(LONGEST_WAIT_S);
    if seconds > LONGEST_WAIT_S {
        let message = format!("`wait` is at most {LONGEST_WAIT_S} seconds.");
        return Err(fail(StatusCode::BAD_REQUEST, message));
    }
    tokio::time::timeout(Duration::from_secs(seconds), event).await.map_err(|_| {
        let message = format!("It did not happen within {seconds} seconds.");
        fail(StatusCode::REQUEST_TIMEOUT, message)
    })
}

/// Everything that an application needs to be started against the stand-ins.
async fn secrets(State(inner): Shared) -> Answer {
    let Sandbox { discord, stripe, storage, .. } = &inner.sandbox;
    Ok(axum::Json(json!({
        "discord": {
            "url": discord.url(),
            "token": discord.token(),
            "application_id": discord.application_id(),
            "public_key": discord.public_key(),
            "client_secret": discord.client_secret(),
        },
        "stripe": {"url": stripe.url(), "secret_key": stripe.secret_key(), "live_secret_key": stripe.live_secret_key()},
        "storage": {
            "endpoint": storage.endpoint(),
            "region": storage.region(),
            "bucket": storage.bucket(),
            "access_key_id": storage.access_key_id(),
            "secret_access_key": storage.secret_access_key(),
        },
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Records {
    service: Option<Service>,
}

async fn records(State(inner): Shared, uri: Uri) -> Answer {
    let asked: Records = query(&uri)?;
    let mut requests = inner.sandbox.recorder.all();
    requests.retain(|request| asked.service.is_none_or(|service| service == request.service));
    Ok(axum::Json(json!(requests)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    after: Option<u64>,
    limit: Option<usize>,
}

/// What passed lately: requests, gateway events and webhooks.
async fn wire(State(inner): Shared, uri: Uri) -> Answer {
    let asked: Wire = query(&uri)?;
    let passed = inner.sandbox.recorder.passed(asked.after, asked.limit.unwrap_or(PASSED_KEPT));
    Ok(axum::Json(json!(passed.iter().map(AsRef::as_ref).collect::<Vec<&Passed>>())))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stop {
    service: Service,
}

async fn stop(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Stop = body(&bytes)?;
    match asked.service {
        Service::Discord => inner.sandbox.discord.stop(),
        Service::Stripe => inner.sandbox.stripe.stop(),
        Service::Storage => inner.sandbox.storage.stop(),
    }
    Ok(axum::Json(json!({"stopped": asked.service})))
}

async fn help(State(inner): Shared) -> String {
    HELP.replace("{url}", &inner.url).replace("{token}", &inner.token)
}

async fn state(State(inner): Shared) -> Answer {
    let sandbox = &inner.sandbox;
    let users: Vec<Json> = sandbox.discord.users().iter().map(user_json).collect();
    let guilds: Vec<Json> = sandbox.discord.guilds().iter().map(guild_json).collect();
    Ok(axum::Json(json!({
        "now_ms": sandbox.clock.now_ms(),
        "discord": {
            "url": sandbox.discord.url(),
            "application_id": sandbox.discord.application_id(),
            "users": users,
            "guilds": guilds,
        },
        "stripe": {"url": sandbox.stripe.url()},
        "storage": {"endpoint": sandbox.storage.endpoint(), "bucket": sandbox.storage.bucket()},
    })))
}

/// Finds by name or id. A misspelt name must not make a new person.
fn find_user(sandbox: &Sandbox, who: &str) -> Result<Person, Failure> {
    let mut users = sandbox.discord.users();
    users.push(sandbox.discord.bot());
    let found = users.iter().find(|user| user.name() == who);
    let found = found.or_else(|| users.iter().find(|user| user.id() == who));
    found.cloned().ok_or_else(|| {
        let message = format!("There is no user `{who}`. POST /discord/users makes one.");
        fail(StatusCode::NOT_FOUND, message)
    })
}

fn find_channel(sandbox: &Sandbox, which: &str) -> Result<Channel, Failure> {
    if let Some(channel) = sandbox.discord.channel(which) {
        return Ok(channel);
    }
    let name = which.trim_start_matches('#');
    let guilds = sandbox.discord.guilds();
    let mut named = guilds.iter().flat_map(Guild::channels).filter(|channel| channel.name() == name);
    match (named.next(), named.next()) {
        (Some(channel), None) => Ok(channel),
        (Some(_), Some(_)) => {
            let message = format!("Several channels are called `{name}`. Give the id.");
            Err(fail(StatusCode::CONFLICT, message))
        }
        (None, _) => {
            let message = format!("There is no channel `{which}`.");
            Err(fail(StatusCode::NOT_FOUND, message))
        }
    }
}

fn find_place(sandbox: &Sandbox, person: &Person, place: Option<&str>) -> Result<Place, Failure> {
    Ok(match place {
        Some(channel) => person.in_channel(&find_channel(sandbox, channel)?),
        None => person.in_dm(),
    })
}

fn find_role(sandbox: &Sandbox, which: &str) -> Result<Role, Failure> {
    // A name is `guild id/role name`, since every server may have one so called.
    let Some((guild_id, name)) = which.split_once('/') else {
        return sandbox.discord.role_by_id(which).ok_or_else(|| {
            let message = format!("There is no role `{which}`. Give its id, or `guild id/role name`.");
            fail(StatusCode::NOT_FOUND, message)
        });
    };
    let guilds = sandbox.discord.guilds();
    let guild = guilds.iter().find(|guild| guild.id() == guild_id);
    let guild = guild.ok_or_else(|| {
        let message = format!("There is no guild `{guild_id}`.");
        fail(StatusCode::NOT_FOUND, message)
    })?;
    Ok(guild.role(name))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

async fn advance(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Advance = body(&bytes)?;
    // Enough for every deadline there is, and far from the end of time.
    const YEAR_S: u64 = 366 * 24 * 3600;
    if asked.seconds > YEAR_S {
        return Err(fail(StatusCode::BAD_REQUEST, "The clock moves a year at most."));
    }
    let clock = &inner.sandbox.clock;
    clock.advance(Duration::from_secs(asked.seconds));
    Ok(axum::Json(json!({"now_ms": clock.now_ms()})))
}

const HELP: &str = include_str!("control/help.txt");

#[cfg(test)]
mod tests;
