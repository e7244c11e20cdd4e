//! All messages, with those of each channel at hand: a quiet channel is read as fast beside a busy one.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::{Bound, Deref};

use super::{Id, MessageState};

/// The messages by id. Reading is as with the map itself; writing keeps the channels right.
#[derive(Default)]
pub(in crate::discord) struct Messages {
    all: BTreeMap<Id, MessageState>,
    of_channels: HashMap<Id, BTreeSet<Id>>,
}

impl Deref for Messages {
    type Target = BTreeMap<Id, MessageState>;

    fn deref(&self) -> &Self::Target {
        &self.all
    }
}

impl Messages {
    /// Adds a message, or puts it in the place of what it was.
    pub fn insert(&mut self, message: MessageState) {
        self.of_channels.entry(message.channel).or_default().insert(message.id);
        self.all.insert(message.id, message);
    }

    /// A message to be changed, but for its id and its channel.
    pub fn get_mut(&mut self, id: Id) -> Option<&mut MessageState> {
        self.all.get_mut(&id)
    }

    pub fn remove(&mut self, id: Id) -> Option<MessageState> {
        let message = self.all.remove(&id)?;
        if let Some(ids) = self.of_channels.get_mut(&message.channel) {
            ids.remove(&id);
        }
        Some(message)
    }

    /// The messages of a channel, oldest first.
    pub fn of_channel(&self, channel: Id) -> impl DoubleEndedIterator<Item = &MessageState> {
        self.of_channel_before(channel, None)
    }

    /// The messages of a channel that are older than one, oldest first.
    pub fn of_channel_before(&self, channel: Id, before: Option<Id>) -> impl DoubleEndedIterator<Item = &MessageState> {
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let ids = self.of_channels.get(&channel).into_iter().flat_map(move |ids| ids.range((Bound::Unbounded, end)));
        ids.filter_map(|id| self.all.get(id))
    }
}
