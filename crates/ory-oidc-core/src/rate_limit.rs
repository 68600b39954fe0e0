//! The rate limit that a server reports in headers.

use reqwest::header::HeaderMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How the names of headers begin that report one value each: the older drafts of the IETF, Ory
/// Network and others.
const PREFIXES: [&str; 3] = ["ratelimit-", "x-ratelimit-", "x-rate-limit-"];

/// The longest wait that a server may ask for, so that it can be added to any time.
const MAX_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// The smallest reset that counts as a Unix time. As seconds to wait, it is 31 years.
const FIRST_UNIX_TIME: Duration = Duration::from_secs(1_000_000_000);

/// The rate limit that a response reports: how many requests are permitted, and how many are left.
///
/// These headers are read: Ory Network's `X-RateLimit-Limit`, `X-RateLimit-Remaining` and
/// `X-RateLimit-Reset`, the same names without `X-`, and `RateLimit` with `RateLimit-Policy`
/// (draft-ietf-httpapi-ratelimit-headers). Of several limits, the one with the fewest remaining
/// requests counts.
///
/// ```
/// use ory_oidc_core::rate_limit::RateLimit;
/// use reqwest::header::{HeaderMap, HeaderValue};
/// use std::time::Duration;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("x-ratelimit-remaining", HeaderValue::from_static("7"));
/// headers.insert("x-ratelimit-reset", HeaderValue::from_static("30"));
/// let limit = RateLimit::from_headers(&headers).expect("the headers report a limit");
/// assert_eq!(limit.remaining(), Some(7));
/// assert_eq!(limit.reset(), Some(Duration::from_secs(30)));
/// assert_eq!(limit.limit(), None);
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RateLimit {
    limit: Option<u64>,
    remaining: Option<u64>,
    reset: Option<Duration>,
}

impl RateLimit {
    /// Reads the rate limit from the headers of a response. [`None`] if they report none.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let reported = structured(headers).unwrap_or_else(|| Self {
            limit: readable(headers, "limit", number),
            remaining: readable(headers, "remaining", number),
            reset: readable(headers, "reset", reset),
        });
        (reported != Self::default()).then_some(reported)
    }

    /// Returns the number of requests that are permitted in a period.
    #[must_use]
    pub fn limit(&self) -> Option<u64> {
        self.limit
    }

    /// Returns the number of requests that are left in this period.
    #[must_use]
    pub fn remaining(&self) -> Option<u64> {
        self.remaining
    }

    /// Returns the time from the response until the next period begins, at most a day.
    #[must_use]
    pub fn reset(&self) -> Option<Duration> {
        self.reset
    }
}

/// Reads the first header of this name that is readable, whatever its prefix.
fn readable<T>(headers: &HeaderMap, name: &str, read: fn(&str) -> Option<T>) -> Option<T> {
    let names = PREFIXES.map(|prefix| format!("{prefix}{name}"));
    names
        .iter()
        .find_map(|name| text(headers, name).and_then(read))
}

/// Reads `RateLimit`: `"default";r=50;t=30`, or `limit=100, remaining=50, reset=30` of an older draft.
fn structured(headers: &HeaderMap) -> Option<RateLimit> {
    let value = text(headers, "ratelimit")?;
    if value.contains("remaining=") {
        return Some(RateLimit {
            limit: parameter(value, ',', "limit").and_then(number),
            remaining: parameter(value, ',', "remaining").and_then(number),
            reset: parameter(value, ',', "reset").and_then(reset),
        });
    }
    let value = &quoted_separators_replaced(value);
    let items = value.split(',').filter_map(|item| {
        let remaining = parameter(item, ';', "r").and_then(number)?;
        Some((remaining, item))
    });
    // Of several exhausted limits, the one that lasts longest counts.
    let lasts = |item| parameter(item, ';', "t").and_then(reset);
    let (remaining, item) =
        items.min_by_key(|(remaining, item)| (*remaining, std::cmp::Reverse(lasts(item))))?;
    let name = |item: &str| item.split(';').next().unwrap_or_default().trim().to_owned();
    let policies = text(headers, "ratelimit-policy").unwrap_or_default();
    let policies = quoted_separators_replaced(policies);
    let mut policies = policies.split(',');
    let policy = policies.find(|policy| name(policy) == name(item));
    Some(RateLimit {
        limit: policy.and_then(|policy| parameter(policy, ';', "q").and_then(number)),
        remaining: Some(remaining),
        reset: parameter(item, ';', "t").and_then(reset),
    })
}

/// Replaces the separators in quoted names, since they separate nothing there.
fn quoted_separators_replaced(text: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    let replaced = text.chars().map(|c| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' | ';' | '=' if quoted => return '_',
            _ => {}
        }
        c
    });
    replaced.collect()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    Some(headers.get(name)?.to_str().ok()?.trim())
}

fn parameter<'a>(item: &'a str, separator: char, name: &str) -> Option<&'a str> {
    let mut parameters = item
        .split(separator)
        .filter_map(|part| part.split_once('='));
    let found = parameters.find(|(key, _)| key.trim() == name);
    found.map(|(_, value)| value.trim())
}

/// Parses the number that a value begins with: `100, 100;w=60` is 100.
fn number(value: &str) -> Option<u64> {
    let digits = value.split(|c: char| !c.is_ascii_digit()).next()?;
    (!digits.is_empty()).then(|| digits.parse().unwrap_or(u64::MAX))
}

/// Parses the time until a reset, in seconds. Some servers send the Unix time of the reset instead.
fn reset(value: &str) -> Option<Duration> {
    let value = Duration::from_secs(number(value)?);
    if value < FIRST_UNIX_TIME {
        return Some(value.min(MAX_WAIT));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    Some(value.saturating_sub(now.unwrap_or_default()).min(MAX_WAIT))
}

/// Parses a number of seconds, at most a day. A number that is too large counts as the largest.
pub(crate) fn seconds(text: &str) -> Option<Duration> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = digits.then(|| text.parse().unwrap_or(u64::MAX))?;
    Some(Duration::from_secs(seconds).min(MAX_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    fn read(headers: &[(&'static str, &str)]) -> Option<(Option<u64>, Option<u64>, Option<u64>)> {
        let headers = headers.iter().map(|(name, value)| {
            let value = HeaderValue::try_from(*value).expect("the header is ASCII");
            (HeaderName::from_static(name), value)
        });
        let limit = RateLimit::from_headers(&headers.collect())?;
        let reset = limit.reset().map(|reset| reset.as_secs());
        Some((limit.limit(), limit.remaining(), reset))
    }

    #[test]
    fn each_form_of_the_headers_is_read() {
        let all = Some((Some(100), Some(50), Some(30)));
        for headers in [
            // Ory Network.
            &[
                ("x-ratelimit-limit", "100"),
                ("x-ratelimit-remaining", "50"),
                ("x-ratelimit-reset", "30"),
            ][..],
            &[
                ("ratelimit-limit", "100, 100;w=60"),
                ("ratelimit-remaining", " 50 "),
                ("ratelimit-reset", "30"),
            ],
            &[
                ("x-rate-limit-limit", "100"),
                ("x-rate-limit-remaining", "50"),
                ("x-rate-limit-reset", "30"),
            ],
            &[("ratelimit", "limit=100, remaining=50, reset=30")],
            &[
                (
                    "ratelimit-policy",
                    r#""burst";q=9;w=1, "default";q=100;w=60"#,
                ),
                ("ratelimit", r#""burst";r=60;t=1, "default";r=50;t=30"#),
            ],
        ] {
            assert_eq!(read(headers), all, "{headers:?}");
        }
    }

    #[test]
    fn what_is_missing_or_unreadable_is_absent() {
        assert_eq!(read(&[]), None);
        for (value, expected) in [
            ("many", None),
            ("-1", None),
            ("", None),
            ("7", Some(7)),
            ("7.5", Some(7)),
            ("99999999999999999999", Some(u64::MAX)),
        ] {
            let found = read(&[("x-ratelimit-remaining", value)]);
            assert_eq!(found.and_then(|found| found.1), expected, "{value:?}");
        }
        assert_eq!(read(&[("ratelimit", r#""default";t=30"#)]), None);
    }

    #[test]
    fn reset_is_at_most_a_day_and_may_be_a_unix_time() {
        const DAY: u64 = 24 * 60 * 60;
        let reset = |value: &str| read(&[("x-ratelimit-reset", value)]).and_then(|read| read.2);
        assert_eq!(reset("999999"), Some(DAY));
        assert_eq!(reset("1000000000"), Some(0), "a time in the past");
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let soon = now.expect("it is after 1970").as_secs() + 600;
        let wait = reset(&soon.to_string()).expect("the header is a time");
        assert!((500..=600).contains(&wait), "{wait}");
    }
}
