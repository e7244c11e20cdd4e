//! What commands say on standard output, and on standard error.

use std::io::Write;

/// Prints a line. Unlike `println!` it does not mind a reader that went away.
pub fn line(text: &str) {
    heard(text);
}

/// Prints a line; returns whether somebody is there to read it.
pub fn heard(text: &str) -> bool {
    writeln!(std::io::stdout(), "{text}").is_ok()
}

/// Prints a line on standard error, where that is open.
pub fn complaint(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// As it should be.
    Good,
    /// It works, and somebody should look at it.
    Notice,
    /// It does not work.
    Bad,
}

impl Mark {
    /// The sign before a line.
    pub fn sign(self) -> &'static str {
        match self {
            Mark::Good => "✓",
            Mark::Notice => "!",
            Mark::Bad => "✗",
        }
    }
}

/// `1 thing`, `2 things`.
pub fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}
