//! What the demo starts with: a file that says who does what (`file`), and the people who do it (`plant`).

mod file;
mod plant;

pub use file::{LIVE_KEYS, Seed};
pub use plant::World;
