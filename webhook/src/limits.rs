//! How often one address, and one account, may ask. All of it is in memory and may be lost.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use shared::App;
use shared::platform::clock::Clock;
use shared::texts::Language;
use shared::types::AccountId;

use crate::pages;

/// Signing in costs more than looking, and nobody does it often: this part of what else is allowed.
const SIGN_INS_PART: u32 = 10;
/// The maximum number of addresses or accounts that are counted: a few MiB.
const KEYS_MAX: usize = 100_000;
/// After so many requests those who asked long ago are forgotten.
const PRUNED_AFTER: usize = 4096;

/// What is counted.
pub struct Limits {
    requests: Counter<IpAddr>,
    sign_ins: Counter<IpAddr>,
    bad_signatures: Counter<IpAddr>,
    accounts: Counter<AccountId>,
}

/// Too many requests; the next one is welcome after this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany(pub Duration);

impl TooMany {
    /// For `Retry-After`: rounded up, and never zero, since an early repeat would count again.
    fn retry_after(self) -> HeaderValue {
        HeaderValue::from(self.0.as_secs() + 1)
    }
}

impl Limits {
    pub fn new(app: &App) -> Self {
        let per_minute = app.config.web.requests_per_minute;
        let part = per_minute / SIGN_INS_PART;
        Self {
            requests: Counter::new(per_minute, &app.clock),
            sign_ins: Counter::new(part, &app.clock),
            bad_signatures: Counter::new(part, &app.clock),
            accounts: Counter::new(per_minute, &app.clock),
        }
    }

    /// Counts a request of an address for what is limited.
    pub fn request(&self, address: IpAddr) -> Result<(), TooMany> {
        self.requests.count(network(address))
    }

    /// Counts a step of a sign-in.
    pub fn sign_in(&self, address: IpAddr) -> Result<(), TooMany> {
        self.sign_ins.count(network(address))
    }

    /// Counts a request of somebody who is signed in.
    pub fn account(&self, id: &AccountId) -> Result<(), TooMany> {
        self.accounts.count(*id)
    }

    /// Counts a webhook whose signature is wrong. A right one is never counted.
    pub fn bad_signature(&self, address: IpAddr) -> Result<(), TooMany> {
        self.bad_signatures.count(network(address))
    }
}

/// The answer to a program that asked too often.
pub fn refused_plainly(too_many: TooMany) -> Response {
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, too_many.retry_after())]).into_response()
}

/// The answer where too much waits here already: Stripe sends an event again.
pub fn busy() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, HeaderValue::from_static("10"))]).into_response()
}

/// The page for whoever asked too often.
pub fn refused(app: &App, language: Language, too_many: TooMany) -> Response {
    let mut response = pages::too_many(app, language);
    response.headers_mut().insert(header::RETRY_AFTER, too_many.retry_after());
    response
}

/// Whoever has one address of IPv6 has its whole network of 64 bits.
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

struct Counter<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, DashMapStateStore<K>, ServiceClock, NoOpMiddleware<Duration>>,
    clock: ServiceClock,
    counted: AtomicUsize,
}

impl<K: Hash + Eq + Clone> Counter<K> {
    fn new(per_minute: u32, clock: &Clock) -> Self {
        let quota = Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN));
        let clock = ServiceClock(clock.clone());
        Self { limiter: RateLimiter::new(quota, DashMapStateStore::default(), clock.clone()), clock, counted: AtomicUsize::new(0) }
    }

    fn count(&self, key: K) -> Result<(), TooMany> {
        if self.counted.fetch_add(1, Ordering::Relaxed) % PRUNED_AFTER == PRUNED_AFTER - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        // Whoever commands so many networks is not held up by counting them.
        if self.limiter.len() >= KEYS_MAX {
            return Ok(());
        }
        self.limiter.check_key(&key).map_err(|refusal| TooMany(refusal.wait_time_from(self.clock.now())))
    }
}

/// The service's own clock, for the limiter.
#[derive(Debug, Clone)]
struct ServiceClock(Clock);

impl governor::clock::Clock for ServiceClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.now().as_millis()).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use shared::types::Timestamp;

    use super::*;

    #[test]
    fn an_address_waits_for_its_next_turn_and_others_do_not() {
        let clock = Clock::manual(Timestamp::from_secs(1_800_000_000));
        let counter = Counter::new(3, &clock);
        let (one, other) = (network("2001:db8::1".parse().unwrap()), network("2001:db8:0:1::1".parse().unwrap()));
        assert_eq!(one, network("2001:db8::ffff".parse().unwrap()), "the same network");
        for _ in 0..3 {
            assert_eq!(counter.count(one), Ok(()));
        }
        assert_eq!(counter.count(one), Err(TooMany(Duration::from_secs(20))));
        assert_eq!(counter.count(other), Ok(()));
        clock.advance(Duration::from_secs(20));
        assert_eq!(counter.count(one), Ok(()));
        assert!(counter.count(one).is_err());
    }

    #[test]
    fn who_asked_long_ago_is_forgotten() {
        let clock = Clock::manual(Timestamp::from_secs(1_800_000_000));
        let counter = Counter::new(60, &clock);
        for key in 0..PRUNED_AFTER - 1 {
            assert_eq!(counter.count(key), Ok(()));
        }
        clock.advance(Duration::from_secs(60));
        assert_eq!(counter.count(usize::MAX), Ok(()));
        assert_eq!(counter.limiter.len(), 1);
    }
}
