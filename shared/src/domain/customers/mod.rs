//! Customers as staff sees them.

use crate::app::App;
use crate::domain::accounts::{self, Account};
use crate::domain::actor::Actor;
use crate::domain::audit::{self, Action};
use crate::domain::invoices::{Invoice, Total};
use crate::domain::{desk, interactions, notices, staff};
use crate::error::{Error, Result};
use crate::message;
use crate::types::*;

/// What staff sees of a customer.
#[derive(Debug, Clone)]
pub struct Customer {
    /// The person.
    pub account: Account,
    /// Their newest invoices.
    pub invoices: Vec<Invoice>,
    /// What all of their invoices add up to.
    pub totals: Vec<Total>,
    /// How many notices wait in their inbox, because they take no DM.
    pub waiting: i64,
}

/// What is known about a customer: staff only, and audited.
pub async fn view(app: &App, actor: &Actor, user: &UserId, now: Timestamp) -> Result<Customer> {
    staff::require(app, actor, "customer view", now).await?;
    let mut tx = interactions::begin(app, actor, now).await?;
    let account = accounts::of(&mut tx, user).await?.ok_or(Error::Rejected(message!("customer-unknown")))?;
    let (invoices, totals) = desk::of_customer(&mut tx, &account).await?;
    let waiting = notices::waiting(&mut tx, &account.id).await?;
    audit::record(&mut tx, actor.user, Action::CustomerViewed, *user, "", now).await?;
    tx.commit().await?;
    Ok(Customer { account, invoices, totals, waiting })
}
