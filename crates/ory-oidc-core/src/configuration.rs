//! The configuration of calls: the server and the HTTP client.

use crate::error::{ConfigurationError, Error};
use crate::operation::Exchange;
use crate::url_policy::UrlPolicy;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// The default time-out for connecting.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The default time-out for a complete response.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// The default limit for the body of a response, in bytes: 1 MiB.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

type Observer = Box<dyn Fn(&Exchange) + Send + Sync>;

/// The configuration of calls: the server and the HTTP client. It holds no credentials: they are
/// arguments of each call.
///
/// Cheap to clone; all clones share one connection pool.
///
/// ```
/// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
/// use ory_oidc_core::Configuration;
///
/// let configuration = Configuration::new("https://playground.projects.oryapis.com")?;
/// assert_eq!(configuration.base_url().host_str(), Some("playground.projects.oryapis.com"));
/// # }
/// # Ok::<(), ory_oidc_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Configuration {
    inner: Arc<Inner>,
    options: Option<Arc<CallOptions>>,
}

struct Inner {
    client: reqwest::Client,
    base: Url,
    policy: UrlPolicy,
    user_agent: Option<HeaderValue>,
    max_body_bytes: usize,
    observer: Option<Observer>,
}

/// Options of single calls. See [`Configuration::with_options`].
///
/// [`Debug`](fmt::Debug) shows the names of headers, not their values.
#[derive(Clone, Default)]
pub struct CallOptions {
    /// The time-out for the complete response, instead of the client's.
    pub timeout: Option<Duration>,
    /// Additional headers. Those that the call sets itself take precedence.
    pub headers: HeaderMap,
}

impl CallOptions {
    /// Whether no option is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.timeout.is_none() && self.headers.is_empty()
    }

    /// Adds a header.
    pub fn add_header(&mut self, name: HeaderName, value: HeaderValue) {
        self.headers.append(name, value);
    }
}

impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.keys().collect();
        f.debug_struct("CallOptions")
            .field("timeout", &self.timeout)
            .field("headers", &names)
            .finish()
    }
}

impl Configuration {
    /// Creates a configuration with the default settings.
    ///
    /// # Errors
    /// [`Error::Configuration`], as for [`ConfigurationBuilder::build`].
    pub fn new(base_url: &str) -> Result<Self, Error> {
        Ok(Self::builder(base_url).build()?)
    }

    /// Returns a builder with the default settings.
    pub fn builder(base_url: impl Into<String>) -> ConfigurationBuilder {
        ConfigurationBuilder {
            base_url: base_url.into(),
            allow_insecure_http: false,
            user_agent: None,
            connect_timeout: CONNECT_TIMEOUT,
            timeout: TIMEOUT,
            max_body_bytes: MAX_BODY_BYTES,
            http_client: None,
            observer: None,
        }
    }

    /// Returns the base URL.
    #[must_use]
    pub fn base_url(&self) -> &Url {
        &self.inner.base
    }

    /// Returns the rule for URLs that receive tokens and users.
    pub fn url_policy(&self) -> UrlPolicy {
        self.inner.policy
    }

    /// Returns the same configuration with options for single calls. They replace earlier ones.
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            options: Some(Arc::new(options)),
        }
    }

    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.inner.client
    }

    pub(crate) fn user_agent(&self) -> Option<&HeaderValue> {
        self.inner.user_agent.as_ref()
    }

    pub(crate) fn max_body_bytes(&self) -> usize {
        self.inner.max_body_bytes
    }

    pub(crate) fn options(&self) -> Option<&CallOptions> {
        self.options.as_deref()
    }

    pub(crate) fn observer(&self) -> Option<&Observer> {
        self.inner.observer.as_ref()
    }
}

impl fmt::Debug for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Configuration")
            .field("base_url", &self.inner.base.as_str())
            .field("user_agent", &self.inner.user_agent)
            .field("max_body_bytes", &self.inner.max_body_bytes)
            .finish_non_exhaustive()
    }
}

/// Builds a [`Configuration`].
#[must_use]
pub struct ConfigurationBuilder {
    base_url: String,
    allow_insecure_http: bool,
    user_agent: Option<String>,
    connect_timeout: Duration,
    timeout: Duration,
    max_body_bytes: usize,
    http_client: Option<reqwest::Client>,
    observer: Option<Observer>,
}

impl ConfigurationBuilder {
    /// Permits plain `http` to other machines (default: `false`). Anybody on the network path can
    /// read the tokens, so use it only inside a trusted network.
    pub fn allow_insecure_http(mut self, allow: bool) -> Self {
        self.allow_insecure_http = allow;
        self
    }

    /// Sets the `User-Agent` header.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// Sets the time-out for connecting (default: 10 seconds).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the time-out for a complete response (default: 30 seconds).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the limit for the body of a response, in bytes (default: 1 MiB).
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// Sends requests with this HTTP client, for proxies, mutual TLS or custom certificates. Its
    /// time-outs apply instead of the builder's.
    ///
    /// Disable redirects with [`Policy::none`]. Otherwise the HTTP client may send requests to
    /// other servers. A response that comes from another server is an error.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http_client = Some(client);
        self
    }

    /// Calls a function after every exchange with the server, for metrics and logs. The function
    /// must not block.
    pub fn observe(mut self, observer: impl Fn(&Exchange) + Send + Sync + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Returns the rule for URLs that receive tokens and users.
    pub fn url_policy(&self) -> UrlPolicy {
        UrlPolicy::new().allow_insecure_http(self.allow_insecure_http)
    }

    /// Builds the configuration. Sends nothing.
    ///
    /// # Errors
    /// [`ConfigurationError::Url`] for a base URL that the policy does not permit,
    /// [`ConfigurationError::UserAgent`], and [`ConfigurationError::HttpClient`].
    pub fn build(self) -> Result<Configuration, ConfigurationError> {
        // The URL first: building a TLS client is expensive.
        let policy = self.url_policy();
        let base = policy
            .parse(&self.base_url)
            .map_err(|problem| ConfigurationError::Url {
                setting: "base URL",
                problem,
            })?;
        let user_agent = self.user_agent.map(HeaderValue::try_from).transpose();
        let user_agent = user_agent.map_err(|_| ConfigurationError::UserAgent)?;
        let client = match self.http_client {
            Some(client) => client,
            None => reqwest::Client::builder()
                .redirect(Policy::none())
                .connect_timeout(self.connect_timeout)
                .timeout(self.timeout)
                .build()
                .map_err(|error| ConfigurationError::HttpClient(Arc::new(error)))?,
        };
        Ok(Configuration {
            inner: Arc::new(Inner {
                client,
                base,
                policy,
                user_agent,
                max_body_bytes: self.max_body_bytes,
                observer: self.observer,
            }),
            options: None,
        })
    }
}

impl fmt::Debug for ConfigurationBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The base URL is not checked yet: it may hold a password.
        f.debug_struct("ConfigurationBuilder")
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::url_policy::UrlProblem;

    const TRACE: HeaderName = HeaderName::from_static("x-trace");

    #[test]
    fn invalid_base_url_is_refused_and_not_shown() {
        let refused = Configuration::new("https://user:hush@id.example")
            .expect_err("a base URL must not have credentials");
        assert!(matches!(
            refused,
            Error::Configuration(ConfigurationError::Url {
                setting: "base URL",
                problem: UrlProblem::Credentials
            })
        ));
        let shown = format!("{refused} {refused:?}");
        assert!(!shown.contains("hush"), "{shown}");
    }

    #[test]
    fn user_agent_with_a_line_break_is_refused() {
        let client = reqwest::Client::new();
        let builder = Configuration::builder("http://127.0.0.1:1").http_client(client);
        let refused = builder.user_agent("my\napp").build();
        assert!(matches!(refused, Err(ConfigurationError::UserAgent)));
    }

    #[test]
    fn call_options_are_empty_until_one_is_set() {
        let mut options = CallOptions::default();
        assert!(options.is_empty());
        options.timeout = Some(Duration::ZERO);
        assert!(!options.is_empty());
        let mut options = CallOptions::default();
        options.add_header(TRACE, HeaderValue::from_static("a"));
        assert!(!options.is_empty());
    }

    #[test]
    fn header_is_added_to_earlier_ones_of_its_name() {
        let mut options = CallOptions::default();
        options.add_header(TRACE, HeaderValue::from_static("a"));
        options.add_header(TRACE, HeaderValue::from_static("b"));
        let values: Vec<_> = options.headers.get_all(TRACE).iter().collect();
        assert_eq!(values, ["a", "b"]);
    }

    #[test]
    fn options_replace_earlier_ones_and_leave_the_original_unchanged() {
        let original = Configuration::builder("http://127.0.0.1:1")
            .http_client(reqwest::Client::new())
            .build()
            .expect("loopback is permitted");
        let mut first = CallOptions::default();
        first.add_header(TRACE, HeaderValue::from_static("a"));
        let second = CallOptions {
            timeout: Some(Duration::from_secs(1)),
            ..CallOptions::default()
        };
        let replaced = original.with_options(first).with_options(second);
        let options = replaced.options().expect("options are set");
        assert_eq!(options.timeout, Some(Duration::from_secs(1)));
        assert!(options.headers.is_empty());
        assert_eq!(replaced.base_url(), original.base_url());
        assert!(original.options().is_none());
    }
}
