//! The lifetimes of cached responses.

use super::freshness::Freshness;
use std::time::Duration;

/// The longest duration: longer than any process runs, and short enough to be added to any time.
const MAX_DURATION: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// The lifetime of the cached metadata or keys of the provider.
///
/// The provider sets the lifetime by `Cache-Control: max-age` and `Age` (RFC 9111 §4.2); the policy
/// sets its bounds. Ory Hydra sends `no-store` with everything, so there the minimum applies. A
/// duration of ten years or more means forever.
///
/// ```
/// use ory_oidc_core::cache::CachePolicy;
/// use std::time::Duration;
///
/// let policy = CachePolicy::new()
///     .min_ttl(Duration::from_secs(30))
///     .stale_if_error(Duration::ZERO); // never return a stale response
/// # let _ = policy;
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct CachePolicy {
    min_ttl: Duration,
    max_ttl: Duration,
    default_ttl: Duration,
    pub(super) stale_if_error: Duration,
    pub(super) unknown_key_cool_down: Duration,
}

impl CachePolicy {
    /// Creates the default policy: at least 1 minute, at most 1 hour, 10 minutes without
    /// `Cache-Control`; stale for up to 1 hour; a cool-down of 10 seconds for unknown keys.
    pub fn new() -> Self {
        Self {
            min_ttl: Duration::from_secs(60),
            max_ttl: Duration::from_secs(60 * 60),
            default_ttl: Duration::from_secs(10 * 60),
            stale_if_error: Duration::from_secs(60 * 60),
            unknown_key_cool_down: Duration::from_secs(10),
        }
    }

    /// Sets the minimum freshness lifetime (default: 1 minute). Takes precedence over
    /// [`max_ttl`](Self::max_ttl) and the provider.
    pub fn min_ttl(mut self, ttl: Duration) -> Self {
        self.min_ttl = ttl.min(MAX_DURATION);
        self
    }

    /// Sets the maximum freshness lifetime (default: 1 hour). A key that the provider withdraws is
    /// trusted for that long and, while the provider is unavailable, for
    /// [`stale_if_error`](Self::stale_if_error) longer.
    pub fn max_ttl(mut self, ttl: Duration) -> Self {
        self.max_ttl = ttl.min(MAX_DURATION);
        self
    }

    /// Sets the freshness lifetime of a response without `Cache-Control` (default: 10 minutes).
    pub fn default_ttl(mut self, ttl: Duration) -> Self {
        self.default_ttl = ttl.min(MAX_DURATION);
        self
    }

    /// Sets how long an expired response is still returned while the provider is unavailable
    /// (default: 1 hour; RFC 5861 §4). [`Staleness`](super::Staleness) reports it.
    pub fn stale_if_error(mut self, duration: Duration) -> Self {
        self.stale_if_error = duration.min(MAX_DURATION);
        self
    }

    /// Sets the minimum time between two fetches of keys that unknown key ids cause (default: 10
    /// seconds), so that a flood of forged tokens causes one request in that time. Logout tokens,
    /// which anybody can send, and responses of the provider have separate cool-downs.
    pub fn unknown_key_cool_down(mut self, duration: Duration) -> Self {
        self.unknown_key_cool_down = duration.min(MAX_DURATION);
        self
    }

    /// Returns the freshness lifetime of a response.
    pub(super) fn lifetime(&self, freshness: Freshness) -> Duration {
        let lifetime = freshness.lifetime().unwrap_or(self.default_ttl);
        lifetime.min(self.max_ttl).max(self.min_ttl)
    }
}

impl Default for CachePolicy {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{AGE, CACHE_CONTROL, HeaderMap, HeaderValue};

    #[test]
    fn lifetime_is_the_providers_within_the_bounds() {
        let policy = CachePolicy::new();
        for (cache_control, age, expected) in [
            (None, None, 600),
            (Some("public"), None, 600),
            (Some("max-age=300"), None, 300),
            (
                Some("public, Max-Age=300, must-revalidate"),
                Some("100"),
                200,
            ),
            (Some("max-age=\"300\""), None, 300),
            (Some("max-age=300, max-age=200"), None, 200),
            (Some("max-age=300"), Some("299"), 60),
            (Some("max-age=300"), Some("301"), 60),
            (Some("max-age=300"), Some("-1"), 300),
            (Some("max-age=86400"), None, 3600),
            (Some("max-age=99999999999999999999999"), None, 3600),
            (Some("max-age=1"), None, 60),
            (Some("max-age=-1"), None, 60),
            (Some("max-age"), None, 60),
            (Some("max-age=soon"), None, 60),
            (
                Some("private, no-cache, no-store, must-revalidate"),
                None,
                60,
            ),
            (Some("no-cache=\"set-cookie\", max-age=300"), None, 300),
            (Some("s-maxage=300"), None, 600),
            (Some("=, ,;"), Some(""), 600),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(value) = cache_control {
                headers.insert(CACHE_CONTROL, HeaderValue::from_static(value));
            }
            if let Some(value) = age {
                headers.insert(AGE, HeaderValue::from_static(value));
            }
            let lifetime = policy.lifetime(Freshness::of(&headers)).as_secs();
            assert_eq!(lifetime, expected, "{cache_control:?} {age:?}");
        }
    }
}
