//! What the pages of the dashboard share: the frame around them, rows of lists, what a query asks for.

use std::convert::Infallible;

use askama::Template;
use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Response};
use shared::domain::deliverables::{Access, Listed};
use shared::domain::invoices::{Invoice, Status};
use shared::domain::sessions as domain_sessions;
use shared::texts::{self, Language, Message};
use shared::types::*;
use shared::{App, Error, Result, cards, message};

use crate::assets;
use crate::pages::{self, Icon, Page};
use crate::signed_in::{FORM_TOKEN, SignedIn};

/// The part of the dashboard that a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Overview,
    Invoices,
    Files,
    Inbox,
    Sessions,
    Settings,
}

impl Part {
    const ALL: [Part; 6] = [Part::Overview, Part::Invoices, Part::Files, Part::Inbox, Part::Sessions, Part::Settings];

    pub fn path(self) -> &'static str {
        match self {
            Part::Overview => "/dashboard",
            Part::Invoices => "/dashboard/invoices",
            Part::Files => "/dashboard/files",
            Part::Inbox => "/dashboard/inbox",
            Part::Sessions => "/dashboard/sessions",
            Part::Settings => "/dashboard/settings",
        }
    }

    pub fn name(self) -> Message {
        match self {
            Part::Overview => message!("web-overview"),
            Part::Invoices => message!("web-invoices"),
            Part::Files => message!("web-files"),
            Part::Inbox => message!("web-inbox"),
            Part::Sessions => message!("web-sessions"),
            Part::Settings => message!("web-settings"),
        }
    }

    pub fn is_inbox(self) -> bool {
        self == Part::Inbox
    }

    /// The strokes of its sign, on a field of 24 by 24.
    pub fn sign(self) -> &'static str {
        match self {
            Part::Overview => "M4 11.5 12 5l8 6.5M6.5 10v9h11v-9",
            Part::Invoices => "M6.5 4h11v16l-2.75-1.6L12 20l-2.75-1.6L6.5 20zM9.5 9h5M9.5 13h5",
            Part::Files => "M12 4v10m-4-4 4 4 4-4M5 19.5h14",
            Part::Inbox => "M4.5 13 7 5.5h10l2.5 7.5v5.5h-15zM4.5 13H9a3 3 0 0 0 6 0h4.5",
            Part::Sessions => "M4.5 5.5h15v10h-15zM9 19.5h6",
            Part::Settings => "M5 8h7m4 0h3M5 16h3m4 0h7M14 6v4M10 14v4",
        }
    }
}

/// What stands around every page of the dashboard.
pub struct Frame {
    pub studio: String,
    pub sandbox: Option<String>,
    pub css: &'static str,
    pub icon_url: &'static str,
    pub script: &'static str,
    pub language: Language,
    pub part: Part,
    pub heading: String,
    pub name: String,
    pub initials: String,
    pub form_token: String,
    pub waiting: i64,
    pub timezone: Timezone,
}

impl Frame {
    pub async fn new(app: &App, who: &SignedIn, part: Part, heading: Message) -> Result<Self> {
        let waiting = shared::domain::inbox::waiting_for(app, &who.account).await?;
        let name = who.account.name.clone();
        let initials: String =
            name.split_whitespace().filter_map(|word| word.chars().next()).take(2).flat_map(char::to_uppercase).collect();
        Ok(Self {
            studio: app.config.studio.name.clone(),
            sandbox: pages::sandbox(app, who.language),
            css: assets::css_url(),
            icon_url: assets::icon_url(),
            script: assets::script_url(),
            language: who.language,
            part,
            heading: heading.to(who.language),
            name,
            initials,
            form_token: domain_sessions::form_token(app, &who.session)?,
            waiting,
            timezone: who.account.timezone.clone(),
        })
    }

    /// A text of the catalogue.
    pub fn say(&self, id: &'static str) -> String {
        Message::new(id).to(self.language)
    }

    pub fn parts(&self) -> impl Iterator<Item = (Part, bool)> {
        Part::ALL.into_iter().map(|part| (part, part == self.part))
    }

    pub fn name_of(&self, part: &Part) -> String {
        part.name().to(self.language)
    }

    pub fn token_field(&self) -> &'static str {
        FORM_TOKEN
    }

    pub fn waiting_words(&self) -> String {
        message!("web-inbox-waiting", count = self.waiting).to(self.language)
    }

    pub fn signed_in_as(&self) -> String {
        message!("web-signed-in-as", name = self.name.as_str()).to(self.language)
    }

    /// A day as the person reads it, in their time zone.
    pub fn day(&self, at: Timestamp) -> String {
        self.timezone.day(at).words().to(self.language)
    }

    /// A day with the time of day.
    pub fn moment(&self, at: Timestamp) -> String {
        format!("{} · {}", self.day(at), self.timezone.clock(at))
    }
}

/// One invoice in a list.
pub struct InvoiceRow {
    pub number: InvoiceNumber,
    pub title: String,
    pub amount: String,
    pub status: String,
    pub tone: &'static str,
    pub issued: String,
    pub due: Option<String>,
    pub is_payable: bool,
    pub is_paid: bool,
}

impl InvoiceRow {
    pub fn of(invoice: &Invoice, frame: &Frame) -> Self {
        Self {
            number: invoice.number,
            title: invoice.title.clone(),
            amount: texts::money(invoice.amount, frame.language),
            status: cards::status_word(invoice).to(frame.language),
            tone: match invoice.status {
                Status::Pending => "waiting",
                Status::Paid => "good",
                Status::Revoked => "quiet",
            },
            issued: frame.day(invoice.created_at),
            due: invoice.due_at.filter(|_| invoice.is_payable()).map(|due_at| frame.day(due_at)),
            is_payable: invoice.is_payable(),
            is_paid: invoice.paid_at.is_some(),
        }
    }
}

/// One file in a list.
pub struct FileRow {
    pub id: DeliverableId,
    pub label: String,
    pub file_name: String,
    pub size: String,
    pub version: i64,
    pub invoice: InvoiceNumber,
    pub added: String,
    pub what: String,
    pub tone: &'static str,
    pub is_open: bool,
}

impl FileRow {
    pub fn of(listed: &Listed, frame: &Frame) -> Self {
        let Listed { deliverable, invoice, access } = listed;
        let (what, tone) = match access {
            Access::Granted => (message!("file-is-ready"), "good"),
            Access::None => (message!("file-opens-with", number = invoice.number), "waiting"),
            Access::Suspended => (message!("file-is-suspended"), "quiet"),
            Access::Withdrawn => (message!("file-is-withdrawn"), "quiet"),
        };
        Self {
            id: deliverable.id,
            label: deliverable.label.clone(),
            file_name: deliverable.file_name.clone(),
            size: texts::size(deliverable.object.size_bytes, frame.language),
            version: deliverable.version,
            invoice: invoice.number,
            added: frame.day(deliverable.created_at),
            what: what.to(frame.language),
            tone,
            is_open: *access == Access::Granted,
        }
    }

    pub fn download_words(&self, frame: &Frame) -> String {
        message!("web-download-named", label = self.label.as_str()).to(frame.language)
    }
}

/// A page as an answer.
pub fn show(page: &impl Template, status: StatusCode) -> Result<Response> {
    let html = page.render().map_err(|error| Error::Fault(format!("rendering a page: {error}")))?;
    Ok((status, Html(html)).into_response())
}

/// The page, or the one that says why there is none.
pub fn or_why(app: &App, language: Language, answer: Result<Response>) -> Response {
    answer.unwrap_or_else(|error| match &error {
        Error::NotFound(_) => {
            let page = Page::new(app, language, Icon::Missing, message!("page-not-found"), message!("page-not-yours-text"));
            page.action(message!("page-dashboard"), Part::Overview.path()).answer(StatusCode::NOT_FOUND)
        }
        Error::Rejected(_) | Error::Forbidden(_) | Error::Expired(_) => {
            let page = Page::saying(app, language, Icon::Locked, message!("page-not-available"), error.report(language));
            page.action(message!("page-dashboard"), Part::Overview.path()).answer(StatusCode::FORBIDDEN)
        }
        Error::Outside { .. } | Error::Taken | Error::Setup(_) | Error::Db(_) | Error::Fault(_) => {
            pages::error(app, language, &error, message!("page-not-yours-text"))
        }
    })
}

/// Which page of a list is asked for: by key, as everywhere. What is no query asks for the first one.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Turned {
    pub status: Option<String>,
    pub older: Option<String>,
    pub newer: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Turned {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let query = Query::<Self>::from_request_parts(parts, state).await;
        Ok(query.map(|Query(turned)| turned).unwrap_or_default())
    }
}

impl Turned {
    /// The first page where the key is none.
    pub fn turn<K>(&self, parse: impl Fn(&str) -> Option<K>) -> Turn<K> {
        let key = |typed: &Option<String>| typed.as_deref().and_then(&parse);
        match (key(&self.older), key(&self.newer)) {
            (Some(key), _) => Turn::OlderThan(key),
            (None, Some(key)) => Turn::NewerThan(key),
            (None, None) => Turn::Newest,
        }
    }
}
