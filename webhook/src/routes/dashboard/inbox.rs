//! What a person was told while their DMs were closed.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use shared::domain::inbox;
use shared::domain::inbox::{Composed, Shown};
use shared::texts::Language;
use shared::{App, Result, cards, message};

use crate::requests::lead_to;
use crate::routes::dashboard::frame::{Frame, InvoiceRow, Part, or_why, show};
use crate::signed_in::{SignedIn, VerifiedForm};
use crate::web::Web;

#[derive(Template)]
#[template(path = "dashboard/inbox.html")]
struct Inbox {
    frame: Frame,
    notices: Vec<Row>,
}

impl Inbox {
    /// Whether more waits than a page shows.
    fn has_more(&self) -> bool {
        usize::try_from(self.frame.waiting).is_ok_and(|waiting| waiting > self.notices.len())
    }
}

struct Row {
    id: String,
    /// The text in pieces, with how each is set off.
    pieces: Vec<(String, Tone)>,
    at: String,
    invoice: InvoiceRow,
    /// Whether the invoice is the reader's own: staff is told of others'.
    is_own: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Plain,
    Strong,
    Typed,
}

/// What waits.
pub async fn list(State(web): State<Arc<Web>>, who: SignedIn) -> Response {
    or_why(&web.app, who.language, show_list(&web.app, &who).await)
}

async fn show_list(app: &App, who: &SignedIn) -> Result<Response> {
    let frame = Frame::new(app, who, Part::Inbox, message!("web-inbox")).await?;
    let waiting = inbox::inbox(app, &who.actor, app.clock.now()).await?;
    let row = |composed: &Composed| {
        let Shown::Invoice(found) = &composed.shown;
        Row {
            id: composed.notice.id.to_string(),
            pieces: pieces(composed, who.language),
            at: frame.moment(composed.notice.created_at),
            invoice: InvoiceRow::of(&found.invoice, &frame),
            is_own: found.invoice.customer == who.account.user,
        }
    };
    let page = Inbox { notices: waiting.iter().map(row).collect(), frame };
    show(&page, StatusCode::OK)
}

/// Records that notices were read: one, or all that were on the page.
pub async fn read(State(web): State<Arc<Web>>, posted: VerifiedForm) -> Response {
    let (app, who) = (&web.app, &posted.who);
    let done = async {
        inbox::mark_own_read(app, &who.actor, posted.field("notice").split(','), app.clock.now()).await?;
        lead_to(Part::Inbox.path())
    };
    or_why(app, who.language, done.await)
}

/// The words of a notice, which are in Discord's markdown. What people wrote in it is text: marks in it
/// are put aside first.
fn pieces(composed: &Composed, language: Language) -> Vec<(String, Tone)> {
    const ASIDE: [(char, char); 2] = [('*', '\u{e000}'), ('`', '\u{e001}')];
    let aside = |text: &str| ASIDE.iter().fold(text.to_owned(), |text, (mark, other)| text.replace(*mark, &other.to_string()));
    let back = |text: &str| ASIDE.iter().fold(text.to_owned(), |text, (mark, other)| text.replace(*other, &mark.to_string()));
    let Some(words) = cards::happened(composed, language, aside) else { return Vec::new() };
    let mut pieces = Vec::new();
    for (at, part) in words.to(language).split("**").enumerate() {
        for (within, piece) in part.split('`').enumerate().filter(|(_, piece)| !piece.is_empty()) {
            let tone = match (at % 2, within % 2) {
                (_, 1) => Tone::Typed,
                (1, _) => Tone::Strong,
                _ => Tone::Plain,
            };
            pieces.push((back(piece), tone));
        }
    }
    pieces
}
