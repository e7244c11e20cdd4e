//! Text that people write: titles, descriptions, labels, file names.

use super::invalid::{Invalid, TextFault};

/// Which text a person wrote: it begins the sentence about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The title of an invoice.
    Title,
    /// The description of an invoice.
    Description,
    /// The label of a deliverable.
    Label,
    /// The name of a file.
    FileName,
    /// Why something is done.
    Reason,
}

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
/// Longest reason, in characters.
pub const REASON_MAX: usize = 200;
/// Longest label of a deliverable, in characters.
pub const LABEL_MAX: usize = 80;

/// Checks one line of plain text, such as a title: trimmed, 1 to `max` characters, something to
/// see in it, no control characters, no ping and no masked link. `field` names it in the sentence.
pub fn line(text: &str, field: Field, max: usize) -> Result<String, Invalid> {
    let line = text.trim();
    if line.contains(['\n', '\r', '\t', '\u{2028}', '\u{2029}']) {
        return Err(Invalid::Text(field, TextFault::SeveralLines));
    }
    check(line, field, max)?;
    Ok(line.to_owned())
}

/// Checks text of several lines; empty is allowed.
pub fn paragraph(text: &str, field: Field, max: usize) -> Result<String, Invalid> {
    let text = text.trim().replace("\r\n", "\n");
    if !text.is_empty() {
        check(&text.replace(['\n', '\t'], " "), field, max)?;
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

fn check(text: &str, field: Field, max: usize) -> Result<(), Invalid> {
    let length = text.chars().count();
    let lower = text.to_lowercase();
    let fault = if length > max {
        TextFault::TooLong { length, max }
    } else if text.chars().any(|c| c.is_control()) {
        TextFault::ControlCharacter
    } else if text.chars().all(|c| c.is_whitespace() || invisible(c)) {
        TextFault::ShowsNothing
    } else if text.contains(turns_direction) {
        TextFault::TurnsDirection
    } else if mentions_all(&lower) || pings(text) {
        TextFault::Mentions
    } else if masked_link(text) || text.contains("```") {
        TextFault::Markup
    } else {
        return Ok(());
    };
    Err(Invalid::Text(field, fault))
}

/// Whether a character turns the direction of what follows it, so that a name may read as another.
pub fn turns_direction(c: char) -> bool {
    DIRECTION.contains(&c)
}

/// Whether a character shows nothing.
pub fn invisible(c: char) -> bool {
    INVISIBLE.iter().any(|&(first, last)| (first..=last).contains(&c))
}

/// Whether the text holds `@everyone` or `@here` as a word of its own, so neither `a@heretic.com` nor `a@here.com`.
fn mentions_all(lower: &str) -> bool {
    ["@everyone", "@here"].iter().any(|word| {
        lower.match_indices(word).any(|(at, _)| {
            let (before, after) = (&lower[..at], &lower[at + word.len()..]);
            let goes_on = |text: &str| text.starts_with(|c: char| c.is_alphanumeric() || c == '_');
            let is_in_word = before.ends_with(|c: char| c.is_alphanumeric() || ['_', '.', '-', '+'].contains(&c));
            !is_in_word && !goes_on(after) && !after.strip_prefix(['.', '-']).is_some_and(goes_on)
        })
    })
}

/// Whether the text holds `<@1>`, `<@!1>`, `<@&1>` or `<#1>`.
fn pings(text: &str) -> bool {
    ["<@", "<#"].iter().any(|open| {
        text.match_indices(open).any(|(at, _)| {
            let rest = text[at + open.len()..].trim_start_matches(['!', '&']);
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            digits > 0 && rest[digits..].starts_with('>')
        })
    })
}

/// Whether the text holds `[words](https://…)`. What stands in brackets otherwise, as in `[WIP](v2).zip`, is no link.
fn masked_link(text: &str) -> bool {
    text.match_indices("](").any(|(at, _)| {
        let target = text[at + 2..].trim_start().trim_start_matches('<').to_ascii_lowercase();
        let is_address = ["https://", "http://", "discord://"].iter().any(|scheme| target.starts_with(scheme));
        is_address && text[..at].contains('[') && target.contains(')')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(text: &str) -> String {
        line(text, Field::Title, TITLE_MAX).unwrap_err().to_string()
    }

    #[test]
    fn ordinary_titles_pass() {
        for text in
            ["Dragon rig", "my_cool_mod v2 *final*", "Ünïcödé 龍", "👩‍🚀 suit", "50% off @ noon", "foo@heretic.example", "a#b", "x < y"]
        {
            assert_eq!(line(text, Field::Title, TITLE_MAX).unwrap(), text);
        }
        for text in [
            "foo@here.com",
            "me.too@here.example, me+2@everyone-else.example",
            "@here.example",
            "@everyone_else",
            "Avatar [Booth](2024)",
            "[WIP](v2).zip",
            "[a] (https://a.example)",
            "<@me> <#1 of 3>",
        ] {
            assert_eq!(line(text, Field::Title, TITLE_MAX).unwrap(), text);
        }
        assert_eq!(line("  Dragon ", Field::Title, TITLE_MAX).unwrap(), "Dragon");
        assert_eq!(paragraph("", Field::Description, 10).unwrap(), "");
        assert_eq!(paragraph("a\r\nb", Field::Description, 10).unwrap(), "a\nb");
    }

    #[test]
    fn bad_titles_get_a_sentence() {
        assert_eq!(sentence(&"a".repeat(5000)), "The title is 5,000 characters long. Write at most 100.");
        assert_eq!(sentence("\u{200b}\u{2060}"), "The title shows nothing. Write at least one visible character.");
        assert_eq!(sentence(""), "The title shows nothing. Write at least one visible character.");
        assert!(sentence("a\0b").contains("control character"));
        assert!(sentence("hi @everyone").contains("cannot mention"));
        assert!(sentence("hi @HERE").contains("cannot mention"));
        assert!(sentence("(@everyone)").contains("cannot mention"));
        assert!(sentence("look @here.").contains("cannot mention"));
        assert!(sentence("hi <@!123>").contains("cannot mention"));
        assert!(sentence("hi <#123>").contains("cannot mention"));
        assert!(sentence("[pay here](https://evil.example)").contains("masked link"));
        assert!(sentence("[pay here]( <HTTPS://evil.example>)").contains("masked link"));
        assert!(sentence("a\u{202e}gpj.exe").contains("reverses"));
        assert!(sentence("a\nb").contains("one line"));
        assert!(sentence("a\u{2028}b").contains("one line"));
    }

    #[test]
    fn quoting_is_short_and_harmless() {
        assert_eq!(quoted("`a`\n\u{202e}b"), "ab");
        assert_eq!(quoted(&"9".repeat(5000)).chars().count(), 40);
    }
}
