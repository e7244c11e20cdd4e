//! Lists that are read a page at a time. What a list holds and where it stands is in the `custom_id`
//! of its buttons, so they work after a restart.

use poise::CreateReply;
use serenity::all::{ButtonStyle, CreateActionRow, CreateButton};
use shared::domain::audit::{Action, Filter};
use shared::domain::audit_log;
use shared::domain::desk;
use shared::domain::invoices::Status;
use shared::domain::{deliverables, staff};
use shared::texts::Language;
use shared::types::{DeliverableId, GrantId, InvoiceNumber, Turn, UserId};
use shared::{Error, Result, message};

use crate::asked::Asked;
use crate::commands::audit::replies::audit;
use crate::commands::billing::replies::all_invoices;
use crate::commands::deliver::replies::all_deliverables;
use crate::commands::deliverable::replies::deliverables as files;
use crate::commands::invoice::replies::invoices as own_invoices;
use crate::commands::staff::replies::staff as grants;

/// Most characters of a `custom_id` that Discord takes.
const CUSTOM_ID_MAX: usize = 100;

/// What a list holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum List {
    /// The person's own invoices.
    Invoices { status: Option<Status> },
    /// Everybody's invoices, for staff.
    AllInvoices { customer: Option<UserId>, status: Option<Status> },
    /// The person's own files, of one invoice by its number or of all.
    Files { invoice: Option<String> },
    /// The files of an invoice, for staff.
    AllFiles { invoice: String },
    /// The audit log, for staff.
    Audit(Filter),
    /// Who may do what, for staff.
    Staff,
}

/// The first page.
pub const NEWEST: &str = "";

impl List {
    /// The list and the page behind what stands after `v1:page:` in a `custom_id`.
    pub fn parse(text: &str) -> Option<(List, &str)> {
        let parts: Vec<&str> = text.split('|').collect();
        let optional = |part: &str| (!part.is_empty()).then(|| part.to_owned());
        let status = |part: &str| match part {
            "" => Some(None),
            word => Status::parse(word).map(Some),
        };
        let user = |part: &str| match part {
            "" => Some(None),
            id => UserId::parse(id).ok().map(Some),
        };
        let list = match parts.as_slice() {
            ["invoices", wanted, _] => List::Invoices { status: status(wanted)? },
            ["all-invoices", customer, wanted, _] => List::AllInvoices { customer: user(customer)?, status: status(wanted)? },
            ["files", invoice, _] => List::Files { invoice: optional(invoice) },
            ["all-files", invoice, _] => List::AllFiles { invoice: (*invoice).to_owned() },
            ["audit", actor, action, target, _] => List::Audit(Filter {
                actor: user(actor)?,
                action: match *action {
                    "" => None,
                    word => Some(Action::parse(word)?),
                },
                target: optional(target),
            }),
            ["staff", _] => List::Staff,
            _ => return None,
        };
        Some((list, parts.last()?))
    }

    fn custom_id(&self, turn: &str) -> String {
        let word = |status: &Option<Status>| status.map_or("", Status::as_str);
        let id = |user: &Option<UserId>| user.as_ref().map_or_else(String::new, |user| user.to_string());
        let list = match self {
            List::Invoices { status } => format!("invoices|{}", word(status)),
            List::AllInvoices { customer, status } => format!("all-invoices|{}|{}", id(customer), word(status)),
            List::Files { invoice } => format!("files|{}", invoice.as_deref().unwrap_or_default()),
            List::AllFiles { invoice } => format!("all-files|{invoice}"),
            List::Audit(Filter { actor, action, target }) => {
                format!("audit|{}|{}|{}", id(actor), action.map_or("", Action::as_str), target.as_deref().unwrap_or_default())
            }
            List::Staff => "staff".to_owned(),
        };
        format!("v1:page:{list}|{turn}")
    }

    /// One page of the list, with buttons to turn where there is more; the first one where the page
    /// that was asked for has become empty.
    pub async fn show(&self, asked: &Asked<'_>, turn: &str) -> Result<CreateReply> {
        match self.page(asked, turn).await? {
            Some(reply) => Ok(reply),
            None => self.page(asked, NEWEST).await?.ok_or_else(|| Error::Fault("a list without a first page".into())),
        }
    }

    /// `None` for a later page that is empty.
    async fn page(&self, asked: &Asked<'_>, turn: &str) -> Result<Option<CreateReply>> {
        let Asked { app, actor, now, .. } = asked;
        let language = asked.language();
        let is_gone = |is_empty: bool| is_empty && turn != NEWEST;
        Ok(Some(match self {
            List::Invoices { status } => {
                let page = desk::list(app, actor, *status, &number(turn)?).await?;
                if is_gone(page.items.is_empty()) {
                    return Ok(None);
                }
                self.with_buttons(own_invoices(&page.items, *status, language), page.newer, page.older, language)
            }
            List::AllInvoices { customer, status } => {
                let page = desk::list_all(app, actor, customer.as_ref(), *status, &number(turn)?, *now).await?;
                if is_gone(page.items.is_empty()) {
                    return Ok(None);
                }
                self.with_buttons(all_invoices(&page.items, language), page.newer, page.older, language)
            }
            List::Files { invoice } => {
                let key = turned(turn, |key| DeliverableId::parse(key).ok())?;
                let page = deliverables::list(app, actor, invoice.as_deref(), &key).await?;
                if is_gone(page.items.is_empty()) {
                    return Ok(None);
                }
                self.with_buttons(files(&page.items, language), page.newer, page.older, language)
            }
            List::AllFiles { invoice } => {
                let key = turned(turn, |key| DeliverableId::parse(key).ok())?;
                let (found, page) = deliverables::list_all(app, actor, invoice, &key, *now).await?;
                if is_gone(page.items.is_empty()) {
                    return Ok(None);
                }
                self.with_buttons(all_deliverables(&found, &page.items, language), page.newer, page.older, language)
            }
            List::Audit(filter) => {
                let page = audit_log::list(app, actor, filter, &turned(turn, |key| key.parse::<i64>().ok())?, *now).await?;
                self.with_buttons(audit(&page.items, language), page.newer, page.older, language)
            }
            List::Staff => {
                let (owners, page) = staff::list(app, actor, &turned(turn, |key| GrantId::parse(key).ok())?, *now).await?;
                self.with_buttons(grants(&owners, &page.items, language), page.newer, page.older, language)
            }
        }))
    }

    fn with_buttons<K: std::fmt::Display>(
        &self,
        reply: CreateReply,
        newer: Option<K>,
        older: Option<K>,
        language: Language,
    ) -> CreateReply {
        let button = |key: Option<K>, turn: char, label: shared::texts::Message| {
            let custom_id = self.custom_id(&format!("{turn}{}", key?));
            let button = CreateButton::new(&custom_id).label(label.to(language)).style(ButtonStyle::Secondary);
            // A filter that does not fit a button shows its first page.
            (custom_id.chars().count() <= CUSTOM_ID_MAX).then_some(button)
        };
        let newer = button(newer, 'n', message!("newer-button"));
        let older = button(older, 'o', message!("older-button"));
        let buttons: Vec<CreateButton> = newer.into_iter().chain(older).collect();
        if buttons.is_empty() { reply } else { reply.components(vec![CreateActionRow::Buttons(buttons)]) }
    }
}

fn number(turn: &str) -> Result<Turn<InvoiceNumber>> {
    turned(turn, |key| InvoiceNumber::parse(key).ok())
}

/// The page that a button asks for, whoever made the button.
fn turned<K>(turn: &str, key: impl Fn(&str) -> Option<K>) -> Result<Turn<K>> {
    let dead = || Error::Rejected(message!("button-is-dead"));
    if turn == NEWEST {
        return Ok(Turn::Newest);
    }
    let older = turn.strip_prefix('o').and_then(&key).map(Turn::OlderThan);
    older.or_else(|| turn.strip_prefix('n').and_then(&key).map(Turn::NewerThan)).ok_or_else(dead)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_known_by_its_buttons() {
        let user = UserId::parse("80351110224678912").unwrap();
        let longest = Filter { actor: Some(user), action: Some(Action::RevocationBegun), target: Some(format!("user:{user}")) };
        for list in [
            List::Invoices { status: None },
            List::Invoices { status: Some(Status::Paid) },
            List::AllInvoices { customer: Some(user), status: Some(Status::Pending) },
            List::Files { invoice: None },
            List::Files { invoice: Some("12".into()) },
            List::AllFiles { invoice: "12".into() },
            List::Audit(Filter::default()),
            List::Audit(longest),
            List::Staff,
        ] {
            let custom_id = list.custom_id("o1000000");
            assert!(custom_id.chars().count() <= CUSTOM_ID_MAX, "{custom_id}");
            assert_eq!(List::parse(custom_id.strip_prefix("v1:page:").unwrap()), Some((list, "o1000000")));
        }
        for foreign in ["", "|", "invoices", "invoices|lost|o1", "all-invoices|x||", "audit|||", "audit||unheard of||", "secrets|o1"] {
            assert_eq!(List::parse(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn a_page_that_nobody_offered_is_refused() {
        assert_eq!(number("").unwrap(), Turn::Newest);
        assert_eq!(number("o#12").unwrap(), Turn::OlderThan(InvoiceNumber::new(12)));
        assert_eq!(number("n12").unwrap(), Turn::NewerThan(InvoiceNumber::new(12)));
        for forged in ["o", "x12", "o-1", "n1; DROP TABLE invoices", "龍"] {
            assert!(number(forged).is_err(), "{forged}");
        }
    }
}
