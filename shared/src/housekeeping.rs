//! Housekeeping: what is looked after every hour, a row for each noun.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::app::App;
use crate::domain::{alarms, confirmations, deliverables, events, grants, interactions, issuing, links, papers, sessions, sign_in};
use crate::error::Result;
use crate::types::Timestamp;

/// Something that is looked after.
pub struct Chore {
    /// What, as the log says where it fails.
    pub what: &'static str,
    /// How long the noun is kept, where this is what ends it; `None` where something else says so.
    pub kept: Option<Duration>,
    /// Why it is done.
    pub why: &'static str,
    run: for<'a> fn(&'a App, Timestamp) -> BoxFuture<'a, Result<()>>,
}

/// All of it. Each row is run and logged by itself: one that fails keeps no other from being done.
pub const CHORES: &[Chore] = &[
    Chore {
        what: "freezing earlier papers",
        kept: None,
        why: "a process of an earlier version may write beside this one",
        run: |app, now| papers::freeze_earlier(app, now).boxed(),
    },
    Chore { what: "reminding customers", kept: None, why: "payments.reminder_days", run: |app, now| issuing::remind(app, now).boxed() },
    Chore {
        what: "ending alarms of settled invoices",
        kept: None,
        why: "nobody can pay them any more",
        run: |app, now| alarms::forget_settled(app, now).boxed(),
    },
    Chore {
        what: "dropping the bodies of events",
        kept: Some(events::BODY_KEPT),
        why: "they name a person, and are of use only while their event may be read again",
        run: |app, now| events::forget_bodies(app, now).boxed(),
    },
    Chore {
        what: "forgetting who opened download links",
        kept: Some(deliverables::OPENINGS_KEPT),
        why: "a dispute may be opened so long after a payment, and asks for them",
        run: |app, now| deliverables::forget_openings(app, now).boxed(),
    },
    Chore {
        what: "forgetting confirmations",
        kept: Some(confirmations::REMEMBERED),
        why: "a button that is pressed again is told that it was used",
        run: |app, now| confirmations::forget_expired(app, now).boxed(),
    },
    Chore {
        what: "forgetting interactions",
        kept: Some(interactions::REMEMBERED),
        why: "Discord may deliver one to two bots",
        run: |app, now| interactions::forget(app, now).boxed(),
    },
    Chore { what: "forgetting sessions", kept: None, why: "web.session_days", run: |app, now| sessions::forget_expired(app, now).boxed() },
    Chore {
        what: "forgetting sign-ins",
        kept: Some(sign_in::LIFETIME),
        why: "one that did not come back in time never will",
        run: |app, now| sign_in::forget_expired(app, now).boxed(),
    },
    Chore {
        what: "forgetting download links",
        kept: Some(links::REMEMBERED),
        why: "their customer opens them while they are remembered",
        run: |app, now| links::forget_expired(app, now).boxed(),
    },
    Chore {
        what: "telling Discord of ended grants",
        kept: None,
        why: "tokens are taken back where the outbox gave up; last, because it may wait for Discord",
        run: |app, now| grants::tell_of_ended(app, now).boxed(),
    },
];

/// Does all of it, one after the other.
pub async fn run(app: &App, now: Timestamp) {
    for chore in CHORES {
        app.faults.logged(chore.what, (chore.run)(app, now).await);
    }
}
