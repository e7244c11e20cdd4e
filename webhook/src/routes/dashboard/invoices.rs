//! Invoices, their payment and their receipts.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use shared::domain::desk;
use shared::domain::invoices::{self, Status};
use shared::domain::receipts;
use shared::texts;
use shared::types::{InvoiceNumber, Money, Turn};
use shared::{App, Error, Result, message};

use crate::requests::{Token, lead_to};
use crate::routes::dashboard::frame::{FileRow, Frame, InvoiceRow, Part, Turned, or_why, show};
use crate::signed_in::SignedIn;
use crate::web::Web;

#[derive(Template)]
#[template(path = "dashboard/invoices.html")]
struct List {
    frame: Frame,
    /// Each filter with its address, and whether it is on.
    filters: Vec<(String, String, bool)>,
    invoices: Vec<InvoiceRow>,
    is_filtered: bool,
    newer: Option<String>,
    older: Option<String>,
}

/// A page of one's invoices.
pub async fn list(State(web): State<Arc<Web>>, who: SignedIn, turned: Turned) -> Response {
    or_why(&web.app, who.language, show_list(&web.app, &who, &turned).await)
}

async fn show_list(app: &App, who: &SignedIn, turned: &Turned) -> Result<Response> {
    let frame = Frame::new(app, who, Part::Invoices, message!("web-invoices")).await?;
    let status = turned.status.as_deref().and_then(Status::parse);
    let turn = turned.turn(|key| InvoiceNumber::parse(key).ok());
    let mut page = desk::list(app, &who.actor, status, &turn).await?;
    if page.items.is_empty() && turn != Turn::Newest {
        page = desk::list(app, &who.actor, status, &Turn::Newest).await?;
    }
    let address = |status: Option<Status>| match status {
        Some(status) => format!("{}?status={}", Part::Invoices.path(), status.as_str()),
        None => Part::Invoices.path().to_owned(),
    };
    let words = [
        (None, message!("web-all")),
        (Some(Status::Pending), message!("web-open")),
        (Some(Status::Paid), message!("web-paid")),
        (Some(Status::Revoked), message!("web-revoked")),
    ];
    let filters = words.map(|(wanted, word)| (word.to(who.language), address(wanted), wanted == status));
    let turned_to = |which: &str, key: Option<InvoiceNumber>| {
        let joint = if status.is_some() { '&' } else { '?' };
        key.map(|key| format!("{}{joint}{which}={}", address(status), key.get()))
    };
    let list = List {
        filters: filters.into(),
        invoices: page.items.iter().map(|invoice| InvoiceRow::of(invoice, &frame)).collect(),
        is_filtered: status.is_some(),
        newer: turned_to("newer", page.newer),
        older: turned_to("older", page.older),
        frame,
    };
    show(&list, StatusCode::OK)
}

#[derive(Template)]
#[template(path = "dashboard/invoice.html")]
struct One {
    frame: Frame,
    invoice: InvoiceRow,
    description: String,
    /// What is known of it, by name.
    facts: Vec<(String, String)>,
    has_receipt: bool,
    /// Names the files of this invoice.
    files_words: String,
    files: Vec<FileRow>,
}

/// One of one's invoices.
pub async fn one(State(web): State<Arc<Web>>, who: SignedIn, Token(number): Token) -> Response {
    or_why(&web.app, who.language, show_one(&web.app, &who, &number).await)
}

async fn show_one(app: &App, who: &SignedIn, number: &str) -> Result<Response> {
    let invoice = invoices::get(app, &who.actor, number).await?;
    let frame = Frame::new(app, who, Part::Invoices, message!("web-invoice", number = invoice.number)).await?;
    let files = shared::domain::deliverables::list(app, &who.actor, Some(number), &Turn::Newest).await?;
    let has_receipt = receipts::are_there(app, &invoice.id).await?;
    let sum = |minor| texts::money(Money::new(minor, invoice.amount.currency), who.language);
    let money = &invoice.money;
    let dispute = shared::cards::dispute_words(&invoice, who.language);
    let reason = invoice.revoke_reason.clone().filter(|_| invoice.status == Status::Revoked);
    let facts = [
        (message!("issued"), Some(frame.day(invoice.created_at))),
        (message!("due"), invoice.due_at.map(|due_at| frame.day(due_at))),
        (message!("paid"), invoice.paid_at.map(|paid_at| frame.moment(paid_at))),
        (message!("refunded"), (money.refunded_minor > 0).then(|| sum(money.refunded_minor))),
        (message!("refund-on-its-way"), (money.refunding_minor > 0).then(|| sum(money.refunding_minor))),
        (message!("dispute"), dispute),
        (message!("reason"), reason),
    ];
    let page = One {
        invoice: InvoiceRow::of(&invoice, &frame),
        description: invoice.description.clone(),
        facts: facts.into_iter().filter_map(|(name, what)| Some((name.to(who.language), what?))).collect(),
        has_receipt,
        files_words: message!("web-files").to(who.language),
        files: files.items.iter().map(|listed| FileRow::of(listed, &frame)).collect(),
        frame,
    };
    show(&page, StatusCode::OK)
}

/// Leads to where one of one's invoices is paid.
pub async fn pay(State(web): State<Arc<Web>>, who: SignedIn, Token(number): Token) -> Response {
    let found = desk::pay_url(&web.app, &who.actor, &number).await;
    or_why(&web.app, who.language, found.and_then(|(_, url)| lead_to(&url)))
}

/// The receipts of one of one's invoices, as PDF.
pub async fn receipt(State(web): State<Arc<Web>>, who: SignedIn, Token(number): Token) -> Response {
    or_why(&web.app, who.language, pdf(&web.app, &who, &number).await)
}

async fn pdf(app: &App, who: &SignedIn, number: &str) -> Result<Response> {
    let pdf = receipts::get(app, &who.actor, number).await?.pdf().await?;
    // The name is ours: a prefix of letters, digits and hyphens, and a number.
    let shown_as = format!("inline; filename=\"{}\"", pdf.file_name);
    let shown_as = HeaderValue::from_str(&shown_as).map_err(|_| Error::Fault("the name of a receipt is no header value".into()))?;
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf")), (header::CONTENT_DISPOSITION, shown_as)];
    Ok((headers, pdf.bytes).into_response())
}
