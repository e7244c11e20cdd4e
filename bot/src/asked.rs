//! An interaction that waits for its answer.

use std::pin::pin;
use std::sync::OnceLock;
use std::time::Duration;

use poise::CreateReply;
use serenity::all::{
    Builder, CommandInteraction, ComponentInteraction, CreateInteractionResponse, CreateInteractionResponseFollowup,
    CreateInteractionResponseMessage, CreateModal, EditInteractionResponse, GuildId, Http, HttpError, InteractionId, Member,
    ModalInteraction, User,
};
use shared::domain::accounts;
use shared::domain::actor::{Actor, Delivery};
use shared::platform::discord::outside;
use shared::texts::Language;
use shared::types::Timestamp;
use shared::{App, Error, Result};

use crate::context::{Context, Data};
use crate::reply;

/// How long an operation may take before the person is told to wait. Discord drops an interaction
/// that got no answer within 3 seconds.
const PATIENCE: Duration = Duration::from_millis(1500);
/// How long one call to Discord may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
/// How often an answer is sent before it is given up.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(250);
/// Discord's code for a second answer to one interaction: the first one arrived after all, or another bot
/// with the same token gave it.
const ALREADY_ANSWERED: isize = 40060;

/// Who asked, when, and the way back.
pub struct Asked<'a> {
    /// What operations need.
    pub app: &'a App,
    /// Who asked, as Discord vouches for them.
    pub actor: Actor,
    /// When it arrived.
    pub now: Timestamp,
    language: OnceLock<Language>,
    http: &'a Http,
    id: InteractionId,
    token: &'a str,
}

impl<'a> Asked<'a> {
    /// Of a command that poise runs.
    pub fn of(ctx: Context<'a>) -> Self {
        Self::by_command(ctx.framework, ctx.interaction)
    }

    /// Of a command, known to poise or not.
    pub fn by_command(framework: poise::FrameworkContext<'a, Data, Error>, interaction: &'a CommandInteraction) -> Self {
        Self::new(framework, who(interaction), interaction.id, &interaction.token)
    }

    /// Of a button.
    pub fn by_component(framework: poise::FrameworkContext<'a, Data, Error>, interaction: &'a ComponentInteraction) -> Self {
        let actor = actor(interaction.id, &interaction.user, interaction.guild_id, interaction.member.as_ref(), &interaction.locale);
        Self::new(framework, actor, interaction.id, &interaction.token)
    }

    /// Of a form.
    pub fn by_modal(framework: poise::FrameworkContext<'a, Data, Error>, interaction: &'a ModalInteraction) -> Self {
        let actor = actor(interaction.id, &interaction.user, interaction.guild_id, interaction.member.as_ref(), &interaction.locale);
        Self::new(framework, actor, interaction.id, &interaction.token)
    }

    fn new(framework: poise::FrameworkContext<'a, Data, Error>, actor: Actor, id: InteractionId, token: &'a str) -> Self {
        let app = &*framework.user_data.app;
        Self { app, actor, now: app.clock.now(), language: OnceLock::new(), http: &framework.serenity_context.http, id, token }
    }

    /// Runs an operation and answers with what comes out of it, refusals included: in one response
    /// where it is quick, else after "thinking…". Fails only when the answer does not reach Discord,
    /// and with [`Error::Taken`] where another bot answers.
    pub async fn answer(&self, operation: impl AsyncFnOnce(&Asked<'_>) -> Result<CreateReply>) -> Result<()> {
        let mut operation = pin!(self.run(operation));
        tokio::select! {
            biased;
            reply = &mut operation => {
                let reply = reply?;
                return match self.respond(message(reply.clone())).await {
                    // The one that lost was faster with its "thinking…".
                    Err(Error::Taken) if self.acted() => self.edit(reply).await,
                    sent => sent,
                };
            }
            () = tokio::time::sleep(PATIENCE) => {}
        }
        // Side by side, so that a transaction in the operation does not wait for Discord. Whether
        // the deferral arrived shows in the edit.
        let thinking = CreateInteractionResponse::Defer(CreateInteractionResponseMessage::new().ephemeral(true));
        let (reply, deferred) = tokio::join!(operation, self.respond(thinking));
        let reply = reply?;
        self.unless_another_answers(deferred)?;
        self.edit(reply).await
    }

    /// Runs an operation and puts what comes out of it in the place of the message whose button was
    /// pressed. A refusal is a message of its own.
    pub async fn answer_in_place(&self, operation: impl AsyncFnOnce(&Asked<'_>) -> Result<CreateReply>) -> Result<()> {
        let mut operation = pin!(self.tried(operation));
        tokio::select! {
            biased;
            reply = &mut operation => {
                let response = match &reply {
                    Ok(reply) => {
                        let blank = CreateInteractionResponseMessage::new().content("").components(Vec::new());
                        CreateInteractionResponse::UpdateMessage(reply.clone().to_slash_initial_response(blank))
                    }
                    Err(Error::Taken) => return Err(Error::Taken),
                    Err(error) => message(reply::error(error, self.language())),
                };
                return match self.respond(response).await {
                    // The one that lost was faster with its acknowledgement.
                    Err(Error::Taken) if self.acted() => self.put_in_place(reply).await,
                    sent => sent,
                };
            }
            () = tokio::time::sleep(PATIENCE) => {}
        }
        let (reply, acknowledged) = tokio::join!(operation, self.respond(CreateInteractionResponse::Acknowledge));
        if !matches!(reply, Err(Error::Taken)) {
            self.unless_another_answers(acknowledged)?;
        }
        self.put_in_place(reply).await
    }

    /// Answers a press that was acknowledged.
    async fn put_in_place(&self, reply: Result<CreateReply>) -> Result<()> {
        match reply {
            Ok(reply) => self.edit(reply).await,
            Err(Error::Taken) => Err(Error::Taken),
            Err(error) => self.follow_up(reply::error(&error, self.language())).await,
        }
    }

    /// Shows a form, or says why not. The form itself is the answer, so there is no "thinking…".
    pub async fn answer_with_form(&self, operation: impl AsyncFnOnce(&Asked<'_>) -> Result<CreateModal>) -> Result<()> {
        let response = match self.tried(operation).await {
            Ok(form) => CreateInteractionResponse::Modal(form),
            Err(Error::Taken) => return Err(Error::Taken),
            Err(error) => message(reply::error(&error, self.language())),
        };
        self.respond(response).await
    }

    /// Says what is being done at once, does it, and puts the result in its place. Does nothing
    /// when the word does not reach Discord: nobody would learn what came of it.
    pub async fn answer_after(
        &self,
        word: impl FnOnce(Language) -> CreateReply,
        operation: impl AsyncFnOnce(&Asked<'_>) -> Result<CreateReply>,
    ) -> Result<()> {
        if let Err(error) = self.known().await {
            return self.respond(message(reply::error(&error, self.language()))).await;
        }
        self.respond(message(word(self.language()))).await?;
        self.edit(self.shown(operation(self).await)?).await
    }

    /// What the person reads: what they chose, once that is known, else what Discord shows them.
    pub fn language(&self) -> Language {
        self.language.get().copied().unwrap_or_else(|| self.actor.language())
    }

    /// Sends one more reply after the answer.
    pub async fn follow_up(&self, reply: CreateReply) -> Result<()> {
        let follow_up = reply.to_slash_followup_response(CreateInteractionResponseFollowup::new());
        patiently(|| follow_up.clone().execute(self.http, (None, self.token))).await
    }

    async fn run(&self, operation: impl AsyncFnOnce(&Asked<'_>) -> Result<CreateReply>) -> Result<CreateReply> {
        self.shown(self.tried(operation).await)
    }

    /// What the person reads of what came out: nothing where another bot does what they asked for.
    fn shown(&self, reply: Result<CreateReply>) -> Result<CreateReply> {
        match reply {
            Err(Error::Taken) => Err(Error::Taken),
            Err(error) => Ok(reply::error(&error, self.language())),
            Ok(reply) => Ok(reply),
        }
    }

    /// Whether this bot acted: then it has the answer, whoever said "thinking…".
    fn acted(&self) -> bool {
        self.actor.delivery.as_ref().is_some_and(Delivery::is_taken)
    }

    /// Fails where another bot said "thinking…" and this one only looked: the other has the answer, too.
    fn unless_another_answers(&self, deferred: Result<()>) -> Result<()> {
        match deferred {
            Err(Error::Taken) if !self.acted() => Err(Error::Taken),
            Err(_) | Ok(()) => Ok(()),
        }
    }

    async fn tried<T>(&self, operation: impl AsyncFnOnce(&Asked<'_>) -> Result<T>) -> Result<T> {
        self.known().await?;
        operation(self).await
    }

    /// Notes that the person was here, and learns what they read.
    async fn known(&self) -> Result<()> {
        let account = accounts::seen(self.app, &self.actor, self.now).await?;
        self.language.get_or_init(|| account.language());
        Ok(())
    }

    async fn respond(&self, response: CreateInteractionResponse) -> Result<()> {
        patiently(|| response.clone().execute(self.http, (self.id, self.token))).await
    }

    async fn edit(&self, reply: CreateReply) -> Result<()> {
        // What the first word held must not stay beside the result.
        let blank = EditInteractionResponse::new().content("").components(Vec::new());
        let edit = reply.to_slash_initial_response_edit(blank);
        patiently(|| edit.clone().execute(self.http, self.token)).await
    }
}

/// Answers a command with what comes out of an operation: see [`Asked::answer`].
pub async fn answer(ctx: Context<'_>, operation: impl AsyncFnOnce(&Asked<'_>) -> Result<CreateReply>) -> Result<()> {
    Asked::of(ctx).answer(operation).await
}

/// Who runs a command or types in it, as Discord vouches for them.
pub fn who(interaction: &CommandInteraction) -> Actor {
    actor(interaction.id, &interaction.user, interaction.guild_id, interaction.member.as_deref(), &interaction.locale)
}

fn actor(interaction: InteractionId, user: &User, guild: Option<GuildId>, member: Option<&Member>, locale: &str) -> Actor {
    Actor {
        user: user.id.get().into(),
        name: user.display_name().to_owned(),
        guild: guild.map(|guild| guild.get().into()),
        roles: member.map(|member| member.roles.iter().map(|role| role.get().into()).collect()).unwrap_or_default(),
        locale: locale.to_owned(),
        delivery: Some(Delivery::new(interaction.get().into())),
    }
}

fn message(reply: CreateReply) -> CreateInteractionResponse {
    CreateInteractionResponse::Message(reply.to_slash_initial_response(CreateInteractionResponseMessage::new()))
}

/// Calls Discord, and again where that may help.
async fn patiently<T, F: Future<Output = serenity::Result<T>>>(call: impl Fn() -> F) -> Result<()> {
    let mut tried = 0;
    loop {
        tried += 1;
        let error = match tokio::time::timeout(CALL_TIMEOUT, call()).await {
            Ok(Ok(_)) => return Ok(()),
            // By the try whose answer was lost.
            Ok(Err(error)) if is_already_answered(&error) && tried > 1 => return Ok(()),
            Ok(Err(error)) if is_already_answered(&error) => return Err(Error::Taken),
            Ok(Err(error)) => outside(&error),
            Err(_) => Error::away(shared::error::Service::Discord, "no answer in time"),
        };
        if tried == TRIES || !error.is_away() {
            return Err(error);
        }
        tokio::time::sleep(PAUSE * tried).await;
    }
}

fn is_already_answered(error: &serenity::Error) -> bool {
    matches!(error, serenity::Error::Http(HttpError::UnsuccessfulRequest(answer)) if answer.error.code == ALREADY_ANSWERED)
}
