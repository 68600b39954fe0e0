//! The description of one operation of the server.

use reqwest::StatusCode;
use std::fmt;
use std::time::Duration;

/// One operation of the server: its method, its path and its responses.
///
/// The generated crate has a constant for each operation of the description.
///
/// ```
/// use ory_oidc_core::Operation;
///
/// const READ: Operation = Operation::new("readThing", "GET", "/things/{id}");
/// assert_eq!(READ.to_string(), "GET /things/{id}");
/// assert!(READ.is_safe());
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Operation {
    operation_id: &'static str,
    method: &'static str,
    path: &'static str,
    media_types: &'static str,
    redirects: &'static [u16],
    safe: bool,
}

impl Operation {
    /// Describes an operation that responds with JSON. Path parameters are in braces.
    #[must_use]
    pub const fn new(operation_id: &'static str, method: &'static str, path: &'static str) -> Self {
        Self {
            operation_id,
            method,
            path,
            media_types: "application/json",
            redirects: &[],
            safe: matches!(method.as_bytes(), b"GET" | b"HEAD" | b"OPTIONS"),
        }
    }

    /// Sets the media types of its responses, as the `Accept` header lists them.
    #[must_use]
    pub const fn with_media_types(mut self, media_types: &'static str) -> Self {
        self.media_types = media_types;
        self
    }

    /// Sets the redirects that are a successful response of this operation.
    #[must_use]
    pub const fn with_redirects(mut self, statuses: &'static [u16]) -> Self {
        self.redirects = statuses;
        self
    }

    /// Returns the same operation sent by `POST`. [`is_safe`](Self::is_safe) does not change.
    #[must_use]
    pub const fn by_post(mut self) -> Self {
        self.method = "POST";
        self
    }

    /// Returns its `operationId` in the description.
    #[must_use]
    pub const fn operation_id(self) -> &'static str {
        self.operation_id
    }

    /// Returns its method.
    #[must_use]
    pub const fn method(self) -> &'static str {
        self.method
    }

    /// Returns its path as in the description, with parameters in braces.
    #[must_use]
    pub const fn path(self) -> &'static str {
        self.path
    }

    /// Returns the value of its `Accept` header.
    #[must_use]
    pub const fn media_types(self) -> &'static str {
        self.media_types
    }

    /// Returns the redirects that are a successful response.
    #[must_use]
    pub const fn redirects(self) -> &'static [u16] {
        self.redirects
    }

    /// Whether it only reads (RFC 9110 §9.2.1), so that repeating it does no harm.
    #[must_use]
    pub const fn is_safe(self) -> bool {
        self.safe
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// One exchange with the server, as
/// [`ConfigurationBuilder::observe`](crate::configuration::ConfigurationBuilder::observe) reports
/// it. It holds no secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Exchange {
    /// The operation.
    pub operation: Operation,
    /// The status of the response; [`None`] when no response arrived.
    pub status: Option<StatusCode>,
    /// The time from sending the request until the response was complete or failed.
    pub elapsed: Duration,
}

impl Exchange {
    pub(crate) fn new(operation: Operation, status: Option<StatusCode>, elapsed: Duration) -> Self {
        Self {
            operation,
            status,
            elapsed,
        }
    }
}
