//! The configuration of calls: the server and the HTTP client.

use crate::call_options::CallOptions;
use crate::error::{ConfigurationError, Error};
use crate::http::{HttpClient, HttpSettings, PoolSettings};
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
    options: Option<Arc<CallOptions>>,
    retry: Option<RetryPolicy>,
    time_limit: Option<Duration>,
}

struct Inner {
    client: HttpClient,
    base: Url,
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
            http: HttpSettings {
                pool: PoolSettings {
                    connect_timeout: CONNECT_TIMEOUT,
                    pool_idle_timeout: POOL_IDLE_TIMEOUT,
                },
                client: None,
                configure: None,
                #[cfg(feature = "tower")]
                service: None,
            },
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

    /// Returns the rule for URLs that receive tokens and users.
    pub fn url_policy(&self) -> UrlPolicy {
        self.inner.policy
    }

    /// Returns the same configuration with options for single calls. They replace earlier ones.
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self {
            options: Some(Arc::new(options)),
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

    /// Returns the same configuration with another policy for failed calls.
    #[must_use]
    pub fn with_retry(&self, policy: RetryPolicy) -> Self {
        Self {
            retry: Some(policy),
            ..self.clone()
        }
    }

    /// Returns the policy for failed calls, if they may be repeated.
    pub(crate) fn retry(&self) -> Option<&RetryPolicy> {
        let own = self.options().and_then(CallOptions::retry_policy);
        own.or(self.retry.as_ref()).filter(|policy| policy.is_on())
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
        let default = self.inner.timeout;
        let options = self.options();
        let timeout = options.map_or(default, |options| options.timeout_or(default));
        self.time_limit.map_or(timeout, |limit| timeout.min(limit))
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

    /// Sets the time-out for connecting (default: 10 seconds).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.http.pool.connect_timeout = timeout;
        self
    }

    /// Sets the time-out for a complete response (default: 30 seconds). It applies to every HTTP
    /// client.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how long an unused connection is kept for the next request (default: 4 seconds). Set it
    /// below the time after which the server closes such connections. Otherwise a request can be
    /// sent on a connection that the server is closing, and the outcome of a change is then unknown.
    /// With [`Duration::ZERO`], every request opens a connection.
    pub fn pool_idle_timeout(mut self, timeout: Duration) -> Self {
        self.http.pool.pool_idle_timeout = timeout;
        self
    }

    /// Sets the limit for the body of a response, in bytes (default: 1 MiB).
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// Sends requests with this HTTP client, for proxies, mutual TLS or custom certificates. Set
    /// its `connect_timeout` and `pool_idle_timeout` on it: the builder's are ignored. The builder's
    /// [`timeout`](Self::timeout) applies to it, too.
    ///
    /// With an `https` base URL, the default HTTP client uses the proxies of the environment
    /// (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`) for requests by `https`. Requests by plain `http` are
    /// never sent to a proxy, which could read their tokens.
    ///
    /// Disable redirects with [`reqwest::redirect::Policy::none`]. Otherwise the HTTP client may send
    /// requests to other servers. A response that comes from another server is an error.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http.client = Some(client);
        self
    }

    /// Changes the default HTTP client: proxies, mutual TLS, own certificate authorities, DNS and
    /// default headers. `configure` gets the builder with the time-outs of this builder.
    ///
    /// These rules stay: no redirect is followed, the [`timeout`](Self::timeout) of this builder
    /// applies, and no proxy is used for plain `http`. Requests by plain `http` beside an `https` base URL
    /// do not use these settings.
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// use ory_oidc_core::Configuration;
    /// use reqwest::Proxy;
    ///
    /// let proxy = Proxy::https("http://proxy.internal:3128").expect("static URL is valid");
    /// let configuration = Configuration::builder("https://id.example")
    ///     .configure_http(move |http| http.proxy(proxy))
    ///     .build()?;
    /// # }
    /// # Ok::<(), ory_oidc_core::Error>(())
    /// ```
    pub fn configure_http(
        mut self,
        configure: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.http.configure = Some(Box::new(configure));
        self
    }

    /// Sends requests through a tower service, such as `reqwest_middleware::ClientWithMiddleware`, a
    /// [`reqwest::Client`] in tower layers, or a service for tests that needs no server.
    ///
    /// The [`timeout`](Self::timeout) of this builder applies to the service, from waiting until it is
    /// ready to the end of the body. If the service fails, a request that changes something has the
    /// kind [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown), because the service may have sent it.
    /// The service must not follow redirects.
    #[cfg(feature = "tower")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tower")))]
    pub fn http_service<S>(mut self, service: S) -> Self
    where
        S: tower_service::Service<reqwest::Request, Response = reqwest::Response>
            + Clone
            + Send
            + 'static,
        S::Future: Send,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.http.service = Some(crate::service::HttpService::new(service));
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
        Ok(Configuration {
            inner: Arc::new(Inner {
                client,
                base,
                policy,
                user_agent,
                timeout: self.timeout,
                max_body_bytes: self.max_body_bytes,
                add_headers: self.add_headers,
                observer: self.observer,
            }),
            options: None,
            retry: self.retry,
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
