//! The lifetimes of cached responses.

use reqwest::header::{AGE, CACHE_CONTROL, HeaderMap};
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

    /// Returns the freshness lifetime of a response with these headers.
    pub(super) fn lifetime(&self, headers: &HeaderMap) -> Duration {
        let lifetime = match max_age(headers) {
            Some(max_age) => max_age.saturating_sub(age(headers)),
            None => self.default_ttl,
        };
        lifetime.min(self.max_ttl).max(self.min_ttl)
    }
}

impl Default for CachePolicy {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns the lifetime that the sender sets, counted from when the response was generated.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(CACHE_CONTROL).into_iter();
    let directives = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let mut shortest: Option<Duration> = None;
    for directive in directives {
        let (name, value) = match directive.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim().trim_matches('"'))),
            None => (directive.trim(), None),
        };
        let lifetime = if name.eq_ignore_ascii_case("max-age") {
            // An invalid value means stale (RFC 9111 §4.2.1).
            value.and_then(seconds).unwrap_or_default()
        } else if value.is_none()
            && (name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache"))
        {
            Duration::ZERO
        } else {
            continue;
        };
        shortest = Some(shortest.map_or(lifetime, |known| known.min(lifetime)));
    }
    shortest
}

/// Returns how long ago the response was generated (RFC 9111 §5.1).
fn age(headers: &HeaderMap) -> Duration {
    let value = headers.get(AGE).and_then(|value| value.to_str().ok());
    value.and_then(seconds).unwrap_or_default()
}

/// Parses `delta-seconds` (RFC 9111 §1.2.2). A value that is too large counts as the largest.
fn seconds(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| Duration::from_secs(text.parse().unwrap_or(u32::MAX).into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

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
            let lifetime = policy.lifetime(&headers).as_secs();
            assert_eq!(lifetime, expected, "{cache_control:?} {age:?}");
        }
    }
}
