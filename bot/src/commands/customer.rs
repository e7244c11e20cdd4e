//! `/customer`: who buys, for staff.

use poise::CreateReply;
use serenity::all::{CreateEmbed, User};
use shared::cards::{self, escape};
use shared::domain::customers::{self, Customer};
use shared::texts::Language;
use shared::{Result, message};

use crate::asked::answer;
use crate::commands::options::without_subcommand;
use crate::context::Context;
use crate::reply::{CALM, FIELD_MAX, blank, fitting};

/// Look at a customer
#[poise::command(slash_command, subcommands("view"), default_member_permissions = "ADMINISTRATOR")]
pub async fn customer(ctx: Context<'_>) -> Result<()> {
    without_subcommand(ctx).await
}

/// See what is known about a customer, and their newest invoices
#[poise::command(slash_command)]
async fn view(ctx: Context<'_>, #[description = "The customer"] user: User) -> Result<()> {
    answer(ctx, async |asked| {
        let customer = customers::view(asked.app, &asked.actor, &user.id.get().into(), asked.now).await?;
        Ok(card(&customer, asked.language()))
    })
    .await
}

/// To staff: what is known about a customer.
fn card(customer: &Customer, language: Language) -> CreateReply {
    let account = &customer.account;
    let known = message!("customer-known-since", when = cards::relative(account.created_at));
    let dm = match customer.waiting {
        0 => message!("customer-takes-dm"),
        waiting => message!("customer-takes-no-dm", waiting = waiting),
    };
    let chosen = message!(
        "customer-reads",
        language = match account.language() {
            Language::English => message!("language-english"),
            Language::German => message!("language-german"),
            Language::Spanish | Language::LatinAmericanSpanish | Language::SouthAmericanSpanish => message!("language-spanish"),
        },
        timezone = account.timezone.as_str()
    );
    let mut embed = CreateEmbed::new()
        .title(message!("customer").to(language))
        .description(format!(
            "**{}** · <@{}>\n{}\n{}\n{}",
            escape(&account.name),
            account.user,
            known.to(language),
            chosen.to(language),
            dm.to(language)
        ))
        .colour(CALM);
    if !customer.totals.is_empty() {
        let lines: Vec<String> = customer.totals.iter().map(|total| cards::total_line(total, language)).collect();
        embed = embed.field(message!("customer-totals").to(language), fitting(lines.iter(), FIELD_MAX), false);
    }
    if !customer.invoices.is_empty() {
        let lines: Vec<String> = customer.invoices.iter().map(|invoice| cards::invoice_line(invoice, language)).collect();
        embed = embed.field(message!("customer-newest").to(language), fitting(lines.iter(), FIELD_MAX), false);
    }
    blank().embed(embed)
}
