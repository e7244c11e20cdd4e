//! The two cookies: one holds a session, the other binds a sign-in to its browser. Scripts see neither.

use axum::http::{HeaderMap, HeaderValue, header};
use shared::App;

/// What a cookie is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// Who is signed in.
    Session,
    /// Which browser began to sign in.
    SignIn,
}

impl Cookie {
    /// On https the browser itself holds the cookie to this host and to https, by the prefix of its name.
    fn name(self, app: &App) -> &'static str {
        match (self, is_https(app)) {
            (Cookie::Session, true) => "__Host-atelier",
            (Cookie::Session, false) => "atelier",
            (Cookie::SignIn, true) => "__Host-atelier-sign-in",
            (Cookie::SignIn, false) => "atelier-sign-in",
        }
    }

    /// What the browser brought.
    pub fn of<'h>(self, app: &App, headers: &'h HeaderMap) -> Option<&'h str> {
        let name = self.name(app);
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        lines.flat_map(|line| line.split(';')).find_map(|pair| {
            let (found, value) = pair.trim().split_once('=')?;
            (found == name && !value.is_empty()).then_some(value)
        })
    }

    /// The header that sets it for so many seconds.
    pub fn set(self, app: &App, value: &str, seconds: u64) -> Option<HeaderValue> {
        let secure = if is_https(app) { "; Secure" } else { "" };
        let line = format!("{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}", self.name(app));
        let mut line = HeaderValue::from_str(&line).ok()?;
        line.set_sensitive(true);
        Some(line)
    }

    /// The header that takes it away.
    pub fn clear(self, app: &App) -> Option<HeaderValue> {
        self.set(app, "", 0)
    }
}

fn is_https(app: &App) -> bool {
    app.config.web.public_url.starts_with("https://")
}
