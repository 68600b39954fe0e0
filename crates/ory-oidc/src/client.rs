//! The client and how it is built.

use crate::cache::Cache;
use crate::discovery::Document;
use crate::endpoints::Endpoints;
#[cfg(feature = "jwt")]
use crate::jwks::Keys;
use crate::{CachePolicy, ConfigurationError, Error, Exchange, Operation};
use ory_oidc_gen as raw;
use raw::apis::configuration::{CONNECT_TIMEOUT, Configuration, TIMEOUT};
use reqwest::header::HeaderValue;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use url::{Host, Url};

/// A client of one Ory server: an Ory Network project or an Ory Hydra.
///
/// Cheap to clone, and `Send + Sync`: all clones share one pool of connections.
///
/// ```
/// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
/// let ory = ory_oidc::Client::builder("https://slug.projects.oryapis.com")
///     .user_agent("my-app/1.0")
///     .build()?;
/// assert_eq!(ory.base_url(), "https://slug.projects.oryapis.com");
/// # }
/// # Ok::<(), ory_oidc::Error>(())
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    configuration: Configuration,
    issuer: String,
    tolerate_root_slash: bool,
    allow_insecure_http: bool,
    endpoints: Endpoints,
    metadata: Arc<Cache<Arc<Document>>>,
    #[cfg(feature = "jwt")]
    keys: Arc<Cache<Arc<Keys>>>,
    #[cfg(feature = "jwt")]
    leeway: Duration,
    registration_authorization: RegistrationAuthorization,
    observer: Option<Observer>,
}

/// How far clocks may be apart, unless the builder is told otherwise.
#[cfg(feature = "jwt")]
const LEEWAY: Duration = Duration::from_secs(60);

/// Clocks that differ by more are wrong.
#[cfg(feature = "jwt")]
const LONGEST_LEEWAY: Duration = Duration::from_secs(24 * 60 * 60);

type Observer = Box<dyn Fn(&Exchange) + Send + Sync>;

/// What a client authorizes the reading, updating and deleting of a registration with.
///
/// Ory's documentation names the client's secret as well; today's Hydra accepts
/// only the token.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum RegistrationAuthorization {
    /// The registration access token as `Bearer` (RFC 7592 §1.3).
    #[default]
    RegistrationAccessToken,
    /// Client id and secret in the `Authorization` header (RFC 6749 §2.3.1).
    ClientSecretBasic,
    /// The client's secret in the URL's query, as Ory describes it. Servers and
    /// proxies log URLs.
    ClientSecretPost,
    /// One of the two above, by the registration's `token_endpoint_auth_method`.
    TokenEndpointAuthMethod,
}

impl Client {
    /// A client with the settings that suit most.
    ///
    /// # Errors
    /// [`Error::Configuration`] as for [`ClientBuilder::build`].
    pub fn new(base_url: impl Into<String>) -> Result<Self, Error> {
        Self::builder(base_url).build()
    }

    /// A client with settings of the caller's choice.
    pub fn builder(base_url: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            base_url: base_url.into(),
            issuer: None,
            tolerate_root_slash: false,
            split_horizon: false,
            trusted_origins: Vec::new(),
            metadata_cache: CachePolicy::new(),
            #[cfg(feature = "jwt")]
            keys_cache: CachePolicy::new(),
            #[cfg(feature = "jwt")]
            leeway: LEEWAY,
            allow_insecure_http: false,
            user_agent: None,
            connect_timeout: CONNECT_TIMEOUT,
            timeout: TIMEOUT,
            max_body_bytes: raw::apis::MAX_BODY_BYTES,
            registration_authorization: RegistrationAuthorization::default(),
            http_client: None,
            observer: None,
        }
    }

    /// The base URL, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.inner.configuration.base_path()
    }

    /// The issuer that discovery must find: what the builder was given, or the base
    /// URL as it was given.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.inner.issuer
    }

    /// The configuration of the raw crate, for calls that this one does not wrap.
    #[must_use]
    pub fn as_raw(&self) -> &Configuration {
        &self.inner.configuration
    }

    /// Makes a call of the raw crate and reports it to the observer.
    pub(crate) async fn exchange<T>(
        &self,
        operation: Operation,
        call: impl Future<Output = Result<raw::Response<T>, raw::Error>>,
    ) -> Result<raw::Response<T>, raw::Error> {
        let started = Instant::now();
        let answer = call.await;
        if let Some(observer) = &self.inner.observer {
            let status = match &answer {
                Ok(answer) => Some(answer.status()),
                Err(error) => error.status(),
            };
            observer(&Exchange {
                operation,
                status,
                elapsed: started.elapsed(),
            });
        }
        answer
    }

    pub(crate) fn tolerates_root_slash(&self) -> bool {
        self.inner.tolerate_root_slash
    }

    pub(crate) fn allows_insecure_http(&self) -> bool {
        self.inner.allow_insecure_http
    }

    pub(crate) fn endpoints(&self) -> &Endpoints {
        &self.inner.endpoints
    }

    pub(crate) fn metadata_cache(&self) -> &Arc<Cache<Arc<Document>>> {
        &self.inner.metadata
    }

    #[cfg(feature = "jwt")]
    pub(crate) fn keys_cache(&self) -> &Arc<Cache<Arc<Keys>>> {
        &self.inner.keys
    }

    #[cfg(feature = "jwt")]
    pub(crate) fn leeway(&self) -> Duration {
        self.inner.leeway
    }

    pub(crate) fn registration_authorization(&self) -> RegistrationAuthorization {
        self.inner.registration_authorization
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.base_url())
            .field("issuer", &self.issuer())
            .finish_non_exhaustive()
    }
}

/// Builds a [`Client`].
#[must_use]
pub struct ClientBuilder {
    base_url: String,
    issuer: Option<String>,
    tolerate_root_slash: bool,
    split_horizon: bool,
    trusted_origins: Vec<String>,
    metadata_cache: CachePolicy,
    #[cfg(feature = "jwt")]
    keys_cache: CachePolicy,
    #[cfg(feature = "jwt")]
    leeway: Duration,
    allow_insecure_http: bool,
    user_agent: Option<String>,
    connect_timeout: Duration,
    timeout: Duration,
    max_body_bytes: usize,
    registration_authorization: RegistrationAuthorization,
    http_client: Option<reqwest::Client>,
    observer: Option<Observer>,
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The base URL is not judged yet: it may hold a password.
        f.debug_struct("ClientBuilder").finish_non_exhaustive()
    }
}

impl ClientBuilder {
    /// The issuer that discovery must find, code point by code point (OpenID Connect
    /// Discovery §4.3). Without it that is the base URL as it was given.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Takes `https://host` and `https://host/` for the same issuer. It is the only
    /// difference that can be tolerated;
    /// [`ProviderMetadata::issuer_was_tolerated`](crate::ProviderMetadata::issuer_was_tolerated)
    /// tells when it was.
    pub fn tolerate_root_slash_in_issuer(mut self) -> Self {
        self.tolerate_root_slash = true;
        self
    }

    /// For a split horizon, as in Docker and Kubernetes: this process reaches the provider at the
    /// base URL, an internal one, and everybody else at the issuer. Discovery must find this
    /// issuer, as with [`issuer`](Self::issuer). The endpoints that it names there are reached at
    /// the base URL, and browsers are sent to the issuer.
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// let ory = ory_oidc::Client::builder("http://hydra:4444")
    ///     .allow_insecure_http() // inside the cluster
    ///     .public_issuer("https://id.example/")
    ///     .build()?;
    /// let url = ory.end_session(None).url()?;
    /// assert_eq!(url.as_str(), "https://id.example/oauth2/sessions/logout");
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    pub fn public_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self.split_horizon = true;
        self
    }

    /// Believes in endpoints at one more origin, such as `https://keys.example`. The provider's
    /// metadata may name endpoints at the base URL and at the issuer; those that are elsewhere are
    /// refused, since they would send users and codes to whom nobody vouched for.
    pub fn trust_endpoint_origin(mut self, origin: impl Into<String>) -> Self {
        self.trusted_origins.push(origin.into());
        self
    }

    /// How long the provider's metadata is kept.
    pub fn metadata_cache(mut self, policy: CachePolicy) -> Self {
        self.metadata_cache = policy;
        self
    }

    /// How long the provider's keys are kept, and how often an unknown one is looked for.
    #[cfg(feature = "jwt")]
    pub fn keys_cache(mut self, policy: CachePolicy) -> Self {
        self.keys_cache = policy;
        self
    }

    /// How far the clocks of the provider and of this machine may be apart, for the times in
    /// tokens; one minute at first, a day at most.
    #[cfg(feature = "jwt")]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway.min(LONGEST_LEEWAY);
        self
    }

    /// Permits plain `http` to other machines. Every token is readable on the way:
    /// for a trusted network inside a cluster, never for the internet.
    pub fn allow_insecure_http(mut self) -> Self {
        self.allow_insecure_http = true;
        self
    }

    /// Sent as `User-Agent`.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// How long to wait for a connection; 10 seconds at first.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long to wait for a whole answer; 30 seconds at first.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The most that is read of an answer's body, in bytes; 1 MiB at first.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// What registrations are managed with; the registration access token at first.
    pub fn registration_authorization(mut self, with: RegistrationAuthorization) -> Self {
        self.registration_authorization = with;
        self
    }

    /// Sends requests by a client of the caller's: for proxies, mutual TLS, own
    /// certificates. Its time-outs count, not this builder's. Build it with
    /// [`reqwest::redirect::Policy::none`]; an answer that came by a redirect is an error, but by
    /// then the request has been sent on, and with it, unless `referer(false)` is set, its URL.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http_client = Some(client);
        self
    }

    /// Is told of every exchange with the server: for metrics and logs. It must not block.
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
        self.observer = Some(Box::new(observer));
        self
    }

    /// The client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Configuration`] when the base URL is no absolute `https` URL (`http`
    /// for this machine), or has a query, a fragment or a password, when the user
    /// agent cannot stand in a header, when a public issuer or a trusted origin is none, or when
    /// the HTTP client cannot be built.
    pub fn build(self) -> Result<Client, Error> {
        // Policy first: a refused URL must not cost the building of a TLS client.
        self.check_transport()?;
        let trusted = self.trusted_origins.iter();
        let trusted = trusted.map(|origin| self.trusted_origin(origin));
        let trusted = trusted.collect::<Result<Vec<_>, _>>()?;
        let http_client = match self.http_client {
            Some(client) => client,
            None => reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(self.connect_timeout)
                .timeout(self.timeout)
                .build()
                .map_err(|error| ConfigurationError::HttpClient(Arc::new(error)))?,
        };
        let mut configuration =
            Configuration::with_client(&self.base_url, http_client).map_err(refused_url)?;
        configuration.max_body_bytes = self.max_body_bytes;
        if let Some(user_agent) = self.user_agent {
            let value = HeaderValue::try_from(user_agent);
            configuration.user_agent = Some(value.map_err(|_| ConfigurationError::UserAgent)?);
        }
        let issuer = self.issuer.unwrap_or(self.base_url);
        let endpoints = Endpoints::new(
            configuration.base_path(),
            &issuer,
            self.split_horizon,
            self.allow_insecure_http,
            &trusted,
        );
        let inner = Inner {
            configuration,
            issuer,
            tolerate_root_slash: self.tolerate_root_slash,
            allow_insecure_http: self.allow_insecure_http,
            endpoints,
            metadata: Cache::new(Operation::Discover, self.metadata_cache),
            #[cfg(feature = "jwt")]
            keys: Cache::new(Operation::Keys, self.keys_cache),
            #[cfg(feature = "jwt")]
            leeway: self.leeway,
            registration_authorization: self.registration_authorization,
            observer: self.observer,
        };
        Ok(Client {
            inner: Arc::new(inner),
        })
    }

    fn check_transport(&self) -> Result<(), ConfigurationError> {
        let refused = |reason| Err(ConfigurationError::BaseUrl { reason });
        if self.base_url.is_empty() {
            return refused("is empty");
        }
        let Ok(url) = Url::parse(&self.base_url) else {
            return refused("is not an absolute URL");
        };
        if !self.is_safe(&url) {
            return Err(ConfigurationError::InsecureHttp);
        }
        let issuer = self.issuer.as_deref().unwrap_or(&self.base_url);
        let is_fit = |url: Url| {
            matches!(url.scheme(), "http" | "https") && self.is_safe(&url) && is_plain(&url)
        };
        if self.split_horizon && !Url::parse(issuer).is_ok_and(is_fit) {
            return Err(ConfigurationError::PublicIssuer);
        }
        Ok(())
    }

    fn is_safe(&self, url: &Url) -> bool {
        url.scheme() != "http" || self.allow_insecure_http || is_loopback(url)
    }

    fn trusted_origin(&self, text: &str) -> Result<url::Origin, ConfigurationError> {
        let url = Url::parse(text).ok().filter(|url| {
            let bare = url.path() == "/" && is_plain(url);
            matches!(url.scheme(), "http" | "https") && bare && self.is_safe(url)
        });
        let origin = url.map(|url| url.origin());
        origin.ok_or(ConfigurationError::EndpointOrigin)
    }
}

fn refused_url(error: raw::Error) -> ConfigurationError {
    match error {
        raw::Error::InvalidArgument { reason, .. } => ConfigurationError::BaseUrl { reason },
        error => ConfigurationError::HttpClient(Arc::new(error)),
    }
}

/// Whether a URL has neither query, fragment, user name nor password.
fn is_plain(url: &Url) -> bool {
    url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
}

/// Whether a URL stays on this machine (RFC 6761 §6.3 for the name).
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[tokio::test]
    async fn the_observer_is_told_of_every_exchange_good_or_bad() {
        let mut server = mockito::Server::new_async().await;
        let good = server
            .mock("GET", "/.well-known/openid-configuration")
            .with_status(503);
        let good = good.create_async().await;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let ory = Client::builder(server.url())
            .observe(move |exchange| log.lock().expect("nobody panicked").push(*exchange))
            .build()
            .expect("a client");
        ory.discover().await.expect_err("the server is away");
        good.assert_async().await;
        let seen = seen.lock().expect("nobody panicked");
        let told: Vec<_> = seen.iter().map(|e| (e.operation, e.status)).collect();
        let away = reqwest::StatusCode::SERVICE_UNAVAILABLE;
        assert_eq!(told, [(Operation::Discover, Some(away))]);
    }

    #[tokio::test]
    async fn the_user_agent_is_sent_and_judged() {
        let mut server = mockito::Server::new_async().await;
        let expected = server
            .mock("GET", "/.well-known/openid-configuration")
            .match_header("user-agent", "my-app/1.0")
            .with_status(404)
            .create_async()
            .await;
        let ory = Client::builder(server.url())
            .user_agent("my-app/1.0")
            .build()
            .expect("a client");
        ory.discover().await.expect_err("nothing is there");
        expected.assert_async().await;
        let refused = Client::builder(server.url()).user_agent("my\napp").build();
        let refused = refused.expect_err("no header can hold it");
        assert!(matches!(
            refused,
            Error::Configuration(ConfigurationError::UserAgent)
        ));
    }
}
