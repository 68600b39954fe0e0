//! Reads the headers that every response may have.

use crate::platform::now;
use crate::rate_limit::{RateLimit, seconds};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use std::time::{Duration, SystemTime};

/// The headers in which servers return the id of a request, in order of preference.
const REQUEST_ID_HEADERS: [&str; 3] = ["x-request-id", "x-ory-request-id", "x-correlation-id"];

/// The longest wait that a server may ask for, so that it can be added to any time.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Returns the server's id of the request.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    let mut found = REQUEST_ID_HEADERS
        .iter()
        .filter_map(|name| headers.get(*name));
    found.next()?.to_str().ok()
}

/// Returns how long the server asks to wait, at most a day: `Retry-After` (RFC 9110 §10.2.3), or, for
/// 429, the reset of its rate limit.
pub(crate) fn retry_after(status: StatusCode, headers: &HeaderMap) -> Option<Duration> {
    let asked = headers.get(RETRY_AFTER);
    let asked = asked.and_then(|value| wait(value.to_str().ok()?.trim(), now()));
    asked.or_else(|| {
        // Servers send their quota with every response.
        let limited = status == StatusCode::TOO_MANY_REQUESTS;
        let limit = RateLimit::from_headers(headers);
        limit.filter(|_| limited)?.reset()
    })
}

/// Reads a number of seconds or a date, in any format of RFC 9110 §5.6.7.
fn wait(value: &str, now: SystemTime) -> Option<Duration> {
    seconds(value).or_else(|| {
        let date = httpdate::parse_http_date(value).ok()?;
        let wait = date.duration_since(now).unwrap_or_default();
        Some(wait.min(MAX_RETRY_AFTER))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};
    use std::time::UNIX_EPOCH;

    const DAY: u64 = 24 * 60 * 60;

    #[test]
    fn retry_after_is_a_number_of_seconds_or_a_date_in_any_format() {
        // 2026-01-01T00:00:00Z.
        let now = UNIX_EPOCH + Duration::from_secs(1_767_225_600);
        for (value, expected) in [
            ("120", Some(120)),
            ("0", Some(0)),
            ("Thu, 01 Jan 2026 00:00:30 GMT", Some(30)),
            ("Thursday, 01-Jan-26 00:00:30 GMT", Some(30)),
            ("Thu Jan  1 00:00:30 2026", Some(30)),
            ("Wed, 31 Dec 2025 23:59:59 GMT", Some(0)),
            ("Fri, 02 Jan 2026 00:00:01 GMT", Some(DAY)),
            ("86401", Some(DAY)),
            ("18446744073709551616", Some(DAY)),
            ("-1", None),
            ("1.5", None),
            ("1e3", None),
            ("soon", None),
            ("", None),
        ] {
            let found = wait(value, now).map(|wait| wait.as_secs());
            assert_eq!(found, expected, "{value:?}");
        }
    }

    fn retry_after_of(status: u16, headers: &[(&'static str, &str)]) -> Option<u64> {
        let headers = headers.iter().map(|(name, value)| {
            let value = HeaderValue::try_from(*value).expect("the value is valid");
            (HeaderName::from_static(name), value)
        });
        let status = StatusCode::from_u16(status).expect("the status is valid");
        retry_after(status, &headers.collect()).map(|wait| wait.as_secs())
    }

    #[test]
    fn reset_of_a_rate_limit_is_read_in_every_form() {
        for (name, value, expected) in [
            ("x-ratelimit-reset", "17", Some(17)),
            ("x-ratelimit-reset", "0", Some(0)),
            ("x-ratelimit-reset", "1000000001", Some(0)),
            ("x-ratelimit-reset", "99999999999999999999", Some(DAY)),
            ("x-ratelimit-reset", "-1", None),
            ("ratelimit-reset", "10", Some(10)),
            ("ratelimit-reset", "100000", Some(DAY)),
            ("ratelimit", r#""default";r=0;t=10"#, Some(10)),
            (
                "ratelimit",
                r#""default" ; r=0 ; t=10;pk=:dXNlcg==:"#,
                Some(10),
            ),
            ("ratelimit", "default;r=0;t=10", Some(10)),
            // Only the exhausted limits must be waited for.
            ("ratelimit", r#""day";r=5;t=900, "burst";r=0;t=3"#, Some(3)),
            (
                "ratelimit",
                r#""burst";r=0;t=3, "day";r=0;t=900"#,
                Some(900),
            ),
            ("ratelimit", r#""a,b;r=0;t=99\"";r=0;t=4"#, Some(4)),
            ("ratelimit", "limit=100, remaining=0, reset=10", Some(10)),
            ("ratelimit", r#""default";r=0"#, None),
            ("ratelimit", r#""default";r=0;t=soon"#, None),
            ("ratelimit", "", None),
        ] {
            assert_eq!(
                retry_after_of(429, &[(name, value)]),
                expected,
                "{name}: {value}"
            );
            // A quota is not a request to wait.
            assert_eq!(
                retry_after_of(503, &[(name, value)]),
                None,
                "{name}: {value}"
            );
        }
    }

    #[test]
    fn unreadable_header_does_not_hide_the_next_one() {
        let limit = ("ratelimit", r#""default";r=0;t=4"#);
        let reset = ("ratelimit-reset", "5");
        let ory = ("x-ratelimit-reset", "6");
        for (headers, expected) in [
            (&[ory, reset, limit, ("retry-after", "3")][..], Some(3)),
            (&[ory, reset, limit, ("retry-after", "soon")], Some(4)),
            (&[ory, reset, ("ratelimit", "broken")], Some(5)),
            (&[ory, ("ratelimit-reset", "broken")], Some(6)),
        ] {
            assert_eq!(retry_after_of(429, headers), expected, "{headers:?}");
        }
    }
}
