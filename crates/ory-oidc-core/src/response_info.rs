//! What a response says beside its body.

use crate::error::FailedAttempt;
use crate::headers::request_id;
use crate::media_type::media_type;
use crate::operation::Operation;
use crate::rate_limit::RateLimit;
use crate::text::clip;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use std::fmt;

/// The status and the headers of a successful response.
///
/// [`Debug`](fmt::Debug) shows no header, since headers can hold secrets.
///
/// ```
/// use ory_oidc_core::response_info::ResponseInfo;
///
/// fn report(response: &ResponseInfo) {
///     println!("{}: {}", response.operation(), response.status());
///     println!("request id: {:?}", response.request_id());
///     println!("rate limit: {:?}", response.rate_limit());
/// }
/// ```
#[derive(Clone)]
pub struct ResponseInfo {
    operation: Operation,
    status: StatusCode,
    headers: HeaderMap,
    failed_attempts: Vec<FailedAttempt>,
}

impl ResponseInfo {
    /// Takes the status and the headers of a response.
    #[must_use]
    pub fn new(operation: Operation, status: StatusCode, headers: HeaderMap) -> Self {
        Self {
            operation,
            status,
            headers,
            failed_attempts: Vec::new(),
        }
    }

    /// Returns the operation.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// Returns the HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers. They may hold secrets.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the server's id of the request, from `X-Request-Id` and the like. Quote it when you
    /// contact the server's operator.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.headers)
    }

    /// Returns the rate limit that the server reports, with the number of requests that are left.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        RateLimit::from_headers(&self.headers)
    }

    /// Returns the attempts that failed before this response arrived, the oldest first. Empty unless a
    /// [`RetryPolicy`](crate::retry::RetryPolicy) repeated the call.
    #[must_use]
    pub fn failed_attempts(&self) -> &[FailedAttempt] {
        &self.failed_attempts
    }

    pub(crate) fn after(mut self, attempts: Vec<FailedAttempt>) -> Self {
        self.failed_attempts = attempts;
        self
    }

    pub(crate) fn into_parts(self) -> (Operation, StatusCode, HeaderMap) {
        (self.operation, self.status, self.headers)
    }
}

impl fmt::Debug for ResponseInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseInfo")
            .field("operation", &self.operation)
            .field("status", &self.status)
            .field("media_type", &clip(media_type(&self.headers)))
            .field("request_id", &self.request_id().map(clip))
            .field("rate_limit", &self.rate_limit())
            .field("failed_attempts", &self.failed_attempts)
            .finish_non_exhaustive()
    }
}
