//! The settings of a client for HTTP.

use super::builder::ClientBuilder;
use ory_oidc_core::operation::Exchange;
use ory_oidc_core::retry::RetryPolicy;
use reqwest::header::HeaderMap;
use std::time::Duration;

impl ClientBuilder {
    /// Permits plain `http` to other machines (default: `false`). Anybody on the network path can
    /// read the tokens, so use it only inside a trusted network.
    ///
    /// ```
    /// let ory = ory_oidc::Client::builder("http://hydra:4444")
    ///     .allow_insecure_http(true) // inside the cluster
    ///     .build()?;
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    pub fn allow_insecure_http(mut self, allow: bool) -> Self {
        self.configuration = self.configuration.allow_insecure_http(allow);
        self
    }

    /// Sets the `User-Agent` header. By default, the client sends none.
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// let ory = ory_oidc::Client::builder("https://slug.projects.oryapis.com")
    ///     .user_agent(concat!("my-app/", env!("CARGO_PKG_VERSION")))
    ///     .build()?;
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.configuration = self.configuration.user_agent(user_agent);
        self
    }

    /// Sets the time-out for a complete response (default: 30 seconds). It applies to every HTTP
    /// client.
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// use std::time::Duration;
    ///
    /// let ory = ory_oidc::Client::builder("https://slug.projects.oryapis.com")
    ///     .timeout(Duration::from_secs(5))
    ///     .build()?;
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.configuration = self.configuration.timeout(timeout);
        self
    }

    /// Sets the limit for the body of a response, in bytes (default: 1 MiB).
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// let ory = ory_oidc::Client::builder("https://slug.projects.oryapis.com")
    ///     .max_body_bytes(64 * 1024)
    ///     .build()?;
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.configuration = self.configuration.max_body_bytes(bytes);
        self
    }

    /// Repeats failed calls. By default, no call is repeated.
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// use ory_oidc::retry::RetryPolicy;
    ///
    /// let ory = ory_oidc::Client::builder("https://slug.projects.oryapis.com")
    ///     .retry(RetryPolicy::new().max_retries(3))
    ///     .build()?;
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.configuration = self.configuration.retry(policy);
        self
    }

    /// Calls a function that may add headers to each request, such as `traceparent`. With the feature
    /// `tracing`, it is called in the span of the call. Headers that the call sets itself, and those
    /// of its options, take precedence.
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// use ory_oidc::reqwest::header::HeaderValue;
    ///
    /// let ory = ory_oidc::Client::builder("https://slug.projects.oryapis.com")
    ///     .request_headers(|headers| {
    ///         headers.insert("x-tenant", HeaderValue::from_static("acme"));
    ///     })
    ///     .build()?;
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    pub fn request_headers(
        mut self,
        add_headers: impl Fn(&mut HeaderMap) + Send + Sync + 'static,
    ) -> Self {
        self.configuration = self.configuration.request_headers(add_headers);
        self
    }

    /// Calls a function after every exchange with the server, for metrics and logs. The function
    /// must not block. A panic in it does not affect the call.
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// let ory = ory_oidc::Client::builder("https://slug.projects.oryapis.com")
    ///     .observe(|exchange| eprintln!("{} took {:?}", exchange.operation, exchange.elapsed))
    ///     .build()?;
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    pub fn observe(mut self, observer: impl Fn(&Exchange) + Send + Sync + 'static) -> Self {
        self.configuration = self.configuration.observe(observer);
        self
    }
}
