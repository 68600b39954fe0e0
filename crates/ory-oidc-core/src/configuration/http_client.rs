//! The settings of the HTTP client. In WebAssembly, the JavaScript runtime is the HTTP client, and has no
//! such settings.

use super::ConfigurationBuilder;
#[cfg(feature = "tower")]
use crate::http::HttpService;
use std::time::Duration;

/// Settings of the HTTP client. Not available in WebAssembly, where the JavaScript runtime sends requests.
impl ConfigurationBuilder {
    /// Sets the time-out for connecting (default: 10 seconds).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.http.pool.connect_timeout = timeout;
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

    /// Changes the default HTTP client: proxies, mutual TLS, your certificate authorities, DNS and
    /// default headers. `configure` gets the builder with the time-outs of this builder.
    ///
    /// `configure` cannot change these rules: no redirect is followed, the [`timeout`](Self::timeout)
    /// of this builder applies, and no proxy is used for plain `http`. If the base URL is `https`,
    /// requests by plain `http` do not use these settings.
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
        self.http.service = Some(HttpService::new(service));
        self
    }
}
