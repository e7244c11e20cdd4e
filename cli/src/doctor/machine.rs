//! This machine: who can read its files, and whether its clock is right.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use shared::platform::clock;

use super::findings::Doctor;
use crate::print::Mark;

/// Stripe's signatures are good for five minutes and download links for one, by somebody else's
/// clock.
const SKEW_NOTICED_S: i64 = 5;
const SKEW_MAX_S: i64 = 30;

impl Doctor {
    /// Warns of files that others on this machine can read. Those that an orchestrator mounts are as it makes them.
    pub(super) fn files(&mut self, files: &[PathBuf]) {
        const NAME: &str = "files";
        for file in files.iter().filter(|file| !file.starts_with("/run/secrets")) {
            let Ok(about) = std::fs::metadata(file) else { continue };
            let mode = about.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                let (shown, mode) = (file.display(), format!("{mode:04o}"));
                self.notice(NAME, &format!("{shown} is open to others on this machine ({mode})"), &format!("chmod 600 {shown}"));
            }
        }
    }

    pub(super) async fn clock(&mut self) {
        const NAME: &str = "clock";
        let storage = &self.config.storage.endpoint;
        let mut answered = None;
        for (service, url) in [("Stripe", &self.config.stripe.api_url), ("Discord", &self.config.discord.api_url), ("the storage", storage)]
        {
            if let Ok(ahead_s) = clock::ahead_of(url).await {
                answered = Some((service, ahead_s));
                break;
            }
        }
        let Some((service, ahead_s)) = answered else {
            return self.bad(
                NAME,
                "nobody tells the time: neither Stripe nor Discord nor the storage answers",
                "check the network, and what stands below",
            );
        };
        let off_s = ahead_s.abs();
        let what = match ahead_s {
            -1..=1 => format!("the same as {service}'s"),
            2.. => format!("{off_s} s ahead of {service}'s"),
            _ => format!("{off_s} s behind {service}'s"),
        };
        match off_s {
            0..=SKEW_NOTICED_S => self.good(NAME, &what),
            _ => {
                let mark = if off_s <= SKEW_MAX_S { Mark::Notice } else { Mark::Bad };
                let advice = "set this machine's clock by the network (timedatectl set-ntp true): signatures and download links go by it";
                self.found(mark, NAME, &what, advice);
            }
        }
    }
}
