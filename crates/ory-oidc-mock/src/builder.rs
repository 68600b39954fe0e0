//! Settings of a double.

use std::sync::Arc;

use crate::OryMock;
use crate::algorithm::Algorithm;
use crate::caching::Caching;
use crate::server::{self, Server};
use crate::state::{Config, Shared};

/// Settings for a double that is to behave other than by default; from [`OryMock::builder`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use ory_oidc_mock::OryMock;
///
/// let ory = OryMock::builder()
///     .advertise_registration_endpoint(true)
///     .initial_access_token("given-by-the-operator")
///     .post_logout_url("https://app.example/logged-out")
///     .start()
///     .await;
/// assert!(ory.url().starts_with("http://127.0.0.1:"));
/// # }
/// ```
#[derive(Clone)]
#[must_use = "nothing listens until it is started"]
pub struct OryMockBuilder {
    registration: bool,
    advertise_registration_endpoint: bool,
    rotate_registration_tokens: bool,
    initial_access_token: Option<String>,
    issuer: Option<String>,
    issuer_ending: &'static str,
    logout_url: Option<String>,
    post_logout_url: Option<String>,
    algorithms: Vec<Algorithm>,
    caching: Caching,
}

impl OryMockBuilder {
    pub(crate) fn new() -> Self {
        Self {
            registration: true,
            advertise_registration_endpoint: false,
            rotate_registration_tokens: true,
            initial_access_token: None,
            issuer: None,
            issuer_ending: "",
            logout_url: None,
            post_logout_url: None,
            algorithms: vec![Algorithm::Rs256],
            caching: Caching::default(),
        }
    }

    /// Whether clients may register; they may by default. If not, all four registration endpoints
    /// answer 404.
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().registration(false).start_blocking();
    /// ```
    pub fn registration(mut self, enabled: bool) -> Self {
        self.registration = enabled;
        self
    }

    /// Whether discovery names the `registration_endpoint`; Ory does not unless it is configured
    /// to.
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().advertise_registration_endpoint(true).start_blocking();
    /// ```
    pub fn advertise_registration_endpoint(mut self, advertise: bool) -> Self {
        self.advertise_registration_endpoint = advertise;
        self
    }

    /// Whether every update gives the client a new registration access token, and voids the old
    /// one; Ory does.
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().rotate_registration_tokens(false).start_blocking();
    /// ```
    pub fn rotate_registration_tokens(mut self, rotate: bool) -> Self {
        self.rotate_registration_tokens = rotate;
        self
    }

    /// A token without which nobody may register. Ory Hydra has no such thing; a gateway before it
    /// may.
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().initial_access_token("given-by-the-operator").start_blocking();
    /// ```
    pub fn initial_access_token(mut self, token: impl Into<String>) -> Self {
        self.initial_access_token = Some(token.into());
        self
    }

    /// The issuer that discovery and tokens name; [`OryMock::url`] by default. The endpoints stay
    /// where the double listens.
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

    /// Ends the issuer in `/`, as Ory Hydra does unless it is configured otherwise. Off by default,
    /// because a client that compares the issuer with the URL it was given, as OpenID Connect
    /// wants, then needs that slash in the URL too.
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

    /// The login app's page that asks whether to log out; a page of the double by default.
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().logout_url("https://login.example/logout").start_blocking();
    /// ```
    pub fn logout_url(mut self, url: impl Into<String>) -> Self {
        self.logout_url = Some(url.into());
        self
    }

    /// Where a browser goes after a logout that names no other address; a page of the double by
    /// default.
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().post_logout_url("https://app.example/bye").start_blocking();
    /// ```
    pub fn post_logout_url(mut self, url: impl Into<String>) -> Self {
        self.post_logout_url = Some(url.into());
        self
    }

    /// What the double signs ID tokens, logout tokens and userinfo with; `RS256` alone by default,
    /// as Ory does. `ES256` and `EdDSA` are there too. It publishes a key for each, advertises them
    /// in discovery, and clients may register for them by `userinfo_signed_response_alg` and, if
    /// there are others than `RS256`, by `id_token_signed_response_alg`, which Ory does not know.
    ///
    /// Clients that do not register for one have their ID tokens signed with `RS256` (OpenID
    /// Connect Dynamic Client Registration 1.0, section 2), or with the first of the list where it
    /// has no `RS256`.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// let ory = OryMock::builder().signing_algorithms(["RS256", "ES256", "EdDSA"]).start_blocking();
    /// let client = ory.create_client(json!({"id_token_signed_response_alg": "ES256"}));
    /// let signed_with_es256 = ory.issue_id_token(&client, "user-1");
    /// ```
    ///
    /// # Panics
    /// If there is none, or one is not among these three.
    pub fn signing_algorithms<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.algorithms.clear();
        for name in names {
            match Algorithm::named(name) {
                None => panic!("the double does not sign with {name}"),
                Some(known) if self.algorithms.contains(&known) => {}
                Some(new) => self.algorithms.push(new),
            }
        }
        assert!(!self.algorithms.is_empty(), "no algorithm to sign with");
        self
    }

    /// The `Cache-Control` header of discovery and of the key set (RFC 9111, section 5.2), where
    /// Ory forbids to keep them. The empty string leaves the header out.
    /// [`OryMock::set_cache_control`] changes it later.
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().cache_control("max-age=60").start_blocking();
    /// ```
    ///
    /// # Panics
    /// If the value cannot stand in a header.
    pub fn cache_control(mut self, value: &str) -> Self {
        self.caching.set_control(value);
        self
    }

    /// The `Age` header of discovery and of the key set, in seconds (RFC 9111, section 5.1): they
    /// seem to come out of a cache on the way. [`OryMock::set_age`] changes it later.
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().cache_control("max-age=60").age(59).start_blocking();
    /// ```
    pub fn age(mut self, seconds: u64) -> Self {
        self.caching.set_age(seconds);
        self
    }

    /// Starts the double on a free port of the loopback interface.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let ory = ory_oidc_mock::OryMock::builder().start().await;
    /// # }
    /// ```
    ///
    /// # Panics
    /// If the operating system gives no port or no thread.
    #[expect(
        clippy::unused_async,
        reason = "so that waiting can be added without changing the callers"
    )]
    pub async fn start(self) -> OryMock {
        self.start_blocking()
    }

    /// [`start`](Self::start) for a test without an async runtime.
    ///
    /// ```
    /// let ory = ory_oidc_mock::OryMock::builder().start_blocking();
    /// ```
    ///
    /// # Panics
    /// If the operating system gives no port or no thread.
    pub fn start_blocking(self) -> OryMock {
        let (listener, url) = server::listen().expect("the loopback interface has a free port");
        let caching = self.caching.clone();
        let shared = Arc::new(Shared::new(self.into_config(url), caching));
        let server = Server::start(listener, Arc::clone(&shared))
            .expect("the operating system gives a thread");
        OryMock::new(shared, server)
    }

    fn into_config(self, url: String) -> Config {
        let mut issuer = self.issuer.unwrap_or_else(|| url.clone());
        if !issuer.ends_with('/') {
            issuer.push_str(self.issuer_ending);
        }
        Config {
            issuer,
            registration: self.registration,
            advertise_registration_endpoint: self.advertise_registration_endpoint,
            rotate_registration_tokens: self.rotate_registration_tokens,
            initial_access_token: self.initial_access_token,
            logout_url: self
                .logout_url
                .unwrap_or_else(|| format!("{url}/oauth2/fallbacks/logout")),
            post_logout_url: self
                .post_logout_url
                .unwrap_or_else(|| format!("{url}/oauth2/fallbacks/logout/callback")),
            algorithms: self.algorithms,
            url,
        }
    }
}

impl std::fmt::Debug for OryMockBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OryMockBuilder")
            .field("registration", &self.registration)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}
