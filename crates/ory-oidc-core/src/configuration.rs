//! The configuration of calls: the server and the HTTP client.

#[cfg(not(target_arch = "wasm32"))]
mod http_client;

use crate::call_options::CallOptions;
use crate::deadline::Deadline;
use crate::error::{ConfigurationError, Error};
use crate::http::{HttpClient, HttpSettings};
use crate::operation::Exchange;
use crate::retry::RetryPolicy;
use crate::url_policy::UrlPolicy;
use reqwest::header::{HeaderMap, HeaderValue};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// The default time-out for connecting.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The default time-out for a complete response.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// The default time after which an unused connection is closed. Common servers close theirs after 5
/// seconds or more.
pub const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// The room for a path that a copy of the base URL has, in bytes. Most paths fit.
const PATH_ROOM: usize = 64;

/// The default limit for the body of a response, in bytes: 1 MiB.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

type Observer = Box<dyn Fn(&Exchange) + Send + Sync>;
type AddHeaders = Box<dyn Fn(&mut HeaderMap) + Send + Sync>;

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
    options: CallOptions,
    retry: Option<Arc<RetryPolicy>>,
    time_limit: Option<Duration>,
}

struct Inner {
    client: HttpClient,
    base: Url,
    /// The base URL with a longer path, so that a copy has room for the path of a call.
    roomy_base: Url,
    policy: UrlPolicy,
    user_agent: Option<HeaderValue>,
    timeout: Duration,
    max_body_bytes: usize,
    add_headers: Option<AddHeaders>,
    observer: Option<Observer>,
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
            http: HttpSettings::new(CONNECT_TIMEOUT, POOL_IDLE_TIMEOUT),
            timeout: TIMEOUT,
            retry: None,
            max_body_bytes: MAX_BODY_BYTES,
            add_headers: None,
            observer: None,
        }
    }

    /// Returns the base URL.
    #[must_use]
    pub fn base_url(&self) -> &Url {
        &self.inner.base
    }

    /// Returns the URL of a path at the server.
    pub(crate) fn url_of(&self, path: &str) -> Url {
        let mut url = self.inner.roomy_base.clone();
        url.set_path(path);
        url
    }

    /// Returns the rule for URLs that receive tokens and users.
    pub fn url_policy(&self) -> UrlPolicy {
        self.inner.policy
    }

    /// Returns the same configuration with options for single calls. They replace earlier ones.
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self {
            options,
            ..self.clone()
        }
    }

    /// Returns the same configuration with a limit for the time of each call. Longer time-outs, also
    /// those of single calls, are reduced to it.
    #[must_use]
    pub fn with_time_limit(&self, limit: Duration) -> Self {
        Self {
            time_limit: Some(limit),
            ..self.clone()
        }
    }

    /// Returns the same configuration for a fetch that several callers share, and the time until which
    /// this caller waits for it. The time-out of its options and its time limit apply only to its wait.
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// use ory_oidc_core::Configuration;
    /// use std::time::Duration;
    ///
    /// let configuration = Configuration::new("https://playground.projects.oryapis.com")?;
    /// let impatient = configuration.with_time_limit(Duration::from_secs(1));
    /// let (shared, until) = impatient.share(); // for `Cache::get`
    /// # }
    /// # Ok::<(), ory_oidc_core::Error>(())
    /// ```
    #[must_use]
    pub fn share(self) -> (Self, Deadline) {
        let (options, timeout) = self.options.split_timeout();
        let limits = [timeout, self.time_limit].into_iter().flatten();
        let shared = Self {
            options,
            time_limit: None,
            ..self
        };
        (
            shared,
            Deadline::after(limits.min().unwrap_or(Duration::MAX)),
        )
    }

    /// Returns the same configuration with another policy for failed calls.
    #[must_use]
    pub fn with_retry(&self, policy: RetryPolicy) -> Self {
        Self {
            retry: Some(Arc::new(policy)),
            ..self.clone()
        }
    }

    /// Returns the policy for failed calls, if they may be repeated.
    pub(crate) fn retry(&self) -> Option<&RetryPolicy> {
        let own = self.options.retry_policy();
        own.or(self.retry.as_deref())
            .filter(|policy| policy.is_on())
    }

    /// Returns the function that adds headers to each request.
    pub(crate) fn add_headers(&self) -> Option<&AddHeaders> {
        self.inner.add_headers.as_ref()
    }

    pub(crate) fn client(&self) -> &HttpClient {
        &self.inner.client
    }

    pub(crate) fn user_agent(&self) -> Option<&HeaderValue> {
        self.inner.user_agent.as_ref()
    }

    /// Returns the time-out for a complete response.
    pub(crate) fn timeout(&self) -> Duration {
        let timeout = self.options.timeout_or(self.inner.timeout);
        self.time_limit.map_or(timeout, |limit| timeout.min(limit))
    }

    pub(crate) fn max_body_bytes(&self) -> usize {
        self.inner.max_body_bytes
    }

    pub(crate) fn options(&self) -> &CallOptions {
        &self.options
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
    http: HttpSettings,
    timeout: Duration,
    retry: Option<RetryPolicy>,
    max_body_bytes: usize,
    add_headers: Option<AddHeaders>,
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

    /// Sets the time-out for a complete response (default: 30 seconds). It applies to every HTTP
    /// client.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the limit for the body of a response, in bytes (default: 1 MiB).
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// Repeats failed calls. By default, no call is repeated.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// Calls a function that may add headers to each request, such as `traceparent`. With the feature
    /// `tracing`, it is called in the span of the call. Headers that the call sets itself, and those
    /// of its options, take precedence.
    pub fn request_headers(
        mut self,
        add_headers: impl Fn(&mut HeaderMap) + Send + Sync + 'static,
    ) -> Self {
        self.add_headers = Some(Box::new(add_headers));
        self
    }

    /// Calls a function after every exchange with the server, for metrics and logs. The function
    /// must not block. A panic in it does not affect the call.
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
    /// [`ConfigurationError::UserAgent`], [`ConfigurationError::Tls`] without a TLS library for an
    /// `https` base URL, [`ConfigurationError::ConflictingHttpClients`] and
    /// [`ConfigurationError::HttpClient`].
    pub fn build(self) -> Result<Configuration, ConfigurationError> {
        // The URL first: building a TLS client is expensive.
        let policy = self.url_policy();
        let base = policy
            .parse(&self.base_url)
            .map_err(|problem| ConfigurationError::Url {
                setting: "base URL",
                problem,
            })?;
        let user_agent = self.user_agent.as_deref();
        let user_agent = user_agent.map(HeaderValue::from_str).transpose();
        let user_agent = user_agent.map_err(|_| ConfigurationError::UserAgent)?;
        let client = self.http.build(base.scheme() == "https")?;
        let mut roomy_base = base.clone();
        roomy_base.set_path(&"x".repeat(base.path().len() + PATH_ROOM));
        Ok(Configuration {
            inner: Arc::new(Inner {
                client,
                base,
                roomy_base,
                policy,
                user_agent,
                timeout: self.timeout,
                max_body_bytes: self.max_body_bytes,
                add_headers: self.add_headers,
                observer: self.observer,
            }),
            options: CallOptions::new(),
            retry: self.retry.map(Arc::new),
            time_limit: None,
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
mod tests;
