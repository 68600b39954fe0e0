//! The endpoints that calls use.

use super::endpoints::Endpoints;
use super::metadata::Document;
use bytes::Bytes;
use ory_oidc_gen::apis::oidc_api::{CREATE_OIDC_DYNAMIC_CLIENT, GET_OIDC_USER_INFO};
use ory_oidc_gen::models::OidcConfiguration;
use std::sync::Arc;
use url::Url;

/// Ory's documented path of the revocation endpoint (RFC 7009 §2).
const REVOCATION: &str = "/oauth2/revoke";

/// Which endpoints the calls of a client use: those that the provider's metadata contains, or Ory's
/// documented paths below the base URL. See
/// [`ClientBuilder::advertised_endpoints`](crate::ClientBuilder::advertised_endpoints).
///
/// An endpoint that is not in the metadata is at its documented path in any case.
///
/// ```
/// use ory_oidc::discovery::AdvertisedEndpoints;
///
/// let ory = ory_oidc::Client::builder("http://localhost:4444")
///     .advertised_endpoints(AdvertisedEndpoints::Always)
///     .build()?;
/// # Ok::<(), ory_oidc::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum AdvertisedEndpoints {
    /// As soon as the client has discovered the metadata, calls use their endpoints. Before that, calls
    /// use the documented paths.
    #[default]
    WhenDiscovered,
    /// Each call discovers the metadata first, unless they are cached, and uses their endpoints. If
    /// discovery fails, so does the call. Discovery counts towards the time-out of a single call, and
    /// towards [`Client::with_time_limit`](crate::Client::with_time_limit).
    Always,
    /// Calls use the documented paths.
    Never,
}

/// The URL at which the calls of a client reach an endpoint.
///
/// ```
/// let ory = ory_oidc::Client::new("http://localhost:4444")?;
/// let endpoint = ory.userinfo_endpoint();
/// assert_eq!(endpoint.url().as_str(), "http://localhost:4444/userinfo");
/// assert!(!endpoint.is_advertised()); // nothing is discovered yet
/// # Ok::<(), ory_oidc::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Endpoint {
    url: Url,
    is_advertised: bool,
    is_documented: bool,
}

impl Endpoint {
    /// Returns the URL.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Whether the provider named the endpoint. Otherwise it is Ory's documented path.
    #[must_use]
    pub fn is_advertised(&self) -> bool {
        self.is_advertised
    }

    /// Creates an endpoint that the provider named.
    pub(crate) fn advertised(url: Url) -> Self {
        Self {
            url,
            is_advertised: true,
            is_documented: false,
        }
    }

    /// Returns the same endpoint with another path.
    pub(crate) fn with_path(mut self, path: &str) -> Self {
        self.url.set_path(path);
        self
    }

    /// Returns the URL if it is not Ory's documented path.
    pub(crate) fn elsewhere(&self) -> Option<&Url> {
        Some(&self.url).filter(|_| !self.is_documented)
    }

    fn documented(base: &Url, path: &str) -> Self {
        let mut url = base.clone();
        url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
        Self {
            url,
            is_advertised: false,
            is_documented: true,
        }
    }

    /// Returns the endpoint in the metadata, or else this documented one.
    fn or_advertised(self, endpoint: Option<Url>) -> Self {
        match endpoint {
            None => self,
            Some(url) => Self {
                is_documented: url == self.url,
                is_advertised: true,
                url,
            },
        }
    }
}

/// What a client knows about the provider.
pub(crate) struct Known {
    pub(crate) called: Arc<Called>,
    /// The metadata that were fetched last, and their body.
    latest: Option<(Bytes, Arc<Document>)>,
}

impl Known {
    /// Knows Ory's documented paths.
    pub(crate) fn documented(base: &Url) -> Self {
        Self {
            called: Arc::new(Called::documented(base)),
            latest: None,
        }
    }

    /// Returns the metadata that were fetched last if their body was the same. They need not be decoded
    /// and checked again.
    pub(crate) fn unchanged(&self, body: &[u8]) -> Option<Arc<Document>> {
        let (known, document) = self.latest.as_ref()?;
        (known == body).then(|| Arc::clone(document))
    }

    /// Remembers metadata that were checked, with their body.
    pub(crate) fn remember(&mut self, body: Bytes, document: &Arc<Document>) {
        self.latest = Some((body, Arc::clone(document)));
    }

    /// Whether metadata name the same endpoints as those that were fetched last.
    pub(crate) fn names_same_endpoints(&self, metadata: &OidcConfiguration) -> bool {
        self.latest.as_ref().is_some_and(|(_, latest)| {
            let latest = &latest.fields;
            latest.registration_endpoint == metadata.registration_endpoint
                && latest.userinfo_endpoint == metadata.userinfo_endpoint
                && latest.revocation_endpoint == metadata.revocation_endpoint
        })
    }
}

/// The endpoints that calls use.
#[derive(Debug)]
pub(crate) struct Called {
    pub(crate) registration: Endpoint,
    pub(crate) userinfo: Endpoint,
    pub(crate) revocation: Endpoint,
}

impl Called {
    /// Returns Ory's documented paths.
    pub(crate) fn documented(base: &Url) -> Self {
        Self {
            registration: Endpoint::documented(base, CREATE_OIDC_DYNAMIC_CLIENT.path()),
            userinfo: Endpoint::documented(base, GET_OIDC_USER_INFO.path()),
            revocation: Endpoint::documented(base, REVOCATION),
        }
    }

    /// Returns the endpoints of metadata that were checked.
    pub(crate) fn advertised(
        base: &Url,
        endpoints: &Endpoints,
        metadata: &OidcConfiguration,
    ) -> Self {
        let trusted = |endpoint: &Option<String>| endpoints.trusted_url(endpoint.as_deref()?);
        let Self {
            registration,
            userinfo,
            revocation,
        } = Self::documented(base);
        Self {
            registration: registration.or_advertised(trusted(&metadata.registration_endpoint)),
            userinfo: userinfo.or_advertised(trusted(&metadata.userinfo_endpoint)),
            revocation: revocation.or_advertised(trusted(&metadata.revocation_endpoint)),
        }
    }
}
