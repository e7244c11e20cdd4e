//! What can go wrong: what the person can fix, what an outside service did, what we must fix.

/// A failure of the database.
pub use sqlx::Error as SqlError;

use std::time::Instant;

use crate::message;
use crate::repeats::REPORTED;
use crate::texts::{Language, Message};
use crate::types::Invalid;

/// The outside service that a call went to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Discord's REST API or CDN.
    Discord,
    /// Stripe's API.
    Stripe,
    /// The S3-compatible file storage.
    Storage,
}

/// How a call to an outside service failed, which decides who can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No answer, a limit, a fault of its own: it may pass by itself.
    Away,
    /// It does not take our credentials at all: a setting is wrong.
    Credentials,
    /// It takes them, but not for this: they lack a permission.
    Permission,
    /// It has no such thing, or not any more.
    Gone,
    /// It refuses what was asked, and will refuse it again.
    Refused,
}

/// What a person may ask for by an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// An account.
    Account,
    /// An invoice.
    Invoice,
    /// A file.
    Deliverable,
    /// A link of ours.
    Link,
}

impl Thing {
    fn not_found(self) -> Message {
        match self {
            Thing::Account => message!("account-not-found"),
            Thing::Invoice => message!("invoice-not-found"),
            Thing::Deliverable => message!("deliverable-not-found"),
            Thing::Link => message!("link-not-found"),
        }
    }
}

impl std::fmt::Display for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.not_found().fmt(f)
    }
}

/// Any failure of an operation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller asked for something we refuse. The text is shown to them.
    #[error("{0}")]
    Rejected(Message),
    /// The thing does not exist, or is not theirs: the same words for both.
    #[error("{0}")]
    NotFound(Thing),
    /// The caller may not do this at all. The text is shown to them.
    #[error("{0}")]
    Forbidden(Message),
    /// What was asked for existed and is over, such as an expired link. Shown to them.
    #[error("{0}")]
    Expired(Message),
    /// Another bot acts on the same interaction: nothing is done here, and nothing is said.
    #[error("another bot acts on this interaction")]
    Taken,
    /// The service cannot run like this. A sentence for whoever runs it, in English.
    #[error("{0}")]
    Setup(String),
    /// An outside service failed. `detail` is for the log and holds no personal data.
    #[error("{service:?}: {detail}")]
    Outside {
        /// Which one.
        service: Service,
        /// How.
        failure: Failure,
        /// Its own word for it, such as `amount_too_small`; empty where it said none.
        code: String,
        /// What it is about in its own word, such as the parameter `customer`; empty where it said none.
        param: String,
        /// What it said: a status, a code.
        detail: String,
    },
    /// The database failed.
    #[error("database: {0}")]
    Db(SqlError),
    /// Something that must not happen. The text is for the log.
    #[error("{0}")]
    Fault(String),
}

/// The result of an operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::Rejected(invalid.text())
    }
}

/// Not as its source: the text already says it.
impl From<SqlError> for Error {
    fn from(error: SqlError) -> Self {
        Self::Db(error)
    }
}

impl Error {
    /// A service that does not answer, or not now. `detail` is for the log.
    pub fn away(service: Service, detail: impl Into<String>) -> Self {
        Self::outside(service, Failure::Away, detail)
    }

    /// A service that failed and gave no word for it. `detail` is for the log.
    pub fn outside(service: Service, failure: Failure, detail: impl Into<String>) -> Self {
        Self::Outside { service, failure, code: String::new(), param: String::new(), detail: detail.into() }
    }

    /// How an outside service failed; `None` where something else did.
    pub fn failure(&self) -> Option<Failure> {
        match self {
            Error::Outside { failure, .. } => Some(*failure),
            Error::Rejected(_)
            | Error::NotFound(_)
            | Error::Forbidden(_)
            | Error::Expired(_)
            | Error::Taken
            | Error::Setup(_)
            | Error::Db(_)
            | Error::Fault(_) => None,
        }
    }

    /// Whether a service says that it has no such thing.
    pub fn is_missing(&self) -> bool {
        self.failure() == Some(Failure::Gone)
    }

    /// Whether a service has nothing against the call and may answer it in a moment.
    pub fn is_away(&self) -> bool {
        self.failure() == Some(Failure::Away)
    }

    /// The sentence for the person who asked, or `None` when the cause is ours to fix.
    pub fn user_message(&self) -> Option<Message> {
        match self {
            Error::Rejected(message) | Error::Forbidden(message) | Error::Expired(message) => Some(message.clone()),
            Error::NotFound(thing) => Some(thing.not_found()),
            Error::Outside { service, failure, .. } => Some(match (service, failure) {
                (Service::Discord, Failure::Away) => message!("discord-is-away"),
                // The bot's token or the application's secret: whoever reads it cannot help that.
                (Service::Discord, Failure::Credentials) => message!("discord-refuses-us"),
                (Service::Discord, Failure::Permission | Failure::Gone | Failure::Refused) => message!("discord-refuses"),
                (Service::Stripe, Failure::Away) => message!("stripe-is-away"),
                (Service::Stripe, Failure::Credentials | Failure::Permission | Failure::Gone | Failure::Refused) => {
                    message!("stripe-refuses")
                }
                (Service::Storage, Failure::Away) => message!("storage-is-away"),
                (Service::Storage, Failure::Credentials | Failure::Permission | Failure::Gone | Failure::Refused) => {
                    message!("storage-refuses")
                }
            }),
            Error::Taken | Error::Setup(_) | Error::Db(_) | Error::Fault(_) => None,
        }
    }

    /// Whether doing the same again later may succeed: by itself, or because somebody mended a setting.
    pub fn is_transient(&self) -> bool {
        match self {
            Error::Rejected(_)
            | Error::NotFound(_)
            | Error::Forbidden(_)
            | Error::Expired(_)
            | Error::Taken
            | Error::Setup(_)
            | Error::Fault(_) => false,
            Error::Outside { failure, .. } => match failure {
                Failure::Away | Failure::Credentials | Failure::Permission => true,
                Failure::Gone | Failure::Refused => false,
            },
            Error::Db(_) => true,
        }
    }

    /// The sentence for the person who asked, in their language. A fault of ours is logged here,
    /// once, under the reference that the sentence quotes; a failing outside service is logged as a
    /// warning. One that comes again and again is logged after growing pauses, and whoever meets it in between
    /// reads the reference under which it was logged last.
    pub fn report(&self, language: Language) -> String {
        let text = self.to_string();
        match (self, self.user_message()) {
            (Error::Outside { .. }, Some(message)) => {
                match REPORTED.note(&text, Instant::now()).times {
                    Some(1) => tracing::warn!(error = text, "an outside service failed"),
                    Some(times) => tracing::warn!(error = text, times, "an outside service still fails"),
                    None => {}
                }
                message.to(language)
            }
            (_, Some(message)) => message.to(language),
            (_, None) => {
                let noted = REPORTED.note(&text, Instant::now());
                let reference = noted.reference;
                match noted.times {
                    Some(1) => tracing::error!(reference, error = text, "fault {reference}"),
                    Some(times) => tracing::error!(reference, error = text, times, "fault {reference} goes on"),
                    None => tracing::debug!(reference, error = text, "fault {reference} again"),
                }
                message!("fault", reference = reference).to(language)
            }
        }
    }
}
