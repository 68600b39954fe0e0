//! No complete response arrived.

use crate::error::kind::ErrorKind;
use crate::operation::Operation;
use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use std::fmt;
use std::sync::Arc;

/// The error of a call without a complete response.
#[derive(Clone)]
pub struct TransportError {
    operation: Operation,
    failure: Failure,
    partial: Option<Partial>,
    /// The error of the HTTP client; [`None`] if this crate stopped waiting.
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Failure {
    Connect,
    Timeout,
    Closed,
}

/// The part of a response that arrived.
#[derive(Clone)]
struct Partial {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl TransportError {
    /// Wraps the error of the HTTP client, without its URL.
    #[must_use]
    pub fn new(operation: Operation, source: reqwest::Error) -> Self {
        let failure = if source.is_connect() {
            Failure::Connect
        } else if source.is_timeout() {
            Failure::Timeout
        } else {
            Failure::Closed
        };
        Self {
            operation,
            failure,
            partial: None,
            source: Some(Arc::new(source.without_url())),
        }
    }

    /// Reports that the caller stopped waiting for the response.
    #[must_use]
    pub fn gave_up(operation: Operation) -> Self {
        Self {
            operation,
            failure: Failure::Timeout,
            partial: None,
            source: None,
        }
    }

    /// Adds the part of the response that arrived.
    #[must_use]
    pub fn with_partial_response(
        mut self,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
    ) -> Self {
        self.partial = Some(Partial {
            status,
            headers,
            body,
        });
        self
    }

    /// Returns the operation.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// Returns the status, if the response began.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.partial.as_ref().map(|partial| partial.status)
    }

    /// Returns the headers, if the response began. They may hold secrets.
    #[must_use]
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.partial.as_ref().map(|partial| &partial.headers)
    }

    /// Returns the part of the body that arrived, if the response began. It may hold secrets.
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        self.partial.as_ref().map(|partial| &partial.body)
    }

    /// Whether the response did not arrive in time.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.failure == Failure::Timeout
    }

    /// Whether no connection could be opened, so that nothing was sent.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        self.failure == Failure::Connect
    }

    pub(super) fn kind(&self) -> ErrorKind {
        match self.failure {
            Failure::Connect => ErrorKind::Connect,
            _ if !self.operation.is_safe() => ErrorKind::OutcomeUnknown,
            Failure::Timeout => ErrorKind::Timeout,
            Failure::Closed => ErrorKind::ConnectionClosed,
        }
    }

    pub(super) fn is_retryable(&self) -> bool {
        self.kind() != ErrorKind::OutcomeUnknown
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.operation)?;
        f.write_str(match (self.failure, &self.partial) {
            (Failure::Connect, _) => "could not connect to the server",
            (Failure::Timeout, _) => "timed out waiting for the response",
            (Failure::Closed, Some(_)) => "the connection closed in the middle of the response",
            (Failure::Closed, None) => "the connection closed before a response arrived",
        })?;
        if self.kind() == ErrorKind::OutcomeUnknown {
            f.write_str("; the server may have processed the request")?;
        }
        Ok(())
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportError")
            .field("operation", &self.operation)
            .field("failure", &self.failure)
            .field("status", &self.status())
            .field("bytes", &self.body().map(Bytes::len))
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let source = self.source.as_deref()?;
        Some(source)
    }
}
