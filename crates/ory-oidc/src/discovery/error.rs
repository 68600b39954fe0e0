//! The provider's metadata must not be used.

use ory_oidc_core::error::ValidationError;
use ory_oidc_core::operation::Operation;
use ory_oidc_core::text::clip;
use ory_oidc_gen::apis::oidc_api::DISCOVER_OIDC_CONFIGURATION;
use std::fmt;

/// The provider's metadata fails a check, so it is not used.
///
/// ```
/// use ory_oidc::discovery::DiscoveryError;
///
/// fn report(error: &ory_oidc::Error) {
///     match error.validation() {
///         Some(DiscoveryError::IssuerMismatch { found, .. }) => eprintln!("the issuer is {found:?}"),
///         Some(DiscoveryError::ForeignEndpoints { endpoints }) => eprintln!("foreign: {endpoints:?}"),
///         _ => eprintln!("{error}"),
///     }
/// }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DiscoveryError {
    /// The metadata belongs to another issuer (OpenID Connect Discovery §4.3).
    IssuerMismatch {
        /// The expected issuer.
        expected: String,
        /// The issuer of the metadata.
        found: String,
    },
    /// The metadata contains endpoints at untrusted origins.
    /// [`ClientBuilder::trust_endpoint_origin`](crate::ClientBuilder::trust_endpoint_origin) trusts
    /// an origin.
    ForeignEndpoints {
        /// All these endpoints, but at most 32.
        endpoints: Vec<ForeignEndpoint>,
    },
}

/// An endpoint at an untrusted origin.
///
/// ```
/// use ory_oidc::discovery::ForeignEndpoint;
///
/// /// Returns the origins that may have to be trusted.
/// fn origins(endpoints: &[ForeignEndpoint]) -> Vec<&str> {
///     endpoints.iter().filter_map(|endpoint| endpoint.origin.as_deref()).collect()
/// }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ForeignEndpoint {
    /// The member that names the endpoint, such as `mtls_endpoint_aliases.token_endpoint`.
    pub member: String,
    /// The untrusted origin; [`None`] if the value is not an `http` or `https` URL, or has a user name
    /// or a password.
    pub origin: Option<String>,
}

impl ForeignEndpoint {
    pub(super) fn new(member: &str, origin: Option<&str>) -> Self {
        Self {
            member: clip(member),
            origin: origin.map(clip),
        }
    }
}

impl fmt::Display for ForeignEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Some(origin) => write!(f, "{} at {origin}", self.member),
            None => write!(
                f,
                "{} is not an http or https URL, or has a user name or password",
                self.member
            ),
        }
    }
}

impl ValidationError for DiscoveryError {
    fn operation(&self) -> Option<Operation> {
        Some(DISCOVER_OIDC_CONFIGURATION)
    }
}

impl fmt::Display for DiscoveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IssuerMismatch { expected, found } => write!(
                f,
                "the provider's issuer is {:?}, expected {expected:?}; if it is the right \
                 provider, set ClientBuilder::issuer",
                clip(found)
            ),
            Self::ForeignEndpoints { endpoints } => {
                f.write_str("the metadata contains endpoints at untrusted origins: ")?;
                for (index, endpoint) in endpoints.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{endpoint}")?;
                }
                f.write_str(
                    "; if they are right, trust each origin with \
                     ClientBuilder::trust_endpoint_origin",
                )
            }
        }
    }
}

impl std::error::Error for DiscoveryError {}
