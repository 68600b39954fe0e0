//! A limit on the rate of requests, with the headers of Ory Network.

use std::time::{Duration, Instant};

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::json;

use crate::reply;

/// Counts the requests of a window of time. The first request after its end begins the next window.
#[derive(Clone, Debug)]
pub(crate) struct RateLimit {
    limit: u32,
    per: Duration,
    used: u32,
    ends: Option<Instant>,
}

/// What the limit says about one request.
pub(crate) struct Allowance {
    limit: u32,
    /// [`None`] if the request is over the limit.
    remaining: Option<u32>,
    reset: Duration,
}

impl RateLimit {
    pub(crate) fn new(limit: u32, per: Duration) -> Self {
        Self {
            limit,
            per,
            used: 0,
            ends: None,
        }
    }

    /// Counts a request.
    pub(crate) fn count(&mut self, now: Instant) -> Allowance {
        let ends = match self.ends {
            Some(ends) if now < ends => ends,
            _ => {
                self.used = 0;
                now + self.per
            }
        };
        self.ends = Some(ends);
        let remaining = self.limit.checked_sub(self.used + 1);
        if remaining.is_some() {
            self.used += 1;
        }
        Allowance {
            limit: self.limit,
            remaining,
            reset: ends - now,
        }
    }
}

impl Allowance {
    /// Returns the response to a request that is over the limit.
    pub(crate) fn refusal(&self) -> Option<Response> {
        if self.remaining.is_some() {
            return None;
        }
        let body = json!({"error": {
            "code": 429,
            "status": "Too Many Requests",
            "message": "The rate limit was exceeded.",
        }});
        let mut response = reply::json(StatusCode::TOO_MANY_REQUESTS, &body);
        self.apply(response.headers_mut());
        Some(response)
    }

    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        // Rounded up: after that many seconds, the window has ended.
        let reset = self.reset.as_secs() + u64::from(self.reset.subsec_nanos() > 0);
        headers.insert("x-ratelimit-limit", self.limit.into());
        headers.insert(
            "x-ratelimit-remaining",
            self.remaining.unwrap_or_default().into(),
        );
        headers.insert("x-ratelimit-reset", reset.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_allows_its_requests_and_the_next_one_begins_anew() {
        let mut rate = RateLimit::new(2, Duration::from_secs(10));
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let remaining = [0, 4, 9, 10, 19, 19, 30].map(|second| rate.count(at(second)).remaining);
        let expected = [Some(1), Some(0), None, Some(1), Some(0), None, Some(1)];
        assert_eq!(remaining, expected);
    }

    #[test]
    fn the_reset_is_in_whole_seconds_and_never_too_early() {
        let mut rate = RateLimit::new(0, Duration::from_millis(1500));
        let start = Instant::now();
        let mut headers = HeaderMap::new();
        rate.count(start).apply(&mut headers);
        assert_eq!(headers["x-ratelimit-reset"], "2");
        rate.count(start + Duration::from_millis(500))
            .apply(&mut headers);
        assert_eq!(headers["x-ratelimit-reset"], "1");
    }
}
