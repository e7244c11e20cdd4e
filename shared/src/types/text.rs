//! Text that people write: titles, descriptions, labels, file names.

use crate::error::{Error, Result};

/// Characters that show nothing, by Unicode's `Default_Ignorable_Code_Point`
/// (<https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt>).
const INVISIBLE: &[(char, char)] = &[
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fff8}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Characters that turn the direction of what follows, so that text reads as something it is not.
const DIRECTION: &[char] = &['\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}'];

/// Longest title of an invoice, in characters.
pub const TITLE_MAX: usize = 100;
/// Longest description of an invoice, in characters.
pub const DESCRIPTION_MAX: usize = 1000;
/// Longest label of a deliverable, in characters.
pub const LABEL_MAX: usize = 80;

/// Checks one line of plain text, such as a title: trimmed, 1 to `max` characters, something to
/// see in it, no control characters, no ping and no masked link. `what` names it in the sentence.
pub fn line(text: &str, what: &str, max: usize) -> Result<String> {
    let line = text.trim();
    if line.contains(['\n', '\r', '\t']) {
        return Err(Error::rejected(format!("The {what} has more than one line. Write it on one line.")));
    }
    check(line, what, max)?;
    Ok(line.to_owned())
}

/// Checks text of several lines; empty is allowed.
pub fn paragraph(text: &str, what: &str, max: usize) -> Result<String> {
    let text = text.trim().replace("\r\n", "\n");
    if !text.is_empty() {
        check(&text.replace(['\n', '\t'], " "), what, max)?;
    }
    Ok(text)
}

/// Shortens what a person typed for quoting it back between backticks: one line, 40 characters,
/// nothing invisible, no backtick.
pub fn quoted(text: &str) -> String {
    let mut shown: String = text.trim().chars().filter(|&c| !c.is_control() && !invisible(c) && c != '`').take(41).collect();
    if shown.chars().count() > 40 {
        shown = shown.chars().take(39).collect::<String>() + "…";
    }
    shown
}

/// Shortens text to at most `max` characters, with an ellipsis where something was cut.
pub fn shortened(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    text.chars().take(max.saturating_sub(1)).collect::<String>() + "…"
}

fn check(text: &str, what: &str, max: usize) -> Result<()> {
    let length = text.chars().count();
    if length > max {
        return Err(Error::rejected(format!("The {what} is {length} characters long. Write at most {max}.")));
    }
    if text.chars().any(|c| c.is_control()) {
        return Err(Error::rejected(format!(
            "The {what} holds a control character that cannot be shown. Type it again instead of pasting it."
        )));
    }
    if text.chars().all(|c| c.is_whitespace() || invisible(c)) {
        return Err(Error::rejected(format!("The {what} shows nothing. Write at least one visible character.")));
    }
    if text.contains(DIRECTION) {
        return Err(Error::rejected(format!("The {what} holds a character that reverses the text after it. Type it again without it.")));
    }
    let lower = text.to_lowercase();
    if lower.contains("@everyone") || lower.contains("@here") || pings(text) {
        return Err(Error::rejected(format!("The {what} cannot mention people, roles or channels. Write the name without @ or #.")));
    }
    if masked_link(text) || text.contains("```") {
        return Err(Error::rejected(format!(
            "The {what} is plain text: a masked link or a code block is not shown as one. Write the words, and the address as it is."
        )));
    }
    Ok(())
}

fn invisible(c: char) -> bool {
    INVISIBLE.iter().any(|&(first, last)| (first..=last).contains(&c))
}

/// Whether the text holds `<@1>`, `<@!1>`, `<@&1>` or `<#1>`.
fn pings(text: &str) -> bool {
    ["<@", "<#"].iter().any(|open| {
        text.match_indices(open).any(|(at, _)| {
            let rest = text[at + open.len()..].trim_start_matches(['!', '&']);
            rest.starts_with(|c: char| c.is_ascii_digit())
        })
    })
}

/// Whether the text holds `[words](https://…)`.
fn masked_link(text: &str) -> bool {
    text.match_indices("](").any(|(at, _)| text[..at].contains('[') && text[at..].contains(')'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(text: &str) -> String {
        line(text, "title", TITLE_MAX).unwrap_err().to_string()
    }

    #[test]
    fn ordinary_titles_pass() {
        for text in ["Dragon rig", "my_cool_mod v2 *final*", "Ünïcödé 龍", "👩‍🚀 suit", "50% off @ noon", "a#b", "x < y"] {
            assert_eq!(line(text, "title", TITLE_MAX).unwrap(), text);
        }
        assert_eq!(line("  Dragon ", "title", TITLE_MAX).unwrap(), "Dragon");
        assert_eq!(paragraph("", "description", 10).unwrap(), "");
        assert_eq!(paragraph("a\r\nb", "description", 10).unwrap(), "a\nb");
    }

    #[test]
    fn bad_titles_get_a_sentence() {
        assert_eq!(sentence(&"a".repeat(5000)), "The title is 5000 characters long. Write at most 100.");
        assert_eq!(sentence("\u{200b}\u{2060}"), "The title shows nothing. Write at least one visible character.");
        assert_eq!(sentence(""), "The title shows nothing. Write at least one visible character.");
        assert!(sentence("a\0b").contains("control character"));
        assert!(sentence("hi @everyone").contains("cannot mention"));
        assert!(sentence("hi @HERE").contains("cannot mention"));
        assert!(sentence("hi <@!123>").contains("cannot mention"));
        assert!(sentence("[pay here](https://evil.example)").contains("masked link"));
        assert!(sentence("a\u{202e}gpj.exe").contains("reverses"));
        assert!(sentence("a\nb").contains("one line"));
    }

    #[test]
    fn quoting_is_short_and_harmless() {
        assert_eq!(quoted("`a`\n\u{202e}b"), "ab");
        assert_eq!(quoted(&"9".repeat(5000)).chars().count(), 40);
    }
}
