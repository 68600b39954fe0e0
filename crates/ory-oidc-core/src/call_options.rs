//! Options of single calls.

use crate::error::RequestError;
use crate::retry::RetryPolicy;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use std::time::Duration;
use url::Url;

/// The header that carries the caller's id of a request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Options of single calls. See
/// [`Configuration::with_options`](crate::configuration::Configuration::with_options).
///
/// [`Debug`](fmt::Debug) shows the names of headers, not their values.
///
/// ```
/// use ory_oidc_core::call_options::CallOptions;
/// use std::time::Duration;
///
/// let options = CallOptions::new().timeout(Duration::from_secs(2)).request_id("job-17");
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct CallOptions {
    timeout: Option<Duration>,
    headers: HeaderMap,
    retry: Option<RetryPolicy>,
    url: Option<Url>,
    problem: Option<RequestError>,
}

impl CallOptions {
    /// Sets nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the time-out for the complete response, instead of the client's.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Adds a header. Those that the call sets itself take precedence.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// Sets `X-Request-Id`, by which the call is found in the logs of the server and of gateways. A
    /// call with an id that a header cannot carry is not sent.
    pub fn request_id(mut self, id: &str) -> Self {
        self.problem = None;
        if let Ok(id) = HeaderValue::from_str(id) {
            self.headers.insert(REQUEST_ID, id);
        } else {
            let problem = "contains a character that a header cannot carry";
            self.problem = Some(RequestError::new("request_id", problem));
        }
        self
    }

    /// Sets whether and how a failed call is repeated, instead of the client's policy.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// Sends the call to this URL, instead of the operation's path below the base URL. The caller checks
    /// that it may receive the call's credentials.
    pub fn url(mut self, url: Url) -> Self {
        self.url = Some(url);
        self
    }

    /// Whether no option is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let set = self.timeout.is_some() || self.retry.is_some() || self.problem.is_some();
        !set && self.url.is_none() && self.headers.is_empty()
    }

    pub(crate) fn retry_policy(&self) -> Option<&RetryPolicy> {
        self.retry.as_ref()
    }

    pub(crate) fn timeout_or(&self, default: Duration) -> Duration {
        self.timeout.unwrap_or(default)
    }

    pub(crate) fn url_of_call(&self) -> Option<&Url> {
        self.url.as_ref()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the error of an option that cannot be used.
    pub(crate) fn problem(&self) -> Option<&RequestError> {
        self.problem.as_ref()
    }
}

impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.keys().collect();
        f.debug_struct("CallOptions")
            .field("timeout", &self.timeout)
            .field("headers", &names)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_empty_until_one_is_set() {
        assert!(CallOptions::new().is_empty());
        assert!(!CallOptions::new().timeout(Duration::ZERO).is_empty());
        assert!(!CallOptions::new().request_id("a").is_empty());
    }

    #[test]
    fn header_is_added_to_earlier_ones_of_its_name() {
        const TRACE: HeaderName = HeaderName::from_static("x-trace");
        let options = CallOptions::new().header(TRACE, HeaderValue::from_static("a"));
        let options = options.header(TRACE, HeaderValue::from_static("b"));
        let values: Vec<_> = options.headers().get_all(TRACE).iter().collect();
        assert_eq!(values, ["a", "b"]);
    }

    #[test]
    fn debug_shows_no_value_of_a_header() {
        let value = HeaderValue::from_static("hush");
        let options = CallOptions::new().header(HeaderName::from_static("x-secret"), value);
        let shown = format!("{:?}", options.request_id("hush"));
        assert!(!shown.contains("hush"), "{shown}");
        assert!(shown.contains("x-secret"), "{shown}");
    }

    #[test]
    fn request_id_that_a_header_cannot_carry_is_a_problem() {
        let options = CallOptions::new().request_id("a\nb");
        let problem = options.problem().expect("a line break cannot be sent");
        assert_eq!(problem.argument(), "request_id");
        assert!(!options.is_empty());
        assert!(CallOptions::new().request_id("a").problem().is_none());
    }
}
