//! What poise hands to every command, button and form.

use std::sync::Arc;

use shared::{App, Error};

/// What every command and button can reach.
pub struct Data {
    /// What operations need.
    pub app: Arc<App>,
}

/// What poise hands to a command.
pub type Context<'a> = poise::ApplicationContext<'a, Data, Error>;

/// A command as poise knows it.
pub type Command = poise::Command<Data, Error>;
