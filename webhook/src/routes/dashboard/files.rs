//! Files, and their download.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use shared::domain::deliverables;
use shared::types::{DeliverableId, Turn};
use shared::{App, Result, message};

use crate::requests::{Client, Token, lead_to};
use crate::routes::dashboard::frame::{FileRow, Frame, Part, Turned, or_why, show};
use crate::signed_in::SignedIn;
use crate::web::Web;

#[derive(Template)]
#[template(path = "dashboard/files.html")]
struct List {
    frame: Frame,
    files: Vec<FileRow>,
    newer: Option<String>,
    older: Option<String>,
}

/// A page of one's files.
pub async fn list(State(web): State<Arc<Web>>, who: SignedIn, turned: Turned) -> Response {
    or_why(&web.app, who.language, show_list(&web.app, &who, &turned).await)
}

async fn show_list(app: &App, who: &SignedIn, turned: &Turned) -> Result<Response> {
    let frame = Frame::new(app, who, Part::Files, message!("web-files")).await?;
    let turn = turned.turn(|key| DeliverableId::parse(key).ok());
    let mut page = deliverables::list(app, &who.actor, None, &turn).await?;
    if page.items.is_empty() && turn != Turn::Newest {
        page = deliverables::list(app, &who.actor, None, &Turn::Newest).await?;
    }
    let turned_to = |which: &str, key: Option<DeliverableId>| key.map(|key| format!("{}?{which}={key}", Part::Files.path()));
    let list = List {
        files: page.items.iter().map(|listed| FileRow::of(listed, &frame)).collect(),
        newer: turned_to("newer", page.newer),
        older: turned_to("older", page.older),
        frame,
    };
    show(&list, StatusCode::OK)
}

/// Leads to the presigned URL of one of one's files.
pub async fn download(State(web): State<Arc<Web>>, who: SignedIn, Client(address): Client, Token(id): Token) -> Response {
    let url = deliverables::download(&web.app, &who.account, &id, address, web.app.clock.now()).await;
    or_why(&web.app, who.language, url.and_then(|url| lead_to(&url)))
}
