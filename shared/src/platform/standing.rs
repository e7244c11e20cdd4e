//! How the outside services take what we give them, as the calls of this process showed: each client notes it
//! here, and `domain::alarms` tells whoever can mend it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dashmap::DashMap;
use tokio::sync::Notify;

use crate::message;
use crate::platform::clock::Clock;
use crate::texts::Message;
use crate::types::*;

words! {
    /// What an outside service refuses for good, and somebody of the studio can mend.
    Trouble {
        /// Stripe does not know the key.
        StripeKey = "stripe_key",
        /// The key is a restricted one, and lacks a permission.
        StripePermission = "stripe_permission",
        /// The key is of another account than the one that we worked with.
        StripeAccount = "stripe_account",
        /// The account may not take live payments yet.
        StripeActivation = "stripe_activation",
        /// Stripe's events do not arrive.
        Webhooks = "webhooks",
        /// Discord does not take the bot's token.
        DiscordToken = "discord_token",
        /// Discord does not take the application's secret, with which people sign in.
        ClientSecret = "client_secret",
        /// The bot cannot write to the staff channel, or it is gone.
        StaffChannel = "staff_channel",
        /// The storage does not take the access key.
        StorageKey = "storage_key",
        /// The access key may not do something.
        StorageAccess = "storage_access",
        /// There is no such bucket.
        StorageBucket = "storage_bucket",
        /// This machine's clock is wrong, so what it signs is refused.
        Clock = "clock",
        /// Stripe does not take the amount of an invoice.
        Amount = "amount",
        /// The account has no way to pay in the currency of an invoice.
        Methods = "methods",
        /// Stripe does not open a payment page for an invoice, for another reason.
        Payment = "payment",
        /// The object of a file is not in the bucket any more.
        FileGone = "file_gone",
    }
}

impl Trouble {
    /// The setting that it is about; `None` where it is about one invoice or file.
    pub fn setting(self) -> Option<&'static str> {
        match self {
            Trouble::StripeKey | Trouble::StripePermission | Trouble::StripeAccount | Trouble::StripeActivation => {
                Some("stripe.secret_key")
            }
            Trouble::Webhooks => Some("stripe.webhook_secrets"),
            Trouble::DiscordToken => Some("discord.token"),
            Trouble::ClientSecret => Some("discord.client_secret"),
            Trouble::StaffChannel => Some("staff.channel"),
            Trouble::StorageKey => Some("storage.secret_access_key"),
            Trouble::StorageAccess => Some("storage.access_key_id"),
            Trouble::StorageBucket => Some("storage.bucket"),
            Trouble::Clock => Some("clock"),
            Trouble::Amount | Trouble::Methods | Trouble::Payment | Trouble::FileGone => None,
        }
    }

    /// What is wrong, in one line.
    pub fn what(self) -> Message {
        match self {
            Trouble::StripeKey => message!("alarm-stripe-key"),
            Trouble::StripePermission => message!("alarm-stripe-permission"),
            Trouble::StripeAccount => message!("alarm-stripe-account"),
            Trouble::StripeActivation => message!("alarm-stripe-activation"),
            Trouble::Webhooks => message!("alarm-webhooks"),
            Trouble::DiscordToken => message!("alarm-discord-token"),
            Trouble::ClientSecret => message!("alarm-client-secret"),
            Trouble::StaffChannel => message!("alarm-staff-channel"),
            Trouble::StorageKey => message!("alarm-storage-key"),
            Trouble::StorageAccess => message!("alarm-storage-access"),
            Trouble::StorageBucket => message!("alarm-storage-bucket"),
            Trouble::Clock => message!("alarm-clock"),
            Trouble::Amount => message!("alarm-amount"),
            Trouble::Methods => message!("alarm-methods"),
            Trouble::Payment => message!("alarm-payment"),
            Trouble::FileGone => message!("alarm-file-gone"),
        }
    }

    /// What to do about it.
    pub fn advice(self) -> Message {
        match self {
            Trouble::StripeKey => message!("alarm-stripe-key-advice"),
            Trouble::StripePermission => message!("alarm-stripe-permission-advice"),
            Trouble::StripeAccount => message!("alarm-stripe-account-advice"),
            Trouble::StripeActivation => message!("alarm-stripe-activation-advice"),
            Trouble::Webhooks => message!("alarm-webhooks-advice"),
            Trouble::DiscordToken => message!("alarm-discord-token-advice"),
            Trouble::ClientSecret => message!("alarm-client-secret-advice"),
            Trouble::StaffChannel => message!("alarm-staff-channel-advice"),
            Trouble::StorageKey => message!("alarm-storage-key-advice"),
            Trouble::StorageAccess => message!("alarm-storage-access-advice"),
            Trouble::StorageBucket => message!("alarm-storage-bucket-advice"),
            Trouble::Clock => message!("alarm-clock-advice"),
            Trouble::Amount => message!("alarm-amount-advice"),
            Trouble::Methods => message!("alarm-methods-advice"),
            Trouble::Payment => message!("alarm-payment-advice"),
            Trouble::FileGone => message!("alarm-file-gone-advice"),
        }
    }

    /// The trouble behind an error code of S3's, where a setting is behind it.
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.
    pub fn of_storage_code(code: &str) -> Option<Self> {
        match code {
            "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "Unauthorized" => Some(Trouble::StorageKey),
            "RequestTimeTooSkewed" => Some(Trouble::Clock),
            "NoSuchBucket" => Some(Trouble::StorageBucket),
            "AccessDenied" => Some(Trouble::StorageAccess),
            _ => None,
        }
    }
}

/// How the last call that could tell was taken.
#[derive(Debug, Clone)]
pub enum Last {
    /// It was taken at this time.
    Taken(Timestamp),
    /// It was refused.
    Refused {
        /// When.
        at: Timestamp,
        /// The service's own word for it.
        code: String,
        /// Whether `domain::alarms` knows of it.
        raised: bool,
    },
}

/// What this process knows. Clones share it.
#[derive(Debug, Clone)]
pub struct Standing(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    started_at: Timestamp,
    last: DashMap<(Trouble, &'static str), Last>,
    changed: Notify,
    /// Whether something that was ours at Stripe is not there.
    missing: AtomicBool,
}

impl Default for Standing {
    /// For a client that nobody listens to.
    fn default() -> Self {
        Self::new(Clock::System)
    }
}

impl Standing {
    /// Knows nothing yet.
    pub fn new(clock: Clock) -> Self {
        Self(Arc::new(Inner {
            started_at: clock.now(),
            clock,
            last: DashMap::new(),
            changed: Notify::new(),
            missing: AtomicBool::new(false),
        }))
    }

    /// Since when this process runs.
    pub fn started_at(&self) -> Timestamp {
        self.0.started_at
    }

    /// Notes that something was taken. `about` tells apart what is alike, such as a permission.
    pub fn taken(&self, trouble: Trouble, about: &'static str) {
        let before = self.0.last.insert((trouble, about), Last::Taken(self.0.clock.now()));
        if !matches!(before, Some(Last::Taken(_))) {
            self.0.changed.notify_one();
        }
    }

    /// Notes that something was refused, with the service's own word for it.
    pub fn refused(&self, trouble: Trouble, about: &'static str, code: &str) {
        let mut last = self.0.last.entry((trouble, about)).or_insert(Last::Taken(Timestamp::from_millis(0)));
        let raised = matches!(&*last, Last::Refused { raised: true, .. });
        *last = Last::Refused { at: self.0.clock.now(), code: code.to_owned(), raised };
        if !raised {
            self.0.changed.notify_one();
        }
    }

    /// Notes that Stripe does not know something that it made for us, as another account would.
    pub fn missing(&self) {
        self.0.missing.store(true, Ordering::SeqCst);
        self.0.changed.notify_one();
    }

    /// Whether [`Standing::missing`] was called since it was asked last.
    pub fn was_missing(&self) -> bool {
        self.0.missing.swap(false, Ordering::SeqCst)
    }

    /// Everything that is known.
    pub fn list(&self) -> Vec<(Trouble, &'static str, Last)> {
        self.0.last.iter().map(|entry| (entry.key().0, entry.key().1, entry.value().clone())).collect()
    }

    /// Forgets how a trouble stood, so that the next call tells.
    pub fn forget(&self, trouble: Trouble) {
        self.0.last.retain(|(known, _), _| *known != trouble);
    }

    /// Notes that `domain::alarms` knows of a refusal.
    pub fn mark_raised(&self, trouble: Trouble, about: &'static str) {
        if let Some(mut last) = self.0.last.get_mut(&(trouble, about))
            && let Last::Refused { raised, .. } = &mut *last
        {
            *raised = true;
        }
    }

    /// Waits until something is taken that was not, or refused that was not.
    pub async fn changed(&self) {
        self.0.changed.notified().await;
    }
}
