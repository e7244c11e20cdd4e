//! The key of Stripe, its account, and the webhook endpoint.

use shared::config::is_loopback;
use shared::domain::events::EVENT_KINDS;
use shared::platform::standing::Trouble;
use shared::platform::stripe::{Access, Stripe};
use shared::texts::Language;
use url::Url;

use super::findings::{Doctor, detail};
use crate::print::count;

impl Doctor {
    pub(super) async fn stripe(&mut self) {
        const KEY: &str = "Stripe key";
        const SECRET: &str = "webhook secret";
        let secrets = &self.config.stripe.webhook_secrets;
        // That each has the form of one was looked at with the configuration.
        self.good(SECRET, &format!("{} of the right form; Stripe does not tell whether it fits", count(secrets.len(), "signing secret")));
        let stripe = match Stripe::new(&self.config.stripe) {
            Ok(stripe) => stripe,
            Err(error) => return self.bad(KEY, &error.to_string(), "check stripe.secret_key and stripe.api_url"),
        };
        let mode = if stripe.livemode() { "live mode: real money" } else { "test mode: no real money" };
        match stripe.examine_key().await {
            Ok(Access::Granted(forbidden)) if forbidden.is_empty() => self.good(KEY, &format!("Stripe takes it, in {mode}")),
            Ok(Access::Granted(forbidden)) => {
                let advice = Trouble::StripePermission.advice().to(Language::English);
                self.bad(KEY, &format!("it may not use {}", forbidden.join(", ")), &advice);
            }
            Ok(Access::UnknownKey) => return self.trouble(KEY, Trouble::StripeKey),
            Ok(Access::Forbidden) => self.bad(KEY, "it may do nothing", "make another key in Stripe's dashboard"),
            Err(error) => {
                let what = format!("{} does not answer as it should ({})", self.config.stripe.api_url, detail(&error));
                return self.bad(KEY, &what, "check stripe.api_url, the network and status.stripe.com");
            }
        }
        // A restricted key may not be allowed to tell.
        if let Ok(account) = stripe.account().await {
            const ACCOUNT: &str = "Stripe account";
            match self.accounts.iter().find(|(livemode, _)| *livemode == stripe.livemode()) {
                Some((_, before)) if *before != account => {
                    let what = format!("{} ({account}, {before})", Trouble::StripeAccount.what().to(Language::English));
                    self.bad(ACCOUNT, &what, &Trouble::StripeAccount.advice().to(Language::English));
                }
                Some(_) | None => self.good(ACCOUNT, &account),
            }
        }
        self.endpoint(&stripe).await;
    }

    async fn endpoint(&mut self, stripe: &Stripe) {
        const NAME: &str = "webhook endpoint";
        let ours = format!("{}/stripe/webhook", self.config.web.public_url);
        let endpoints = match stripe.webhook_endpoints().await {
            Ok(Access::Granted(endpoints)) => endpoints,
            Ok(Access::Forbidden | Access::UnknownKey) => {
                let advice = format!("look yourself in Stripe's dashboard (Developers, Webhooks) that one leads to {ours}");
                return self.notice(NAME, "the key may not list endpoints, which Atelier does not need", &advice);
            }
            Err(error) => {
                let what = format!("Stripe does not list them ({})", detail(&error));
                return self.notice(NAME, &what, &format!("look yourself in Stripe's dashboard that one leads to {ours}"));
            }
        };
        let Some(endpoint) = endpoints.iter().find(|endpoint| endpoint.url == ours) else {
            let what = format!("none leads to {ours}");
            if Url::parse(&self.config.web.public_url).is_ok_and(|url| is_loopback(&url)) {
                let advice = format!("Stripe does not reach this machine: set web.public_url, or run `stripe listen --forward-to {ours}`");
                return self.notice(NAME, &what, &advice);
            }
            return self.bad(
                NAME,
                &what,
                "add it in Stripe's dashboard (Developers, Webhooks), with the events that docs/operating.md names",
            );
        };
        let lacking: Vec<&str> = EVENT_KINDS
            .into_iter()
            .filter(|kind| !endpoint.enabled_events.iter().any(|enabled| enabled == "*" || enabled == kind))
            .collect();
        if endpoint.status != "enabled" {
            self.bad(NAME, &format!("{ours} is {}", endpoint.status), "enable it in Stripe's dashboard, Developers, Webhooks");
        } else if lacking.is_empty() {
            self.good(NAME, &format!("{ours} gets every event that is needed"));
        } else {
            let advice = "add them to the endpoint in Stripe's dashboard, Developers, Webhooks";
            self.bad(NAME, &format!("{ours} does not get {}", lacking.join(", ")), advice);
        }
    }
}
