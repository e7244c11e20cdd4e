//! What the listener, the gateway connections and the people share, and how it is kept in a folder.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use sandbox_core::keep::{self, Folder};
use sandbox_core::{Clock, Faults, Recorder};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::state::{Id, Messages, State};

/// What the listener, the gateway connections and the people share.
pub(crate) struct Inner {
    pub state: Mutex<State>,
    pub changed: watch::Sender<u64>,
    pub clock: Clock,
    pub recorder: Recorder,
    pub faults: Faults,
    pub http: reqwest::Client,
    pub stop: CancellationToken,
    pub kept: Option<Kept>,
}

/// Where this Discord is kept.
pub(crate) struct Kept {
    folder: Folder,
    /// One save at a time; the attachments that have their files.
    saved: Mutex<HashSet<Id>>,
}

const FILE: &str = "discord.json";
const MESSAGES: &str = "messages.jsonl";
const ATTACHMENTS: &str = "attachments";

impl Inner {
    /// Writes down what is there.
    pub fn save(&self) -> io::Result<()> {
        let Some(kept) = &self.kept else { return Ok(()) };
        let mut saved = kept.saved.lock().unwrap_or_else(PoisonError::into_inner);
        // Serialized under the lock, written after it. Of the messages only those that changed, since they are many.
        let (bytes, lines, changed, fresh) = self.silently(|state| {
            let fresh = state.attachments.iter().filter(|(id, _)| !saved.contains(id));
            let fresh: Vec<(Id, Bytes)> = fresh.map(|(id, attachment)| (*id, attachment.bytes.clone())).collect();
            let changed = state.messages.take_changed();
            (keep::bytes_of(state), state.messages.lines(&changed), changed, fresh)
        });
        let write = || -> io::Result<()> {
            for (id, bytes) in fresh {
                keep::write(&kept.folder.join(ATTACHMENTS).join(id.to_string()), &bytes)?;
                saved.insert(id);
            }
            // The messages last: what they name is there.
            keep::write(&kept.folder.join(FILE), &bytes?)?;
            let mut messages = File::options().create(true).append(true).open(kept.folder.join(MESSAGES))?;
            messages.write_all(&lines?)
        };
        write().inspect_err(|_| self.silently(|state| state.messages.give_back(changed)))
    }
}

impl Kept {
    /// What was kept in the folder, with its messages and the bytes of its attachments.
    pub fn load(folder: &Folder) -> io::Result<(Option<State>, Kept)> {
        let attachments = folder.join(ATTACHMENTS);
        std::fs::create_dir_all(&attachments)?;
        let mut state: Option<State> = folder.read(FILE)?;
        let mut saved = HashSet::new();
        if let Some(state) = &mut state {
            for attachment in state.attachments.values_mut() {
                attachment.bytes = readable(&attachments.join(attachment.id.to_string()))?.into();
                saved.insert(attachment.id);
            }
            let file = folder.join(MESSAGES);
            let text = if file.exists() { readable(&file)? } else { Vec::new() };
            let broken = |why: &dyn std::fmt::Display| {
                let why = format!("{} is broken ({why}): put it back, or take another folder", file.display());
                io::Error::new(io::ErrorKind::InvalidData, why)
            };
            let text = String::from_utf8(text).map_err(|error| broken(&error))?;
            state.messages = Messages::of_lines(&text).map_err(|error| broken(&error))?;
            // Once a start, without what is out of date.
            keep::write(&file, &state.messages.lines(state.messages.keys())?)?;
        }
        Ok((state, Kept { folder: folder.clone(), saved: Mutex::new(saved) }))
    }
}

fn readable(file: &Path) -> io::Result<Vec<u8>> {
    std::fs::read(file).map_err(|error| io::Error::new(error.kind(), format!("cannot read {}: {error}", file.display())))
}

impl Inner {
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state and wakes everybody who waits for something.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.send_modify(|version| *version += 1);
        result
    }

    /// Changes what nobody waits for.
    pub fn silently<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until `look` finds something.
    pub async fn wait<T>(&self, mut look: impl FnMut(&State) -> Option<T>) -> T {
        let mut changed = self.changed.subscribe();
        loop {
            changed.borrow_and_update();
            if let Some(found) = self.read(&mut look) {
                return found;
            }
            // The sender is our own, so it cannot be gone.
            let _ = changed.changed().await;
        }
    }
}
