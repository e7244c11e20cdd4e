//! The three cookies: one holds a session, one binds a sign-in to its browser, and one a download link.
//! Scripts see none of them.

use axum::http::{HeaderMap, HeaderValue, header};
use shared::App;

/// Most cookies of one name that are tried.
const SAME_NAME_MAX: usize = 5;

/// What a cookie is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// Who is signed in.
    Session,
    /// Which browser began to sign in.
    SignIn,
    /// Which browser used a download link first.
    Download,
}

impl Cookie {
    /// On https the browser itself holds the cookie to this host and to https, by the prefix of its name.
    fn name(self, app: &App) -> &'static str {
        match (self, is_https(app)) {
            (Cookie::Session, true) => "__Host-atelier",
            (Cookie::Session, false) => "atelier",
            (Cookie::SignIn, true) => "__Host-atelier-sign-in",
            (Cookie::SignIn, false) => "atelier-sign-in",
            (Cookie::Download, true) => "__Host-atelier-download",
            (Cookie::Download, false) => "atelier-download",
        }
    }

    /// What the browser brought. Cookies of others stand beside ours, with whatever is in them: each is read by
    /// itself. One of our name may be there several times, as after one was set for another path or for the whole
    /// domain: whichever fits counts. Only so many are looked at.
    pub fn of(self, app: &App, headers: &HeaderMap) -> Vec<String> {
        let name = self.name(app);
        let lines = headers.get_all(header::COOKIE).iter().map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned());
        let found = lines.flat_map(|line| cookie::Cookie::split_parse(line).flatten().collect::<Vec<_>>());
        let ours = found.filter(|cookie| cookie.name() == name && !cookie.value().is_empty());
        ours.map(|cookie| cookie.value().to_owned()).take(SAME_NAME_MAX).collect()
    }

    /// The header that sets it for so many seconds.
    pub fn set(self, app: &App, value: &str, seconds: u64) -> Option<HeaderValue> {
        let mut cookie = self.made(app, value);
        cookie.set_max_age(cookie::time::Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX)));
        line(&cookie)
    }

    /// The header that takes it away.
    pub fn clear(self, app: &App) -> Option<HeaderValue> {
        let mut cookie = self.made(app, "");
        cookie.make_removal();
        line(&cookie)
    }

    fn made<'v>(self, app: &App, value: &'v str) -> cookie::Cookie<'v> {
        let made = cookie::Cookie::build((self.name(app), value)).path("/").http_only(true);
        made.same_site(cookie::SameSite::Lax).secure(is_https(app)).build()
    }
}

fn line(cookie: &cookie::Cookie<'_>) -> Option<HeaderValue> {
    let mut line = HeaderValue::from_str(&cookie.to_string()).ok()?;
    line.set_sensitive(true);
    Some(line)
}

fn is_https(app: &App) -> bool {
    app.config.web.public_url.starts_with("https://")
}
