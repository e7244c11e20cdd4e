//! A seed as it is written: who does what, and what in it could not be done.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use serde::Deserialize;
use shared::domain::staff::Permission;
use shared::types::{Currency, Timestamp, money, timezone::Timezone};
use toml::Spanned;

/// The studio that the demo shows when nobody says otherwise.
const DEFAULT: &str = include_str!("../seed.toml");
/// Stripe's reasons for a dispute that a customer gives.
const DISPUTES: [&str; 8] = [
    "credit_not_processed",
    "duplicate",
    "fraudulent",
    "general",
    "product_not_received",
    "product_unacceptable",
    "subscription_canceled",
    "unrecognized",
];

/// How a key begins that moves real money.
pub const LIVE_KEYS: [&str; 2] = ["sk_live_", "rk_live_"];

/// A seed file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    pub(super) server: Spanned<String>,
    pub(super) bot: Spanned<String>,
    pub(super) owner: Spanned<String>,
    /// The first is where staff works.
    pub(super) channels: Vec<Spanned<String>>,
    #[serde(default, rename = "person")]
    pub(super) people: Vec<SeedPerson>,
    #[serde(default, rename = "role")]
    pub(super) roles: Vec<SeedRole>,
    #[serde(default, rename = "message")]
    pub(super) messages: Vec<SeedMessage>,
    #[serde(default, rename = "invoice")]
    pub(super) invoices: Vec<SeedInvoice>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedPerson {
    pub(super) name: Spanned<String>,
    /// Who they are in this world, for people who look on.
    pub(super) about: Option<String>,
    /// What they may do for the studio: the words of `/staff add`.
    #[serde(default)]
    pub(super) permissions: Vec<Spanned<String>>,
    /// The language of their Discord.
    pub(super) locale: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedRole {
    pub(super) name: Spanned<String>,
    pub(super) color: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) members: Vec<Spanned<String>>,
    /// Commands that the server shows to whoever has the role, although they are administrators' by default.
    #[serde(default)]
    pub(super) commands: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedMessage {
    #[serde(rename = "in")]
    pub(super) channel: Spanned<String>,
    pub(super) from: Spanned<String>,
    pub(super) text: Spanned<String>,
    pub(super) file: Option<SeedFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedInvoice {
    pub(super) customer: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) description: Option<String>,
    pub(super) amount: Spanned<String>,
    pub(super) currency: Spanned<String>,
    pub(super) due: Option<Spanned<String>>,
    /// Who issues it, delivers and refunds; the owner when nobody is named.
    pub(super) by: Option<Spanned<String>>,
    pub(super) pays: Option<Spanned<Pays>>,
    pub(super) file: Option<SeedFile>,
    pub(super) refund: Option<Spanned<SeedRefund>>,
    /// The bank's reason, in Stripe's words.
    pub(super) dispute: Option<Spanned<String>>,
    /// The studio's reason.
    pub(super) revoke: Option<Spanned<String>>,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
pub(super) enum Pays {
    #[serde(rename = "card")]
    Card,
    /// Confirmed later: the payment is processing.
    #[serde(rename = "bank debit")]
    BankDebit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedRefund {
    /// All that is left without it.
    pub(super) amount: Option<Spanned<String>>,
    pub(super) reason: String,
    pub(super) keep_access: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedFile {
    pub(super) name: Spanned<String>,
    pub(super) label: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) text: Option<String>,
    pub(super) base64: Option<Spanned<String>>,
}

impl Seed {
    /// Reads a file, or the studio that is built in. What is wrong is said with its line and key.
    pub fn read(file: Option<&Path>) -> Result<Seed> {
        let Some(path) = file else { return Seed::parse("the built-in seed", DEFAULT) };
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Seed::parse(&path.display().to_string(), &text)
    }

    fn parse(name: &str, text: &str) -> Result<Seed> {
        let place = |span: Range<usize>| format!("{name}, {}", place(text, span.start));
        if let Some(at) = real_secret(text) {
            bail!("{}: this looks like a live key or a bot's token. The demo uses neither: take it out.", place(at..at));
        }
        let seed: Seed = toml::from_str(text)
            .map_err(|error| anyhow::anyhow!("{}: {}", place(error.span().unwrap_or(0..0)), error.message().trim_end()))?;
        seed.check().map_err(|(span, why)| anyhow::anyhow!("{}: {why}", place(span)))?;
        Ok(seed)
    }

    /// Looks for what the people in it could not do.
    fn check(&self) -> Result<(), Wrong> {
        let mut people = BTreeSet::new();
        for person in &self.people {
            filled(&person.name)?;
            if !people.insert(person.name.as_ref().as_str()) {
                return wrong(&person.name, "there is a person of this name already");
            }
            for permission in &person.permissions {
                if Permission::parse(permission.as_ref()).is_none() {
                    let words: Vec<&str> = Permission::ALL.iter().map(|permission| permission.as_str()).collect();
                    return wrong(permission, format!("no such permission; there are {}", words.join(", ")));
                }
            }
        }
        let known = |name: &Spanned<String>| {
            if people.contains(name.as_ref().as_str()) { Ok(()) } else { wrong(name, format!("there is no person `{}`", name.as_ref())) }
        };
        filled(&self.server)?;
        filled(&self.bot)?;
        known(&self.owner)?;
        let channels: BTreeSet<&str> = self.channels.iter().map(|channel| channel.as_ref().as_str()).collect();
        if !channels.contains("general") {
            return Err((self.server.span(), "channels lacks `general`, which every server has".to_owned()));
        }
        for role in &self.roles {
            filled(&role.name)?;
            role.members.iter().try_for_each(known)?;
            if let Some(color) = &role.color
                && color_of(color.as_ref()).is_none()
            {
                return wrong(color, "not a colour such as `#e0a458`");
            }
        }
        for message in &self.messages {
            known(&message.from)?;
            filled(&message.text)?;
            if !channels.contains(message.channel.as_ref().as_str()) {
                return wrong(&message.channel, format!("there is no channel `{}`", message.channel.as_ref()));
            }
            message.file.as_ref().map_or(Ok(()), SeedFile::check)?;
        }
        let mut titles = BTreeSet::new();
        for invoice in &self.invoices {
            known(&invoice.customer)?;
            invoice.by.as_ref().map_or(Ok(()), known)?;
            filled(&invoice.title)?;
            if !titles.insert((invoice.customer.as_ref().as_str(), invoice.title.as_ref().as_str())) {
                return wrong(&invoice.title, "this customer has an invoice of this title already");
            }
            invoice.check()?;
        }
        Ok(())
    }

    /// What server and studio are called.
    pub fn server(&self) -> &str {
        self.server.as_ref()
    }
}

impl SeedInvoice {
    fn check(&self) -> Result<(), Wrong> {
        let currency = Currency::parse(self.currency.as_ref()).or_else(|error| wrong(&self.currency, error.to_string()))?;
        money::parse(self.amount.as_ref(), currency).or_else(|error| wrong(&self.amount, error.to_string()))?;
        if let Some(due) = &self.due {
            let now = Timestamp::from_millis(sandbox::Clock::default().now_ms());
            Timezone::default().due(due.as_ref(), now).or_else(|error| wrong(due, error.to_string()))?;
        }
        let paid = self.pays.as_ref().is_some_and(|pays| *pays.as_ref() == Pays::Card);
        if let Some(refund) = &self.refund {
            if !paid {
                return wrong(refund, "only what was paid by card has something to refund");
            }
            if let Some(amount) = &refund.as_ref().amount {
                money::parse_part(amount.as_ref(), currency).or_else(|error| wrong(amount, error.to_string()))?;
            }
        }
        if let Some(dispute) = &self.dispute {
            if !DISPUTES.contains(&dispute.as_ref().as_str()) {
                return wrong(dispute, format!("no reason of Stripe's; there are {}", DISPUTES.join(", ")));
            }
            if !paid || self.refund.is_some() {
                return wrong(dispute, "only what was paid by card and not refunded can be disputed");
            }
        }
        if let (Some(revoke), Some(_)) = (&self.revoke, &self.pays) {
            return wrong(revoke, "what was paid cannot be revoked");
        }
        self.file.as_ref().map_or(Ok(()), SeedFile::check)
    }
}

impl SeedFile {
    fn check(&self) -> Result<(), Wrong> {
        filled(&self.name)?;
        match (&self.text, &self.base64) {
            (Some(_), Some(base64)) => wrong(base64, "a file has either text or base64"),
            (None, None) => wrong(&self.name, "a file needs text or base64"),
            (Some(_), None) => Ok(()),
            (None, Some(base64)) => match decoded(base64.as_ref()) {
                Some(_) => Ok(()),
                None => wrong(base64, "not base64"),
            },
        }
    }
}

/// Where a file is wrong, and how.
type Wrong = (Range<usize>, String);

fn wrong<T, U>(at: &Spanned<T>, why: impl Into<String>) -> Result<U, Wrong> {
    Err((at.span(), why.into()))
}

fn filled(text: &Spanned<String>) -> Result<(), Wrong> {
    if text.as_ref().trim().is_empty() { wrong(text, "this is empty") } else { Ok(()) }
}

/// The line of a place in a file, and the key there.
fn place(text: &str, at: usize) -> String {
    let before = &text[..text.floor_char_boundary(at)];
    let line = before.matches('\n').count();
    // A table may hold several keys in one line: the last that begins before the place.
    let written = text.lines().nth(line).unwrap_or_default();
    let until = before.rsplit('\n').next().map_or(0, str::len);
    let keys = written[..written.floor_char_boundary(until.max(1))].rsplit(['{', ',']).next().unwrap_or_default();
    let key = if keys.contains('=') { keys.split('=').next() } else { written.split_once('=').map(|(key, _)| key) };
    match key.map(str::trim).filter(|key| !key.is_empty()) {
        Some(key) => format!("line {}, {key}", line + 1),
        None => format!("line {}", line + 1),
    }
}

/// Where a live key of Stripe's or a token of Discord's stands in a text.
fn real_secret(text: &str) -> Option<usize> {
    let live = LIVE_KEYS.iter().filter_map(|kind| text.find(kind)).min();
    // A token is three parts in base64: an id, a time, a signature.
    let token = |word: &str| {
        let lengths: Vec<usize> = word.split('.').map(str::len).collect();
        matches!(lengths[..], [23..=28, 6..=7, 27..=40])
    };
    let in_word = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let mut words = text.split(|c| !in_word(c));
    let token = words.find(|word| token(word)).map(|word| word.as_ptr() as usize - text.as_ptr() as usize);
    live.into_iter().chain(token).min()
}

pub(super) fn color_of(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    u32::from_str_radix(digits, 16).ok()
}

pub(super) fn decoded(base64: &str) -> Option<Vec<u8>> {
    base64::engine::general_purpose::STANDARD.decode(base64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STUDIO: &str = "server = \"S\"\nbot = \"B\"\nowner = \"mira\"\nchannels = [\"general\"]\n\n[[person]]\nname = \"mira\"\n";
    const INVOICE: &str = "\n[[invoice]]\ncustomer = \"mira\"\ntitle = \"T\"\namount = \"5.00\"\ncurrency = \"usd\"\n";

    /// What is wrong with the studio and this after it, which begins at line 8.
    fn wrong_with(more: &str) -> String {
        Seed::parse("seed.toml", &format!("{STUDIO}{more}")).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_built_in_seed_is_right() {
        assert!(Seed::read(None).is_ok_and(|seed| seed.invoices.len() >= 8 && seed.server() == "Pixel Forge"));
        assert_eq!(wrong_with(INVOICE), "");
    }

    #[test]
    fn what_is_wrong_is_named_by_line_and_key() {
        for (more, line, why) in [
            ("permisions = []", "line 8, permisions", "unknown field `permisions`"),
            ("permissions = [\"boss\"]", "line 8, permissions", "no such permission"),
            ("about = 5", "line 8, about", "invalid type: integer `5`"),
            ("\n[[message]]\nin = \"general\"\nfrom = \"eve\"\ntext = \"x\"", "line 11, from", "no person `eve`"),
            ("\n[[message]]\nin = \"attic\"\nfrom = \"mira\"\ntext = \"x\"", "line 10, in", "no channel `attic`"),
            ("\n[[role]]\nname = \"R\"\ncolor = \"red\"", "line 11, color", "not a colour"),
            ("\n[[invoice]]\ntitle = \"T\"", "line 9", "missing field `customer`"),
            (&INVOICE.replace("5.00", "5,00"), "line 12, amount", "`5,00`"),
            (&INVOICE.replace("5.00", "0.01"), "line 12, amount", "0.50"),
            (&INVOICE.replace("usd", "doubloons"), "line 13, currency", "doubloons"),
            (&format!("{INVOICE}due = \"soon\""), "line 14, due", "soon"),
            (&format!("{INVOICE}pays = \"gold\""), "line 14, pays", "unknown variant `gold`"),
            (&format!("{INVOICE}refund = {{ reason = \"x\" }}"), "line 14, refund", "only what was paid by card"),
            (&format!("{INVOICE}pays = \"card\"\nrefund = {{ reason = \"x\", amount = \"many\" }}"), "line 15, amount", "`many`"),
            (&format!("{INVOICE}pays = \"card\"\ndispute = \"rude\""), "line 15, dispute", "no reason of Stripe's"),
            (&format!("{INVOICE}pays = \"card\"\nrevoke = \"x\""), "line 15, revoke", "cannot be revoked"),
            (&format!("{INVOICE}file = {{ name = \"a\" }}"), "line 14, name", "text or base64"),
            (&format!("{INVOICE}file = {{ name = \"a\", base64 = \"%\" }}"), "line 14, base64", "not base64"),
            (&INVOICE.repeat(2), "line 17, title", "already"),
            ("[", "line 8", ""),
        ] {
            let said = wrong_with(more);
            assert!(said.starts_with(&format!("seed.toml, {line}: ")) && said.contains(why), "{more}\n{said}");
        }
        assert!(Seed::read(Some(Path::new("/nowhere.toml"))).is_err_and(|error| error.to_string().contains("cannot read /nowhere.toml")));
    }

    #[test]
    fn live_keys_and_tokens_are_refused_without_being_shown() {
        let token = format!("{}.{}.{}", "M".repeat(24), "Gabcde", "h".repeat(30));
        for secret in ["sk_live_51Hush", "rk_live_51Hush", &token] {
            let said = wrong_with(&format!("about = \"{secret}\""));
            assert!(said.starts_with("seed.toml, line 8, about: this looks like") && !said.contains(secret), "{said}");
        }
    }
}
