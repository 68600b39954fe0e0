//! The error of a service of the caller.

use super::{Failure, TransportError};
use crate::operation::Operation;
use crate::text::{clip, without_query};
use std::error::Error;
use std::fmt;
use std::sync::Arc;

impl TransportError {
    /// Wraps the error of a service of the caller. `query` is that of the URL, which is not shown.
    pub(crate) fn of_service(
        operation: Operation,
        source: Box<dyn Error + Send + Sync>,
        query: Option<&str>,
    ) -> Self {
        let error = match source.downcast() {
            Ok(source) => Self::new(operation, *source),
            Err(source) => Self {
                failure: Failure::Other("the HTTP service failed"),
                source: Some(Arc::new(ServiceError::new(source.as_ref(), query))),
                ..Self::gave_up(operation)
            },
        };
        Self {
            through_service: true,
            ..error
        }
    }
}

/// The messages of an error and of its sources, without the query of the URL.
#[derive(Debug)]
struct ServiceError(String);

impl ServiceError {
    fn new(error: &(dyn Error + 'static), query: Option<&str>) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            text = format!("{text}: {error}");
            source = error.source();
        }
        Self(clip(&without_query(&text, query)))
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for ServiceError {}
