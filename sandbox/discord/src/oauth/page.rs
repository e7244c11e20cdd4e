//! The consent page.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};

use super::wish::{SCOPES, Wish};
use crate::state::State;

pub(super) fn html(status: StatusCode, body: &str) -> Response {
    let headers = [
        ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ];
    (status, headers, Html(body.to_owned())).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn page_around(title: &str, inside: &str) -> String {
    format!(
        r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 0; font: 16px/1.5 system-ui, sans-serif; background: #1e1f22; color: #f2f3f5 }}
.banner {{ background: #f0b232; color: #000; text-align: center; padding: .25rem; font-weight: 600 }}
main {{ max-width: 26rem; margin: 2rem auto; padding: 1.5rem; background: #2b2d31; border-radius: .5rem }}
h1 {{ font-size: 1.25rem; margin-top: 0 }}
fieldset {{ border: 1px solid #4e5058; border-radius: .25rem; margin: 1rem 0 }}
label {{ display: block; padding: .25rem 0 }}
select {{ width: 100%; padding: .5rem; font: inherit }}
.buttons {{ display: flex; gap: .5rem; justify-content: flex-end }}
button {{ font: inherit; padding: .5rem 1rem; border: 0; border-radius: .25rem; background: #4e5058; color: #fff; cursor: pointer }}
button.primary {{ background: #4752c4 }}
</style></head>
<body><div class="banner">SANDBOX: this is not Discord</div><main>{inside}</main></body></html>
"#
    )
}

pub(super) fn simple_page(title: &str, text: &str) -> String {
    page_around(&escape(title), &format!("<h1>{}</h1><p>{}</p>", escape(title), escape(text)))
}

pub(super) fn error_page(why: &str) -> String {
    simple_page("This link does not work", why)
}

pub(super) fn consent_page(state: &State, wish: &Wish) -> String {
    let application = state.users.get(&state.bot).map(|bot| escape(&bot.name)).unwrap_or_default();
    let scopes: String = SCOPES
        .iter()
        .filter(|(scope, _)| wish.scopes.iter().any(|wished| wished == scope))
        .map(|(scope, words)| format!("<li>{} <small>({scope})</small></li>", escape(words)))
        .collect();
    let people: String = state
        .users
        .values()
        .filter(|user| !user.bot && user.id != state.app_owner)
        .enumerate()
        .map(|(index, user)| {
            let checked = if index == 0 { " checked" } else { "" };
            let (id, name) = (user.id, escape(&user.name));
            format!(r#"<label><input type="radio" name="user" value="{id}" required{checked}> {name}</label>"#)
        })
        .collect();
    let servers = if wish.adds_bot() {
        let options: String = state
            .guilds
            .values()
            .filter(|guild| wish.guild.is_none_or(|wanted| guild.id == wanted))
            .map(|guild| format!(r#"<option value="{}">{}</option>"#, guild.id, escape(&guild.name)))
            .collect();
        format!(r#"<fieldset><legend>Add to server</legend><select name="guild" required>{options}</select></fieldset>"#)
    } else {
        String::new()
    };
    let leads_to = match &wish.redirect_uri {
        Some(address) => format!("<p><small>Once you authorize, you will be redirected to {}</small></p>", escape(address)),
        None => String::new(),
    };
    page_around(
        "Authorize access to your account",
        &format!(
            r#"<h1>{application} wants to access your account</h1>
<form method="post">
<fieldset><legend>Signed in as</legend>{people}</fieldset>
<p>This will allow the developer of {application} to:</p><ul>{scopes}</ul>{servers}{leads_to}
<div class="buttons"><button name="decision" value="cancel" formnovalidate>Cancel</button>
<button class="primary" name="decision" value="authorize">Authorize</button></div>
</form>"#
        ),
    )
}
