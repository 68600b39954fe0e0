//! The client of one Ory server.

use crate::discovery::called::{AdvertisedEndpoints, Called, Known};
use crate::discovery::endpoints::Endpoints;
use crate::discovery::issuer::Issuer;
use crate::discovery::metadata::Received;
use crate::registration::authorization::RegistrationAuthorization;
#[cfg(feature = "jwt")]
use crate::token::key_set::FetchedKeys;
use ory_oidc_core::Configuration;
use ory_oidc_core::cache::Cache;
use ory_oidc_core::call_options::CallOptions;
use ory_oidc_core::deadline::Deadline;
use ory_oidc_core::retry::RetryPolicy;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;
use url::Url;

/// A client of one Ory server: an Ory Network project or an Ory Hydra.
///
/// It is cheap to clone and `Send + Sync`. All clones share one connection pool and the caches of
/// metadata and keys, so build one client and clone it.
///
/// | task | method |
/// |---|---|
/// | register an OAuth 2.0 client | [`register`](Self::register) |
/// | read, update, replace, delete a registration | [`read_registration`](Self::read_registration), [`update_registration`](Self::update_registration), [`replace_registration`](Self::replace_registration), [`delete_registration`](Self::delete_registration) |
/// | read the provider's metadata | [`discover`](Self::discover) |
/// | get the user of an access token | [`userinfo`](Self::userinfo) |
/// | log a user out | [`end_session`](Self::end_session) |
/// | see how the server responds to a logout request | [`logout_probe`](Self::logout_probe) |
/// | receive a front-channel logout | [`front_channel_logout`](Self::front_channel_logout) |
#[cfg_attr(
    feature = "jwt",
    doc = "| receive a back-channel logout | [`verify_logout_token`](Self::verify_logout_token) |"
)]
#[cfg_attr(
    feature = "jwt",
    doc = "| get the provider's keys | [`keys`](Self::keys), [`newer_keys`](Self::newer_keys) |"
)]
#[cfg_attr(
    not(feature = "jwt"),
    doc = "| receive a back-channel logout, get the provider's keys | with the feature `jwt` |"
)]
/// | see where calls are sent | [`userinfo_endpoint`](Self::userinfo_endpoint), [`registration_endpoint`](Self::registration_endpoint), [`client_configuration_endpoint`](Self::client_configuration_endpoint) |
///
/// ```
/// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
/// let ory = ory_oidc::Client::builder("https://slug.projects.oryapis.com")
///     .user_agent("my-app/1.0")
///     .build()?;
/// assert_eq!(ory.base_url().as_str(), "https://slug.projects.oryapis.com/");
/// # }
/// # Ok::<(), ory_oidc::Error>(())
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    configuration: Configuration,
}

/// The settings of a client, which its builder has checked.
pub(super) struct Inner {
    pub(super) issuer: Issuer,
    pub(super) endpoints: Endpoints,
    pub(super) advertised_endpoints: AdvertisedEndpoints,
    /// The metadata that were fetched last, and the endpoints that calls use now.
    pub(super) known: RwLock<Known>,
    pub(super) metadata: Arc<Cache<Received>>,
    #[cfg(feature = "jwt")]
    pub(super) keys: Arc<Cache<Arc<FetchedKeys>>>,
    #[cfg(feature = "jwt")]
    pub(super) leeway: Duration,
    pub(super) registration_authorization: RegistrationAuthorization,
}

impl Client {
    pub(super) fn from_inner(inner: Inner, configuration: Configuration) -> Self {
        Self {
            inner: Arc::new(inner),
            configuration,
        }
    }

    /// Returns the same client with another policy for failed calls. Both share the connection pool and
    /// the caches.
    ///
    /// ```
    /// # fn example(ory: ory_oidc::Client) {
    /// use ory_oidc::retry::RetryPolicy;
    ///
    /// let patient = ory.with_retry(RetryPolicy::new().max_retries(5));
    /// # }
    /// ```
    #[must_use]
    pub fn with_retry(&self, policy: RetryPolicy) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            configuration: self.configuration.with_retry(policy),
        }
    }

    /// Returns the base URL.
    ///
    /// ```
    /// let ory = ory_oidc::Client::new("http://localhost:4444")?;
    /// assert_eq!(ory.base_url().as_str(), "http://localhost:4444/");
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    #[must_use]
    pub fn base_url(&self) -> &Url {
        self.configuration.base_url()
    }

    /// Returns the expected issuer: the one that the builder set, or by default the base URL
    /// exactly as it was passed.
    ///
    /// ```
    /// let ory = ory_oidc::Client::builder("http://localhost:4444")
    ///     .issuer("http://localhost:4444/")
    ///     .build()?;
    /// assert_eq!(ory.issuer(), "http://localhost:4444/");
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.inner.issuer.as_str()
    }

    /// Whether a text is the expected issuer: equal code point by code point, or different in a way that
    /// [`ClientBuilder::tolerate_root_slash_in_issuer`](crate::ClientBuilder::tolerate_root_slash_in_issuer)
    /// tolerates. Discovery has the same rule.
    ///
    /// ```
    /// let ory = ory_oidc::Client::new("http://localhost:4444")?;
    /// assert!(ory.accepts_issuer("http://localhost:4444"));
    /// assert!(!ory.accepts_issuer("http://localhost:4444/"));
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    #[must_use]
    pub fn accepts_issuer(&self, issuer: &str) -> bool {
        self.inner.issuer.matches(issuer)
    }

    /// Returns the configuration to pass to the generated functions in [`raw`](crate::raw).
    ///
    /// ```
    /// # async fn example(ory: ory_oidc::Client) -> Result<(), ory_oidc::Error> {
    /// use ory_oidc::raw::apis::oidc_api::discover_oidc_configuration;
    ///
    /// let response = discover_oidc_configuration(ory.configuration()).await?;
    /// println!("{}", response.status());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// Returns this client with a limit for the time of each call. Longer time-outs, also those of
    /// single calls, are reduced to it. The two clients share their connections and caches.
    ///
    /// A request for metadata or keys, which other callers may share, is not cut short. The limit
    /// applies to the wait for it.
    ///
    /// After a time-out, the error contains the part of the response that arrived, so that
    /// credentials in it are not lost.
    ///
    /// ```
    /// # fn example(ory: ory_oidc::Client) {
    /// use std::time::Duration;
    ///
    /// let ory = ory.with_time_limit(Duration::from_secs(20));
    /// # }
    /// ```
    #[must_use]
    pub fn with_time_limit(&self, limit: Duration) -> Self {
        Self {
            configuration: self.configuration.with_time_limit(limit),
            ..self.clone()
        }
    }

    /// Returns the configuration for a call with options.
    pub(super) fn configuration_with(&self, options: CallOptions) -> Configuration {
        if options.is_empty() {
            self.configuration.clone()
        } else {
            self.configuration.with_options(options)
        }
    }

    /// Returns a client for fetches that several callers share, and the time until which this caller
    /// waits for them. Its time limits must not fail the fetches for the others.
    pub(super) fn share(&self, options: CallOptions) -> (Self, Deadline) {
        let (configuration, until) = self.configuration_with(options).share();
        let inner = Arc::clone(&self.inner);
        let client = Self {
            inner,
            configuration,
        };
        (client, until)
    }

    pub(super) fn own_issuer(&self) -> &Issuer {
        &self.inner.issuer
    }

    pub(super) fn endpoints(&self) -> &Endpoints {
        &self.inner.endpoints
    }

    pub(super) fn advertised_endpoints(&self) -> AdvertisedEndpoints {
        self.inner.advertised_endpoints
    }

    pub(super) fn called(&self) -> Arc<Called> {
        Arc::clone(&self.known().called)
    }

    pub(super) fn known(&self) -> RwLockReadGuard<'_, Known> {
        let known = self.inner.known.read();
        known.unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn known_mut(&self) -> RwLockWriteGuard<'_, Known> {
        let known = self.inner.known.write();
        known.unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn metadata_cache(&self) -> &Arc<Cache<Received>> {
        &self.inner.metadata
    }

    #[cfg(feature = "jwt")]
    pub(super) fn keys_cache(&self) -> &Arc<Cache<Arc<FetchedKeys>>> {
        &self.inner.keys
    }

    #[cfg(feature = "jwt")]
    pub(super) fn leeway(&self) -> Duration {
        self.inner.leeway
    }

    pub(super) fn registration_authorization(&self) -> RegistrationAuthorization {
        self.inner.registration_authorization
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.base_url().as_str())
            .field("issuer", &self.issuer())
            .finish_non_exhaustive()
    }
}
