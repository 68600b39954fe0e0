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

    /// Changes the default HTTP client: proxies, mutual TLS, own certificate authorities, DNS and
    /// default headers. `configure` gets the builder with the time-outs of this builder.
    ///
    /// These rules stay: no redirect is followed, the [`timeout`](Self::timeout) of this builder
    /// applies, and with an `http` base URL, no proxy is used.
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
