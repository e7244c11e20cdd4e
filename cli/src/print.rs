//! What commands say on standard output.

use std::io::Write;

/// Prints a line. Unlike `println!` it does not mind a reader that went away.
pub fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
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
