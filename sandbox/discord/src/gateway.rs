//! The gateway: JSON over a WebSocket, as text or compressed with zlib.

mod chunks;

use std::collections::{HashMap, VecDeque};
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use axum::extract::{FromRequestParts as _, Query, Request, State as Shared, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use flate2::write::ZlibEncoder;
use flate2::{Compress, Compression, FlushCompress};
use futures::FutureExt as _;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::inner::Inner;
use super::state::{Frame, Id, SessionState, intent, random};
use sandbox_core::fault::{Action, EventFault};

const HEARTBEAT_OP: u64 = 1;
/// How long a heartbeat that the gateway asks for may take, by the system's time.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);
const RESUMABLE_MS: i64 = 5 * 60 * 1000;
const LARGEST_PAYLOAD: usize = 4096;
/// How many payloads a connection may send in a minute.
const PAYLOADS_A_MINUTE: usize = 120;
/// From how many bytes on a payload is compressed for those who asked so in IDENTIFY.
const WORTH_COMPRESSING: usize = 512;
/// Every intent that Discord defines.
const KNOWN_INTENTS: u64 = 0b11_0011_0001_1111_1111_1111_1111;

type Closed = (u16, &'static str);

/// Discord says no more of a payload that does not fit its opcode.
const UNFIT: Closed = (4001, "Unknown opcode.");

pub(super) async fn connect(Shared(inner): Shared<Arc<Inner>>, Query(query): Query<HashMap<String, String>>, request: Request) -> Response {
    let stream = match query.get("compress").map(String::as_str) {
        None => None,
        Some("zlib-stream") => Some(Compress::new(Compression::fast(), true)),
        Some(_) => return (StatusCode::BAD_REQUEST, "this stand-in's only transport compression is zlib-stream").into_response(),
    };
    if query.get("encoding").is_some_and(|encoding| encoding != "json") {
        return (StatusCode::BAD_REQUEST, "this stand-in's only encoding is json").into_response();
    }
    let (mut parts, _) = request.into_parts();
    match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => {
            let version_is_served = query.get("v").is_none_or(|version| version == "10");
            upgrade.on_upgrade(move |socket| async move {
                let mut connection = Connection::new(inner, socket, stream);
                connection.run(version_is_served).await;
            })
        }
        Err(refusal) => refusal.into_response(),
    }
}

struct Connection {
    inner: Arc<Inner>,
    socket: WebSocket,
    number: u64,
    session: Option<String>,
    /// Transport compression: one context for the whole connection.
    stream: Option<Compress>,
    /// Payload compression, asked for in IDENTIFY.
    compress: bool,
    /// When the last payloads came in.
    received: VecDeque<i64>,
    sender: mpsc::UnboundedSender<Frame>,
    frames: mpsc::UnboundedReceiver<Frame>,
}

impl Connection {
    fn new(inner: Arc<Inner>, socket: WebSocket, stream: Option<Compress>) -> Connection {
        let (sender, frames) = mpsc::unbounded_channel();
        let number = inner.change(|state| {
            state.connections += 1;
            state.connections
        });
        Connection { inner, socket, number, session: None, stream, compress: false, received: VecDeque::new(), sender, frames }
    }

    async fn run(&mut self, version_is_served: bool) {
        let end = if version_is_served { self.talk().await } else { Err((4012, "Invalid API version")) };
        let gone_for_good = match end {
            Ok(client_code) => matches!(client_code, Some(1000 | 1001)),
            Err((code, reason)) => {
                self.close(code, reason).await;
                // After these the session cannot be resumed.
                matches!(code, 4003 | 4004 | 4007 | 4010 | 4011 | 4012 | 4013 | 4014)
            }
        };
        self.detach(gone_for_good);
    }

    /// Speaks until one side ends it: the client's close code, or ours.
    async fn talk(&mut self) -> Result<Option<u16>, Closed> {
        let heartbeat = self.inner.read(|state| state.heartbeat);
        let interval_ms = u64::try_from(heartbeat.as_millis()).unwrap_or(u64::MAX);
        let hello = json!({ "op": 10, "s": null, "t": null, "d": { "heartbeat_interval": interval_ms, "_trace": [] } });
        if !self.transmit(hello.to_string()).await {
            return Ok(None);
        }
        let patience = heartbeat.saturating_mul(2);
        let patience_ms = i64::try_from(patience.as_millis()).unwrap_or(i64::MAX);
        let clock = self.inner.clock.clone();
        let mut heard = Instant::now();
        let mut deadline_ms = clock.now_ms().saturating_add(patience_ms);
        // Until when a heartbeat that was asked for is waited for.
        let mut asked: Option<Instant> = None;
        let stop = self.inner.stop.clone();
        loop {
            tokio::select! {
                () = stop.cancelled() => return Err((1001, "Going away")),
                () = tokio::time::sleep_until(asked.unwrap_or(heard)), if asked.is_some() => return Err((4009, "Session timed out.")),
                () = clock.sleep_until(deadline_ms), if asked.is_none() => {
                    if heard.elapsed() >= patience {
                        return Err((4009, "Session timed out."));
                    }
                    // The clock was moved, of which a bot knows nothing: it is asked first.
                    if !self.transmit(json!({ "op": HEARTBEAT_OP, "s": null, "t": null, "d": null }).to_string()).await {
                        return Ok(None);
                    }
                    asked = Some(Instant::now() + heartbeat.min(ANSWERED_WITHIN));
                }
                frame = self.frames.recv() => match frame {
                    Some(Frame::Text(text)) => {
                        if !self.transmit(text).await {
                            return Ok(None);
                        }
                    }
                    Some(Frame::Event { kind, text }) => {
                        if !self.transmit_event(&kind, text).await? {
                            return Ok(None);
                        }
                    }
                    Some(Frame::Late { action, text }) => {
                        if !self.transmit_faulty(&action, text).await? {
                            return Ok(None);
                        }
                    }
                    Some(Frame::Close(code, reason)) => return Err((code, reason)),
                    None => return Ok(None),
                },
                message = self.socket.recv() => match message {
                    Some(Ok(Message::Text(text))) => {
                        if self.receive(&text)? == HEARTBEAT_OP {
                            heard = Instant::now();
                            deadline_ms = clock.now_ms().saturating_add(patience_ms);
                            asked = None;
                        }
                    }
                    Some(Ok(Message::Binary(_))) => return Err((4002, "Error while decoding payload.")),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Close(frame))) => {
                        // Reading on sends our half of the close.
                        self.drain().await;
                        return Ok(frame.map(|frame| frame.code));
                    }
                    Some(Err(_)) | None => return Ok(None),
                },
            }
        }
    }

    /// Sends a payload, compressed as was agreed. Tells whether the connection still stands.
    async fn transmit(&mut self, text: String) -> bool {
        let message = if let Some(stream) = &mut self.stream {
            Message::binary(deflate(stream, text.as_bytes()))
        } else if self.compress && text.len() >= WORTH_COMPRESSING {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
            match encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()) {
                Ok(bytes) => Message::binary(bytes),
                Err(_) => Message::text(text),
            }
        } else {
            Message::text(text)
        };
        self.socket.send(message).await.is_ok()
    }

    /// Sends an event as the fault for it has it, if there is one. Tells whether the connection still stands.
    async fn transmit_event(&mut self, kind: &str, text: String) -> Result<bool, Closed> {
        let Some(fault) = self.inner.faults.take_event(kind) else {
            let sent = self.transmit(text).await;
            self.inner.faults.event_passed(&self.listener());
            return Ok(sent);
        };
        if fault.delay.is_some() || fault.action == Action::Reorder {
            self.hold(fault, text);
            return Ok(true);
        }
        self.transmit_faulty(&fault.action, text).await
    }

    async fn transmit_faulty(&mut self, action: &Action, text: String) -> Result<bool, Closed> {
        match action {
            Action::Pass | Action::Reorder => {
                let sent = self.transmit(text).await;
                self.inner.faults.event_passed(&self.listener());
                Ok(sent)
            }
            Action::Drop => Ok(true),
            Action::Duplicate => {
                let sent = self.transmit(text.clone()).await && self.transmit(text).await;
                self.inner.faults.event_passed(&self.listener());
                Ok(sent)
            }
            Action::Lose => {
                self.transmit(text).await;
                Ok(false)
            }
            Action::Cut => {
                let half = text.chars().take(text.chars().count() / 2).collect();
                self.transmit(half).await;
                Ok(false)
            }
            // The gateway has no statuses but its close codes.
            Action::Status(code @ 4000..=4999) => Err((*code, "")),
            Action::Status(_) => Err((4000, "Unknown error.")),
            Action::RateLimited(_) => Err((4008, "You are being rate limited.")),
        }
    }

    /// How the faults tell connections apart.
    fn listener(&self) -> String {
        format!("gateway {}", self.number)
    }

    /// Sends an event later, while others overtake it.
    fn hold(&self, fault: EventFault, text: String) {
        let (faults, clock, sender, stop) =
            (self.inner.faults.clone(), self.inner.clock.clone(), self.sender.clone(), self.inner.stop.clone());
        let EventFault { delay, action } = fault;
        let reorder = action == Action::Reorder;
        let listener = self.listener();
        let mut released = Box::pin(async move {
            faults.sit_out(delay, &clock).await;
            if reorder {
                faults.event_overtaken(&listener).await;
            }
        });
        // Looked at once here, so that the very next event counts as the one that overtakes.
        let over = released.as_mut().now_or_never().is_some();
        tokio::spawn(async move {
            if !over {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = released => {}
                }
            }
            let _ = sender.send(Frame::Late { action, text });
        });
    }

    /// Counts a payload against the 120 that a connection may send in a minute.
    fn count_payload(&mut self) -> Result<(), Closed> {
        let now_ms = self.inner.clock.now_ms();
        self.received.retain(|at_ms| now_ms - at_ms < 60_000);
        self.received.push_back(now_ms);
        if self.received.len() > PAYLOADS_A_MINUTE { Err((4008, "You are being rate limited.")) } else { Ok(()) }
    }

    /// Does what a payload asks for, and tells its opcode.
    fn receive(&mut self, text: &str) -> Result<u64, Closed> {
        self.count_payload()?;
        if text.len() > LARGEST_PAYLOAD {
            return Err((4002, "Error while decoding payload."));
        }
        let payload: Value = serde_json::from_str(text).map_err(|_| (4002, "Error while decoding payload."))?;
        let data = &payload["d"];
        let op = payload["op"].as_u64().ok_or((4002, "Error while decoding payload."))?;
        match op {
            HEARTBEAT_OP => self.reply(&json!({ "op": 11, "s": null, "t": null, "d": null })),
            2 | 6 if self.session.is_some() => return Err((4005, "Already authenticated.")),
            2 => self.identify(data)?,
            6 => self.resume(data)?,
            3 | 4 | 8 | 31 | 43 if self.session.is_none() => return Err((4003, "Not authenticated.")),
            // Presence means nothing here, but it has its form.
            3 if ["since", "activities", "status"].iter().any(|key| data.get(key).is_none()) => return Err(UNFIT),
            // Nor do voice, the soundboard and the status of voice channels.
            3 | 4 | 31 | 43 => {}
            8 => {
                let session = self.session.as_deref().unwrap_or_default();
                chunks::request_members(&self.inner, session, data).ok_or(UNFIT)?;
            }
            _ => return Err(UNFIT),
        }
        Ok(op)
    }

    fn reply(&self, payload: &Value) {
        // The receiver lives as long as this connection.
        let _ = self.sender.send(Frame::Text(payload.to_string()));
    }

    fn token_is_right(&self, data: &Value) -> bool {
        let token = data["token"].as_str().unwrap_or_default();
        self.inner.read(|state| token.strip_prefix("Bot ").unwrap_or(token) == state.token)
    }

    fn identify(&mut self, data: &Value) -> Result<(), Closed> {
        if !self.token_is_right(data) {
            return Err((4004, "Authentication failed."));
        }
        if !data["properties"].is_object() {
            return Err(UNFIT);
        }
        let intents = data["intents"].as_u64().filter(|intents| intents & !KNOWN_INTENTS == 0);
        let intents = intents.ok_or((4013, "Invalid intent(s)."))?;
        let shard = match &data["shard"] {
            Value::Null => (0, 1),
            shard => match (shard[0].as_u64(), shard[1].as_u64()) {
                (Some(shard), Some(shards)) if shard < shards => (shard, shards),
                _ => return Err((4010, "Invalid shard.")),
            },
        };
        let session_id = hex::encode(random(16));
        let (number, sender, recorder) = (self.number, self.sender.clone(), self.inner.recorder.clone());
        let compress = data["compress"] == true;
        let now_ms = self.inner.clock.now_ms();
        let started = self.inner.change(|state| {
            if intents & intent::PRIVILEGED != 0 && !state.privileged_intents {
                return Err((4014, "Disallowed intent(s)."));
            }
            state.starts.retain(|at_ms| now_ms - at_ms < 24 * 60 * 60 * 1000);
            if state.limits.enforced && state.starts.back().is_some_and(|at_ms| now_ms - at_ms < 5_000) {
                // One session may start in five seconds.
                return Ok(false);
            }
            state.starts.push_back(now_ms);
            let home = |guild: Id| (guild >> 22) % shard.1 == shard.0;
            let guilds: Vec<Id> = state.guilds.keys().copied().filter(|guild| home(*guild) && state.bot_in(*guild)).collect();
            let unavailable: Vec<Value> = guilds.iter().map(|guild| json!({ "id": guild.to_string(), "unavailable": true })).collect();
            let ready = json!({
                "v": 10,
                "user": state.current_user_json(),
                "guilds": unavailable,
                "session_id": session_id,
                "resume_gateway_url": gateway_url(&state.url),
                "shard": [shard.0, shard.1],
                "application": { "id": state.bot.to_string(), "flags": application_flags(state.privileged_intents) },
                "session_type": "normal",
                "user_settings": {},
                "user_settings_proto": "",
                "private_channels": [],
                "relationships": [],
                "presences": [],
                "guild_join_requests": [],
                "geo_ordered_rtc_regions": [],
                "_trace": [],
            });
            let mut session = SessionState {
                shard,
                intents,
                compress,
                sequence: 0,
                log: VecDeque::new(),
                connection: Some((number, sender)),
                detached_ms: None,
                recorder,
            };
            session.send("READY", &ready);
            if intents & intent::GUILDS != 0 {
                for guild in guilds.iter().filter_map(|id| state.guilds.get(id)) {
                    session.send("GUILD_CREATE", &state.guild_create_json(guild, intents));
                }
            }
            state.sessions.insert(session_id.clone(), session);
            Ok(true)
        })?;
        if started {
            self.compress = compress;
            self.session = Some(session_id);
        } else {
            self.reply(&json!({ "op": 9, "s": null, "t": null, "d": false }));
        }
        Ok(())
    }

    fn resume(&mut self, data: &Value) -> Result<(), Closed> {
        if !self.token_is_right(data) {
            return Err((4004, "Authentication failed."));
        }
        let session_id = data["session_id"].as_str().unwrap_or_default().to_owned();
        let seen = data["seq"].as_u64().ok_or((4002, "Error while decoding payload."))?;
        let now_ms = self.inner.clock.now_ms();
        let (number, sender) = (self.number, self.sender.clone());
        let resumed = self.inner.change(|state| {
            let Some(session) = state.sessions.get_mut(&session_id) else { return Ok(None) };
            if seen > session.sequence {
                return Err((4007, "Invalid seq."));
            }
            let too_late = session.detached_ms.is_some_and(|at_ms| now_ms - at_ms > RESUMABLE_MS);
            let forgotten = session.log.front().is_some_and(|(first, _)| *first > seen + 1);
            if too_late || forgotten {
                state.sessions.remove(&session_id);
                return Ok(None);
            }
            if let Some((_, old)) = session.connection.take() {
                let _ = old.send(Frame::Close(4000, "Session resumed elsewhere."));
            }
            for (_, text) in session.log.iter().filter(|(sequence, _)| *sequence > seen) {
                let _ = sender.send(Frame::Text(text.clone()));
            }
            session.connection = Some((number, sender));
            session.detached_ms = None;
            session.send("RESUMED", &json!({ "_trace": [] }));
            Ok(Some(session.compress))
        })?;
        if let Some(compress) = resumed {
            self.compress = compress;
            self.session = Some(session_id);
        } else {
            self.reply(&json!({ "op": 9, "s": null, "t": null, "d": false }));
        }
        Ok(())
    }

    async fn close(&mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame { code, reason: reason.into() };
        if self.socket.send(Message::Close(Some(frame))).await.is_err() {
            return;
        }
        // Wait for the client's half of the close, or the frame may be lost with the connection.
        self.drain().await;
    }

    /// Reads until the client is gone, a second at most.
    async fn drain(&mut self) {
        let drained = async { while let Some(Ok(_)) = self.socket.recv().await {} };
        let _ = tokio::time::timeout(Duration::from_secs(1), drained).await;
    }

    fn detach(&mut self, gone_for_good: bool) {
        // What was held for this connection will come by its resume.
        self.inner.faults.event_passed(&self.listener());
        let Some(session_id) = self.session.take() else { return };
        let now_ms = self.inner.clock.now_ms();
        self.inner.change(|state| {
            let Some(session) = state.sessions.get_mut(&session_id) else { return };
            // A resume may have given the session to another connection already.
            if session.connection.as_ref().is_some_and(|(number, _)| *number != self.number) {
                return;
            }
            if gone_for_good {
                state.sessions.remove(&session_id);
            } else {
                session.connection = None;
                session.detached_ms = Some(now_ms);
            }
            state.sessions.retain(|_, session| session.detached_ms.is_none_or(|at_ms| now_ms - at_ms <= RESUMABLE_MS));
        });
    }
}

/// Compresses a payload into the connection's stream, up to a point where it can be read.
fn deflate(stream: &mut Compress, mut input: &[u8]) -> Vec<u8> {
    let mut output = Vec::with_capacity(input.len() / 2 + 64);
    loop {
        let before = stream.total_in();
        // It cannot fail: the stream is written to until it has room left.
        let _ = stream.compress_vec(input, &mut output, FlushCompress::Sync);
        let taken = usize::try_from(stream.total_in() - before).unwrap_or(input.len());
        input = &input[taken.min(input.len())..];
        if input.is_empty() && output.len() < output.capacity() {
            return output;
        }
        output.reserve(1024);
    }
}

/// The address that serenity appends `?v=10` to.
pub(super) fn gateway_url(url: &str) -> String {
    format!("{}/gateway", url.replacen("http", "ws", 1))
}

/// The application's flags: which privileged intents it may use.
pub(super) fn application_flags(privileged_intents: bool) -> u64 {
    // Presence, members and message content, each "limited": for an app in fewer than 100 servers.
    if privileged_intents { 1 << 13 | 1 << 15 | 1 << 19 } else { 0 }
}
