//! The provider's metadata must not be used.

use ory_oidc_core::error::ValidationError;
use ory_oidc_core::operation::Operation;
use ory_oidc_core::text::clip;
use ory_oidc_gen::apis::oidc_api::DISCOVER_OIDC_CONFIGURATION;
use std::fmt;

/// The provider's metadata fail a check, so they are not used.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DiscoveryError {
    /// The metadata belong to another issuer (OpenID Connect Discovery §4.3).
    IssuerMismatch {
        /// The expected issuer.
        expected: String,
        /// The issuer of the metadata.
        found: String,
    },
    /// The metadata name an endpoint at an untrusted origin.
    /// [`ClientBuilder::trust_endpoint_origin`](crate::ClientBuilder::trust_endpoint_origin) trusts
    /// one.
    ForeignEndpoint {
        /// The member that names the endpoint.
        member: String,
        /// The origin; [`None`] if the value is not an `http` or `https` URL.
        origin: Option<String>,
    },
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
            Self::ForeignEndpoint { member, origin } => {
                match origin {
                    Some(origin) => {
                        write!(f, "{member} is at the untrusted origin {}", clip(origin))?;
                    }
                    None => write!(f, "{member} is not an http or https URL")?,
                }
                f.write_str("; if it is right, use ClientBuilder::trust_endpoint_origin")
            }
        }
    }
}

impl std::error::Error for DiscoveryError {}
