//! Pages: one card that says in plain words where a person stands, with one thing to do next.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use shared::domain::invoices::Invoice;
use shared::error::Failure;
use shared::platform::clock::Clock;
use shared::texts::{self, Language, Message};
use shared::{App, Error, message};

use crate::assets;

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

/// What stands above every page where `atelier demo` runs: whoever pays there pays nothing.
pub fn sandbox(app: &App, language: Language) -> Option<String> {
    matches!(app.clock, Clock::Sandbox(_)).then(|| message!("page-sandbox").to(language))
}

/// One page.
#[derive(Template)]
#[template(path = "page.html")]
pub struct Page<'a> {
    studio: &'a str,
    sandbox: Option<String>,
    css: &'a str,
    icon_url: &'a str,
    script: &'a str,
    icon: Icon,
    language: Language,
    heading: String,
    /// What stands between backticks, as in Discord, is shown as something to type.
    text: String,
    invoice: Option<&'a Invoice>,
    /// The label and the address of the one button.
    action: Option<(String, &'a str)>,
    /// Where the page goes by itself after five seconds.
    refresh: Option<&'a str>,
    /// Whether it is for programs that show others what is behind a link.
    preview: bool,
}

impl<'a> Page<'a> {
    /// A page without invoice or button.
    pub fn new(app: &'a App, language: Language, icon: Icon, heading: Message, text: Message) -> Self {
        Self::saying(app, language, icon, heading, text.to(language))
    }

    /// A page whose text is written already.
    pub fn saying(app: &'a App, language: Language, icon: Icon, heading: Message, text: String) -> Self {
        Self {
            studio: &app.config.studio.name,
            sandbox: sandbox(app, language),
            css: assets::css_url(),
            icon_url: assets::icon_url(),
            script: assets::script_url(),
            icon,
            language,
            heading: heading.to(language),
            text,
            invoice: None,
            action: None,
            refresh: None,
            preview: false,
        }
    }

    /// Shows which invoice it is about.
    pub fn invoice(mut self, invoice: &'a Invoice) -> Self {
        self.invoice = Some(invoice);
        self
    }

    /// The one thing to do next.
    pub fn action(mut self, label: Message, address: &'a str) -> Self {
        self.action = Some((label.to(self.language), address));
        self
    }

    /// The one thing to do next is in Discord.
    pub fn in_discord(self) -> Self {
        self.action(message!("page-open-discord"), "https://discord.com/channels/@me")
    }

    /// Goes to `address` by itself after five seconds.
    pub fn refresh(mut self, address: &'a str) -> Self {
        self.refresh = Some(address);
        self
    }

    /// Says to programs that show a link to others what to show: the studio's name.
    pub fn preview(mut self) -> Self {
        self.preview = true;
        self
    }

    /// The text in pieces, with whether each is something to type.
    fn pieces(&self) -> impl Iterator<Item = (&str, bool)> {
        self.text.split('`').enumerate().map(|(at, piece)| (piece, at % 2 == 1))
    }

    fn invoice_word(&self) -> String {
        message!("invoice").to(self.language)
    }

    fn amount_word(&self) -> String {
        message!("amount").to(self.language)
    }

    fn amount_of(&self, invoice: &Invoice) -> String {
        texts::money(invoice.amount, self.language)
    }

    fn note(&self) -> String {
        message!("page-note").to(self.language)
    }

    /// The page as an answer.
    pub fn answer(&self, status: StatusCode) -> Response {
        match self.render() {
            Ok(html) => (status, Html(html)).into_response(),
            Err(error) => {
                let sentence = Error::Fault(format!("rendering a page: {error}")).report(self.language);
                (StatusCode::INTERNAL_SERVER_ERROR, sentence).into_response()
            }
        }
    }
}

/// The page for an operation that refused or failed. `missing` says what to do about a link that
/// leads nowhere.
pub fn error(app: &App, language: Language, error: &Error, missing: Message) -> Response {
    let page = |icon, heading| Page::saying(app, language, icon, heading, error.report(language));
    match error {
        Error::NotFound(_) => {
            let page = Page::new(app, language, Icon::Missing, message!("page-link-not-valid"), missing);
            page.in_discord().answer(StatusCode::NOT_FOUND)
        }
        Error::Rejected(_) | Error::Forbidden(_) => {
            page(Icon::Locked, message!("page-not-available")).in_discord().answer(StatusCode::FORBIDDEN)
        }
        Error::Expired(_) => page(Icon::Closed, message!("page-link-expired")).in_discord().answer(StatusCode::GONE),
        Error::Outside { failure, .. } => match failure {
            Failure::Away => try_again(page(Icon::Waiting, message!("page-one-moment"))),
            // Trying again would not help.
            Failure::Credentials | Failure::Permission | Failure::Gone | Failure::Refused => {
                page(Icon::Failing, message!("page-did-not-work")).in_discord().answer(StatusCode::BAD_GATEWAY)
            }
        },
        Error::Taken | Error::Setup(_) | Error::Db(_) | Error::Fault(_) => {
            fault(app, language, StatusCode::INTERNAL_SERVER_ERROR, error.report(language))
        }
    }
}

/// The page for whoever asked too often.
pub fn too_many(app: &App, language: Language) -> Response {
    let page = Page::new(app, language, Icon::Waiting, message!("page-too-many"), message!("page-too-many-text"));
    page.answer(StatusCode::TOO_MANY_REQUESTS)
}

/// The page for when there is no network, which browsers keep.
pub fn offline(app: &App, language: Language) -> Page<'_> {
    let page = Page::new(app, language, Icon::Waiting, message!("page-offline"), message!("page-offline-text"));
    page.action(message!("page-try-again"), "")
}

/// The page for a fault of ours. The sentence quotes the reference under which it was logged.
pub fn fault(app: &App, language: Language, status: StatusCode, sentence: String) -> Response {
    // The empty address is this page's own: it need not be repeated in the page.
    let page = Page::saying(app, language, Icon::Failing, message!("page-did-not-work"), sentence);
    page.action(message!("page-try-again"), "").answer(status)
}

fn try_again(page: Page<'_>) -> Response {
    let mut response = page.action(message!("page-try-again"), "").answer(StatusCode::SERVICE_UNAVAILABLE);
    response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER_SECONDS);
    response
}
