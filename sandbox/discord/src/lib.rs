//! A stand-in for Discord: gateway, REST, interactions and the people behind them.
//!
//! [`Discord::start`] listens on loopback and speaks the real protocol; a [`Person`] does what
//! somebody at a Discord client would do, and the bot hears of it through the gateway.
//!
//! `state` is data, and imports none of the others; how it looks on the wire and who is told of a change stand on it
//! (`wire`, `announce`), then what changes it (`members`, `messages`, `interactions`, `oauth`, `premium`), then who asks
//! for that: the bot (`rest`, `gateway`) and the people.

mod announce;
mod answers;
mod error;
mod files;
mod gateway;
mod inner;
mod interactions;
mod limits;
mod members;
mod messages;
mod oauth;
mod outgoing;
mod people;
mod premium;
mod rest;
mod rules;
mod state;
#[cfg(test)]
mod tests;
mod validate;
mod wire;

use std::io;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get, post};
use axum::serve::ListenerExt as _;
use sandbox_core::fault::{self, FaultState};
use sandbox_core::keep::{self, Folder};
use sandbox_core::{Clock, Faults, Recorder, Service};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use inner::{Inner, Kept};
pub use people::*;
use state::State;
pub use state::{News, SkuKind, WebhookEvent};
pub use validate::LOCALES;

/// Every type of event that is sent here: at the gateway, and to a webhook.
pub static EVENTS: &[&str] = &[
    "APPLICATION_AUTHORIZED",
    "APPLICATION_COMMAND_PERMISSIONS_UPDATE",
    "APPLICATION_DEAUTHORIZED",
    "CHANNEL_CREATE",
    "CHANNEL_DELETE",
    "CHANNEL_UPDATE",
    "ENTITLEMENT_CREATE",
    "ENTITLEMENT_DELETE",
    "ENTITLEMENT_UPDATE",
    "GUILD_CREATE",
    "GUILD_DELETE",
    "GUILD_MEMBERS_CHUNK",
    "GUILD_MEMBER_ADD",
    "GUILD_MEMBER_REMOVE",
    "GUILD_MEMBER_UPDATE",
    "GUILD_ROLE_CREATE",
    "GUILD_ROLE_DELETE",
    "GUILD_ROLE_UPDATE",
    "INTERACTION_CREATE",
    "MESSAGE_CREATE",
    "MESSAGE_DELETE",
    "MESSAGE_UPDATE",
    "RATE_LIMITED",
    "READY",
    "RESUMED",
];

impl Discord {
    /// Starts to listen on a free loopback port.
    pub async fn start(clock: Clock, recorder: Recorder) -> io::Result<Discord> {
        Discord::start_in(clock, recorder, None, None).await
    }

    /// Starts where it was, if it is kept in a folder, else at this port, if it is to be a certain one.
    pub async fn start_in(clock: Clock, recorder: Recorder, folder: Option<&Folder>, port: Option<u16>) -> io::Result<Discord> {
        let (state, kept) = match folder {
            None => (None, None),
            Some(folder) => Kept::load(folder).map(|(state, kept)| (state, Some(kept)))?,
        };
        let listener = keep::listen(state.as_ref().map(|state| state.url.as_str()), port).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let stop = CancellationToken::new();
        let faults = Faults::default();
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().map_err(io::Error::other)?;
        let inner = Arc::new(Inner {
            state: Mutex::new(state.unwrap_or_else(|| State::new(url, clock.now_ms()))),
            changed: watch::Sender::new(0),
            clock: clock.clone(),
            recorder: recorder.clone(),
            faults: faults.clone(),
            http,
            stop: stop.clone(),
            kept,
        });
        if inner.kept.is_some() {
            inner.silently(|state| state.messages.track());
            inner.save()?;
            let weak = Arc::downgrade(&inner);
            keep::follow(inner.changed.subscribe(), stop.clone(), move || weak.upgrade().map_or(Ok(()), |inner| inner.save()));
        }
        outgoing::start(&inner);
        let fault_state = FaultState { service: Service::Discord, faults, clock, recorder };
        let router = Router::new()
            .route("/gateway", any(gateway::connect))
            // Some libraries put a slash before the query.
            .route("/gateway/", any(gateway::connect))
            .route("/attachments/{channel}/{id}/{filename}", get(files::attachment))
            .route("/oauth2/authorize", get(oauth::page).post(oauth::decide))
            .route("/api/oauth2/authorize", get(oauth::page).post(oauth::decide))
            .route("/api/oauth2/token", post(oauth::token))
            .route("/api/oauth2/token/revoke", post(oauth::revoke))
            .route("/api/v10/oauth2/token", post(oauth::token))
            .route("/api/v10/oauth2/token/revoke", post(oauth::revoke))
            .fallback(rest::serve)
            .layer(axum::middleware::from_fn_with_state(fault_state, fault::misbehave))
            .layer(DefaultBodyLimit::disable())
            .with_state(inner.clone());
        // Small frames must not wait for each other.
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        let stopped = stop.clone();
        tokio::spawn(async move {
            let shutdown = async move { stopped.cancelled().await };
            let _ = axum::serve(listener, router).with_graceful_shutdown(shutdown).await;
        });
        Ok(Discord { inner, _stops_with_the_last_clone: Arc::new(stop.drop_guard()) })
    }

    /// Writes down what is there now, where it is kept in a folder.
    pub fn save(&self) -> io::Result<()> {
        self.inner.save()
    }

    /// Stops listening and closes the gateway connections.
    pub fn stop(&self) {
        self.inner.stop.cancel();
    }
}
