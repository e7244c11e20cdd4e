//! What there is to pay, to fetch and to read.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use shared::domain::deliverables;
use shared::domain::desk;
use shared::domain::invoices::Status;
use shared::texts;
use shared::types::{Money, Turn};
use shared::{App, Result, message};

use crate::routes::dashboard::frame::{FileRow, Frame, InvoiceRow, Part, or_why, show};
use crate::signed_in::SignedIn;
use crate::web::Web;

/// Files that are shown here; the list has them all.
const FILES: usize = 5;

#[derive(Template)]
#[template(path = "dashboard/overview.html")]
struct Overview {
    frame: Frame,
    greeting: String,
    /// What is to be paid in each currency; empty where there are more open invoices than are shown.
    to_pay: Vec<String>,
    invoices: Vec<InvoiceRow>,
    more_invoices: bool,
    files: Vec<FileRow>,
    more_files: bool,
}

/// The first page.
pub async fn show_overview(State(web): State<Arc<Web>>, who: SignedIn) -> Response {
    or_why(&web.app, who.language, overview(&web.app, &who).await)
}

async fn overview(app: &App, who: &SignedIn) -> Result<Response> {
    let frame = Frame::new(app, who, Part::Overview, message!("web-overview")).await?;
    let open = desk::list(app, &who.actor, Some(Status::Pending), &Turn::Newest).await?;
    let files = deliverables::list(app, &who.actor, None, &Turn::Newest).await?;
    let mut sums: Vec<Money> = Vec::new();
    for invoice in open.items.iter().filter(|invoice| invoice.is_payable()) {
        match sums.iter_mut().find(|sum| sum.currency == invoice.amount.currency) {
            Some(sum) => sum.minor = sum.minor.saturating_add(invoice.amount.minor),
            None => sums.push(invoice.amount),
        }
    }
    let page = Overview {
        greeting: message!("web-greeting", name = who.account.name.as_str()).to(who.language),
        to_pay: if open.older.is_none() { sums.into_iter().map(|sum| texts::money(sum, who.language)).collect() } else { Vec::new() },
        invoices: open.items.iter().map(|invoice| InvoiceRow::of(invoice, &frame)).collect(),
        more_invoices: open.older.is_some(),
        files: files.items.iter().take(FILES).map(|listed| FileRow::of(listed, &frame)).collect(),
        more_files: files.items.len() > FILES,
        frame,
    };
    show(&page, StatusCode::OK)
}
