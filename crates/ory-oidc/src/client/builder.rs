//! The builder of a client.

use super::client::{Client, Inner};
use crate::discovery::called::{AdvertisedEndpoints, Known};
use crate::discovery::endpoints::Endpoints;
use crate::discovery::issuer::Issuer;
use crate::operation;
use crate::registration::authorization::RegistrationAuthorization;
use ory_oidc_core::cache::Cache;
use ory_oidc_core::cache::CachePolicy;
use ory_oidc_core::configuration::{Configuration, ConfigurationBuilder};
use ory_oidc_core::error::{ConfigurationError, Error};
use ory_oidc_core::url_policy::UrlPolicy;
use std::fmt;
use std::sync::RwLock;
#[cfg(feature = "jwt")]
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
    pub(super) configuration: ConfigurationBuilder,
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
    ///
    /// ```
    /// let ory = ory_oidc::Client::builder("http://localhost:4444")
    ///     .issuer("http://localhost:4444/") // with the slash, as an Ory Hydra writes it
    ///     .build()?;
    /// assert_eq!(ory.issuer(), "http://localhost:4444/");
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Treats `https://host` and `https://host/` as the same issuer (default: `false`). Any other
    /// difference is an error.
    /// [`ProviderMetadata::issuer_was_tolerated`](crate::discovery::ProviderMetadata::issuer_was_tolerated)
    /// returns whether the slash differed.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), ory_oidc::Error> {
    /// # let server = ory_oidc_mock::OryMock::builder().issuer_trailing_slash(true).start().await;
    /// let ory = ory_oidc::Client::builder(server.url())
    ///     .tolerate_root_slash_in_issuer(true)
    ///     .build()?;
    /// assert!(ory.discover().await?.issuer_was_tolerated());
    /// # Ok(())
    /// # }
    /// ```
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
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// let ory = ory_oidc::Client::builder("https://slug.projects.oryapis.com")
    ///     .trust_endpoint_origin("https://keys.example") // serves the jwks_uri
    ///     .build()?;
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
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
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// use ory_oidc::cache::CachePolicy;
    /// use std::time::Duration;
    ///
    /// let ory = ory_oidc::Client::builder("https://slug.projects.oryapis.com")
    ///     .metadata_cache(CachePolicy::new().max_ttl(Duration::from_secs(600)))
    ///     .build()?;
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    pub fn metadata_cache(mut self, policy: CachePolicy) -> Self {
        self.metadata_cache = policy;
        self
    }

    /// Sets how long the provider's keys are cached, and how often tokens with an unknown key id
    /// cause a fetch (default: [`CachePolicy::new`]).
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// use ory_oidc::cache::CachePolicy;
    /// use std::time::Duration;
    ///
    /// let ory = ory_oidc::Client::builder("https://slug.projects.oryapis.com")
    ///     .keys_cache(CachePolicy::new().unknown_key_cool_down(Duration::from_secs(30)))
    ///     .build()?;
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    #[cfg(feature = "jwt")]
    pub fn keys_cache(mut self, policy: CachePolicy) -> Self {
        self.keys_cache = policy;
        self
    }

    /// Sets the tolerated difference between the clocks of the provider and of this machine when
    /// the times in a token are checked (default: 1 minute). Values over 1 day are reduced to 1
    /// day.
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// use std::time::Duration;
    ///
    /// let ory = ory_oidc::Client::builder("https://slug.projects.oryapis.com")
    ///     .leeway(Duration::from_secs(10)) // both machines synchronize their clocks
    ///     .build()?;
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    #[cfg(feature = "jwt")]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway.min(MAX_LEEWAY);
        self
    }

    /// Sets the credential with which registrations are read, updated and deleted (default: the
    /// registration access token).
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// use ory_oidc::registration::RegistrationAuthorization;
    ///
    /// let ory = ory_oidc::Client::builder("https://slug.projects.oryapis.com")
    ///     .registration_authorization(RegistrationAuthorization::ClientSecretBasic)
    ///     .build()?;
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    pub fn registration_authorization(mut self, with: RegistrationAuthorization) -> Self {
        self.registration_authorization = with;
        self
    }

    /// Builds the client. Sends nothing.
    ///
    /// ```
    /// use ory_oidc::error::ErrorKind;
    ///
    /// let ory = ory_oidc::Client::builder("http://localhost:4444").build()?;
    /// let refused = ory_oidc::Client::builder("http://id.example").build(); // not https
    /// assert_eq!(refused.unwrap_err().kind(), ErrorKind::Configuration);
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
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
        let known = Known::documented(configuration.base_url());
        let inner = Inner {
            advertised_endpoints: self.advertised_endpoints,
            known: RwLock::new(known),
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
