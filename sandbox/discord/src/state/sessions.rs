//! The bot's sessions at the gateway.

use std::collections::VecDeque;

use sandbox_core::Recorder;
use sandbox_core::fault::Action;
use serde_json::Value;
use tokio::sync::mpsc;

/// How many events a session keeps for a resume.
const EVENTS_KEPT: usize = 1_000;

/// What a gateway connection is told to send.
pub(crate) enum Frame {
    Text(String),
    /// An event, which a fault may meet.
    Event {
        kind: String,
        text: String,
    },
    /// An event that a fault has held, and what the fault does besides.
    Late {
        action: Action,
        text: String,
    },
    Close(u16, &'static str),
}

pub(crate) struct SessionState {
    pub shard: (u64, u64),
    pub intents: u64,
    /// Whether large payloads are compressed one by one.
    pub compress: bool,
    pub sequence: u64,
    pub log: VecDeque<(u64, String)>,
    /// Where to send, while a connection is up.
    pub connection: Option<(u64, mpsc::UnboundedSender<Frame>)>,
    pub detached_ms: Option<i64>,
    /// Sees what is sent.
    pub recorder: Recorder,
}

impl SessionState {
    /// Numbers an event, keeps it for a resume, and sends it if somebody listens.
    pub fn send(&mut self, event: &str, data: &Value) {
        self.sequence += 1;
        self.recorder.event(event, data);
        let text = format!(r#"{{"op":0,"t":"{event}","s":{},"d":{data}}}"#, self.sequence);
        if let Some((_, connection)) = &self.connection {
            // A connection that went away meanwhile gets it by its resume.
            let _ = connection.send(Frame::Event { kind: event.to_owned(), text: text.clone() });
        }
        self.log.push_back((self.sequence, text));
        if self.log.len() > EVENTS_KEPT {
            self.log.pop_front();
        }
    }
}
