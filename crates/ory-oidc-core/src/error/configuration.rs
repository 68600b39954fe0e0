//! The configuration of a client is invalid.

use crate::url_policy::UrlProblem;
use std::fmt;
use std::sync::Arc;

/// An error in the configuration of a client.
///
/// ```
/// use ory_oidc_core::configuration::Configuration;
/// use ory_oidc_core::error::ConfigurationError;
///
/// let error = Configuration::builder("id.example").build().unwrap_err();
/// assert!(matches!(error, ConfigurationError::Url { .. }));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// A URL cannot be used.
    Url {
        /// The setting, such as `base URL`.
        setting: &'static str,
        /// The problem.
        problem: UrlProblem,
    },
    /// Both an issuer and a public issuer are set.
    ConflictingIssuers,
    /// More than one HTTP client is set: `http_client`, `configure_http` and `http_service` exclude
    /// each other.
    ConflictingHttpClients,
    /// The user agent contains a character that a header cannot carry.
    UserAgent,
    /// There is no TLS library for `https`.
    Tls {
        /// The problem and its solution.
        problem: &'static str,
    },
    /// The HTTP client cannot be built.
    HttpClient(Arc<dyn std::error::Error + Send + Sync>),
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url { setting, problem } => write!(f, "invalid {setting}: {problem}"),
            Self::ConflictingIssuers => {
                f.write_str("issuer and public_issuer are mutually exclusive")
            }
            Self::ConflictingHttpClients => {
                f.write_str("http_client, configure_http and http_service are mutually exclusive")
            }
            Self::UserAgent => {
                f.write_str("invalid user agent: expected visible ASCII characters and spaces")
            }
            Self::Tls { problem } => write!(f, "https is not available: {problem}"),
            Self::HttpClient(_) => f.write_str("the HTTP client cannot be built"),
        }
    }
}

impl std::error::Error for ConfigurationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::HttpClient(source) => Some(source.as_ref()),
            _ => None,
        }
    }
}
