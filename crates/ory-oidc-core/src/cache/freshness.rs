//! How long a server permits to use a response (RFC 9111 §4.2).

use reqwest::header::{AGE, CACHE_CONTROL, HeaderMap};
use std::time::Duration;

/// How long the server permits to use a response.
#[derive(Clone, Copy, Debug)]
pub struct Freshness {
    lifetime: Option<Duration>,
}

impl Freshness {
    /// Reads the headers of a response: `Cache-Control` and `Age` count.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        Self {
            lifetime: max_age(headers).map(|max_age| max_age.saturating_sub(age(headers))),
        }
    }

    /// Returns the remaining lifetime; [`None`] if the server sets none.
    pub(super) fn lifetime(self) -> Option<Duration> {
        self.lifetime
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
