//! The files that pages load, part of the program, and where pages find them.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

/// The style sheet.
pub const CSS: &str = include_str!("../static/atelier.css");
/// The icon in a browser's tab.
pub const ICON: &str = include_str!("../static/icon.svg");
/// The script for what a browser keeps: theme, drafts, the shell.
pub const SCRIPT: &str = include_str!("../static/atelier.js");
/// The service worker, which `{version}` and `{shell}` are put into.
pub const WORKER: &str = include_str!("../static/sw.js");

/// Where pages find this build's script.
pub fn script_url() -> &'static str {
    static URL: LazyLock<String> = LazyLock::new(|| versioned("/static/atelier.js", SCRIPT));
    &URL
}

/// Where pages find this build's style sheet.
pub fn css_url() -> &'static str {
    static URL: LazyLock<String> = LazyLock::new(|| versioned("/static/atelier.css", CSS));
    &URL
}

/// Where pages find this build's icon.
pub fn icon_url() -> &'static str {
    static URL: LazyLock<String> = LazyLock::new(|| versioned("/static/icon.svg", ICON));
    &URL
}

fn versioned(path: &str, content: &str) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("{path}?v={:016x}", hasher.finish())
}
