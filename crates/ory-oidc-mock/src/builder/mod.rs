//! Starting a mock server, and its settings.

mod addresses;
mod login_app;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use crate::access_token_strategy::AccessTokenStrategy;
use crate::algorithm::Algorithm;
use crate::caching::Caching;
use crate::hydra_version::HydraVersion;
use crate::mock::OryMock;
use crate::paths::Paths;
use crate::rate_limit::RateLimit;
use crate::server::{self, Server};
use crate::state::{Config, Shared};

/// Starting a mock server.
impl OryMock {
    /// Starts a mock server with the default settings on a free port of the loopback interface.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let ory = ory_oidc_mock::OryMock::start().await;
    /// assert_eq!(ory.issuer(), ory.url());
    /// # }
    /// ```
    ///
    /// # Panics
    /// If the operating system provides no free port or no new thread.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Starts a mock server as [`start`](Self::start) does, without an async runtime.
    ///
    /// ```
    /// let ory = ory_oidc_mock::OryMock::start_blocking();
    /// assert!(ory.url().starts_with("http://127.0.0.1:"));
    /// ```
    ///
    /// # Panics
    /// If the operating system provides no free port or no new thread.
    pub fn start_blocking() -> Self {
        Self::builder().start_blocking()
    }

    /// Returns a builder for a mock server with other settings.
    ///
    /// ```
    /// let ory = ory_oidc_mock::OryMock::builder().registration(false).start_blocking();
    /// assert!(ory.registered_clients().is_empty());
    /// ```
    pub fn builder() -> OryMockBuilder {
        OryMockBuilder::new()
    }
}

/// The settings of a mock server. Create it with [`OryMock::builder`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use ory_oidc_mock::OryMock;
///
/// let ory = OryMock::builder()
///     .advertise_registration_endpoint(true)
///     .initial_access_token("from-the-operator")
///     .post_logout_url("https://app.example/logged-out")
///     .start()
///     .await;
/// assert!(ory.url().starts_with("http://127.0.0.1:"));
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct OryMockBuilder {
    host: IpAddr,
    port: u16,
    admin_port: u16,
    url: Option<String>,
    version: HydraVersion,
    registration: bool,
    advertise_registration_endpoint: bool,
    rotate_registration_tokens: bool,
    initial_access_token: Option<String>,
    issuer: Option<String>,
    issuer_ending: &'static str,
    login_url: Option<String>,
    consent_url: Option<String>,
    logout_url: Option<String>,
    post_logout_url: Option<String>,
    algorithms: Vec<Algorithm>,
    access_tokens: AccessTokenStrategy,
    caching: Caching,
    rate_limit: Option<RateLimit>,
    paths: Paths,
}

impl OryMockBuilder {
    fn new() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            admin_port: 0,
            url: None,
            version: HydraVersion::default(),
            registration: true,
            advertise_registration_endpoint: false,
            rotate_registration_tokens: true,
            initial_access_token: None,
            issuer: None,
            issuer_ending: "",
            login_url: None,
            consent_url: None,
            logout_url: None,
            post_logout_url: None,
            algorithms: vec![Algorithm::Rs256],
            access_tokens: AccessTokenStrategy::Opaque,
            caching: Caching::default(),
            rate_limit: None,
            paths: Paths::default(),
        }
    }

    /// Sets the version of Hydra that the mock server behaves as (default:
    /// [`HydraVersion::Head`], the newest).
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// use ory_oidc_mock::HydraVersion;
    ///
    /// let ory = OryMock::builder().hydra_version(HydraVersion::V2_3_0).start_blocking();
    /// ```
    pub fn hydra_version(mut self, version: HydraVersion) -> Self {
        self.version = version;
        self
    }

    /// Sets whether dynamic client registration is enabled (default: true). If it is disabled, the
    /// registration endpoints respond with 404.
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().registration(false).start_blocking();
    /// ```
    pub fn registration(mut self, enabled: bool) -> Self {
        self.registration = enabled;
        self
    }

    /// Sets whether discovery contains the `registration_endpoint` (default: false). Hydra includes
    /// it only if configured.
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().advertise_registration_endpoint(true).start_blocking();
    /// ```
    pub fn advertise_registration_endpoint(mut self, advertise: bool) -> Self {
        self.advertise_registration_endpoint = advertise;
        self
    }

    /// Sets whether every update replaces the registration access token and invalidates the old one
    /// (default: true, as in Hydra).
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().rotate_registration_tokens(false).start_blocking();
    /// ```
    pub fn rotate_registration_tokens(mut self, rotate: bool) -> Self {
        self.rotate_registration_tokens = rotate;
        self
    }

    /// Requires this initial access token for registration. Hydra does not support initial access
    /// tokens, but a gateway in front of it may.
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().initial_access_token("from-the-operator").start_blocking();
    /// ```
    pub fn initial_access_token(mut self, token: impl Into<String>) -> Self {
        self.initial_access_token = Some(token.into());
        self
    }

    /// Sets the issuer in discovery and in tokens (default: [`OryMock::url`]). Does not change the
    /// URLs of the endpoints.
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().issuer("https://id.example").start_blocking();
    /// assert_eq!(ory.issuer(), "https://id.example");
    /// ```
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Sets whether the issuer ends in `/` (default: false). Hydra's issuer does by default.
    ///
    /// OpenID Connect requires a client to compare the issuer with its configured URL. If the issuer
    /// ends in `/`, the client's URL must end in `/` as well.
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().issuer_trailing_slash(true).start_blocking();
    /// assert_eq!(ory.issuer(), format!("{}/", ory.url()));
    /// ```
    pub fn issuer_trailing_slash(mut self, slash: bool) -> Self {
        self.issuer_ending = if slash { "/" } else { "" };
        self
    }

    /// Sets the signing algorithms of ID tokens, logout tokens and userinfo: any of `RS256`, `ES256`
    /// and `EdDSA` (default: only `RS256`, as in Hydra).
    ///
    /// The mock server publishes a key for each algorithm and lists the algorithms in discovery. A
    /// client selects one with `userinfo_signed_response_alg` or `id_token_signed_response_alg`.
    /// Hydra drops `id_token_signed_response_alg`, and so does the mock server if `RS256` is the only
    /// algorithm.
    ///
    /// The ID tokens of other clients are signed with `RS256` (OpenID Connect Dynamic Client
    /// Registration 1.0, section 2), or with the first algorithm if `RS256` is not enabled.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// let ory = OryMock::builder().signing_algorithms(["RS256", "ES256", "EdDSA"]).start_blocking();
    /// let client = ory.create_client(json!({"id_token_signed_response_alg": "ES256"}));
    /// let signed_with_es256 = ory.issue_id_token(&client, "user-1");
    /// ```
    ///
    /// # Panics
    /// If `names` is empty or contains any other algorithm.
    pub fn signing_algorithms<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.algorithms.clear();
        for name in names {
            match Algorithm::named(name) {
                None => {
                    panic!("unsupported signing algorithm {name:?}: expected RS256, ES256 or EdDSA")
                }
                Some(repeated) if self.algorithms.contains(&repeated) => {}
                Some(new) => self.algorithms.push(new),
            }
        }
        assert!(
            !self.algorithms.is_empty(),
            "signing_algorithms needs at least one algorithm"
        );
        self
    }

    /// Sets whether access tokens are JWTs (default: false, as in Hydra). A client's own
    /// `access_token_strategy` takes precedence. Hydra's setting is `strategies.access_token`.
    ///
    /// The tokens have Hydra's claims: `aud`, `client_id`, `exp`, `ext`, `iat`, `iss`, `jti`, `nbf`, `scp`
    /// and `sub`. A published key verifies them, which signs nothing else. Clients with pairwise subjects
    /// are rejected, as in Hydra.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// let ory = OryMock::builder().jwt_access_tokens(true).start_blocking();
    /// let token = ory.issue_access_token(json!({"sub": "user-1"}));
    /// assert_eq!(token.split('.').count(), 3);
    /// ```
    pub fn jwt_access_tokens(mut self, jwt: bool) -> Self {
        self.access_tokens = if jwt {
            AccessTokenStrategy::Jwt
        } else {
            AccessTokenStrategy::Opaque
        };
        self
    }

    /// Sets the `Cache-Control` header of discovery and of the key set (RFC 9111, section 5.2;
    /// default: Hydra's value, which forbids caching). An empty string removes the header. Change it
    /// later with [`OryMock::set_cache_control`].
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().cache_control("max-age=60").start_blocking();
    /// ```
    ///
    /// # Panics
    /// If `value` is not a valid header value.
    pub fn cache_control(mut self, value: &str) -> Self {
        self.caching.set_control(value);
        self
    }

    /// Sets the `Age` header of discovery and of the key set, in seconds (RFC 9111, section 5.1), as
    /// if they came from a shared cache. Change it later with [`OryMock::set_age`].
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().cache_control("max-age=60").age(59).start_blocking();
    /// ```
    pub fn age(mut self, seconds: u64) -> Self {
        self.caching.set_age(seconds);
        self
    }

    /// Limits the rate of requests (default: no limit). A request over the limit gets 429. Every
    /// response has the headers of Ory Network: `x-ratelimit-limit`, `x-ratelimit-remaining` and
    /// `x-ratelimit-reset`, in seconds.
    ///
    /// For a response with `Retry-After`, use [`Fault::answer`](crate::Fault::answer).
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, std::time::Duration};
    /// let ory = OryMock::builder().rate_limit(10, Duration::from_secs(1)).start_blocking();
    /// ```
    pub fn rate_limit(mut self, requests: u32, per: Duration) -> Self {
        self.rate_limit = Some(RateLimit::new(requests, per));
        self
    }

    /// Starts the mock server.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let ory = ory_oidc_mock::OryMock::builder().start().await;
    /// # }
    /// ```
    ///
    /// # Panics
    /// If the port is in use, or if the operating system provides no new thread.
    #[expect(
        clippy::unused_async,
        reason = "a later version may wait here without changing its callers"
    )]
    pub async fn start(self) -> OryMock {
        self.start_blocking()
    }

    /// Starts the mock server as [`start`](Self::start) does, without an async runtime.
    ///
    /// ```
    /// let ory = ory_oidc_mock::OryMock::builder().start_blocking();
    /// ```
    ///
    /// # Panics
    /// If the port is in use, or if the operating system provides no new thread.
    pub fn start_blocking(self) -> OryMock {
        match self.try_start() {
            Ok(ory) => ory,
            Err(error) => panic!("the mock server cannot start: {error}"),
        }
    }

    pub(crate) fn try_start(self) -> std::io::Result<OryMock> {
        let public = server::listen(self.host, self.port)?;
        let admin = server::listen(self.host, self.admin_port)?;
        let url = match &self.url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => url_of(&public)?,
        };
        let admin_url = url_of(&admin)?;
        let (caching, rate_limit) = (self.caching.clone(), self.rate_limit.clone());
        let config = self.into_config(url, admin_url);
        let shared = Arc::new(Shared::new(config, caching, rate_limit));
        let server = Server::start(public, admin, &shared)?;
        Ok(OryMock::new(shared, server))
    }

    fn into_config(self, url: String, admin_url: String) -> Config {
        let mut issuer = self.issuer.unwrap_or_else(|| url.clone());
        if !issuer.ends_with('/') {
            issuer.push_str(self.issuer_ending);
        }
        Config {
            issuer,
            version: self.version,
            registration: self.registration,
            advertise_registration_endpoint: self.advertise_registration_endpoint,
            rotate_registration_tokens: self.rotate_registration_tokens,
            initial_access_token: self.initial_access_token,
            login_url: self.login_url,
            consent_url: self.consent_url,
            logout_url: self
                .logout_url
                .unwrap_or_else(|| format!("{url}/oauth2/fallbacks/logout")),
            post_logout_url: self
                .post_logout_url
                .unwrap_or_else(|| format!("{url}/oauth2/fallbacks/logout/callback")),
            algorithms: self.algorithms,
            access_tokens: self.access_tokens,
            paths: self.paths,
            url,
            admin_url,
        }
    }
}

/// Returns the URL of a listener on this machine.
fn url_of(listener: &TcpListener) -> std::io::Result<String> {
    let mut address = listener.local_addr()?;
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    Ok(format!("http://{address}"))
}

impl std::fmt::Debug for OryMockBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OryMockBuilder")
            .field("registration", &self.registration)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}
