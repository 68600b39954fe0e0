//! Repeats calls that failed.

use crate::error::{Error, ErrorKind};
use crate::operation::Operation;
use crate::platform::random;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// What a retry takes from the budget, of which a successful call returns 1.
const RETRY_COST: u32 = 10;

/// Which failed calls are repeated, how often and when. By default, a client repeats none.
///
/// - Only `GET` requests are repeated, and only if the [error is retryable](Error::is_retryable):
///   after a time-out, a closed connection, a 429, and a 5xx. `POST`, `PUT` and `DELETE` requests are
///   repeated only if no connection could be opened, so that nothing was sent. A read is not repeated
///   if a part of the body arrived, which may hold a new token.
/// - If the server asks for a pause, by `Retry-After` or a rate limit, the retry waits that long. If
///   the pause is longer than [`max_delay`](Self::max_delay), the error is returned at once.
///   Otherwise the delays double, and each is chosen at random up to that.
/// - The call's time-out covers all attempts and delays. A retry that would begin after it is not
///   made.
/// - All calls of a client share a [budget](Self::budget), so that retries do not multiply the load
///   on a server in trouble.
///
/// ```
/// use ory_oidc_core::retry::RetryPolicy;
/// use std::time::Duration;
///
/// let policy = RetryPolicy::new().max_retries(3).max_delay(Duration::from_secs(2));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct RetryPolicy {
    max_retries: u32,
    base_delay: Duration,
    max_delay: Duration,
    attempt_timeout: Option<Duration>,
    budget: Arc<Budget>,
}

impl RetryPolicy {
    /// Repeats a call at most twice, after up to 0.1 and 0.2 seconds, or after the pause that the
    /// server asks for if that is at most 5 seconds. The budget is 10 retries.
    pub fn new() -> Self {
        Self {
            max_retries: 2,
            base_delay: Duration::from_millis(100),
            max_delay: Duration::from_secs(5),
            attempt_timeout: None,
            budget: Arc::new(Budget::new(10)),
        }
    }

    /// Repeats no call.
    pub fn off() -> Self {
        Self::new().max_retries(0)
    }

    /// Sets how often a call is repeated (default: 2).
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = retries;
        self
    }

    /// Sets the longest delay before the first retry (default: 0.1 seconds). It doubles with each
    /// retry.
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// Sets the longest delay before any retry (default: 5 seconds).
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Sets a time-out for each attempt of a read (default: none). Without it, an attempt that times
    /// out leaves no time for another. What changes something is not cut short: it is not repeated,
    /// and its outcome would be unknown.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// Sets how many retries all calls of a client share (default: 10). Ten calls that succeed at
    /// once return one retry to the budget.
    pub fn budget(mut self, retries: u32) -> Self {
        self.budget = Arc::new(Budget::new(retries));
        self
    }

    /// Whether a call may be repeated at all.
    pub(crate) fn is_on(&self) -> bool {
        self.max_retries > 0
    }

    pub(crate) fn timeout_of_attempt(&self, operation: Operation) -> Option<Duration> {
        self.attempt_timeout.filter(|_| is_read(operation))
    }

    pub(crate) fn succeeded_at_once(&self) {
        self.budget.deposit();
    }

    /// Takes a retry from the budget. Returns whether there was one.
    pub(crate) fn withdraw(&self) -> bool {
        self.budget.withdraw()
    }

    /// Returns the delay before the call is repeated, if the budget permits it; [`None`] if it is not.
    pub(crate) fn delay(
        &self,
        operation: Operation,
        error: &Error,
        retries: usize,
    ) -> Option<Duration> {
        let retries = u32::try_from(retries).unwrap_or(u32::MAX);
        if retries >= self.max_retries || !may_repeat(operation, error) {
            return None;
        }
        let doubled = 2_u32.checked_pow(retries).unwrap_or(u32::MAX);
        let longest = self.base_delay.saturating_mul(doubled).min(self.max_delay);
        let asked = error.retry_after().unwrap_or_default();
        // A random delay, so that clients that failed together do not return together.
        let delay = asked.saturating_add(longest.mul_f64(random()));
        (asked <= self.max_delay).then_some(delay)
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether repeating a call cannot change anything twice, and loses nothing: a response that broke off
/// may hold a credential that replaced the one of the request.
fn may_repeat(operation: Operation, error: &Error) -> bool {
    let broke_off = matches!(error, Error::Transport(error)
        if error.body().is_some_and(|body| !body.is_empty()));
    error.is_retryable() && !broke_off && (is_read(operation) || error.kind() == ErrorKind::Connect)
}

fn is_read(operation: Operation) -> bool {
    operation.is_safe() && matches!(operation.method(), "GET" | "HEAD")
}

/// The retries that all calls share.
#[derive(Debug)]
struct Budget {
    capacity: u32,
    left: AtomicU32,
}

impl Budget {
    fn new(retries: u32) -> Self {
        let capacity = retries.saturating_mul(RETRY_COST);
        let left = AtomicU32::new(capacity);
        Self { capacity, left }
    }

    fn withdraw(&self) -> bool {
        let less = |left: u32| left.checked_sub(RETRY_COST);
        let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
        self.left.fetch_update(set, fetch, less).is_ok()
    }

    fn deposit(&self) {
        let more = |left: u32| (left < self.capacity).then_some(left + 1);
        let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
        // A full budget stays full.
        let _ = self.left.fetch_update(set, fetch, more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ServerError, TransportError};
    use bytes::Bytes;
    use reqwest::StatusCode;
    use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};

    const READ: Operation = Operation::new("readThing", "GET", "/things/{id}");
    const CHANGE: Operation = Operation::new("changeThing", "PUT", "/things/{id}");

    fn server(operation: Operation, status: u16, retry_after: Option<&'static str>) -> Error {
        let status = StatusCode::from_u16(status).expect("the status is valid");
        let retry_after = retry_after.map(|value| (RETRY_AFTER, HeaderValue::from_static(value)));
        let headers = HeaderMap::from_iter(retry_after);
        ServerError::new(operation, status, headers, Bytes::new()).into()
    }

    fn is_repeated(operation: Operation, error: &Error) -> bool {
        RetryPolicy::new().delay(operation, error, 0).is_some()
    }

    #[test]
    fn only_reads_are_repeated() {
        for status in [429, 500, 502, 503, 504] {
            assert!(is_repeated(READ, &server(READ, status, None)), "{status}");
            for operation in [CHANGE, READ.by_post()] {
                let error = server(operation, status, None);
                assert!(!is_repeated(operation, &error), "{operation} {status}");
            }
        }
        for status in [400, 401, 403, 404, 409, 501] {
            assert!(!is_repeated(READ, &server(READ, status, None)), "{status}");
        }
        assert!(is_repeated(READ, &TransportError::gave_up(READ).into()));
        assert!(!is_repeated(
            CHANGE,
            &TransportError::gave_up(CHANGE).into()
        ));
    }

    #[test]
    fn response_that_broke_off_may_hold_a_credential_and_is_not_repeated() {
        for (body, expected) in [("", true), ("{\"registration_access_", false)] {
            let error = TransportError::gave_up(READ).with_partial_response(
                StatusCode::OK,
                HeaderMap::new(),
                Bytes::from(body),
            );
            assert_eq!(is_repeated(READ, &error.into()), expected, "{body}");
        }
    }

    #[test]
    fn delay_is_random_doubles_and_has_a_limit() {
        let policy = RetryPolicy::new().max_retries(u32::MAX);
        let policy = policy.max_delay(Duration::from_secs(1));
        let error = server(READ, 503, None);
        for (retries, longest) in [
            (0, 100),
            (1, 200),
            (3, 800),
            (4, 1000),
            (4_000_000_000, 1000),
        ] {
            let delays = (0..100).map(|_| policy.delay(READ, &error, retries));
            let delays: Vec<_> = delays.map(|delay| delay.expect("it is repeated")).collect();
            let longest = Duration::from_millis(longest);
            assert!(delays.iter().all(|delay| *delay <= longest), "{delays:?}");
            assert!(
                delays.iter().any(|delay| *delay > longest / 2),
                "{delays:?}"
            );
            assert!(
                delays.iter().any(|delay| *delay < longest / 2),
                "{delays:?}"
            );
        }
    }

    #[test]
    fn pause_that_the_server_asks_for_is_kept_or_the_error_is_returned() {
        let policy = RetryPolicy::new();
        let delay = policy.delay(READ, &server(READ, 503, Some("3")), 0);
        let delay = delay.expect("the pause is short enough");
        assert!((3.0..3.2).contains(&delay.as_secs_f64()), "{delay:?}");
        let long = server(READ, 503, Some("6"));
        assert_eq!(policy.delay(READ, &long, 0), None);
    }

    #[test]
    fn budget_is_shared_by_clones_and_returned_by_successes() {
        let policy = RetryPolicy::new().budget(2);
        let repeated = || policy.clone().withdraw();
        assert_eq!([repeated(), repeated(), repeated()], [true, true, false]);
        for _ in 0..9 {
            policy.succeeded_at_once();
        }
        assert!(!repeated());
        policy.succeeded_at_once();
        policy.succeeded_at_once();
        assert!(repeated());
        assert!(!repeated());
    }

    #[test]
    fn nothing_is_repeated_beyond_the_limit_or_when_off() {
        let error = server(READ, 503, None);
        assert!(RetryPolicy::new().delay(READ, &error, 2).is_none());
        assert!(RetryPolicy::off().delay(READ, &error, 0).is_none());
        assert!(!RetryPolicy::off().is_on());
    }
}
