//! Options of single calls.

use crate::error::RequestError;
use crate::retry::RetryPolicy;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use std::sync::Arc;
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
pub struct CallOptions(
    /// In a block, since few calls have options.
    Option<Arc<Set>>,
);

/// Options, some of which are set.
#[derive(Clone, Default)]
struct Set {
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

    fn set(mut self, change: impl FnOnce(&mut Set)) -> Self {
        change(Arc::make_mut(self.0.get_or_insert_default()));
        self
    }

    fn get<T>(&self, option: impl FnOnce(&Set) -> Option<&T>) -> Option<&T> {
        self.0.as_deref().and_then(option)
    }

    /// Sets the time-out for the complete response, instead of the client's.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.set(|options| options.timeout = Some(timeout))
    }

    /// Adds a header. Those that the call sets itself take precedence.
    pub fn header(self, name: HeaderName, value: HeaderValue) -> Self {
        self.set(|options| {
            options.headers.append(name, value);
        })
    }

    /// Sets `X-Request-Id`, by which the call is found in the logs of the server and of gateways. A
    /// call with an id that a header cannot carry is not sent.
    pub fn request_id(self, id: &str) -> Self {
        self.set(|options| {
            options.problem = None;
            if let Ok(id) = HeaderValue::from_str(id) {
                options.headers.insert(REQUEST_ID, id);
            } else {
                let problem = "contains a character that a header cannot carry";
                options.problem = Some(RequestError::new("request_id", problem));
            }
        })
    }

    /// Sets whether and how a failed call is repeated, instead of the client's policy.
    pub fn retry(self, policy: RetryPolicy) -> Self {
        self.set(|options| options.retry = Some(policy))
    }

    /// Sends the call to this URL, instead of the operation's path below the base URL. The caller checks
    /// that it may receive the call's credentials.
    pub fn url(self, url: Url) -> Self {
        self.set(|options| options.url = Some(url))
    }

    /// Whether no option is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Takes the time-out out of the options.
    pub(crate) fn split_timeout(self) -> (Self, Option<Duration>) {
        match self.get(|options| options.timeout.as_ref()).copied() {
            None => (self, None),
            timeout => (self.set(|options| options.timeout = None), timeout),
        }
    }

    pub(crate) fn retry_policy(&self) -> Option<&RetryPolicy> {
        self.get(|options| options.retry.as_ref())
    }

    pub(crate) fn timeout_or(&self, default: Duration) -> Duration {
        let timeout = self.get(|options| options.timeout.as_ref());
        timeout.copied().unwrap_or(default)
    }

    pub(crate) fn url_of_call(&self) -> Option<&Url> {
        self.get(|options| options.url.as_ref())
    }

    pub(crate) fn headers(&self) -> Option<&HeaderMap> {
        self.get(|options| Some(&options.headers))
    }

    /// Returns the error of an option that cannot be used.
    pub(crate) fn problem(&self) -> Option<&RequestError> {
        self.get(|options| options.problem.as_ref())
    }
}

impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = self.headers().into_iter().flat_map(HeaderMap::keys);
        f.debug_struct("CallOptions")
            .field("timeout", &self.get(|options| options.timeout.as_ref()))
            .field("headers", &headers.collect::<Vec<_>>())
            .field("retry", &self.retry_policy())
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
    fn time_out_is_separated_from_the_other_options() {
        let second = Duration::from_secs(1);
        let options = CallOptions::new().request_id("a").timeout(second);
        let (others, timeout) = options.split_timeout();
        assert_eq!(timeout, Some(second));
        assert_eq!(others.timeout_or(Duration::ZERO), Duration::ZERO);
        assert_eq!(others.headers().map(HeaderMap::len), Some(1));
    }

    #[test]
    fn header_is_added_to_earlier_ones_of_its_name() {
        const TRACE: HeaderName = HeaderName::from_static("x-trace");
        let options = CallOptions::new().header(TRACE, HeaderValue::from_static("a"));
        let options = options.header(TRACE, HeaderValue::from_static("b"));
        let headers = options.headers().expect("headers are set");
        let values: Vec<_> = headers.get_all(TRACE).iter().collect();
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
