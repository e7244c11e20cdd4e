//! Accounts: one per person, from their first contact on.

mod sql;

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::interactions;
use crate::error::{Error, Result, Thing};
use crate::platform::db::{Conn, Tx};
use crate::platform::oauth::Me;
use crate::platform::outbox::{self, Job};
use crate::texts::Language;
use crate::types::*;

/// One person, known by their Discord user.
#[derive(Debug, Clone)]
pub struct Account {
    /// Our id.
    pub id: AccountId,
    /// Their Discord user.
    pub user: UserId,
    /// What Discord shows for them.
    pub name: String,
    /// `cus_…`, once the outbox has made it.
    pub stripe_customer_id: Option<String>,
    /// Whether that customer is one of Stripe's live mode.
    pub stripe_livemode: Option<bool>,
    /// Discord's locale at their last interaction; `None` before the first.
    pub locale: Option<String>,
    /// What they chose to read instead of that.
    pub chosen: Option<Language>,
    /// What the dates that they type are read in.
    pub timezone: Timezone,
    /// What Discord said when they signed in; `None` for whoever never did.
    pub profile: Option<Profile>,
    /// From when on their servers are to be read again; `None` where we may not.
    pub guilds_due_at: Option<Timestamp>,
    /// Since when they are known.
    pub created_at: Timestamp,
}

/// Who a person is at Discord, as of when they signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Their unique name.
    pub username: String,
    /// The hash of their picture.
    pub avatar: Option<String>,
    /// Four digits, for whoever still has them.
    pub discriminator: Option<String>,
    /// When they signed in for the first time.
    pub first_signed_in_at: Timestamp,
    /// When they signed in last.
    pub signed_in_at: Timestamp,
    /// Sealed; only where they allowed it.
    email: Option<String>,
}

impl Account {
    /// Their e-mail address, where they allowed us to know it.
    pub fn email(&self, app: &App) -> Result<Option<String>> {
        let Some(sealed) = self.profile.as_ref().and_then(|profile| profile.email.as_ref()) else { return Ok(None) };
        let email = app.keys.open(&email_row(&self.id), sealed)?;
        Ok(Some(String::from_utf8_lossy(&email).into_owned()))
    }

    /// Who asks, as somebody who signed in on the web: nobody vouches for a server or a role there.
    pub fn actor(&self) -> Actor {
        let locale = self.locale.clone().unwrap_or_else(|| "en-US".to_owned());
        Actor { user: self.user, name: self.name.clone(), guild: None, roles: Vec::new(), locale, delivery: None }
    }

    /// When their account at Discord was made, as its id says.
    /// See <https://discord.com/developers/docs/reference#snowflakes>.
    pub fn at_discord_since(&self) -> Timestamp {
        const EPOCH_MS: i64 = 1_420_070_400_000;
        Timestamp::from_millis(i64::try_from(self.user.get() >> 22).unwrap_or(0) + EPOCH_MS)
    }

    /// Their Stripe customer in test or live mode: one of the other mode does not exist there.
    pub fn customer(&self, livemode: bool) -> Option<&str> {
        self.stripe_customer_id.as_deref().filter(|_| self.stripe_livemode == Some(livemode))
    }

    /// What they read.
    pub fn language(&self) -> Language {
        self.language_or(Language::English)
    }

    /// What they read: as they chose, else as Discord shows it to them, else this.
    pub fn language_or(&self, otherwise: Language) -> Language {
        self.chosen.or(self.locale.as_deref().map(Language::of_locale)).unwrap_or(otherwise)
    }
}

/// The account of a Discord user, where there is one.
pub async fn of(conn: &mut Conn, user: &UserId) -> Result<Option<Account>> {
    Ok(sql::find(conn, user).await?)
}

/// Notes that a person was here: makes their account on first contact, follows a change of name or
/// locale, and has their servers read again where that is due. Costs one read, and one write only when
/// something is new or due. What is noted is the same whoever notes it, so no interaction is taken.
pub async fn seen(app: &App, actor: &Actor, now: Timestamp) -> Result<Account> {
    let known = sql::find(&mut *app.db.read().await?, &actor.user).await?;
    let unchanged = |account: &Account| account.name == actor.name && account.locale.as_ref() == Some(&actor.locale);
    let account = match known.filter(unchanged) {
        Some(account) => account,
        None => {
            let mut tx = app.db.write().await?;
            let account = upsert(&mut tx, &actor.user, &actor.name, now).await?;
            sql::set_locale(&mut tx, &account.id, &actor.locale).await?;
            tx.commit().await?;
            Account { locale: Some(actor.locale.clone()), ..account }
        }
    };
    read_guilds_if_due(app, &account, now).await?;
    Ok(account)
}

/// The account of whoever signs in, as Discord says. The outbox makes their Stripe customer.
pub async fn of_me(app: &App, me: &Me, now: Timestamp) -> Result<Account> {
    to_bill(app, &me.id, me.global_name.as_deref().unwrap_or(&me.username), now).await
}

/// Notes what Discord says of whoever signed in, and from when on their servers are to be read again. First of
/// all that a sign-in writes: the account is locked from then on, so two of one person take turns.
/// Changes nothing that another row refers to, so nobody else waits for it.
pub async fn signed_in(
    app: &App,
    tx: &mut Tx,
    account: Account,
    me: &Me,
    guilds_due_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Account> {
    // An address that nobody confirmed may be somebody else's.
    let email = me.email.as_ref().filter(|_| me.verified);
    let profile = Profile {
        username: me.username.replace('\0', ""),
        avatar: me.avatar.clone(),
        discriminator: me.discriminator.clone().filter(|digits| digits != "0"),
        first_signed_in_at: account.profile.as_ref().map_or(now, |profile| profile.first_signed_in_at),
        signed_in_at: now,
        email: email.map(|email| app.keys.seal(&email_row(&account.id), email.as_bytes())).transpose()?,
    };
    sql::set_profile(tx, &account.id, &profile, guilds_due_at).await?;
    Ok(Account { profile: Some(profile), guilds_due_at, ..account })
}

/// Forgets what was only here because the person allowed it when they signed in: their e-mail address and
/// picture. First of all that ends a grant, and locks the account, as [`signed_in`] does.
pub async fn forget_sign_in(tx: &mut Tx, id: &AccountId) -> Result<()> {
    Ok(sql::clear_profile(tx, id).await?)
}

/// Moves the time from which on a person's servers are to be read again. Returns whether it had come.
pub async fn set_guilds_due(tx: &mut Tx, id: &AccountId, next: Option<Timestamp>, now: Timestamp) -> Result<bool> {
    Ok(sql::set_guilds_due(tx, id, next, now).await?)
}

/// The identity under which an account's e-mail address is sealed.
pub(super) fn email_row(id: &AccountId) -> String {
    format!("accounts/{id}")
}

/// Sets what the actor reads; `None` follows Discord again.
pub async fn choose_language(app: &App, actor: &Actor, language: Option<Language>, now: Timestamp) -> Result<Account> {
    let mut tx = interactions::begin(app, actor, now).await?;
    let mut account = upsert(&mut tx, &actor.user, &actor.name, now).await?;
    sql::set_language(&mut tx, &account.id, language).await?;
    tx.commit().await?;
    account.chosen = language;
    Ok(account)
}

/// Sets what the dates that the actor types are read in.
pub async fn choose_timezone(app: &App, actor: &Actor, name: &str, now: Timestamp) -> Result<Account> {
    let timezone = Timezone::parse(name)?;
    let mut tx = interactions::begin(app, actor, now).await?;
    let mut account = upsert(&mut tx, &actor.user, &actor.name, now).await?;
    sql::set_timezone(&mut tx, &account.id, &timezone).await?;
    tx.commit().await?;
    account.timezone = timezone;
    Ok(account)
}

/// The account of whoever gets an invoice, made or renamed where needed; the outbox makes their Stripe
/// customer, once in each of Stripe's modes. Costs one read, and writes only until that is done.
///
/// Like everything that changes an account, a transaction of its own that waits for nothing else: on
/// PostgreSQL, whoever inserts a row that refers to an account waits for a change of it.
pub async fn to_bill(app: &App, user: &UserId, name: &str, now: Timestamp) -> Result<Account> {
    let known = sql::find(&mut *app.db.read().await?, user).await?;
    let livemode = app.stripe.livemode();
    if let Some(account) = known.filter(|account| account.name == name && account.customer(livemode).is_some()) {
        return Ok(account);
    }
    let mut tx = app.db.write().await?;
    let account = upsert(&mut tx, user, name, now).await?;
    if sql::mark_customer_requested(&mut tx, &account.id, livemode, now).await? {
        outbox::enqueue(&mut tx, &Job::CreateCustomer { account: account.id }, now).await?;
    }
    tx.commit().await?;
    Ok(account)
}

/// Makes or renames an account.
async fn upsert(tx: &mut Tx, user: &UserId, name: &str, now: Timestamp) -> Result<Account> {
    // PostgreSQL cannot store U+0000, and Discord has no name without a character.
    Ok(sql::upsert(tx, &AccountId::new(), user, &name.replace('\0', ""), now).await?)
}

/// Creates the Stripe customer of an account; done by the outbox. A repeat finds the same one,
/// because the call's idempotency key is the account's id.
pub async fn create_customer(app: &App, id: &AccountId) -> Result<()> {
    let account = get(app, id).await?;
    if account.customer(app.stripe.livemode()).is_some() {
        return Ok(());
    }
    let former = sql::find_former_customer(&mut *app.db.read().await?, id).await?;
    let customer = app.stripe.create_customer(id, former.as_deref()).await?;
    let mut tx = app.db.write().await?;
    sql::set_customer(&mut tx, id, &customer, app.stripe.livemode()).await?;
    tx.commit().await
}

/// Puts another Stripe customer in the place of one that Stripe has no more: at once where that works, else by the
/// outbox. Nothing, where somebody else did.
pub async fn replace_customer(app: &App, id: &AccountId, gone: &str, now: Timestamp) -> Result<()> {
    let mut tx = app.db.write().await?;
    if !sql::forget_customer(&mut tx, id, gone).await? {
        return Ok(());
    }
    outbox::enqueue(&mut tx, &Job::CreateCustomer { account: *id }, now).await?;
    tx.commit().await?;
    // It may be that the whole account is another one.
    *app.looked_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
    tracing::warn!(account.id = %id, "Stripe does not have the customer of an account any more: it gets another one");
    // Nobody waits for it: a payment page does without.
    if let Err(error) = create_customer(app, id).await {
        tracing::warn!(%error, account.id = %id, "the outbox makes the Stripe customer of an account later");
    }
    Ok(())
}

/// The id of a Discord user's account; `None` for whoever was never here.
pub async fn id_of(conn: &mut Conn, user: &UserId) -> Result<Option<AccountId>> {
    Ok(sql::find(conn, user).await?.map(|account| account.id))
}

/// The account of whoever asks; `None` for whoever was never here.
pub async fn of_actor(conn: &mut Conn, actor: &Actor) -> Result<Option<Account>> {
    Ok(sql::find(conn, &actor.user).await?)
}

/// The account behind an id.
pub async fn get(app: &App, id: &AccountId) -> Result<Account> {
    get_in(&mut *app.db.read().await?, id).await
}

/// The account behind an id, read inside the caller's transaction.
pub async fn get_in(conn: &mut Conn, id: &AccountId) -> Result<Account> {
    sql::get(conn, id).await?.ok_or(Error::NotFound(Thing::Account))
}

/// The account of a Discord user who may never have been here: then they are known by their id.
pub async fn of_user(app: &App, user: &UserId) -> Result<Account> {
    if let Some(account) = sql::find(&mut *app.db.read().await?, user).await? {
        return Ok(account);
    }
    let mut tx = app.db.write().await?;
    let account = upsert(&mut tx, user, &user.to_string(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(account)
}

/// Has a person's servers read again where that is due, as whoever uses the service.
pub async fn read_guilds_if_due(app: &App, account: &Account, now: Timestamp) -> Result<()> {
    if account.guilds_due_at.is_none_or(|due_at| due_at > now) {
        return Ok(());
    }
    let mut tx = app.db.write().await?;
    // Whoever moves the time first asks for it.
    let next = now.plus(app.config.discord.guilds_refresh);
    if set_guilds_due(&mut tx, &account.id, Some(next), now).await? {
        let job = Job::ReadGuilds { account: account.id };
        // One that still fails is replaced: two at once would use the same refresh token, which works once.
        outbox::cancel_alike(&mut tx, &job).await?;
        outbox::enqueue(&mut tx, &job, now).await?;
    }
    tx.commit().await
}
