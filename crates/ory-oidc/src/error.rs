//! The error type, its kinds, and the types of its variants.
//!
//! Failed checks have error types of their own:
//! [`RegistrationError`](crate::registration::RegistrationError),
//! [`DiscoveryError`](crate::discovery::DiscoveryError),
//! [`UserInfoError`](crate::userinfo::UserInfoError),
//! [`LogoutCallbackError`](crate::logout::LogoutCallbackError),
//! [`FrontChannelLogoutError`](crate::logout::FrontChannelLogoutError) and, with the feature `jwt`,
//! `TokenError` and `ReplayGuardError` in [`token`](crate::token).
//! [`Error::validation`] returns them.
//!
//! ```
//! use ory_oidc::Error;
//! use ory_oidc::discovery::DiscoveryError;
//!
//! fn explain(error: &Error) {
//!     if let Some(DiscoveryError::IssuerMismatch { found, .. }) = error.validation() {
//!         eprintln!("set ClientBuilder::issuer to {found:?}");
//!     }
//! }
//! ```

pub use ory_oidc_core::challenge::Challenge;
pub use ory_oidc_core::error::{
    ConfigurationError, DecodeError, Error, ErrorKind, RequestError, ServerError, TransportError,
    ValidationError,
};
pub use ory_oidc_core::error_code::ErrorCode;
pub use ory_oidc_core::url_policy::UrlProblem;
