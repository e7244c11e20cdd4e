//! Pages: one card that says in plain words where a person stands, with one thing to do next.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use shared::domain::invoices::Invoice;
use shared::texts::Language;
use shared::{App, Error};

use crate::routes::assets;

/// When a person should come back while an outside service does not answer.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("30");

/// The sign at the top of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    Studio,
    Done,
    Waiting,
    Back,
    Closed,
    Locked,
    Missing,
    Failing,
}

impl Icon {
    /// The colour's class in the style sheet.
    fn tone(self) -> &'static str {
        match self {
            Icon::Studio => "accent",
            Icon::Done => "good",
            Icon::Waiting => "waiting",
            Icon::Back | Icon::Closed | Icon::Locked | Icon::Missing => "quiet",
            Icon::Failing => "bad",
        }
    }

    /// The strokes, on a field of 24 by 24.
    fn path(self) -> &'static str {
        match self {
            Icon::Studio => "M12 4.5l1.9 5.6 5.6 1.9-5.6 1.9-1.9 5.6-1.9-5.6-5.6-1.9 5.6-1.9z",
            Icon::Done => "M6 12.6l4.2 4.2L18.2 8",
            Icon::Waiting => "M12 3.5a8.5 8.5 0 1 0 .01 0M12 7.5V12l3 2",
            Icon::Back => "M18.5 12h-13m5.2-5.2L5.5 12l5.2 5.2",
            Icon::Closed => "M7.5 7.5l9 9m0-9l-9 9",
            Icon::Locked => "M7 11.2h10v7H7zM9 11.2V8.6a3 3 0 0 1 6 0v2.6",
            Icon::Missing => "M9.1 9.4a2.9 2.9 0 1 1 4.5 2.4c-1 .7-1.6 1.2-1.6 2.3M12 17.4v.01",
            Icon::Failing => "M12 5.5v8M12 18.2v.01",
        }
    }
}

/// One page.
#[derive(Template)]
#[template(path = "page.html")]
pub struct Page<'a> {
    studio: &'a str,
    css: &'a str,
    icon_url: &'a str,
    icon: Icon,
    heading: &'a str,
    /// What stands between backticks, as in Discord, is shown as something to type.
    text: &'a str,
    invoice: Option<&'a Invoice>,
    /// The label and the address of the one button.
    action: Option<(&'a str, &'a str)>,
    /// Where the page goes by itself after five seconds.
    refresh: Option<&'a str>,
}

impl<'a> Page<'a> {
    /// A page without invoice or button.
    pub fn new(app: &'a App, icon: Icon, heading: &'a str, text: &'a str) -> Self {
        Self {
            studio: &app.config.studio.name,
            css: assets::css_url(),
            icon_url: assets::icon_url(),
            icon,
            heading,
            text,
            invoice: None,
            action: None,
            refresh: None,
        }
    }

    /// Shows which invoice it is about.
    pub fn invoice(mut self, invoice: &'a Invoice) -> Self {
        self.invoice = Some(invoice);
        self
    }

    /// The one thing to do next.
    pub fn action(mut self, label: &'a str, address: &'a str) -> Self {
        self.action = Some((label, address));
        self
    }

    /// The one thing to do next is in Discord.
    pub fn in_discord(self) -> Self {
        self.action("Open Discord", "https://discord.com/channels/@me")
    }

    /// Goes to `address` by itself after five seconds.
    pub fn refresh(mut self, address: &'a str) -> Self {
        self.refresh = Some(address);
        self
    }

    /// The text in pieces, with whether each is something to type.
    fn pieces(&self) -> impl Iterator<Item = (&'a str, bool)> {
        self.text.split('`').enumerate().map(|(at, piece)| (piece, at % 2 == 1))
    }

    /// The page as an answer.
    pub fn answer(&self, status: StatusCode) -> Response {
        match self.render() {
            Ok(html) => (status, Html(html)).into_response(),
            Err(error) => {
                let sentence = Error::Fault(format!("rendering a page: {error}")).report(Language::English);
                (StatusCode::INTERNAL_SERVER_ERROR, sentence).into_response()
            }
        }
    }
}

/// The page for an operation that refused or failed. `missing` says what to do about a link that
/// leads nowhere.
pub fn error(app: &App, error: &Error, missing: &str) -> Response {
    let sentence = error.report(Language::English);
    match error {
        Error::NotFound(_) => Page::new(app, Icon::Missing, "This link is not valid", missing).in_discord().answer(StatusCode::NOT_FOUND),
        Error::Rejected(_) | Error::Forbidden(_) => {
            Page::new(app, Icon::Locked, "Not available", &sentence).in_discord().answer(StatusCode::FORBIDDEN)
        }
        Error::Expired(_) => Page::new(app, Icon::Closed, "This link has expired", &sentence).in_discord().answer(StatusCode::GONE),
        // Trying again would not help.
        Error::Outside { transient: false, .. } => {
            Page::new(app, Icon::Failing, "This did not work", &sentence).in_discord().answer(StatusCode::BAD_GATEWAY)
        }
        Error::Outside { transient: true, .. } => try_again(Page::new(app, Icon::Waiting, "One moment", &sentence)),
        Error::Setup(_) | Error::Db(_) | Error::Fault(_) => fault(app, StatusCode::INTERNAL_SERVER_ERROR, &sentence),
    }
}

/// The page for a fault of ours. The sentence quotes the reference under which it was logged.
pub fn fault(app: &App, status: StatusCode, sentence: &str) -> Response {
    // The empty address is this page's own: it need not be repeated in the page.
    Page::new(app, Icon::Failing, "That did not work", sentence).action("Try again", "").answer(status)
}

fn try_again(page: Page<'_>) -> Response {
    let mut response = page.action("Try again", "").answer(StatusCode::SERVICE_UNAVAILABLE);
    response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER_SECONDS);
    response
}
