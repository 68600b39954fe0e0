//! How long what a provider publishes is kept.

use reqwest::header::{AGE, CACHE_CONTROL, HeaderMap};
use std::time::Duration;

/// Longer than any process runs, and short enough to be added to any time.
const FOR_EVER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// How long what a provider publishes is kept: its metadata, its keys.
///
/// The provider says for how long, by `Cache-Control: max-age` and `Age` (RFC 9111 §4.2), and a
/// policy sets the bounds. An Ory Hydra says `no-store` of everything, so the lower bound is what
/// counts there. A duration of ten years and more is for ever.
///
/// ```
/// use ory_oidc::CachePolicy;
/// use std::time::Duration;
///
/// let policy = CachePolicy::new()
///     .at_least(Duration::from_secs(30))
///     .stale_for(Duration::ZERO); // rather no answer than an old one
/// # let _ = policy;
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct CachePolicy {
    at_least: Duration,
    at_most: Duration,
    when_unsaid: Duration,
    pub(super) stale_for: Duration,
    pub(super) cool_down: Duration,
}

impl CachePolicy {
    /// At least one minute, at most one hour, ten minutes when the provider is silent; stale for
    /// up to an hour; a cool-down of ten seconds.
    pub fn new() -> Self {
        Self {
            at_least: Duration::from_secs(60),
            at_most: Duration::from_secs(60 * 60),
            when_unsaid: Duration::from_secs(10 * 60),
            stale_for: Duration::from_secs(60 * 60),
            cool_down: Duration::from_secs(10),
        }
    }

    /// Fresh for at least so long, whatever the provider says; one minute at first. It prevails over
    /// [`at_most`](Self::at_most).
    pub fn at_least(mut self, duration: Duration) -> Self {
        self.at_least = duration.min(FOR_EVER);
        self
    }

    /// Fresh for at most so long, whatever the provider says; one hour at first. A key that the
    /// provider withdraws is believed so long and, while the provider is away, for
    /// [`stale_for`](Self::stale_for) longer.
    pub fn at_most(mut self, duration: Duration) -> Self {
        self.at_most = duration.min(FOR_EVER);
        self
    }

    /// Fresh for so long when the provider says nothing; ten minutes at first.
    pub fn when_unsaid(mut self, duration: Duration) -> Self {
        self.when_unsaid = duration.min(FOR_EVER);
        self
    }

    /// Served for so long after it expired, while the provider cannot be reached; one hour at
    /// first. [`Staleness`](crate::Staleness) tells when that happens.
    pub fn stale_for(mut self, duration: Duration) -> Self {
        self.stale_for = duration.min(FOR_EVER);
        self
    }

    /// For keys: how long after an unknown `kid` made the key set be fetched the next unknown one
    /// does so again; ten seconds at first. A flood of forged tokens costs one request in that
    /// time. Logout tokens, which anybody can send, and what comes from the provider itself have
    /// one each.
    pub fn cool_down(mut self, duration: Duration) -> Self {
        self.cool_down = duration.min(FOR_EVER);
        self
    }

    /// How long an answer with these headers is fresh.
    pub(super) fn lifetime(&self, headers: &HeaderMap) -> Duration {
        let said = match max_age(headers) {
            Some(max_age) => max_age.saturating_sub(age(headers)),
            None => self.when_unsaid,
        };
        said.min(self.at_most).max(self.at_least)
    }
}

impl Default for CachePolicy {
    fn default() -> Self {
        Self::new()
    }
}

/// For how long the sender says an answer is fresh, counted from when it was made; [`None`] when
/// it does not say.
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
            // What cannot be read is stale (RFC 9111 §4.2.1).
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

/// How long ago an answer was made (RFC 9111 §5.1).
fn age(headers: &HeaderMap) -> Duration {
    let value = headers.get(AGE).and_then(|value| value.to_str().ok());
    value.and_then(seconds).unwrap_or_default()
}

/// `delta-seconds` (RFC 9111 §1.2.2): those too large to hold count as the largest.
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
    fn the_lifetime_is_what_the_provider_says_within_bounds() {
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
