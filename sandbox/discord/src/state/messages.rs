//! All messages, with those of each channel at hand: a quiet channel is read as fast beside a busy one.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::{Bound, Deref};

use serde::{Deserialize, Serialize};

use super::rows::{Id, MessageState};

/// The messages by id. Reading is as with the map itself; writing keeps the channels right.
#[derive(Default)]
pub(crate) struct Messages {
    all: BTreeMap<Id, MessageState>,
    of_channels: HashMap<Id, BTreeSet<Id>>,
    /// What changed since it was asked, where somebody asks.
    changed: Option<BTreeSet<Id>>,
}

/// A line of the file that messages are kept in. The last about a message counts.
#[derive(Deserialize)]
enum Line {
    Is(Box<MessageState>),
    Gone(Id),
}

/// The same, as it is written.
#[derive(Serialize)]
enum WrittenLine<'a> {
    Is(&'a MessageState),
    Gone(Id),
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
        self.note(message.id);
        self.of_channels.entry(message.channel).or_default().insert(message.id);
        self.all.insert(message.id, message);
    }

    /// A message to be changed, but for its id and its channel.
    pub fn get_mut(&mut self, id: Id) -> Option<&mut MessageState> {
        self.note(id);
        self.all.get_mut(&id)
    }

    pub fn remove(&mut self, id: Id) -> Option<MessageState> {
        self.note(id);
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

    /// Remembers from now on what changes, for [`Messages::take_changed`].
    pub fn track(&mut self) {
        self.changed = Some(BTreeSet::new());
    }

    fn note(&mut self, id: Id) {
        if let Some(changed) = &mut self.changed {
            changed.insert(id);
        }
    }

    /// What changed since the last call.
    pub fn take_changed(&mut self) -> BTreeSet<Id> {
        self.changed.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Gives back what could not be written.
    pub fn give_back(&mut self, ids: BTreeSet<Id>) {
        ids.into_iter().for_each(|id| self.note(id));
    }

    /// The lines about these messages, for the end of the file.
    pub fn lines<'a>(&self, ids: impl IntoIterator<Item = &'a Id>) -> serde_json::Result<Vec<u8>> {
        let mut lines = Vec::new();
        for id in ids {
            let line = self.all.get(id).map_or(WrittenLine::Gone(*id), WrittenLine::Is);
            serde_json::to_writer(&mut lines, &line)?;
            lines.push(b'\n');
        }
        Ok(lines)
    }

    /// The messages that such lines tell of. A last line without its end was never written whole, and does not count.
    pub fn of_lines(text: &str) -> serde_json::Result<Messages> {
        let mut messages = Messages::default();
        for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            match serde_json::from_str(line)? {
                Line::Is(message) => messages.insert(*message),
                Line::Gone(id) => drop(messages.remove(id)),
            }
        }
        Ok(messages)
    }
}
