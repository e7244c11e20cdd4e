//! Pay links, and the pages that Checkout returns to.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use shared::App;
use shared::domain::checkout::{self, Opened};
use shared::domain::invoices::Invoice;

use super::{Token, lead_to};
use crate::Web;
use crate::pages::{self, Icon, Page};

const MISSING: &str = "It may be incomplete. Open it again from the message in Discord, or run `/invoice pay` there for a fresh one.";

/// How often the page looks again by itself: for two minutes. Some ways to pay take days.
const CHECKS: u32 = 24;

/// Leads to Checkout, or says why there is nothing to pay.
pub async fn open(State(web): State<Arc<Web>>, Token(token): Token) -> Response {
    let opened = checkout::open(&web.app, &token, web.app.clock.now()).await;
    let answer = opened.and_then(|opened| match opened {
        Opened::Checkout(url) => lead_to(&url),
        Opened::Paid(invoice) => Ok(paid(&web.app, &invoice)),
        Opened::Waiting(invoice) | Opened::Processing(invoice) => Ok(processing(&web.app, &invoice, &token, 0)),
        Opened::Changing(invoice) => Ok(changing(&web.app, &invoice)),
        Opened::Revoked(invoice) => Ok(revoked(&web.app, &invoice)),
    });
    answer.unwrap_or_else(|error| pages::error(&web.app, &error, MISSING))
}

/// How often the page looked again already.
#[derive(Debug, Default, Deserialize)]
pub struct Checked {
    #[serde(default)]
    checked: u32,
}

/// Where Checkout leads after payment. Only the webhook says whether money arrived.
pub async fn done(State(web): State<Arc<Web>>, Token(token): Token, checked: Result<Query<Checked>, QueryRejection>) -> Response {
    let checked = checked.map_or(0, |Query(checked)| checked.checked);
    let answer = checkout::look(&web.app, &token).await.and_then(|opened| match opened {
        Opened::Checkout(url) => lead_to(&url),
        Opened::Paid(invoice) => Ok(paid(&web.app, &invoice)),
        Opened::Waiting(invoice) | Opened::Processing(invoice) => Ok(processing(&web.app, &invoice, &token, checked)),
        Opened::Changing(invoice) => Ok(changing(&web.app, &invoice)),
        Opened::Revoked(invoice) => Ok(revoked(&web.app, &invoice)),
    });
    answer.unwrap_or_else(|error| pages::error(&web.app, &error, MISSING))
}

/// Where Checkout leads when the customer turns back.
pub async fn cancelled(State(web): State<Arc<Web>>, Token(token): Token) -> Response {
    let answer = checkout::look(&web.app, &token).await.and_then(|opened| match opened {
        Opened::Checkout(url) => lead_to(&url),
        Opened::Paid(invoice) => Ok(paid(&web.app, &invoice)),
        Opened::Waiting(invoice) => Ok(turned_back(&web.app, &invoice, &token)),
        Opened::Processing(invoice) => Ok(processing(&web.app, &invoice, &token, 0)),
        Opened::Changing(invoice) => Ok(changing(&web.app, &invoice)),
        Opened::Revoked(invoice) => Ok(revoked(&web.app, &invoice)),
    });
    answer.unwrap_or_else(|error| pages::error(&web.app, &error, MISSING))
}

fn paid(app: &App, invoice: &Invoice) -> Response {
    let text = "Your payment arrived. Run `/deliverable get` in Discord for the files that are ready.";
    Page::new(app, Icon::Done, "Paid. Thank you!", text).invoice(invoice).in_discord().answer(StatusCode::OK)
}

fn processing(app: &App, invoice: &Invoice, token: &str, checked: u32) -> Response {
    let again = format!("/pay/{token}/done");
    let next = format!("{again}?checked={}", checked.saturating_add(1));
    let text = match checked < CHECKS {
        true => "Stripe is confirming your payment; you will get a message in Discord as soon as it is through.",
        false => {
            "Stripe is still confirming your payment. Some ways to pay take days: you can close this page, and you will get a message in Discord."
        }
    };
    let mut page = Page::new(app, Icon::Waiting, "Almost there", text).invoice(invoice).action("Check again", &again);
    if checked < CHECKS {
        page = page.refresh(&next);
    }
    page.answer(StatusCode::OK)
}

fn turned_back(app: &App, invoice: &Invoice, token: &str) -> Response {
    let text = "You left Stripe's page before paying. The invoice stays open: pay now, or later from the message in Discord.";
    let pay = format!("/pay/{token}");
    Page::new(app, Icon::Back, "Nothing was charged", text).invoice(invoice).action("Pay now", &pay).answer(StatusCode::OK)
}

fn changing(app: &App, invoice: &Invoice) -> Response {
    let text = "The studio is changing this invoice. Wait for the message in Discord, then pay from there.";
    Page::new(app, Icon::Waiting, "One moment", text).invoice(invoice).in_discord().answer(StatusCode::CONFLICT)
}

fn revoked(app: &App, invoice: &Invoice) -> Response {
    let text = "The studio took this invoice back. There is nothing to pay.";
    Page::new(app, Icon::Closed, "Invoice revoked", text).invoice(invoice).in_discord().answer(StatusCode::GONE)
}
