//! What a person chose, what Discord told of them, and the end of that.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use shared::domain::{accounts, grants};
use shared::platform::oauth::SCOPES;
use shared::texts::Language;
use shared::types::Timezone;
use shared::{App, Error, Result, message};

use crate::requests::lead_to;
use crate::routes::dashboard::frame::{Frame, Part, or_why, show};
use crate::routes::login;
use crate::signed_in::{SignedIn, VerifiedForm};
use crate::web::Web;

/// What stands for reading what Discord shows.
const AS_DISCORD: &str = "discord";

#[derive(Template)]
#[template(path = "dashboard/settings.html")]
struct Settings {
    frame: Frame,
    /// Each language with its own name, and whether it is chosen.
    languages: Vec<(&'static str, String, bool)>,
    zones: Vec<String>,
    zone: String,
    clock: String,
    was_saved: bool,
    problem: Option<String>,
    /// What Discord told, by name.
    facts: Vec<(String, String)>,
    /// Each scope in words, and whether it was allowed.
    scopes: Vec<(String, bool)>,
    is_connected: bool,
    /// What is kept of them: each part a title and its items.
    kept: [(String, Vec<String>); 3],
}

/// Whether something was just saved.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Saved {
    saved: Option<String>,
}

/// The page.
pub async fn open(State(web): State<Arc<Web>>, who: SignedIn, saved: Result<Query<Saved>, QueryRejection>) -> Response {
    let was_saved = saved.is_ok_and(|Query(saved)| saved.saved.is_some());
    or_why(&web.app, who.language, settings(&web.app, &who, was_saved, None).await)
}

/// Chooses language and time zone.
pub async fn save(State(web): State<Arc<Web>>, posted: VerifiedForm) -> Response {
    let (app, who) = (&web.app, &posted.who);
    let saved = async {
        let now = app.clock.now();
        let zone = posted.field("timezone").trim();
        let language = Language::parse(posted.field("language"));
        // Both or none: the time zone is what may be wrong.
        if let Err(error) = Timezone::parse(zone) {
            return settings(app, who, false, Some((language, zone, error.text().to(who.language)))).await;
        }
        accounts::choose_language(app, &who.actor, language, now).await?;
        accounts::choose_timezone(app, &who.actor, zone, now).await?;
        lead_to(&format!("{}?saved=1", Part::Settings.path()))
    };
    or_why(app, who.language, saved.await)
}

/// `problem` is what was sent and cannot be saved, and why.
async fn settings(app: &App, who: &SignedIn, was_saved: bool, problem: Option<(Option<Language>, &str, String)>) -> Result<Response> {
    let frame = Frame::new(app, who, Part::Settings, message!("web-settings")).await?;
    let account = &who.account;
    let grant = grants::of_account(app, &account.id).await?;
    let language = who.language;
    let chosen = problem.as_ref().map_or(account.chosen, |(chosen, ..)| *chosen);
    let mut languages = vec![(AS_DISCORD, message!("language-of-discord").to(language), chosen.is_none())];
    for (spoken, name) in [
        (Language::English, message!("language-own-english")),
        (Language::German, message!("language-own-german")),
        (Language::Spanish, message!("language-own-spanish")),
        (Language::LatinAmericanSpanish, message!("language-own-latin-american-spanish")),
        (Language::SouthAmericanSpanish, message!("language-own-south-american-spanish")),
    ] {
        languages.push((spoken.as_str(), name.to(language), chosen == Some(spoken)));
    }
    let yes_no = |yes: bool| if yes { message!("web-yes") } else { message!("web-no") }.to(language);
    let mut facts = vec![(message!("web-discord-id"), account.user.to_string())];
    if let Some(profile) = &account.profile {
        let username = match &profile.discriminator {
            Some(digits) => format!("{}#{digits}", profile.username),
            None => profile.username.clone(),
        };
        facts.push((message!("web-username"), username));
        facts.push((message!("web-picture-known"), yes_no(profile.avatar.is_some())));
        facts.push((message!("web-email-known"), yes_no(account.email(app)?.is_some())));
        facts.push((message!("web-at-discord-since"), frame.day(account.at_discord_since())));
        facts.push((message!("web-known-since"), frame.day(account.created_at)));
        facts.push((message!("web-first-signed-in"), frame.moment(profile.first_signed_in_at)));
        facts.push((message!("web-signed-in"), frame.moment(profile.signed_in_at)));
    }
    let scope = |scope: &str| {
        let words = match scope {
            "identify" => message!("web-scope-identify"),
            "email" => message!("web-scope-email"),
            _ => message!("web-scope-guilds"),
        };
        (words.to(language), grant.as_ref().is_some_and(|grant| grant.allows(scope)))
    };
    let mut zones = Timezone::matching("");
    zones.sort_unstable();
    let zone = problem.as_ref().map_or(account.timezone.as_str(), |(_, typed, _)| typed).to_owned();
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = Settings {
        languages,
        zones,
        zone,
        clock: message!("web-clock", clock = account.timezone.clock(app.clock.now())).to(language),
        was_saved,
        problem: problem.map(|(.., sentence)| sentence.replace('`', "")),
        facts: facts.into_iter().map(|(name, what)| (name.to(language), what)).collect(),
        scopes: SCOPES.iter().map(|name| scope(name)).collect(),
        is_connected: grant.is_some(),
        kept: shared::cards::kept(&app.config).map(|(title, kept)| (title.to(language), items(&kept.to(language)))),
        frame,
    };
    show(&page, status)
}

#[derive(Template)]
#[template(path = "dashboard/disconnect.html")]
struct Disconnect {
    frame: Frame,
}

/// Asks whether one's account should really be disconnected.
pub async fn ask_disconnect(State(web): State<Arc<Web>>, who: SignedIn) -> Response {
    let asked = async {
        let frame = Frame::new(&web.app, &who, Part::Settings, message!("web-disconnect")).await?;
        show(&Disconnect { frame }, StatusCode::OK)
    };
    or_why(&web.app, who.language, asked.await)
}

/// Disconnects one's account from Discord, which ends its sessions too.
pub async fn disconnect(State(web): State<Arc<Web>>, posted: VerifiedForm) -> Response {
    let (app, who) = (&web.app, &posted.who);
    let done = async {
        grants::disconnect(app, &who.account, app.clock.now()).await?;
        Ok::<_, Error>(login::signed_out(app, who.language, message!("page-disconnected-text").to(who.language)))
    };
    or_why(app, who.language, done.await)
}

/// The items of a list in Discord's markdown, without its marks.
fn items(list: &str) -> Vec<String> {
    list.lines().map(|line| line.trim_start_matches("- ").replace('`', "")).collect()
}
