//! `fetch` failed in a JavaScript runtime.

use super::{Failure, TransportError};
use crate::operation::Operation;
use std::error::Error;
use std::sync::Arc;

impl TransportError {
    /// Wraps the error of `fetch` without a response. Browsers do not tell the cause.
    pub(crate) fn of_fetch(
        operation: Operation,
        source: impl Error + Send + Sync + 'static,
    ) -> Self {
        Self {
            failure: Failure::Other(
                "fetch failed: the server cannot be reached, or its CORS rules forbid the request",
            ),
            source: Some(Arc::new(source)),
            ..Self::gave_up(operation)
        }
    }

    /// Wraps the error of a body that broke off.
    pub(crate) fn of_body(
        operation: Operation,
        source: impl Error + Send + Sync + 'static,
    ) -> Self {
        Self {
            failure: Failure::Closed,
            source: Some(Arc::new(source)),
            ..Self::gave_up(operation)
        }
    }
}
