//! The interface of validation errors.

use crate::operation::Operation;
use std::any::Any;

/// An error of one concept: a response or a token fails a check that protects the caller.
///
/// Each concept defines its own type. [`Error`](crate::Error) holds it, and
/// [`Error::validation`](crate::Error::validation) returns it. Its message must not hold a secret.
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
