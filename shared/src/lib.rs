//! The product: what is true whoever asks.
//!
//! `types` holds values that cannot be wrong, `platform` the outside world, `domain` the
//! decisions; each knows only the ones before it. Transports (`bot`, `webhook`) call operations in
//! `domain` with an [`App`].

pub mod app;
pub mod cards;
pub mod check;
pub mod config;
pub mod database_url;
pub mod domain;
pub mod error;
pub mod documents;
pub mod housekeeping;
pub mod notifier;
pub mod platform;
pub mod repeats;
pub mod telemetry;
pub mod texts;
pub mod types;
pub mod start;
#[cfg(test)]
mod storeys;
pub mod worker;
pub mod written;

pub use app::App;
pub use error::{Error, Result};
