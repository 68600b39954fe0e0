//! The provider's metadata.

use ory_oidc_core::cache::Hit;
use ory_oidc_core::cache::Staleness;
use ory_oidc_core::response_info::ResponseInfo;
use ory_oidc_gen::models::OidcConfiguration;
use std::sync::Arc;

/// The provider's metadata (OpenID Connect Discovery §3), after the issuer and the origins of the
/// endpoints were checked. Cheap to clone.
///
/// ```no_run
/// # async fn example(ory: ory_oidc::Client) -> Result<(), ory_oidc::Error> {
/// let provider = ory.discover().await?;
/// println!("{} logs users in at {:?}", provider.issuer(), provider.authorization_endpoint());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ProviderMetadata {
    document: Arc<Document>,
    latest_head: Option<Arc<ResponseInfo>>,
    staleness: Option<Arc<Staleness>>,
}

/// Metadata that were checked, with the head of the response in which they first arrived.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) fields: OidcConfiguration,
    /// Ory's documented path, for metadata that do not name the endpoint.
    pub(crate) default_registration_endpoint: Arc<str>,
    pub(crate) issuer_was_tolerated: bool,
    pub(crate) head: ResponseInfo,
}

/// The metadata as they are cached.
#[derive(Clone)]
pub(crate) struct Received {
    document: Arc<Document>,
    /// The head of the latest response, if its body was the same as before.
    latest_head: Option<Arc<ResponseInfo>>,
}

impl Received {
    /// Takes metadata with the response in which they arrived.
    pub(crate) fn new(document: Arc<Document>) -> Self {
        Self {
            document,
            latest_head: None,
        }
    }

    /// Takes known metadata that arrived again.
    pub(crate) fn again(document: Arc<Document>, head: ResponseInfo) -> Self {
        Self {
            document,
            latest_head: Some(Arc::new(head)),
        }
    }
}

impl ProviderMetadata {
    pub(crate) fn new(hit: Hit<Received>) -> Self {
        Self {
            document: hit.value.document,
            latest_head: hit.value.latest_head,
            staleness: hit.staleness,
        }
    }

    /// Returns `issuer`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.document.fields.issuer
    }

    /// Whether the issuer differs from the expected one by the slash of the root, which
    /// [`tolerate_root_slash_in_issuer`](crate::ClientBuilder::tolerate_root_slash_in_issuer)
    /// permits.
    #[must_use]
    pub fn issuer_was_tolerated(&self) -> bool {
        self.document.issuer_was_tolerated
    }

    /// Returns how stale the metadata is, and why: the provider is unavailable. [`None`] if it
    /// is fresh.
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client) -> Result<(), ory_oidc::Error> {
    /// if let Some(staleness) = ory.discover().await?.staleness() {
    ///     eprintln!("the metadata expired {:?} ago: {}", staleness.expired_for(), staleness.error());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn staleness(&self) -> Option<&Staleness> {
        self.staleness.as_deref()
    }

    /// Returns the head of the response in which the metadata arrived, perhaps to an earlier call.
    pub(crate) fn response(&self) -> &ResponseInfo {
        let latest = self.latest_head.as_deref();
        latest.unwrap_or(&self.document.head)
    }

    /// Returns all members as the generated model. Others are in `additional_properties`.
    #[must_use]
    pub fn fields(&self) -> &OidcConfiguration {
        &self.document.fields
    }

    /// Returns all members as the generated model, and consumes the metadata.
    #[must_use]
    pub fn into_fields(self) -> OidcConfiguration {
        Arc::try_unwrap(self.document)
            .map_or_else(|shared| shared.fields.clone(), |document| document.fields)
    }

    /// Returns the names of the described members whose values have an unexpected type. They read as
    /// absent; [`fields`](Self::fields) has their values in `additional_properties`.
    #[must_use]
    pub fn unexpected_members(&self) -> Vec<&'static str> {
        self.document.fields.unexpected_members()
    }

    /// Returns `authorization_endpoint`, where users log in (§3).
    #[must_use]
    pub fn authorization_endpoint(&self) -> Option<&str> {
        self.document.fields.authorization_endpoint.as_deref()
    }

    /// Returns `token_endpoint`, which exchanges codes for tokens (§3).
    #[must_use]
    pub fn token_endpoint(&self) -> Option<&str> {
        self.document.fields.token_endpoint.as_deref()
    }

    /// Returns `jwks_uri`, the URL of the provider's public keys (§3).
    #[must_use]
    pub fn jwks_uri(&self) -> &str {
        &self.document.fields.jwks_uri
    }

    /// Returns `registration_endpoint`, where clients register (§3). Ory's metadata contains it only
    /// if Ory is configured so. Otherwise this method returns Ory's documented path.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), ory_oidc::Error> {
    /// # let server = ory_oidc_mock::OryMock::start().await;
    /// # let ory = ory_oidc::Client::new(server.url())?;
    /// let provider = ory.discover().await?;
    /// assert!(!provider.advertises_registration());
    /// assert!(provider.registration_endpoint().ends_with("/oauth2/register"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn registration_endpoint(&self) -> &str {
        let endpoint = self.document.fields.registration_endpoint.as_deref();
        endpoint.unwrap_or(&self.document.default_registration_endpoint)
    }

    /// Whether the metadata contains a `registration_endpoint`.
    #[must_use]
    pub fn advertises_registration(&self) -> bool {
        self.document.fields.registration_endpoint.is_some()
    }

    /// Returns `userinfo_endpoint` (§3).
    #[must_use]
    pub fn userinfo_endpoint(&self) -> Option<&str> {
        self.document.fields.userinfo_endpoint.as_deref()
    }

    /// Returns `end_session_endpoint`, where users log out (OpenID Connect RP-Initiated Logout §2.1).
    #[must_use]
    pub fn end_session_endpoint(&self) -> Option<&str> {
        self.document.fields.end_session_endpoint.as_deref()
    }

    /// Whether request objects may be passed by reference (§3; default: true).
    #[must_use]
    pub fn request_uri_parameter_supported(&self) -> bool {
        self.document
            .fields
            .request_uri_parameter_supported
            .unwrap_or(true)
    }

    /// Whether request objects may be passed by value (§3; default: false).
    #[must_use]
    pub fn request_parameter_supported(&self) -> bool {
        self.document
            .fields
            .request_parameter_supported
            .unwrap_or(false)
    }
}
