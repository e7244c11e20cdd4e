//! The control interface: what a test or a demo in another process may do.

mod apps;
mod people;
mod stripe;

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use base64::Engine as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use subtle::ConstantTimeEq;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::Sandbox;
use crate::discord::{ActError, Channel, Clicked, Guild, Message, Modal, Person, Place, Reply, Role, Value};
use crate::fault::{Fault, Faults};
use crate::record::Service;
use crate::storage::CorsRule;

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
    /// What may be asked for again by its place: replies, and forms to submit.
    replies: Mutex<Vec<Reply>>,
    forms: Mutex<Vec<Modal>>,
}

type Shared = State<Arc<Inner>>;
type Answer = Result<axum::Json<Json>, Failure>;

impl Control {
    pub(crate) async fn start(sandbox: Sandbox) -> io::Result<Control> {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let url = format!("http://{address}");
        let mut random = [0; 24];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let token = hex::encode(random);
        let inner = Arc::new(Inner {
            sandbox,
            token: token.clone(),
            port: address.port(),
            url: url.clone(),
            replies: Mutex::default(),
            forms: Mutex::default(),
        });
        let stop = CancellationToken::new();
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

    /// The address of the help page, with the token, to be opened by a person.
    pub fn address(&self) -> String {
        format!("{}/?token={}", self.url, self.token)
    }

    /// Stops listening.
    pub fn stop(&self) {
        self.stop.cancel();
    }
}

fn router(inner: Arc<Inner>) -> Router {
    Router::new()
        .route("/", get(help))
        .route("/state", get(state))
        .route("/secrets", get(secrets))
        .route("/records", get(records))
        .route("/stop", post(stop))
        .merge(apps::routes())
        .merge(people::routes())
        .merge(stripe::routes())
        .route("/discord/users", post(add_user))
        .route("/discord/guilds", post(add_guild))
        .route("/discord/guilds/{id}/members", post(add_member))
        .route("/discord/slash", post(slash))
        .route("/discord/autocomplete", post(autocomplete))
        .route("/discord/click", post(click))
        .route("/discord/inbox", get(inbox))
        .route("/discord/messages", get(messages))
        .route("/discord/dms", post(dms))
        .route("/discord/wait", get(discord_wait))
        .route("/discord/commands", get(commands))
        .route("/storage/objects", get(objects))
        .route("/storage/object", get(object))
        .route("/storage/cors", put(set_cors).get(cors))
        .route("/faults", post(add_fault).delete(clear_faults))
        .route("/clock/advance", post(advance))
        .fallback(nothing_here)
        .method_not_allowed_fallback(nothing_here)
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

/// Lets in only who knows the token, from this machine, and no web page.
async fn guard(State(inner): Shared, request: Request, next: Next) -> Response {
    let mut response = match admit(&inner, request.headers(), request.uri()) {
        Ok(()) => next.run(request).await,
        Err(failure) => failure.into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in
        [(header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "no-referrer"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")]
    {
        headers.insert::<HeaderName>(name, HeaderValue::from_static(value));
    }
    response
}

fn admit(inner: &Inner, headers: &HeaderMap, uri: &Uri) -> Result<(), Failure> {
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
    let bearer = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
    let query = uri.query().unwrap_or_default();
    let given = bearer
        .or_else(|| url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "token").map(|(_, value)| value.into_owned()));
    let known = given.is_some_and(|given| given.as_bytes().ct_eq(inner.token.as_bytes()).into());
    if known {
        return Ok(());
    }
    let message = "Give the token, as `?token=…` or as `Authorization: Bearer …`.";
    Err(fail(StatusCode::UNAUTHORIZED, message))
}

async fn nothing_here(method: Method, uri: Uri) -> Failure {
    let message = format!("There is no {method} {}. GET / lists the calls.", uri.path());
    fail(StatusCode::NOT_FOUND, message)
}

fn body<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Failure> {
    serde_json::from_slice(bytes).map_err(|error| fail(StatusCode::BAD_REQUEST, format!("The body is not right: {error}.")))
}

fn query<T: DeserializeOwned>(uri: &Uri) -> Result<T, Failure> {
    serde_urlencoded::from_str(uri.query().unwrap_or_default())
        .map_err(|error| fail(StatusCode::BAD_REQUEST, format!("The query is not right: {error}.")))
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

fn user_json(person: &Person) -> Json {
    json!({"id": person.id(), "name": person.name(), "bot": person.is_bot()})
}

fn guild_json(guild: &Guild) -> Json {
    let channels: Vec<Json> = guild.channels().iter().map(|channel| json!({"id": channel.id(), "name": channel.name()})).collect();
    let members: Vec<Json> = guild.members().iter().map(user_json).collect();
    json!({
        "id": guild.id(),
        "name": guild.name(),
        "owner": user_json(&guild.owner()),
        "channels": channels,
        "members": members,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddUser {
    name: String,
    #[serde(default)]
    bot: bool,
}

async fn add_user(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: AddUser = body(&bytes)?;
    let discord = &inner.sandbox.discord;
    let person = if asked.bot { discord.bot_user(&asked.name) } else { discord.user(&asked.name) };
    Ok(axum::Json(user_json(&person)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddGuild {
    name: String,
    owner: String,
}

async fn add_guild(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: AddGuild = body(&bytes)?;
    let owner = find_user(&inner.sandbox, &asked.owner)?;
    let guild = inner.sandbox.discord.guild(&asked.name, &owner);
    Ok(axum::Json(guild_json(&guild)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddMember {
    user: String,
    #[serde(default)]
    administrator: bool,
}

async fn add_member(State(inner): Shared, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let asked: AddMember = body(&bytes)?;
    let person = find_user(&inner.sandbox, &asked.user)?;
    let guilds = inner.sandbox.discord.guilds();
    let guild = guilds
        .into_iter()
        .find(|guild| guild.id() == id)
        .ok_or_else(|| fail(StatusCode::NOT_FOUND, format!("There is no guild `{id}`.")))?;
    guild.join(&person);
    if asked.administrator {
        guild.set_administrator(&person);
    }
    Ok(axum::Json(guild_json(&guild)))
}

/// Finds by name or id. A misspelt name must not make a new person.
fn find_user(sandbox: &Sandbox, who: &str) -> Result<Person, Failure> {
    let users = sandbox.discord.users();
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Slash {
    #[serde(rename = "as")]
    who: String,
    #[serde(rename = "in")]
    place: Option<String>,
    command: String,
    #[serde(default)]
    options: BTreeMap<String, Json>,
    #[serde(default)]
    files: BTreeMap<String, Upload>,
    #[serde(default)]
    forge: bool,
    /// Answer once the reply, edited or not, contains this.
    contains: Option<String>,
    wait: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Upload {
    name: String,
    #[serde(default)]
    content_type: String,
    base64: String,
    claimed_size: Option<u64>,
}

async fn slash(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Slash = body(&bytes)?;
    let sandbox = &inner.sandbox;
    let person = find_user(sandbox, &asked.who)?;
    let place = find_place(sandbox, &person, asked.place.as_deref())?;
    let mut options = option_values(sandbox, &asked.command, &asked.options)?;
    for (name, file) in &asked.files {
        let bytes = base64::engine::general_purpose::STANDARD.decode(&file.base64).map_err(|error| {
            let message = format!("The file `{name}` is not base64: {error}.");
            fail(StatusCode::BAD_REQUEST, message)
        })?;
        let value = Value::File {
            name: file.name.clone(),
            content_type: file.content_type.clone(),
            bytes: bytes.into(),
            claimed_size: file.claimed_size,
        };
        options.push((name, value));
    }
    let answered = if asked.forge {
        within(None, place.forge(&asked.command, options)).await?
    } else {
        within(None, place.slash(&asked.command, options)).await?
    };
    let mut reply = match answered {
        Ok(reply) => reply,
        Err(ActError::OpenedModal(modal)) => return Ok(axum::Json(inner.form_json(modal))),
        Err(error) => return Err(error.into()),
    };
    if let Some(text) = &asked.contains {
        reply.message = within(asked.wait, reply.wait_for(text)).await?;
    }
    Ok(axum::Json(inner.reply_json(reply)))
}

/// Gives each option the type that the registered command says.
fn option_values<'a>(sandbox: &Sandbox, command: &str, options: &'a BTreeMap<String, Json>) -> Result<Vec<(&'a str, Value)>, Failure> {
    let kinds = option_kinds(&sandbox.discord.commands(), command);
    let mut values = Vec::new();
    for (name, value) in options {
        let kind = kinds.get(name.as_str()).copied();
        values.push((name.as_str(), option_value(sandbox, name, kind, value)?));
    }
    Ok(values)
}

/// The options of a registered command, with Discord's numbers for their types.
fn option_kinds(commands: &[Json], command: &str) -> BTreeMap<String, u64> {
    let mut words = command.trim().trim_start_matches('/').split_whitespace();
    let top = words.next().unwrap_or_default();
    let mut leaf = commands.iter().find(|command| command["name"] == top);
    for word in words {
        leaf = leaf.and_then(|leaf| leaf["options"].as_array()).and_then(|options| options.iter().find(|option| option["name"] == word));
    }
    let options = leaf.and_then(|leaf| leaf["options"].as_array());
    options.into_iter().flatten().filter_map(|option| Some((option["name"].as_str()?.to_owned(), option["type"].as_u64()?))).collect()
}

fn option_value(sandbox: &Sandbox, name: &str, kind: Option<u64>, value: &Json) -> Result<Value, Failure> {
    let wrong = |wanted: &str| {
        let message = format!("The option `{name}` must be {wanted}.");
        fail(StatusCode::BAD_REQUEST, message)
    };
    let text = || value.as_str().ok_or_else(|| wrong("text"));
    Ok(match kind {
        Some(3) => match value {
            Json::Number(number) => Value::Text(number.to_string()),
            _ => Value::Text(text()?.to_owned()),
        },
        Some(4) => Value::Integer(value.as_i64().ok_or_else(|| wrong("an integer"))?),
        Some(5) => Value::Boolean(value.as_bool().ok_or_else(|| wrong("true or false"))?),
        Some(6 | 9) => Value::User(find_user(sandbox, text()?)?),
        Some(7) => Value::Channel(find_channel(sandbox, text()?)?),
        Some(8) => Value::Role(find_role(sandbox, text()?)?),
        Some(10) => Value::Number(value.as_f64().ok_or_else(|| wrong("a number"))?),
        Some(11) => return Err(wrong("among `files`")),
        // The simulator says what is wrong with a name that is not registered.
        Some(_) | None => match value {
            Json::String(text) => Value::Text(text.clone()),
            Json::Bool(value) => Value::Boolean(*value),
            Json::Number(number) => match number.as_i64() {
                Some(number) => Value::Integer(number),
                None => Value::Number(number.as_f64().unwrap_or_default()),
            },
            Json::Null | Json::Array(_) | Json::Object(_) => return Err(wrong("a plain value")),
        },
    })
}

fn find_role(sandbox: &Sandbox, which: &str) -> Result<Role, Failure> {
    // A name is `guild id/role name`, since every server may have one so called.
    let (guild_id, name) = which.split_once('/').ok_or_else(|| {
        let message = "Name a role as `guild id/role name`.";
        fail(StatusCode::BAD_REQUEST, message)
    })?;
    let guilds = sandbox.discord.guilds();
    let guild = guilds.iter().find(|guild| guild.id() == guild_id);
    let guild = guild.ok_or_else(|| {
        let message = format!("There is no guild `{guild_id}`.");
        fail(StatusCode::NOT_FOUND, message)
    })?;
    Ok(guild.role(name))
}

impl Inner {
    /// A reply with the number under which it is seen again.
    fn reply_json(&self, reply: Reply) -> Json {
        let json = json!({
            "ephemeral": reply.ephemeral,
            "deferred": reply.deferred,
            "text": reply.text(),
            "message": message_json(&reply.message),
        });
        numbered(json, "reply", &self.replies, reply)
    }

    /// A form with the number under which it is submitted.
    fn form_json(&self, modal: Modal) -> Json {
        numbered(json!({"modal": modal}), "form", &self.forms, modal)
    }

    fn clicked_json(&self, clicked: Clicked) -> Json {
        match clicked {
            Clicked::Url(url) => json!({"url": url}),
            Clicked::Reply(reply) => self.reply_json(reply),
            Clicked::Modal(modal) => self.form_json(modal),
        }
    }
}

fn numbered<T>(mut json: Json, name: &str, list: &Mutex<Vec<T>>, item: T) -> Json {
    let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
    json[name] = list.len().into();
    list.push(item);
    json
}

fn at<T: Clone>(list: &Mutex<Vec<T>>, number: usize, what: &str) -> Result<T, Failure> {
    let found = list.lock().unwrap_or_else(PoisonError::into_inner).get(number).cloned();
    found.ok_or_else(|| fail(StatusCode::NOT_FOUND, format!("There is no {what} {number}.")))
}

fn message_json(message: &Message) -> Json {
    let mut json = json!(message);
    json["text"] = message.text().into();
    json["buttons"] = json!(message.buttons());
    json
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Autocomplete {
    #[serde(rename = "as")]
    who: String,
    #[serde(rename = "in")]
    place: Option<String>,
    command: String,
    focused: String,
    #[serde(default)]
    typed: String,
    #[serde(default)]
    options: BTreeMap<String, Json>,
    #[serde(default)]
    forge: bool,
}

async fn autocomplete(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Autocomplete = body(&bytes)?;
    let sandbox = &inner.sandbox;
    let person = find_user(sandbox, &asked.who)?;
    let place = find_place(sandbox, &person, asked.place.as_deref())?;
    let others = option_values(sandbox, &asked.command, &asked.options)?;
    let (command, focused, typed) = (&asked.command, &asked.focused, &asked.typed);
    let choices = if asked.forge {
        within(None, place.forge_autocomplete(command, focused, typed, others)).await??
    } else {
        within(None, place.autocomplete(command, focused, typed, others)).await??
    };
    Ok(axum::Json(json!(choices)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Click {
    #[serde(rename = "as")]
    who: String,
    message: Option<String>,
    label: Option<String>,
    custom_id: Option<String>,
}

async fn click(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Click = body(&bytes)?;
    let sandbox = &inner.sandbox;
    let person = find_user(sandbox, &asked.who)?;
    let message = match &asked.message {
        None => None,
        Some(id) => Some(sandbox.discord.message(id).ok_or_else(|| fail(StatusCode::NOT_FOUND, format!("There is no message `{id}`.")))?),
    };
    let clicked = match (&message, &asked.label, &asked.custom_id) {
        (Some(message), Some(label), None) => within(None, person.click(message, label)).await??,
        (message, None, Some(custom_id)) => within(None, person.forge_click(custom_id, message.as_ref())).await??,
        _ => {
            let message = "Give `message` and `label`, or `custom_id` to forge a click.";
            return Err(fail(StatusCode::BAD_REQUEST, message));
        }
    };
    Ok(axum::Json(inner.clicked_json(clicked)))
}

#[derive(Deserialize)]
struct Look {
    #[serde(rename = "as")]
    who: Option<String>,
    channel: Option<String>,
    #[serde(default)]
    contains: String,
    wait: Option<u64>,
}

async fn inbox(State(inner): Shared, uri: Uri) -> Answer {
    let asked: Look = query(&uri)?;
    let who = asked.who.unwrap_or_default();
    let person = find_user(&inner.sandbox, &who)?;
    if asked.wait.is_some() {
        within(asked.wait, person.wait_for_dm(&asked.contains)).await?;
    }
    Ok(messages_json(person.inbox(), &asked.contains))
}

async fn messages(State(inner): Shared, uri: Uri) -> Answer {
    let asked: Look = query(&uri)?;
    let channel = find_channel(&inner.sandbox, &asked.channel.unwrap_or_default())?;
    if asked.wait.is_some() {
        within(asked.wait, channel.wait_for_message(&asked.contains)).await?;
    }
    Ok(messages_json(channel.messages(), &asked.contains))
}

fn messages_json(messages: Vec<Message>, contains: &str) -> axum::Json<Json> {
    let found: Vec<Json> = messages.iter().filter(|message| message.text().contains(contains)).map(message_json).collect();
    axum::Json(json!(found))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dms {
    #[serde(rename = "as")]
    who: String,
    open: bool,
}

async fn dms(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Dms = body(&bytes)?;
    let person = find_user(&inner.sandbox, &asked.who)?;
    if asked.open {
        person.open_dms();
    } else {
        person.close_dms();
    }
    Ok(axum::Json(json!({"open": asked.open})))
}

#[derive(Deserialize)]
struct DiscordWait {
    connected: Option<String>,
    command: Option<String>,
    wait: Option<u64>,
}

async fn discord_wait(State(inner): Shared, uri: Uri) -> Answer {
    let asked: DiscordWait = query(&uri)?;
    let discord = &inner.sandbox.discord;
    if asked.connected.is_none() && asked.command.is_none() {
        let message = "Give `connected=1` or `command=name`.";
        return Err(fail(StatusCode::BAD_REQUEST, message));
    }
    within(asked.wait, async {
        if asked.connected.is_some() {
            discord.bot_connected().await;
        }
        if let Some(command) = &asked.command {
            discord.commands_registered(command).await;
        }
    })
    .await?;
    Ok(axum::Json(json!({"ready": true})))
}

async fn commands(State(inner): Shared) -> Answer {
    Ok(axum::Json(json!(inner.sandbox.discord.commands())))
}

async fn objects(State(inner): Shared) -> Answer {
    let objects: Vec<Json> = inner.sandbox.storage.objects().into_iter().map(|(key, size)| json!({"key": key, "size": size})).collect();
    Ok(axum::Json(json!(objects)))
}

#[derive(Deserialize)]
struct Object {
    key: String,
}

async fn object(State(inner): Shared, uri: Uri) -> Answer {
    let asked: Object = query(&uri)?;
    let bytes = inner.sandbox.storage.get(&asked.key);
    let bytes = bytes.ok_or_else(|| fail(StatusCode::NOT_FOUND, format!("There is no object `{}`.", asked.key)))?;
    Ok(axum::Json(json!({"key": asked.key, "base64": base64::engine::general_purpose::STANDARD.encode(bytes)})))
}

async fn set_cors(State(inner): Shared, bytes: Bytes) -> Answer {
    let rules: Vec<CorsRule> = body(&bytes)?;
    inner.sandbox.storage.set_cors(rules).map_err(|why| fail(StatusCode::BAD_REQUEST, why))?;
    Ok(axum::Json(json!(inner.sandbox.storage.cors())))
}

async fn cors(State(inner): Shared) -> Answer {
    Ok(axum::Json(json!(inner.sandbox.storage.cors())))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddFault {
    service: Service,
    #[serde(default = "any")]
    method: String,
    #[serde(default)]
    path: String,
    /// The type of event to meet, in place of a method and a path.
    event: Option<String>,
    status: Option<u16>,
    retry_after: Option<f64>,
    delay_ms: Option<u64>,
    #[serde(default)]
    drop: bool,
    #[serde(default)]
    lose_answer: bool,
    #[serde(default)]
    cut: bool,
    #[serde(default)]
    duplicate: bool,
    #[serde(default)]
    reorder: bool,
    #[serde(default)]
    kept: bool,
    times: Option<u32>,
}

fn any() -> String {
    "*".to_owned()
}

async fn add_fault(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: AddFault = body(&bytes)?;
    let answers =
        [asked.status.is_some(), asked.retry_after.is_some(), asked.drop, asked.lose_answer, asked.cut, asked.duplicate, asked.reorder];
    let answers = answers.into_iter().filter(|given| *given).count();
    if answers > 1 || (answers == 0 && asked.delay_ms.is_none()) {
        let message = "Give one of `status`, `retry_after`, `drop`, `lose_answer`, `cut`, `duplicate` and `reorder`, or `delay_ms`.";
        return Err(fail(StatusCode::BAD_REQUEST, message));
    }
    let mut fault = match &asked.event {
        Some(kind) => Fault::on_event(kind),
        None => Fault::on(&asked.method, &asked.path),
    };
    if let Some(delay_ms) = asked.delay_ms {
        fault = fault.delay(Duration::from_millis(delay_ms));
    }
    if let Some(status) = asked.status {
        // Discord's gateway closes with numbers of its own.
        let closes = asked.event.is_some() && (4000..=4999).contains(&status);
        if !(200..=599).contains(&status) && !closes {
            let message = "`status` must be between 200 and 599.";
            return Err(fail(StatusCode::BAD_REQUEST, message));
        }
        fault = fault.status(status);
    }
    if let Some(seconds) = asked.retry_after {
        let after = Duration::try_from_secs_f64(seconds)
            .map_err(|_| fail(StatusCode::BAD_REQUEST, "`retry_after` must be a number of seconds."))?;
        fault = fault.rate_limited(after);
    }
    if asked.drop {
        fault = fault.drop_connection();
    }
    if asked.lose_answer {
        fault = fault.lose_answer();
    }
    if asked.cut {
        fault = fault.cut_body();
    }
    if asked.duplicate {
        fault = fault.duplicate();
    }
    if asked.reorder {
        fault = fault.reorder();
    }
    if asked.kept {
        fault = fault.kept();
    }
    if let Some(times) = asked.times {
        fault = fault.times(times);
    }
    faults(&inner.sandbox, asked.service).add(fault);
    Ok(axum::Json(json!({"added": true})))
}

fn faults(sandbox: &Sandbox, service: Service) -> Faults {
    match service {
        Service::Discord => sandbox.discord.faults(),
        Service::Stripe => sandbox.stripe.faults(),
        Service::Storage => sandbox.storage.faults(),
    }
}

async fn clear_faults(State(inner): Shared) -> Answer {
    for service in [Service::Discord, Service::Stripe, Service::Storage] {
        faults(&inner.sandbox, service).clear();
    }
    Ok(axum::Json(json!({"cleared": true})))
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
