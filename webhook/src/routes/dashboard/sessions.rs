//! Where a person is signed in.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use shared::domain::sessions::{self, Session};
use shared::{App, Result, message};

use crate::requests::lead_to;
use crate::routes::dashboard::frame::{Frame, Part, or_why, show};
use crate::routes::login;
use crate::signed_in::{SignedIn, VerifiedForm};
use crate::web::Web;

#[derive(Template)]
#[template(path = "dashboard/sessions.html")]
struct List {
    frame: Frame,
    sessions: Vec<Row>,
}

struct Row {
    id: String,
    browser: String,
    since: String,
    seen: String,
    is_this: bool,
}

/// All of one's sessions, this one first.
pub async fn list(State(web): State<Arc<Web>>, who: SignedIn) -> Response {
    or_why(&web.app, who.language, show_list(&web.app, &who).await)
}

async fn show_list(app: &App, who: &SignedIn) -> Result<Response> {
    let frame = Frame::new(app, who, Part::Sessions, message!("web-sessions")).await?;
    let mut found = sessions::list(app, &who.account.id, app.clock.now()).await?;
    found.sort_by_key(|session| session.id != who.session.id);
    let row = |session: &Session| Row {
        id: session.id.to_string(),
        browser: session.browser(who.language),
        since: message!("web-since", when = frame.moment(session.created_at)).to(who.language),
        seen: message!("web-seen", when = frame.moment(session.seen_at)).to(who.language),
        is_this: session.id == who.session.id,
    };
    let page = List { sessions: found.iter().map(row).collect(), frame };
    show(&page, StatusCode::OK)
}

/// Ends one of one's sessions.
pub async fn end(State(web): State<Arc<Web>>, posted: VerifiedForm) -> Response {
    let (app, who) = (&web.app, &posted.who);
    let ended = async {
        sessions::end(app, &who.account, posted.field("session"), app.clock.now()).await?;
        lead_to(Part::Sessions.path())
    };
    or_why(app, who.language, ended.await)
}

/// Ends all of one's sessions, this one too.
pub async fn end_all(State(web): State<Arc<Web>>, posted: VerifiedForm) -> Response {
    let (app, who) = (&web.app, &posted.who);
    let ended = async {
        let ended = sessions::end_all(app, &who.account, app.clock.now()).await?;
        let text = message!("page-signed-out-everywhere-text", count = i64::try_from(ended).unwrap_or(i64::MAX));
        Ok(login::signed_out(app, who.language, text.to(who.language)))
    };
    or_why(app, who.language, ended.await)
}
