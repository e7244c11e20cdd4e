//! What the stand-ins share: the clock, faults, records, and how they are kept in a folder.

pub mod clock;
pub mod fault;
pub mod keep;
pub mod record;

pub use clock::Clock;
pub use fault::{Fault, Faults};
pub use keep::Folder;
pub use record::{Recorder, Service};
