//! What happens while the window is open, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use sandbox_core::record::Passed;
use sandbox_core::{Clock, Recorder};
use sandbox_discord::{Discord, News};
use sandbox_storage::Storage;
use sandbox_stripe::Stripe;

/// What only says that something is to be read anew is said this often at most.
const PAUSE: Duration = Duration::from_millis(200);

/// Everything that happens from now on, until `stop`.
pub fn events(
    clock: &Clock,
    recorder: &Recorder,
    discord: &Discord,
    stripe: &Stripe,
    storage: &Storage,
    stop: CancellationToken,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<>> {
    let watcher = Watcher {
        clock: clock.clone(),
        stop,
        greeted: false,
        news: discord.news(),
        passing: recorder.watch(),
        stripe: stripe.watch(),
        storage: storage.watch(),
        faults: [discord.faults(), stripe.faults(), storage.faults()].map(|faults| faults.watch()),
        moved: clock.watch(),
        due: Due::default(),
        next: Instant::now(),
    };
    let events = futures::stream::unfold(watcher, |mut watcher| async move { Some((Ok(watcher.next().await?), watcher)) });
    Sse::new(events).keep_alive(KeepAlive::default())
}

struct Watcher {
    clock: Clock,
    stop: CancellationToken,
    greeted: bool,
    news: broadcast::Receiver<News>,
    passing: broadcast::Receiver<Arc<Passed>>,
    stripe: watch::Receiver<u64>,
    storage: watch::Receiver<u64>,
    /// Of Discord, Stripe and storage.
    faults: [watch::Receiver<u64>; 3],
    moved: watch::Receiver<i64>,
    due: Due,
    /// When the next of what is due may be told.
    next: Instant,
}

/// What is to be read anew, and was not told yet.
#[derive(Default)]
struct Due {
    places: bool,
    commands: bool,
    stripe: bool,
    storage: bool,
    faults: bool,
    clock: bool,
}

impl Due {
    fn is_empty(&self) -> bool {
        !(self.places || self.commands || self.stripe || self.storage || self.faults || self.clock)
    }

    fn take(&mut self) -> Option<&'static str> {
        let Due { places, commands, stripe, storage, faults, clock } = self;
        let kinds =
            [(places, "places"), (commands, "commands"), (stripe, "stripe"), (storage, "storage"), (faults, "faults"), (clock, "clock")];
        let (due, kind) = kinds.into_iter().find(|(due, _)| **due)?;
        *due = false;
        Some(kind)
    }
}

impl Watcher {
    /// The next event; `None` when the interface stops.
    async fn next(&mut self) -> Option<Event> {
        if !self.greeted {
            self.greeted = true;
            return Some(told("hello", &json!({"now_ms": self.clock.now_ms()})));
        }
        loop {
            let [of_discord, of_stripe, of_storage] = &mut self.faults;
            tokio::select! {
                () = self.stop.cancelled() => return None,
                news = self.news.recv() => match news {
                    Ok(News::Message(message)) => return Some(Event::default().event("message").data(&*message)),
                    Ok(News::MessageDelete { id, channel }) => {
                        return Some(told("message_delete", &json!({"id": id.to_string(), "channel_id": channel.to_string()})));
                    }
                    Ok(News::Places) => {
                        self.due.places = true;
                        self.due.commands = true;
                    }
                    Ok(News::Commands) => self.due.commands = true,
                    // Too slow for all that happened: the page looks at everything anew.
                    Err(RecvError::Lagged(_)) => return Some(told("reload", &json!({}))),
                    Err(RecvError::Closed) => return None,
                },
                changed = self.stripe.changed() => {
                    changed.ok()?;
                    self.due.stripe = true;
                }
                passed = self.passing.recv() => match passed {
                    Ok(passed) => return Some(told("wire", &json!(passed.as_ref()))),
                    Err(RecvError::Lagged(_)) => return Some(told("reload", &json!({}))),
                    Err(RecvError::Closed) => return None,
                },
                changed = self.storage.changed() => {
                    changed.ok()?;
                    self.due.storage = true;
                }
                Ok(()) = of_discord.changed() => self.due.faults = true,
                Ok(()) = of_stripe.changed() => self.due.faults = true,
                Ok(()) = of_storage.changed() => self.due.faults = true,
                changed = self.moved.changed() => {
                    changed.ok()?;
                    self.due.clock = true;
                }
                () = tokio::time::sleep_until(self.next), if !self.due.is_empty() => {
                    if let Some(kind) = self.due.take() {
                        if self.due.is_empty() {
                            self.next = Instant::now() + PAUSE;
                        }
                        let data = if kind == "clock" { json!({"now_ms": self.clock.now_ms()}) } else { json!({}) };
                        return Some(told(kind, &data));
                    }
                }
            }
        }
    }
}

fn told(kind: &str, data: &serde_json::Value) -> Event {
    Event::default().event(kind).data(data.to_string())
}
