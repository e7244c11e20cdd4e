//! What people wrote, as each place of Discord's wants it: there it reads as they typed it.
//!
//! | Place | Discord shows markdown there | What people wrote |
//! | --- | --- | --- |
//! | content of a message | yes | [`escape`] |
//! | description of an embed, text display of Components V2 | yes | [`escape`] |
//! | value of an embed's field | yes, but no headings | [`escape`] |
//! | the plain line of a message | yes, and a push notification shows it as it is sent | [`plain`] |
//! | title of an embed, name of a field | within a line, and not on every client | never stands there |
//! | author and footer of an embed | no | never stands there |
//! | label of a button, option of a select and its description, placeholder | no | as typed |
//! | choice of an option, title, label and value of a form, file name | no | as typed |
//!
//! Sources: Discord's [markdown](https://support.discord.com/hc/articles/210298617), its
//! [mentions and times](https://docs.discord.com/developers/reference#message-formatting),
//! [embeds](https://docs.discord.com/developers/resources/message#embed-object) and
//! [components](https://docs.discord.com/developers/components/reference); no headings in
//! [fields](https://github.com/discord/discord-api-docs/issues/7167), and escapes that show in a masked
//! link's [text](https://github.com/discord/discord-api-docs/issues/6185). Addresses, which no document
//! describes, are taken as Discord's client takes them: from `https://` on, wherever that stands, to the
//! next space or `<`; a backslash is part of them, so nothing in them may be escaped. What begins `steam://` or
//! the like is no link here, and reads as typed.

/// What ends an address only where more of it follows.
const NOT_LAST: [char; 8] = ['.', ',', ':', ';', '"', '\'', ']', '<'];
/// Joins words and shows nothing.
const JOINER: char = '\u{2060}';

/// Escapes what people wrote where Discord shows markdown: no formatting, no mention, no masked link, no
/// list, and addresses lead to where they lead. It may stand between `**`.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    let mut rest = text;
    let (mut line_begins, mut before) = (true, '\n');
    while let Some(c) = rest.chars().next() {
        if line_begins && let Some(at) = block(rest) {
            escaped.push_str(&rest[..at]);
            escaped.push('\\');
            rest = &rest[at..];
            line_begins = false;
            // `*` and `>` are passed as they are now: the backslash before them is there.
            let mark = rest.chars().next().unwrap_or_default();
            escaped.push(mark);
            rest = &rest[mark.len_utf8()..];
            before = mark;
            continue;
        }
        line_begins = c == '\n' || (line_begins && c == ' ');
        if let Some(shown) = shown_address(rest) {
            if shown.may_stand {
                escaped.push_str(&shown.written);
                rest = &rest[shown.length..];
                before = 'a';
            } else {
                // Without its colon it is no address, and reads as typed.
                let scheme = rest.find(':').unwrap_or(0);
                escaped.push_str(if rest.starts_with('<') { "\\" } else { "" });
                escaped.push_str(&rest[..scheme]);
                escaped.push_str("\\:");
                rest = &rest[scheme + 1..];
                before = ':';
            }
            continue;
        }
        let next = rest[c.len_utf8()..].chars().next();
        // The keycaps of `*` and `#` are emoji.
        let is_keycap = matches!(next, Some('\u{fe0f}' | '\u{20e3}'));
        let is_special = match c {
            '\\' | '_' | '`' | '<' => true,
            '*' => !is_keycap,
            '~' | '|' => next == Some(c) || before == c,
            '[' => rest.contains("]("),
            '@' => ["everyone", "here", "silent"].iter().any(|word| rest[1..].starts_with(word)),
            // Neither `:name:` nor an address that Discord opens in a program, such as `steam://run/4_0`.
            ':' => is_emoji(rest) || (rest.starts_with("://") && before.is_ascii_alphanumeric()),
            _ => false,
        };
        if is_special {
            escaped.push('\\');
        }
        escaped.push(c);
        before = c;
        rest = &rest[c.len_utf8()..];
    }
    escaped
}

/// What people wrote within the one plain line of a message, which a push notification shows as it is sent
/// and the client as markdown: what would be a mark is a letter that looks like it.
pub fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        let next = rest.chars().next();
        let is_in_word = |other: Option<char>| other.is_some_and(|other| other.is_ascii_alphanumeric());
        match c {
            '*' if !matches!(next, Some('\u{fe0f}' | '\u{20e3}')) => shown.push('∗'),
            '_' if !(is_in_word(Some(before)) && is_in_word(next)) => shown.push('ˍ'),
            '`' => shown.push('ˋ'),
            '\\' => shown.push('∖'),
            '~' if next == Some('~') || before == '~' => shown.push('∼'),
            '|' if next == Some('|') || before == '|' => shown.push('∣'),
            '<' => shown.push('‹'),
            _ if c.is_whitespace() => shown.push(' '),
            _ => shown.push(c),
        }
        let is_joined = match c {
            '@' => ["everyone", "here", "silent"].iter().any(|word| rest.starts_with(word)),
            ':' => rest.starts_with("//") || next.is_some_and(is_of_emoji),
            ']' => next == Some('('),
            _ => false,
        };
        if is_joined {
            shown.push(JOINER);
        }
        before = c;
    }
    shown
}

/// Where the mark of a heading, quote, list or small line stands that the text begins with, after spaces.
fn block(text: &str) -> Option<usize> {
    let spaces = text.len() - text.trim_start_matches(' ').len();
    let line = &text[spaces..];
    let then_space = |rest: &str| rest.starts_with(is_space);
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let hashes = line.len() - line.trim_start_matches('#').len();
    let is_heading = (1..=3).contains(&hashes) && then_space(&line[hashes..]);
    let is_item = line.strip_prefix(['-', '*']).is_some_and(|rest| then_space(rest) || rest.starts_with('#'));
    if line.starts_with('>') || is_heading || is_item {
        Some(spaces)
    } else if digits > 0 && line[digits..].strip_prefix('.').is_some_and(then_space) {
        Some(spaces + digits)
    } else {
        None
    }
}

/// An address that text begins with, bare or in `<…>`.
struct Address {
    /// How much of the text it is, in bytes.
    length: usize,
    /// What Discord is sent for it.
    written: String,
    /// Whether it can stand as an address beside what is around it.
    may_stand: bool,
}

fn shown_address(text: &str) -> Option<Address> {
    // `**` would end what is bold around it, and a backslash at its end go on with it.
    let may_stand = |address: &str| !address.contains("**") && !address.contains('\\');
    if let Some(inside) = text.strip_prefix('<') {
        let length = inside.find('>')?;
        let address = &inside[..length];
        let is_one = begins_with_scheme(address) && !address.contains(|c: char| is_space(c) || c == '<');
        return is_one.then(|| Address { length: length + 2, written: text[..length + 2].to_owned(), may_stand: may_stand(address) });
    }
    let address = bare_address(text)?;
    let run = run_of(text);
    // What is escaped right after it would be part of it; and in capitals not every client links it.
    let is_framed = text[run.len()..].starts_with('<') || !address.starts_with("http");
    Some(Address {
        length: address.len(),
        written: if is_framed { format!("<{address}>") } else { address.to_owned() },
        may_stand: may_stand(address) && !(is_framed && address.contains('>')),
    })
}

/// The address that text begins with, as Discord's client finds it.
pub(crate) fn bare_address(text: &str) -> Option<&str> {
    if !begins_with_scheme(text) {
        return None;
    }
    let mut address = run_of(text).trim_end_matches(NOT_LAST);
    let scheme = address.find("//").map_or(0, |at| at + 2);
    address[scheme..].chars().nth(1)?;
    // A bracket at the end belongs to it as far as one was opened in it.
    let mut opened = 0;
    for _ in 0..address.len() - address.trim_end_matches(')').len() {
        match address[opened..].find('(') {
            Some(at) => opened += at + 1,
            None => {
                address = &address[..address.len() - 1];
                break;
            }
        }
    }
    Some(address)
}

/// Up to the next space or `<`.
fn run_of(text: &str) -> &str {
    &text[..text.find(|c: char| is_space(c) || c == '<').unwrap_or(text.len())]
}

fn begins_with_scheme(text: &str) -> bool {
    let begins = |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    begins("https://") || begins("http://")
}

/// What JavaScript's `\s` takes, which Discord's rules are written with.
fn is_space(c: char) -> bool {
    (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}'
}

/// Whether text begins with `:name:`, which Discord shows as an emoji where it knows the name.
fn is_emoji(text: &str) -> bool {
    let name = text[1..].split_once(':').map_or("", |(name, _)| name);
    !name.is_empty() && name.chars().all(is_of_emoji) && !begins_with_scheme(&text[1..])
}

fn is_of_emoji(c: char) -> bool {
    c.is_ascii_alphanumeric() || ['_', '+', '-'].contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_escaped() {
        for (typed, sent) in [
            ("my_cool_mod v2 *final*", r"my\_cool\_mod v2 \*final\*"),
            ("~5 | 6 ~~no~~ ||secret||", r"~5 | 6 \~\~no\~\~ \|\|secret\|\|"),
            ("a `b` \\c", r"a \`b\` \\c"),
            ("¯\\_(ツ)_/¯", r"¯\\\_(ツ)\_/¯"),
            ("hi @here, foo@here.com, @hello", r"hi \@here, foo\@here.com, @hello"),
            ("<@1> <#2> </pay:3> x < y <3", r"\<@1> \<#2> \</pay:3> x \< y \<3"),
            ("Avatar [Booth](2024)", r"Avatar \[Booth](2024)"),
            ("[WIP] Dragon", "[WIP] Dragon"),
            (":heart: 10:30 a:b", r"\:heart: 10:30 a:b"),
            ("#️⃣1 *️⃣", "#️⃣1 *️⃣"),
            ("Ünï 龍", "Ünï 龍"),
        ] {
            assert_eq!(escape(typed), sent);
        }
    }

    #[test]
    fn what_begins_a_line_is_no_block() {
        for (typed, sent) in [
            ("# Dragon", r"\# Dragon"),
            ("#12 - a # b", "#12 - a # b"),
            ("-# small", r"\-# small"),
            ("> quote", r"\> quote"),
            (">>> quotes", r"\>>> quotes"),
            ("- a\n  - b\n* c\n-5", "\\- a\n  \\- b\n\\* c\n-5"),
            ("1. a\n20. b\n12.50", "1\\. a\n20\\. b\n12.50"),
            ("a\n# b\n\n  ## c", "a\n\\# b\n\n  \\## c"),
            ("#### five", "#### five"),
        ] {
            assert_eq!(escape(typed), sent);
        }
    }

    #[test]
    fn addresses_stay_what_they_are() {
        for same in [
            "see https://a.example/b_c-d, or *",
            "(https://a.example/b_c)",
            "[https://a.example/b_c]",
            "ref:https://a.example/b_c~d",
            "https://en.wikipedia.example/wiki/Rig_(x)",
            "(https://en.wikipedia.example/wiki/Rig_(x))",
            "<https://a.example/b_c>",
            "<HTTPS://A.EXAMPLE/b_c>",
            "見https://a.example/b_c?d=*e*",
        ] {
            assert_eq!(escape(same), same.replace(", or *", ", or \\*"), "{same}");
        }
        for (typed, sent) in [
            ("HTTPS://A.EXAMPLE/b_c.", "<HTTPS://A.EXAMPLE/b_c>."),
            ("https://a.example/b_c<@1>", r"<https://a.example/b_c>\<@1>"),
            ("https://a.example/b_c.<b", r"<https://a.example/b_c>.\<b"),
            ("https://a.example/**b", r"https\://a.example/\*\*b"),
            ("<https://a.example/**b>", r"\<https\://a.example/\*\*b>"),
            ("https://a>_b<c", r"https\://a>\_b\<c"),
            ("[pay](https://a.example/b_c)", r"\[pay](https://a.example/b_c)"),
            (r"https://a.example/b\_c", r"https\://a.example/b\\\_c"),
            ("https://", r"https\://"),
            ("steam://run/4_0 discord://-/x", r"steam\://run/4\_0 discord\://-/x"),
        ] {
            assert_eq!(escape(typed), sent);
        }
    }

    #[test]
    fn the_plain_line_has_no_marks_and_no_escapes() {
        for (typed, sent) in [
            ("Pixel Forge", "Pixel Forge"),
            ("*Pixel* _Forge_ `x` my_mod", "∗Pixel∗ ˍForgeˍ ˋxˋ my_mod"),
            ("a | b || c ~ d ~~", "a | b ∣∣ c ~ d ∼∼"),
            ("@everyone foo@here.com <@1>", "@\u{2060}everyone foo@\u{2060}here.com ‹@1>"),
            ("[a](https://b)\n:x:", "[a]\u{2060}(https:\u{2060}//b) :\u{2060}x:"),
            ("10 a.m.: ready", "10 a.m.: ready"),
        ] {
            assert_eq!(plain(typed), sent);
        }
    }
}
