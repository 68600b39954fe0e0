//! The builder of a client.

use super::client::{Client, Inner};
use crate::discovery::called::{AdvertisedEndpoints, Called};
use crate::discovery::endpoints::Endpoints;
use crate::discovery::issuer::Issuer;
use crate::operation;
use crate::registration::authorization::RegistrationAuthorization;
use ory_oidc_core::cache::Cache;
use ory_oidc_core::cache::CachePolicy;
use ory_oidc_core::configuration::{Configuration, ConfigurationBuilder};
use ory_oidc_core::error::{ConfigurationError, Error};
use ory_oidc_core::operation::Exchange;
use ory_oidc_core::retry::RetryPolicy;
use ory_oidc_core::url_policy::UrlPolicy;
use reqwest::header::HeaderMap;
use std::fmt;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use url::Origin;

/// The default tolerance for clocks that differ.
#[cfg(feature = "jwt")]
const LEEWAY: Duration = Duration::from_secs(60);

/// The maximum tolerance for clocks that differ.
#[cfg(feature = "jwt")]
const MAX_LEEWAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Client {
    /// Creates a client with the default settings.
    ///
    /// ```no_run
    /// let ory = ory_oidc::Client::new("https://slug.projects.oryapis.com")?;
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Configuration`], as for [`ClientBuilder::build`].
    pub fn new(base_url: impl Into<String>) -> Result<Self, Error> {
        Self::builder(base_url).build()
    }

    /// Returns a builder with the default settings.
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// use std::time::Duration;
    ///
    /// let ory = ory_oidc::Client::builder("https://slug.projects.oryapis.com")
    ///     .user_agent("my-app/1.0")
    ///     .timeout(Duration::from_secs(5))
    ///     .build()?;
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    pub fn builder(base_url: impl Into<String>) -> ClientBuilder {
        let base_url = base_url.into();
        ClientBuilder {
            configuration: Configuration::builder(base_url.as_str()),
            base_url,
            issuer: None,
            public_issuer: None,
            tolerate_root_slash: false,
            trusted_origins: Vec::new(),
            advertised_endpoints: AdvertisedEndpoints::default(),
            metadata_cache: CachePolicy::new(),
            #[cfg(feature = "jwt")]
            keys_cache: CachePolicy::new(),
            #[cfg(feature = "jwt")]
            leeway: LEEWAY,
            registration_authorization: RegistrationAuthorization::default(),
        }
    }
}

/// Builds a [`Client`].
#[must_use]
pub struct ClientBuilder {
    configuration: ConfigurationBuilder,
    base_url: String,
    issuer: Option<String>,
    public_issuer: Option<String>,
    tolerate_root_slash: bool,
    trusted_origins: Vec<String>,
    advertised_endpoints: AdvertisedEndpoints,
    metadata_cache: CachePolicy,
    #[cfg(feature = "jwt")]
    keys_cache: CachePolicy,
    #[cfg(feature = "jwt")]
    leeway: Duration,
    registration_authorization: RegistrationAuthorization,
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The base URL is not checked yet: it may hold a password.
        f.debug_struct("ClientBuilder").finish_non_exhaustive()
    }
}

impl ClientBuilder {
    /// Sets the expected issuer (default: the base URL exactly as it was passed). The issuer in the
    /// metadata must be identical, including a slash at the end (OpenID Connect Discovery §4.3).
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Treats `https://host` and `https://host/` as the same issuer (default: `false`). Any other
    /// difference is an error.
    /// [`ProviderMetadata::issuer_was_tolerated`](crate::discovery::ProviderMetadata::issuer_was_tolerated)
    /// returns whether the slash differed.
    pub fn tolerate_root_slash_in_issuer(mut self, tolerate: bool) -> Self {
        self.tolerate_root_slash = tolerate;
        self
    }

    /// Sets the public issuer of a provider that this process calls at an internal base URL, as in
    /// Docker and Kubernetes. Use it instead of [`issuer`](Self::issuer), not with it.
    ///
    /// Discovery expects this issuer. URLs for browsers start with the issuer. This process sends
    /// requests for the issuer's endpoints to the base URL.
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// let ory = ory_oidc::Client::builder("http://hydra:4444")
    ///     .allow_insecure_http(true) // inside the cluster
    ///     .public_issuer("https://id.example/")
    ///     .build()?;
    /// let url = ory.end_session(None).url()?;
    /// assert_eq!(url.as_str(), "https://id.example/oauth2/sessions/logout");
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    pub fn public_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.public_issuer = Some(issuer.into());
        self
    }

    /// Trusts endpoints at one more origin, such as `https://keys.example`. By default, only the
    /// origins of the base URL and of the issuer are trusted. Discovery fails if the metadata
    /// contains an endpoint at another origin, because users, codes and tokens could be sent to it.
    pub fn trust_endpoint_origin(mut self, origin: impl Into<String>) -> Self {
        self.trusted_origins.push(origin.into());
        self
    }

    /// Sets when calls use the endpoints of the provider's metadata for userinfo and registration
    /// (default: [`AdvertisedEndpoints::WhenDiscovered`]). Otherwise they use Ory's documented paths
    /// below the base URL. Set [`AdvertisedEndpoints::Always`] for a provider whose endpoints are at
    /// other paths.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), ory_oidc::Error> {
    /// use ory_oidc::discovery::AdvertisedEndpoints;
    /// use ory_oidc::{Client, ClientMetadata};
    ///
    /// # let server = ory_oidc_mock::OryMock::builder().registration_path("/clients").start().await;
    /// let ory = Client::builder(server.url())
    ///     .advertised_endpoints(AdvertisedEndpoints::Always)
    ///     .build()?;
    /// let wanted = ClientMetadata::new(["https://app.example/callback"]);
    /// ory.register(&wanted).await?; // reads the metadata first
    /// assert_eq!(ory.registration_endpoint().url().path(), "/clients");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [`Client::userinfo_endpoint`] and [`Client::registration_endpoint`] return what is in use.
    pub fn advertised_endpoints(mut self, endpoints: AdvertisedEndpoints) -> Self {
        self.advertised_endpoints = endpoints;
        self
    }

    /// Sets how long the provider's metadata is cached (default: [`CachePolicy::new`]).
    pub fn metadata_cache(mut self, policy: CachePolicy) -> Self {
        self.metadata_cache = policy;
        self
    }

    /// Sets how long the provider's keys are cached, and how often tokens with an unknown key id
    /// cause a fetch (default: [`CachePolicy::new`]).
    #[cfg(feature = "jwt")]
    pub fn keys_cache(mut self, policy: CachePolicy) -> Self {
        self.keys_cache = policy;
        self
    }

    /// Sets the tolerated difference between the clocks of the provider and of this machine when
    /// the times in a token are checked (default: 1 minute). Values over 1 day are reduced to 1
    /// day.
    #[cfg(feature = "jwt")]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway.min(MAX_LEEWAY);
        self
    }

    /// Permits plain `http` to other machines (default: `false`). Anybody on the network path can
    /// read the tokens, so use it only inside a trusted network.
    pub fn allow_insecure_http(mut self, allow: bool) -> Self {
        self.configuration = self.configuration.allow_insecure_http(allow);
        self
    }

    /// Sets the `User-Agent` header. By default, the client sends none.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.configuration = self.configuration.user_agent(user_agent);
        self
    }

    /// Sets the time-out for connecting (default: 10 seconds).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.configuration = self.configuration.connect_timeout(timeout);
        self
    }

    /// Sets the time-out for a complete response (default: 30 seconds). It applies to every HTTP
    /// client.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.configuration = self.configuration.timeout(timeout);
        self
    }

    /// Sets how long an unused connection is kept for the next request (default: 4 seconds). Set it
    /// below the time after which the server closes such connections. Otherwise a request can be
    /// sent on a connection that the server is closing, and the outcome of a change is then unknown.
    /// With [`Duration::ZERO`], every request opens a connection.
    pub fn pool_idle_timeout(mut self, timeout: Duration) -> Self {
        self.configuration = self.configuration.pool_idle_timeout(timeout);
        self
    }

    /// Sets the limit for the body of a response, in bytes (default: 1 MiB).
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.configuration = self.configuration.max_body_bytes(bytes);
        self
    }

    /// Sets the credential with which registrations are read, updated and deleted (default: the
    /// registration access token).
    pub fn registration_authorization(mut self, with: RegistrationAuthorization) -> Self {
        self.registration_authorization = with;
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

    /// Builds the client. Sends nothing.
    ///
    /// # Errors
    /// [`Error::Configuration`] in these cases:
    /// - A URL is not an absolute `https` URL, or it has a query, a fragment or credentials. `http`
    ///   is permitted for this machine, and for others with
    ///   [`allow_insecure_http`](Self::allow_insecure_http).
    /// - Both an issuer and a public issuer are set.
    /// - The user agent contains characters that a header cannot contain.
    /// - The base URL is `https`, and the program has no TLS library.
    /// - More than one of `http_client`, `configure_http` and `http_service` is set.
    /// - The HTTP client cannot be built.
    pub fn build(self) -> Result<Client, Error> {
        let policy = self.configuration.url_policy();
        let trusted = trusted_origins(policy, &self.trusted_origins)?;
        let split_horizon = self.public_issuer.is_some();
        if let Some(issuer) = &self.public_issuer {
            if self.issuer.is_some() {
                return Err(ConfigurationError::ConflictingIssuers.into());
            }
            let invalid = |problem| ConfigurationError::Url {
                setting: "public issuer",
                problem,
            };
            policy.parse(issuer).map_err(invalid)?;
        }
        let configuration = self.configuration.build()?;
        let issuer = self.public_issuer.or(self.issuer).unwrap_or(self.base_url);
        let endpoints = Endpoints::new(
            configuration.base_url(),
            &issuer,
            split_horizon,
            policy,
            &trusted,
        );
        let called = Called::documented(configuration.base_url());
        let inner = Inner {
            advertised_endpoints: self.advertised_endpoints,
            called: RwLock::new(Arc::new(called)),
            issuer: Issuer::new(issuer, self.tolerate_root_slash),
            endpoints,
            metadata: Cache::new(operation::DISCOVER, self.metadata_cache),
            #[cfg(feature = "jwt")]
            keys: Cache::new(operation::KEYS, self.keys_cache),
            #[cfg(feature = "jwt")]
            leeway: self.leeway,
            registration_authorization: self.registration_authorization,
        };
        Ok(Client::from_inner(inner, configuration))
    }
}

fn trusted_origins(policy: UrlPolicy, texts: &[String]) -> Result<Vec<Origin>, ConfigurationError> {
    let origins = texts.iter().map(|text| {
        let origin = policy.parse_origin(text);
        origin.map_err(|problem| ConfigurationError::Url {
            setting: "trusted origin",
            problem,
        })
    });
    origins.collect()
}
