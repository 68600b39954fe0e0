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
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
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

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Operation({self})")
    }
}

/// One exchange with the server, as
/// [`ConfigurationBuilder::observe`](crate::configuration::ConfigurationBuilder::observe) reports
/// it. It holds no secret.
///
/// ```
/// use ory_oidc_core::operation::Exchange;
///
/// fn record(exchange: &Exchange) {
///     println!("{}: {:?} in {:?}", exchange.operation, exchange.status, exchange.elapsed);
/// }
/// ```
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_methods_that_read_are_safe() {
        for (method, safe) in [
            ("GET", true),
            ("HEAD", true),
            ("OPTIONS", true),
            ("POST", false),
            ("PUT", false),
            ("PATCH", false),
            ("DELETE", false),
            ("get", false),
        ] {
            let operation = Operation::new("thing", method, "/things");
            assert_eq!(operation.is_safe(), safe, "{method}");
        }
    }

    #[test]
    fn by_post_changes_the_method_only() {
        const READ: Operation = Operation::new("readThing", "GET", "/things/{id}")
            .with_media_types("application/json, application/jwt")
            .with_redirects(&[302]);
        const READ_BY_POST: Operation = READ.by_post();

        assert_eq!(READ_BY_POST.method(), "POST");
        assert_eq!(READ_BY_POST.to_string(), "POST /things/{id}");
        assert!(READ_BY_POST.is_safe(), "it still only reads");
        assert_eq!(READ_BY_POST.operation_id(), READ.operation_id());
        assert_eq!(READ_BY_POST.path(), READ.path());
        assert_eq!(READ_BY_POST.media_types(), READ.media_types());
        assert_eq!(READ_BY_POST.redirects(), READ.redirects());
        assert_ne!(READ_BY_POST, READ);
        let change = Operation::new("changeThing", "PUT", "/things/{id}");
        assert!(!change.by_post().is_safe());
    }

    #[test]
    fn media_types_and_redirects_have_defaults_and_can_be_set() {
        let operation = Operation::new("readThing", "GET", "/things/{id}");
        assert_eq!(operation.media_types(), "application/json");
        assert!(operation.redirects().is_empty());
        let operation = operation
            .with_media_types("text/html")
            .with_redirects(&[302]);
        assert_eq!(operation.media_types(), "text/html");
        assert_eq!(operation.redirects(), [302]);
    }
}
