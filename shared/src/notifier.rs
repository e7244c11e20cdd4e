//! Sends notices and alarms to people at Discord; the outbox has it done.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serenity::builder::{CreateEmbed, CreateEmbedFooter, CreateMessage};

use crate::app::App;
use crate::cards;
use crate::domain::inbox::{Shown, compose};
use crate::domain::notices::{Audience, Kind, Notice, sql};
use crate::domain::{accounts, alarms, staff};
use crate::error::{Error, Failure, Result};
use crate::message;
use crate::platform::discord::Delivered;
use crate::platform::standing::Trouble;
use crate::types::*;

/// Sends a notice; done by the outbox. A repeat first looks whether the message is already there.
pub async fn send(app: &App, id: &NoticeId, repeat: bool, now: Timestamp) -> Result<()> {
    let mut conn = app.db.read().await?;
    let Some(notice) = sql::find_unsent(&mut conn, id).await? else { return Ok(()) };
    let composed = compose(app, &mut conn, notice).await?;
    drop(conn);
    let Shown::Invoice(found) = &composed.shown;
    if composed.notice.kind == Kind::InvoiceDue && !found.invoice.is_payable() {
        // Paid, or taken back, since it was decided.
        let mut tx = app.db.write().await?;
        sql::delete(&mut tx, id).await?;
        return tx.commit().await;
    }

    // 22 characters: Discord takes 25 at most.
    let reference = URL_SAFE_NO_PAD.encode(id.bytes());
    let account = recipient(app, &composed.notice).await?;
    let (embed, components) = cards::notice(&composed, account.language());
    let footer = message!("message-reference", reference = reference.as_str());
    let footer = serenity::builder::CreateEmbedFooter::new(footer.to(account.language()));
    let message = CreateMessage::new()
        .content(cards::line(&composed, &app.config.studio.name, account.language()))
        .embed(embed.footer(footer))
        .components(components)
        .nonce(serenity::model::channel::Nonce::String(reference.clone()))
        .enforce_nonce(true);
    let channel = app.config.staff.channel.as_ref().filter(|_| composed.notice.audience == Audience::Staff);
    let in_channel = match channel {
        Some(channel) => match app.discord.send(channel, message.clone(), &reference, repeat).await {
            // Gone, hidden or closed to the bot; owners are told of that once.
            Err(Error::Outside { failure: Failure::Permission | Failure::Gone | Failure::Refused, detail, .. }) => {
                app.standing.refused(Trouble::StaffChannel, "", &detail);
                None
            }
            answer => {
                let delivered = answer?;
                app.standing.taken(Trouble::StaffChannel, "");
                Some(delivered)
            }
        },
        None => None,
    };
    let delivered = match in_channel {
        Some(delivered) => delivered,
        None => app.discord.send_dm(&account.user, message, &reference, repeat).await?,
    };
    let mut tx = app.db.write().await?;
    match &delivered {
        Delivered::Sent { channel, message } => sql::mark_sent(&mut tx, id, channel, message, now).await?,
        // It waits for whom it was for in the end.
        Delivered::Closed => sql::mark_closed(&mut tx, id, &account.id, now).await?,
    }
    tx.commit().await?;
    tracing::info!(notice.id = %id, kind = composed.notice.kind.as_str(), "{}", match delivered {
        Delivered::Sent { .. } => "sent a notice",
        Delivered::Closed => "DMs are closed: the notice waits in the inbox",
    });
    Ok(())
}

/// Whom a notice goes to: the person it is for, or, where the issuer of an invoice is no longer
/// staff, the first of the owners.
async fn recipient(app: &App, notice: &Notice) -> Result<accounts::Account> {
    let account = accounts::get(app, &notice.account).await?;
    if notice.audience == Audience::Customer || staff::is_staff(app, &account.user, "notice").await? {
        return Ok(account);
    }
    match app.config.staff.owners.first() {
        Some(owner) => accounts::of_user(app, owner).await,
        None => Ok(account),
    }
}

const AMBER: u32 = 0x00E8_A33D;

const GREEN: u32 = 0x003B_A55D;

/// Tells one of the owners of an alarm, or that it is over; done by the outbox. Who was never told of it hears
/// nothing of its end.
pub async fn tell_alarm(app: &App, id: &AlarmId, owner: &UserId, over: bool, repeat: bool, now: Timestamp) -> Result<()> {
    let Some(alarm) = alarms::sql::find(&mut *app.db.read().await?, id).await? else { return Ok(()) };
    if (over && alarm.told_at.is_none()) || (!over && alarm.over_at.is_some()) {
        return Ok(());
    }
    let language = accounts::of_user(app, owner).await?.language();
    // 22 characters, and one that tells the end from the beginning: Discord takes 25 at most.
    let reference = URL_SAFE_NO_PAD.encode(id.bytes()) + if over { "o" } else { "" };
    let footer = CreateEmbedFooter::new(message!("message-reference", reference = reference.as_str()).to(language));
    let what = alarm.trouble.what();
    let (content, embed) = match over {
        true => {
            (message!("alarm-over", what = what), CreateEmbed::new().description(message!("alarm-over-text").to(language)).colour(GREEN))
        }
        false => {
            let description = format!("{}\n`{}`", alarm.trouble.advice().to(language), alarm.details().replace('`', "'"));
            (what, CreateEmbed::new().description(description).colour(AMBER))
        }
    };
    let message = CreateMessage::new()
        .content(content.to(language))
        .embed(embed.footer(footer))
        .nonce(serenity::model::channel::Nonce::String(reference.clone()))
        .enforce_nonce(true);
    match app.discord.send_dm(owner, message, &reference, repeat).await? {
        Delivered::Sent { .. } => {}
        Delivered::Closed => tracing::warn!("an owner takes no DM: an alarm stands in /billing attention and in the log alone"),
    }
    let mut tx = app.db.write().await?;
    alarms::sql::mark_told(&mut tx, id, now).await?;
    tx.commit().await
}
