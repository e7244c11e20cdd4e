//! What the demo starts with: a file that says who does what, and the people who do it.
//!
//! Like the walk, nothing here knows the product's tables: invoices come of commands, payments of the
//! Checkout page, refunds and disputes of what staff and banks do.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use futures::future::try_join_all;
use sandbox::discord::{Clicked, CommandFor, Guild, Person, Place, Reply, Value};
use sandbox::{Sandbox, Stripe};
use serde::Deserialize;
use shared::domain::staff::Permission;
use shared::types::{Currency, Timestamp, money, timezone::Timezone};
use toml::Spanned;

/// The studio that the demo shows when nobody says otherwise.
const DEFAULT: &str = include_str!("seed.toml");
/// How long anything may take that somebody waits for.
const PATIENCE: Duration = Duration::from_secs(15);
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
    server: Spanned<String>,
    bot: Spanned<String>,
    owner: Spanned<String>,
    /// The first is where staff works.
    channels: Vec<Spanned<String>>,
    #[serde(default, rename = "person")]
    people: Vec<SeedPerson>,
    #[serde(default, rename = "role")]
    roles: Vec<SeedRole>,
    #[serde(default, rename = "message")]
    messages: Vec<SeedMessage>,
    #[serde(default, rename = "invoice")]
    invoices: Vec<SeedInvoice>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedPerson {
    name: Spanned<String>,
    /// Who they are in this world, for people who look on.
    about: Option<String>,
    /// What they may do for the studio: the words of `/staff add`.
    #[serde(default)]
    permissions: Vec<Spanned<String>>,
    /// The language of their Discord.
    locale: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedRole {
    name: Spanned<String>,
    color: Option<Spanned<String>>,
    #[serde(default)]
    members: Vec<Spanned<String>>,
    /// Commands that the server shows to whoever has the role, although they are administrators' by default.
    #[serde(default)]
    commands: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedMessage {
    #[serde(rename = "in")]
    channel: Spanned<String>,
    from: Spanned<String>,
    text: Spanned<String>,
    file: Option<SeedFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedInvoice {
    customer: Spanned<String>,
    title: Spanned<String>,
    description: Option<String>,
    amount: Spanned<String>,
    currency: Spanned<String>,
    due: Option<Spanned<String>>,
    /// Who issues it, delivers and refunds; the owner when nobody is named.
    by: Option<Spanned<String>>,
    pays: Option<Spanned<Pays>>,
    file: Option<SeedFile>,
    refund: Option<Spanned<SeedRefund>>,
    /// The bank's reason, in Stripe's words.
    dispute: Option<Spanned<String>>,
    /// The studio's reason.
    revoke: Option<Spanned<String>>,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
enum Pays {
    #[serde(rename = "card")]
    Card,
    /// Confirmed later: the payment is processing.
    #[serde(rename = "bank debit")]
    BankDebit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedRefund {
    /// All that is left without it.
    amount: Option<Spanned<String>>,
    reason: String,
    keep_access: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedFile {
    name: Spanned<String>,
    label: Option<String>,
    content_type: Option<String>,
    text: Option<String>,
    base64: Option<Spanned<String>>,
}

/// The server and who owns it, once they are there.
pub struct World {
    /// The studio's server.
    pub guild: Guild,
    /// Who owns server and studio.
    pub owner: Person,
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

    /// Makes the people and their server, and has them talk unless it shall be `empty`.
    pub fn build(&self, sandbox: &Sandbox, empty: bool) -> Result<World> {
        let discord = &sandbox.discord;
        discord.name_application(self.bot.as_ref());
        let owner = discord.user(self.owner.as_ref());
        let guild = discord.guild(self.server.as_ref(), &owner);
        for channel in &self.channels {
            guild.channel(channel.as_ref());
        }
        for person in &self.people {
            let somebody = discord.user(person.name.as_ref());
            if let Some(about) = &person.about {
                somebody.set_about(about);
            }
            if let Some(locale) = &person.locale {
                somebody.set_locale(locale);
            }
            if person.name != self.owner {
                guild.join(&somebody);
            }
        }
        for seeded in &self.roles {
            let role = guild.role(seeded.name.as_ref());
            if let Some(color) = seeded.color.as_ref().and_then(|color| color_of(color.as_ref())) {
                role.set_look(color, true);
            }
            for member in &seeded.members {
                guild.give_role(&discord.user(member.as_ref()), &role);
            }
        }
        if !empty {
            for message in &self.messages {
                let place = discord.user(message.from.as_ref()).in_channel(&guild.channel(message.channel.as_ref()));
                place.say_with(message.text.as_ref(), message.file.iter().map(SeedFile::upload))?;
            }
        }
        Ok(World { guild, owner })
    }

    /// Has the people do the rest, once bot and web service are up: with `empty` only what makes
    /// staff of them.
    pub async fn plant(&self, sandbox: &Sandbox, world: &World, public_url: &str, empty: bool) -> Result<()> {
        for command in ["staff", "billing", "deliver"] {
            patiently("the commands", sandbox.discord.commands_registered(command)).await?;
        }
        for role in &self.roles {
            for command in &role.commands {
                let known = sandbox.discord.commands().iter().any(|known| known["name"] == command.as_str());
                ensure!(known, "the role {}: there is no command `{command}`", role.name.as_ref());
                world.guild.rule_command(command, CommandFor::Role(world.guild.role(role.name.as_ref())), true)?;
            }
        }
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE).build()?;
        let mut planter = Planter { seed: self, sandbox, world, http, public_url, replies: Vec::new() };
        for person in &self.people {
            planter.empower(person).await.with_context(|| format!("the seed, {}", person.name.as_ref()))?;
        }
        if !empty {
            planter.plant_invoices().await?;
        }
        // Nobody's channel shall be full of answers to what they never asked.
        planter.replies.iter().for_each(Reply::dismiss);
        Ok(())
    }
}

/// The people at work.
struct Planter<'a> {
    seed: &'a Seed,
    sandbox: &'a Sandbox,
    world: &'a World,
    http: reqwest::Client,
    public_url: &'a str,
    /// Answers that only who asked sees.
    replies: Vec<Reply>,
}

impl Planter<'_> {
    fn person(&self, name: &Spanned<String>) -> Person {
        self.sandbox.discord.user(name.as_ref())
    }

    fn at_work(&self, who: Option<&Spanned<String>>) -> Place {
        let channel = self.seed.channels.first().map_or("general", |channel| channel.as_ref());
        self.person(who.unwrap_or(&self.seed.owner)).in_channel(&self.world.guild.channel(channel))
    }

    async fn empower(&mut self, person: &SeedPerson) -> Result<()> {
        for permission in &person.permissions {
            let options = [("permission", permission.as_ref().into()), ("user", (&self.person(&person.name)).into())];
            let reply = slash(&self.at_work(None), "/staff add", options).await?;
            ensure!(reply.text().contains(&self.person(&person.name).mention()), "{}", reply.text());
            self.replies.push(reply);
        }
        Ok(())
    }

    async fn plant_invoices(&mut self) -> Result<()> {
        // One after the other, since their numbers shall be those of the file; what becomes of them, at once.
        let mut issued = Vec::new();
        for invoice in &self.seed.invoices {
            let (number, reply) = self.issue(invoice).await.with_context(|| invoice.named())?;
            self.replies.push(reply);
            issued.push((invoice, number));
        }
        let planter = &*self;
        let rest =
            issued.iter().map(|(invoice, number)| async move { planter.carry_on(invoice, number).await.with_context(|| invoice.named()) });
        let replies = try_join_all(rest).await?;
        self.replies.extend(replies.into_iter().flatten());
        Ok(())
    }

    /// Issues an invoice. Returns its number.
    async fn issue(&self, invoice: &SeedInvoice) -> Result<(String, Reply)> {
        let mut options: Vec<(&str, Value)> = vec![
            ("user", (&self.person(&invoice.customer)).into()),
            ("title", invoice.title.as_ref().into()),
            ("amount", invoice.amount.as_ref().into()),
            ("currency", invoice.currency.as_ref().into()),
        ];
        options.extend(invoice.description.as_ref().map(|text| ("description", text.into())));
        options.extend(invoice.due.as_ref().map(|due| ("due", due.as_ref().into())));
        let reply = slash(&self.at_work(invoice.by.as_ref()), "/billing issue", options).await?;
        let text = reply.text();
        let number = text.split('#').skip(1).map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
        let number = number.into_iter().find(|digits| !digits.is_empty()).with_context(|| text.clone())?;
        Ok((number, reply))
    }

    /// Everything that happens to an invoice after it was issued.
    async fn carry_on(&self, invoice: &SeedInvoice, number: &str) -> Result<Vec<Reply>> {
        let mut replies = Vec::new();
        let desk = self.at_work(invoice.by.as_ref());
        let session = match &invoice.pays {
            Some(pays) => Some(self.pay(invoice, *pays.as_ref()).await.context("paying")?),
            None => None,
        };
        if let Some(file) = &invoice.file {
            let mut options: Vec<(&str, Value)> = vec![("invoice", number.into()), ("file", file.upload())];
            options.extend(file.label.as_ref().map(|label| ("label", label.into())));
            let reply = slash(&desk, "/deliver add", options).await?;
            patiently("the file, in the store", reply.wait_for("sha256")).await?;
            replies.push(reply);
        }
        if let Some(reason) = &invoice.revoke {
            let options = [("invoice", number.into()), ("reason", reason.as_ref().into())];
            replies.extend(confirmed(&desk, "/billing revoke", options).await?);
        }
        if let (Some(refund), Some(session)) = (&invoice.refund, &session) {
            let refund = refund.as_ref();
            let mut options: Vec<(&str, Value)> = vec![("invoice", number.into()), ("reason", (&refund.reason).into())];
            options.extend(refund.amount.as_ref().map(|amount| ("amount", amount.as_ref().into())));
            options.extend(refund.keep_access.map(|keep| ("keep-access", keep.into())));
            replies.extend(confirmed(&desk, "/billing refund", options).await?);
            let charge = charge_of(&self.sandbox.stripe, session)?;
            let told = self.sandbox.stripe.delivered_about("charge.refunded", &charge);
            patiently("the refund", told).await?;
        }
        if let (Some(reason), Some(session)) = (&invoice.dispute, &session) {
            let dispute = self.sandbox.stripe.dispute(session, reason.as_ref()).map_err(anyhow::Error::msg)?;
            let told = self.sandbox.stripe.delivered_about("charge.dispute.created", dispute["id"].as_str().unwrap_or_default());
            patiently("the dispute", told).await?;
        }
        Ok(replies)
    }

    /// Follows the Pay button of the customer's DM, and pays on the Checkout page. Returns the session.
    async fn pay(&self, invoice: &SeedInvoice, pays: Pays) -> Result<String> {
        let customer = self.person(&invoice.customer);
        let dm = patiently("the invoice, by DM", customer.wait_for_dm(invoice.title.as_ref())).await?;
        let link = dm.buttons().into_iter().find_map(|button| button.url).context("the DM has no Pay button")?;
        ensure!(link.starts_with(self.public_url), "the button leads to a foreign place");
        let answer = self.http.get(&link).send().await?;
        let checkout = answer.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let checkout = checkout.with_context(|| format!("the Pay button answered {}", answer.status()))?;
        let with = match pays {
            Pays::Card => "card",
            Pays::BankDebit => "bank",
        };
        let email = format!("{}@example.com", invoice.customer.as_ref());
        let answer = self.http.post(&checkout).form(&[("with", with), ("email", &email)]).send().await?;
        ensure!(answer.status() == reqwest::StatusCode::SEE_OTHER, "the Checkout page answered {}", answer.status());
        let session = checkout.split(['?', '#']).next().and_then(|path| path.rsplit('/').next()).unwrap_or_default().to_owned();
        let told = self.sandbox.stripe.delivered_about("checkout.session.completed", &session);
        patiently("Stripe's webhook", told).await?;
        Ok(session)
    }
}

impl SeedInvoice {
    fn named(&self) -> String {
        format!("the seed, invoice \"{}\" for {}", self.title.as_ref(), self.customer.as_ref())
    }

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

    fn upload(&self) -> Value {
        let (usual, bytes) = match (&self.text, &self.base64) {
            (Some(text), _) => ("text/plain; charset=utf-8", text.clone().into_bytes()),
            (None, base64) => ("application/octet-stream", base64.as_ref().and_then(|base64| decoded(base64.as_ref())).unwrap_or_default()),
        };
        Value::file(self.name.as_ref(), self.content_type.as_deref().unwrap_or(usual), bytes)
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

fn color_of(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    u32::from_str_radix(digits, 16).ok()
}

fn decoded(base64: &str) -> Option<Vec<u8>> {
    base64::engine::general_purpose::STANDARD.decode(base64).ok()
}

async fn patiently<T>(what: &str, event: impl Future<Output = T>) -> Result<T> {
    tokio::time::timeout(PATIENCE, event).await.with_context(|| format!("{what}: it never came"))
}

async fn slash<'a>(place: &Place, command: &str, options: impl IntoIterator<Item = (&'a str, Value)>) -> Result<Reply> {
    patiently(command, place.slash(command, options)).await?.with_context(|| command.to_owned())
}

/// Runs a command that asks back, and presses the button that goes on.
async fn confirmed<'a>(place: &Place, command: &str, options: impl IntoIterator<Item = (&'a str, Value)>) -> Result<[Reply; 2]> {
    let question = slash(place, command, options).await?;
    let button = question.message.buttons().into_iter().next().with_context(|| question.text())?;
    let person = place.person();
    let pressed = patiently(command, person.click(&question.message, &button.label)).await??;
    let Clicked::Reply(answer) = pressed else { bail!("{} answered nothing", button.label) };
    Ok([question, answer])
}

fn charge_of(stripe: &Stripe, session: &str) -> Result<String> {
    let paid = stripe.session(session).context("the session is gone")?;
    let charge = stripe.charges().into_iter().find(|charge| charge["payment_intent"] == paid["payment_intent"]);
    let charge = charge.context("nothing was charged")?;
    Ok(charge["id"].as_str().unwrap_or_default().to_owned())
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
