//! Group commit: events that arrive while another transaction is under way are recorded and applied together in the
//! next one, so that a busy hour costs a commit for every few dozen events. One that arrives alone waits for nobody.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::{mpsc, oneshot};

use super::{Arrived, apply, tell};
use crate::app::App;
use crate::domain::events::{Outcome, sql};
use crate::domain::settlement;
use crate::error::Result;
use crate::platform::db::Tx;
use crate::platform::stripe::{Envelope, Session};
use crate::texts::Language;
use crate::types::*;

/// Events that may wait. Whoever comes then is told to come again: Stripe sends an event for three days.
/// See <https://docs.stripe.com/webhooks#automatic-retries>.
const WAITING_MAX: usize = 128;

/// How many events are taken at a time: few different numbers, so that the statements of each stay prepared.
const GROUPS: [usize; 7] = [64, 32, 16, 8, 4, 2, 1];

/// Where verified events are handed in.
#[derive(Clone, Debug)]
pub struct Inbox {
    app: Arc<App>,
    queue: mpsc::Sender<Waiting>,
}

/// Why an event is not stored. Stripe is to send it again.
#[derive(Debug)]
pub enum Unstored {
    /// Too many wait.
    Busy,
    /// A fault of ours, as it is reported to whoever asked: it is in the log.
    Fault(String),
}

#[derive(Debug)]
struct Waiting {
    arrived: Arrived,
    answer: oneshot::Sender<Result<(), String>>,
}

impl Inbox {
    /// An inbox, and what takes its events in until the last copy of it is dropped.
    pub fn new(app: Arc<App>) -> (Self, impl Future<Output = ()>) {
        let (queue, waiting) = mpsc::channel(WAITING_MAX);
        (Self { app: app.clone(), queue }, take_in(app, waiting))
    }

    /// Takes a verified event: recorded and applied once this returns. `body` is sealed and kept.
    pub async fn receive(&self, event: Envelope, body: &[u8]) -> Result<(), Unstored> {
        let fault = |error: crate::Error| Unstored::Fault(error.report(Language::English));
        let arrived = Arrived::new(&self.app, event, body).map_err(fault)?;
        let (answer, answered) = oneshot::channel();
        self.app.waiting_events.fetch_add(1, Ordering::Relaxed);
        if self.queue.try_send(Waiting { arrived, answer }).is_err() {
            self.app.waiting_events.fetch_sub(1, Ordering::Relaxed);
            return Err(Unstored::Busy);
        }
        match answered.await {
            Ok(stored) => stored.map_err(Unstored::Fault),
            Err(_) => Err(Unstored::Busy),
        }
    }
}

async fn take_in(app: Arc<App>, mut queue: mpsc::Receiver<Waiting>) {
    while let Some(first) = queue.recv().await {
        let size = GROUPS.into_iter().find(|size| *size <= queue.len() + 1).unwrap_or(1);
        let mut waiting = vec![first];
        while waiting.len() < size
            && let Ok(next) = queue.try_recv()
        {
            waiting.push(next);
        }
        let (arrived, answers): (Vec<_>, Vec<_>) = waiting.into_iter().map(|waiting| (waiting.arrived, waiting.answer)).unzip();
        let stored = match store(&app, &arrived, app.clock.now()).await {
            Ok(stored) => stored,
            Err(error) => {
                let report = error.report(Language::English);
                arrived.iter().map(|_| Err(report.clone())).collect()
            }
        };
        for (answer, stored) in answers.into_iter().zip(stored) {
            // Who does not wait any more is told when Stripe sends it again.
            let _ = answer.send(stored);
            app.waiting_events.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Records and applies events in one transaction; each that fails fails alone, with the report of its fault. Fails
/// where nothing of it can be stored.
async fn store(app: &App, arrived: &[Arrived], now: Timestamp) -> Result<Vec<Result<(), String>>> {
    let mut tx = app.db.write().await?;
    let mut outcomes: Vec<Option<Result<Option<Outcome>>>> = arrived.iter().map(|_| None).collect();
    if let [alone] = arrived {
        outcomes[0] = Some(Ok(apply(app, &mut tx, alone, now).await?));
    } else {
        match tx.attempt(async |tx| apply_together(app, tx, arrived, now).await).await? {
            Ok(applied) => applied.into_iter().for_each(|at| outcomes[at] = Some(Ok(Some(Outcome::Applied)))),
            // Whichever it is fails alone below.
            Err(error) => tracing::warn!(%error, "events are applied one by one"),
        }
        for (at, arrived) in arrived.iter().enumerate() {
            if outcomes[at].is_none() {
                outcomes[at] = Some(tx.attempt(async |tx| apply(app, tx, arrived, now).await).await?);
            }
        }
    }
    tx.commit().await?;
    let stored = |(arrived, outcome): (&Arrived, Option<Result<Option<Outcome>>>)| match outcome {
        Some(Ok(outcome)) => {
            tell(&arrived.event, outcome);
            Ok(())
        }
        Some(Err(error)) => Err(error.report(Language::English)),
        None => Ok(()),
    };
    Ok(arrived.iter().zip(outcomes).map(stored).collect())
}

/// Applies those events by which an invoice is simply paid, by the same statements for all of them. Returns which.
async fn apply_together(app: &App, tx: &mut Tx, arrived: &[Arrived], now: Timestamp) -> Result<Vec<usize>> {
    let read = |arrived: &Arrived| {
        let is_candidate =
            ["checkout.session.completed", "checkout.session.async_payment_succeeded"].contains(&arrived.event.kind.as_str());
        let is_candidate = is_candidate && arrived.event.livemode == app.stripe.livemode();
        is_candidate.then(|| Session::read(&arrived.event.object)).flatten()
    };
    let (places, sessions): (Vec<usize>, Vec<Session>) =
        arrived.iter().enumerate().filter_map(|(at, arrived)| Some((at, read(arrived)?))).unzip();
    let record = async |tx: &mut Tx, applied: &[usize]| {
        let events: Vec<(&Envelope, &str)> = applied
            .iter()
            .map(|at| {
                let arrived = &arrived[places[*at]];
                (&arrived.event, arrived.sealed.as_str())
            })
            .collect();
        let new = sql::record(tx, &events, Outcome::Applied, now).await?;
        Ok(applied.iter().copied().filter(|at| new.contains(&arrived[places[*at]].event.id)).collect())
    };
    let applied = settlement::apply_together(app, tx, &sessions.iter().collect::<Vec<_>>(), record, now).await?;
    Ok(applied.into_iter().map(|at| places[at]).collect())
}
