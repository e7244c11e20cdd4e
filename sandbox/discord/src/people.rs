//! The handles that people hold: what they do, and what they see. They know each other, as people do.

mod client;
mod discord;
mod guild;
mod message;
mod oauth;
mod outgoing;
mod person;
mod premium;
mod window;

pub use discord::Discord;
pub use guild::{Channel, CommandFor, Guild, Role};
pub use message::{Attachment, Button, Choice, Clicked, Message, Modal, ModalField, Reply};
pub use person::{ActError, Person, Place, Value};
