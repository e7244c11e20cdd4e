//! Discord's limits on messages and commands, and how a field is read.

mod commands;
mod fields;
mod messages;

pub(super) use commands::{LARGEST_INTEGER, choices, command, command_count, command_list, tidy_options};
pub use fields::LOCALES;
pub(super) use fields::{boolean, integer, required_text, text, whole};
pub(super) use messages::{MessageUse, has_content, message, modal};
