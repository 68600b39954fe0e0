//! Reads the headers that every response may have.

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
    let asked = headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok());
    if let Some(value) = asked {
        return seconds(value.trim()).or_else(|| {
            let date = httpdate::parse_http_date(value.trim()).ok()?;
            let wait = date.duration_since(SystemTime::now()).unwrap_or_default();
            Some(wait.min(MAX_RETRY_AFTER))
        });
    }
    let limited = status == StatusCode::TOO_MANY_REQUESTS;
    RateLimit::from_headers(headers)
        .filter(|_| limited)?
        .reset()
}
