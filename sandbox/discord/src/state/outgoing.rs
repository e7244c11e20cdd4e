//! What Discord posts to the application, and where.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::mpsc;

use super::rows::Id;

/// An event that was, or is to be, posted to the application.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WebhookEvent {
    /// Its type, such as `APPLICATION_DEAUTHORIZED`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The body that is posted.
    pub body: Value,
    /// What was answered to each attempt; `None` where there was no answer.
    pub attempts: Vec<Option<u16>>,
    /// Whether it was taken.
    pub delivered: bool,
    /// Whether it is not tried any more.
    pub given_up: bool,
}

/// Where to post what, and what was posted.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Outgoing {
    pub events_url: Option<String>,
    pub events_wanted: Vec<String>,
    pub events: Vec<WebhookEvent>,
    pub interactions_url: Option<String>,
    /// To the task that posts.
    #[serde(skip)]
    pub sender: Option<mpsc::UnboundedSender<Post>>,
}

/// What is to be posted.
pub(crate) enum Post {
    /// The number of an event.
    Event(usize),
    Interaction {
        id: Id,
        body: Value,
    },
}

impl Outgoing {
    /// Whether the application asked for such events.
    pub fn wants(&self, kind: &str) -> bool {
        self.events_url.is_some() && self.events_wanted.iter().any(|wanted| wanted == kind)
    }

    /// Adds an event, which is posted at once.
    pub fn add_event(&mut self, kind: &str, body: Value) {
        let number = self.events.len();
        self.events.push(WebhookEvent { kind: kind.to_owned(), body, attempts: Vec::new(), delivered: false, given_up: false });
        if let Some(sender) = &self.sender {
            let _ = sender.send(Post::Event(number));
        }
    }

    /// Posts an interaction to the application's endpoint. Tells whether it has one.
    pub fn post_interaction(&self, id: Id, body: &Value) -> bool {
        let (Some(_), Some(sender)) = (&self.interactions_url, &self.sender) else { return false };
        sender.send(Post::Interaction { id, body: body.clone() }).is_ok()
    }
}
