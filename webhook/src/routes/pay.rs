//! Pay links, and the pages that Checkout returns to.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use shared::domain::checkout::{self, Opened};
use shared::domain::invoices::Invoice;
use shared::texts::Language;
use shared::{App, message};

use crate::pages::{self, Icon, Page};
use crate::requests::{AcceptedLanguage, Token, lead_to};
use crate::web::Web;

/// How often the page looks again by itself: for two minutes. Some ways to pay take days.
const CHECKS: u32 = 24;

/// Leads to Checkout, or says why there is nothing to pay.
pub async fn open(State(web): State<Arc<Web>>, AcceptedLanguage(language): AcceptedLanguage, Token(token): Token) -> Response {
    let opened = checkout::open(&web.app, &token, web.app.clock.now()).await;
    let answer = opened.and_then(|opened| match opened {
        Opened::Checkout(url) => lead_to(&url),
        Opened::Paid(invoice) => Ok(paid(&web.app, language, &invoice)),
        Opened::Waiting(invoice) | Opened::Processing(invoice) => Ok(processing(&web.app, language, &invoice, &token, 0)),
        Opened::Changing(invoice) => Ok(changing(&web.app, language, &invoice)),
        Opened::Revoked(invoice) => Ok(revoked(&web.app, language, &invoice)),
    });
    answer.unwrap_or_else(|error| pages::error(&web.app, language, &error, message!("page-pay-link-missing")))
}

/// How often the page looked again already.
#[derive(Debug, Default, Deserialize)]
pub struct Checked {
    #[serde(default)]
    checked: u32,
}

/// Where Checkout leads after payment. Only the webhook says whether money arrived.
pub async fn done(
    State(web): State<Arc<Web>>,
    AcceptedLanguage(language): AcceptedLanguage,
    Token(token): Token,
    checked: Result<Query<Checked>, QueryRejection>,
) -> Response {
    let checked = checked.map_or(0, |Query(checked)| checked.checked);
    let answer = checkout::look(&web.app, &token).await.and_then(|opened| match opened {
        Opened::Checkout(url) => lead_to(&url),
        Opened::Paid(invoice) => Ok(paid(&web.app, language, &invoice)),
        Opened::Waiting(invoice) | Opened::Processing(invoice) => Ok(processing(&web.app, language, &invoice, &token, checked)),
        Opened::Changing(invoice) => Ok(changing(&web.app, language, &invoice)),
        Opened::Revoked(invoice) => Ok(revoked(&web.app, language, &invoice)),
    });
    answer.unwrap_or_else(|error| pages::error(&web.app, language, &error, message!("page-pay-link-missing")))
}

/// Where Checkout leads when the customer turns back.
pub async fn cancelled(State(web): State<Arc<Web>>, AcceptedLanguage(language): AcceptedLanguage, Token(token): Token) -> Response {
    let answer = checkout::look(&web.app, &token).await.and_then(|opened| match opened {
        Opened::Checkout(url) => lead_to(&url),
        Opened::Paid(invoice) => Ok(paid(&web.app, language, &invoice)),
        Opened::Waiting(invoice) => Ok(turned_back(&web.app, language, &invoice, &token)),
        Opened::Processing(invoice) => Ok(processing(&web.app, language, &invoice, &token, 0)),
        Opened::Changing(invoice) => Ok(changing(&web.app, language, &invoice)),
        Opened::Revoked(invoice) => Ok(revoked(&web.app, language, &invoice)),
    });
    answer.unwrap_or_else(|error| pages::error(&web.app, language, &error, message!("page-pay-link-missing")))
}

fn paid(app: &App, language: Language, invoice: &Invoice) -> Response {
    let page = Page::new(app, language, Icon::Done, message!("page-paid"), message!("page-paid-text"));
    page.invoice(invoice).in_discord().answer(StatusCode::OK)
}

fn processing(app: &App, language: Language, invoice: &Invoice, token: &str, checked: u32) -> Response {
    let again = format!("/pay/{token}/done");
    let next = format!("{again}?checked={}", checked.saturating_add(1));
    let text = if checked < CHECKS { message!("page-processing-text") } else { message!("page-processing-long-text") };
    let page = Page::new(app, language, Icon::Waiting, message!("page-processing"), text);
    let mut page = page.invoice(invoice).action(message!("page-check-again"), &again);
    if checked < CHECKS {
        page = page.refresh(&next);
    }
    page.answer(StatusCode::OK)
}

fn turned_back(app: &App, language: Language, invoice: &Invoice, token: &str) -> Response {
    let pay = format!("/pay/{token}");
    let page = Page::new(app, language, Icon::Back, message!("page-turned-back"), message!("page-turned-back-text"));
    page.invoice(invoice).action(message!("page-pay-now"), &pay).answer(StatusCode::OK)
}

fn changing(app: &App, language: Language, invoice: &Invoice) -> Response {
    let page = Page::new(app, language, Icon::Waiting, message!("page-one-moment"), message!("page-changing-text"));
    page.invoice(invoice).in_discord().answer(StatusCode::CONFLICT)
}

fn revoked(app: &App, language: Language, invoice: &Invoice) -> Response {
    let page = Page::new(app, language, Icon::Closed, message!("page-revoked"), message!("page-revoked-text"));
    page.invoice(invoice).in_discord().answer(StatusCode::GONE)
}
