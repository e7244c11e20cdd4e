//! The configuration: `config.toml`, and over it the environment. A secret stands in its key, or in the
//! file that its `*_file` key names. What is wrong or at risk with it, `check` says.

mod keys;
mod reading;
mod showing;

use std::path::{Path, PathBuf};

use url::Url;

pub use keys::*;
use reading::Values;
pub use reading::{ConfigError, Setting};
pub use showing::shown_path;
pub(crate) use showing::{STRIPE_KEYS, is_word};

/// A configuration with everything that can be said about it.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// What counts; not fit for use while there are problems.
    pub config: Config,
    /// Every key, in the order of `config.toml.example`.
    pub settings: Vec<Setting>,
    /// Everything wrong with it, a sentence each.
    pub problems: Vec<String>,
    /// What is at risk with it, a sentence each: it can be used.
    pub risks: Vec<String>,
    /// The configuration file in full; `None` where there is none.
    pub file: Option<PathBuf>,
    /// The files that it was read from: the configuration's own, and those that hold a secret.
    pub files: Vec<PathBuf>,
}

impl Inspection {
    /// The configuration, where nothing is wrong with it; else everything that is, at once.
    pub fn ready(self) -> Result<Config, ConfigError> {
        if self.problems.is_empty() { Ok(self.config) } else { Err(ConfigError(self.problems)) }
    }
}

impl Config {
    /// Reads `path` (or `config.toml` where it exists) and the process's environment. Names every
    /// unknown or unreadable key; [`Config::check`] says what else is needed to run.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let mut values = Values::load(path)?;
        let config = reading::config(&mut values);
        values.finish()?;
        Ok(config)
    }

    /// Reads the same as [`Config::load`], with everything that can be said about it. Fails only where the file
    /// cannot be read; all else that is wrong is named beside the values.
    pub(crate) fn read_all(path: Option<&Path>) -> Result<Inspection, ConfigError> {
        let mut values = Values::load(path)?;
        let config = reading::config(&mut values);
        let settings = std::mem::take(&mut values.settings);
        let files = std::mem::take(&mut values.files);
        let file = values.file.take();
        let problems = values.finish().err().map(|error| error.0).unwrap_or_default();
        Ok(Inspection { config, settings, problems, risks: Vec::new(), file, files })
    }

    /// Reads the text of a file and environment variables of the form
    /// `ATELIER_<SECTION>__<KEY>`; others are not looked at.
    pub fn read(file: &str, text: &str, environment: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let mut values = Values::default();
        values.add_file(file, text);
        for (name, value) in environment {
            values.add_variable(&name, value);
        }
        let config = reading::config(&mut values);
        values.finish()?;
        Ok(config)
    }

    /// Every key that can be configured, as `section.key`, in alphabetical order.
    pub fn keys() -> Vec<String> {
        let mut values = Values::default();
        reading::config(&mut values);
        values.known.into_iter().collect()
    }
}

/// Whether an address leads to this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests;
