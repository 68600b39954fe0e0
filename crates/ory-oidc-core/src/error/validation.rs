//! The interface of validation errors.

use crate::operation::Operation;
use std::any::Any;

/// The trait of errors for a response or a token that fails a security check.
///
/// Each area, such as discovery or userinfo, defines its own type.
/// [`Error::Validation`](crate::Error::Validation) contains the value, and
/// [`Error::validation`](crate::Error::validation) returns it. The message must not contain a
/// secret.
///
/// ```
/// use ory_oidc_core::error::{Error, ValidationError};
/// use std::fmt;
///
/// #[derive(Debug)]
/// struct WrongTenant;
///
/// impl fmt::Display for WrongTenant {
///     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
///         f.write_str("the user belongs to another tenant")
///     }
/// }
///
/// impl std::error::Error for WrongTenant {}
/// impl ValidationError for WrongTenant {}
///
/// let error = Error::from(WrongTenant);
/// assert!(error.validation::<WrongTenant>().is_some());
/// ```
pub trait ValidationError: std::error::Error + Any + Send + Sync {
    /// Returns the operation whose response failed the check; [`None`] if no call was made.
    fn operation(&self) -> Option<Operation> {
        None
    }

    /// Whether the same call may succeed later.
    fn is_retryable(&self) -> bool {
        false
    }
}
