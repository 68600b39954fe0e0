//! The settings of a client for its HTTP client. In WebAssembly, the JavaScript runtime is the HTTP client, and
//! has no such settings.

use super::builder::ClientBuilder;
use std::time::Duration;

/// Settings of the HTTP client. Not available in WebAssembly, where the JavaScript runtime sends requests.
impl ClientBuilder {
    /// Sets the time-out for connecting (default: 10 seconds).
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// use std::time::Duration;
    ///
    /// let ory = ory_oidc::Client::builder("https://slug.projects.oryapis.com")
    ///     .connect_timeout(Duration::from_secs(2))
    ///     .build()?;
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.configuration = self.configuration.connect_timeout(timeout);
        self
    }

    /// Sets how long an unused connection is kept for the next request (default: 4 seconds). Set it
    /// below the time after which the server closes such connections. Otherwise a request can be
    /// sent on a connection that the server is closing, and the outcome of a change is then unknown.
    /// With [`Duration::ZERO`], every request opens a connection.
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// use std::time::Duration;
    ///
    /// let ory = ory_oidc::Client::builder("https://slug.projects.oryapis.com")
    ///     .pool_idle_timeout(Duration::from_secs(50)) // its load balancer closes after 60
    ///     .build()?;
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    pub fn pool_idle_timeout(mut self, timeout: Duration) -> Self {
        self.configuration = self.configuration.pool_idle_timeout(timeout);
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
    /// Disable redirects with [`reqwest::redirect::Policy::none`]. Otherwise the HTTP client may
    /// send requests to other servers, with the original URL in the `Referer` header unless you
    /// also set `referer(false)`. A response that comes from another server is an error.
    ///
    /// ```
    /// use ory_oidc::reqwest;
    ///
    /// let http = reqwest::Client::builder()
    ///     .redirect(reqwest::redirect::Policy::none())
    ///     .build()
    ///     .expect("the HTTP client can be built");
    /// let ory = ory_oidc::Client::builder("https://slug.projects.oryapis.com")
    ///     .http_client(http)
    ///     .build()?;
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.configuration = self.configuration.http_client(client);
        self
    }

    /// Changes the default HTTP client: proxies, mutual TLS, your certificate authorities, DNS and
    /// default headers. `configure` gets the builder with the time-outs of this builder.
    ///
    /// `configure` cannot change these rules: no redirect is followed, the [`timeout`](Self::timeout)
    /// of this builder applies, and no proxy is used for an `http` base URL. Do not set `retry`, which
    /// could repeat a `POST`: use [`retry`](Self::retry) of this builder.
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// use ory_oidc::reqwest::Proxy;
    ///
    /// let proxy = Proxy::https("http://proxy.internal:3128").expect("static URL is valid");
    /// let ory = ory_oidc::Client::builder("https://slug.projects.oryapis.com")
    ///     .configure_http(move |http| http.proxy(proxy))
    ///     .build()?;
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    pub fn configure_http(
        mut self,
        configure: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.configuration = self.configuration.configure_http(configure);
        self
    }

    /// Sends requests through a tower service, such as `reqwest_middleware::ClientWithMiddleware`, a
    /// [`reqwest::Client`] in tower layers, or a service for tests that needs no server.
    ///
    /// The [`timeout`](Self::timeout) of this builder applies to the service, from waiting until it is
    /// ready to the end of the body. If the service fails, a request that changes something has the
    /// kind [`OutcomeUnknown`](crate::error::ErrorKind::OutcomeUnknown), because the service may have
    /// sent it. The service must not follow redirects.
    ///
    /// ```
    /// use ory_oidc::reqwest;
    /// use tower::ServiceBuilder;
    ///
    /// let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    /// let http = http.build().expect("the HTTP client can be built");
    /// let service = ServiceBuilder::new().concurrency_limit(64).service(http);
    /// let ory = ory_oidc::Client::builder("https://slug.projects.oryapis.com")
    ///     .http_service(service)
    ///     .build()?;
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
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
        self.configuration = self.configuration.http_service(service);
        self
    }
}
