//! The people of a seed at work. Like the walk, nothing here knows the product's tables: invoices come of commands,
//! payments of the Checkout page, refunds and disputes of what staff and banks do.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures::future::try_join_all;
use sandbox::discord::{Clicked, CommandFor, Guild, Person, Place, Reply, Value};
use sandbox::{Sandbox, Stripe};
use toml::Spanned;

use super::file::{Pays, Seed, SeedFile, SeedInvoice, SeedPerson, color_of, decoded};

/// How long anything may take that somebody waits for.
const PATIENCE: Duration = Duration::from_secs(15);

/// The server and who owns it, once they are there.
pub struct World {
    /// The studio's server.
    pub guild: Guild,
    /// Who owns server and studio.
    pub owner: Person,
}

impl Seed {
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
}

impl SeedFile {
    fn upload(&self) -> Value {
        let (usual, bytes) = match (&self.text, &self.base64) {
            (Some(text), _) => ("text/plain; charset=utf-8", text.clone().into_bytes()),
            (None, base64) => ("application/octet-stream", base64.as_ref().and_then(|base64| decoded(base64.as_ref())).unwrap_or_default()),
        };
        Value::file(self.name.as_ref(), self.content_type.as_deref().unwrap_or(usual), bytes)
    }
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
