//! What happens, told to whoever watches: the window.

use std::sync::Arc;

use tokio::sync::broadcast;

use super::rows::Id;

/// How far a watcher may fall behind before it has to look at everything anew.
const KEPT: usize = 4_096;

/// Something that people see at their clients.
#[derive(Clone, Debug)]
pub enum News {
    /// A message came or changed: the JSON that the window shows.
    Message(Arc<str>),
    /// A message is gone.
    MessageDelete {
        /// The message.
        id: Id,
        /// Where it was.
        channel: Id,
    },
    /// People, servers, channels, roles, DMs or languages changed, and with them perhaps the commands on offer.
    Places,
    /// The commands on offer changed.
    Commands,
}

/// Tells watchers what happens. Without any it costs nothing.
pub(crate) struct Journal {
    sender: broadcast::Sender<News>,
}

impl Default for Journal {
    fn default() -> Journal {
        Journal { sender: broadcast::Sender::new(KEPT) }
    }
}

impl Journal {
    pub fn watch(&self) -> broadcast::Receiver<News> {
        self.sender.subscribe()
    }

    pub fn is_watched(&self) -> bool {
        self.sender.receiver_count() > 0
    }

    pub fn tell(&self, news: News) {
        // Without a receiver it is not told, which is right.
        let _ = self.sender.send(news);
    }

    /// People, servers, channels or roles changed.
    pub fn places(&self) {
        self.tell(News::Places);
    }

    /// Commands, or the rules about them, changed.
    pub fn commands(&self) {
        self.tell(News::Commands);
    }
}
