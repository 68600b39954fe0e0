//! A response cannot be read.

use crate::error::attempt::FailedAttempt;
use crate::media_type::media_type;
use crate::operation::Operation;
use crate::text::clip;
use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use std::fmt;

/// A response that is not an error response, and that cannot be read or is not the expected one.
///
/// The message contains the place of the problem and what was expected. It never quotes the body,
/// because the body may contain a secret.
///
/// ```
/// use ory_oidc_core::error::DecodeError;
///
/// fn report(error: &DecodeError) {
///     let place = error.path().unwrap_or("the document");
///     eprintln!("{}: {place}: {} ({} bytes)", error.operation(), error.problem(), error.body().len());
/// }
/// ```
#[derive(Clone)]
pub struct DecodeError {
    operation: Operation,
    status: StatusCode,
    media_type: String,
    path: Option<String>,
    problem: String,
    headers: HeaderMap,
    body: Bytes,
    failed_attempts: Vec<FailedAttempt>,
}

impl DecodeError {
    /// Describes a response by its operation, its status and the problem.
    #[must_use]
    pub fn new(operation: Operation, status: StatusCode, problem: impl Into<String>) -> Self {
        Self {
            operation,
            status,
            media_type: String::new(),
            path: None,
            problem: problem.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            failed_attempts: Vec::new(),
        }
    }

    /// Adds the headers, and the body as far as it arrived.
    #[must_use]
    pub fn with_response(mut self, headers: HeaderMap, body: Bytes) -> Self {
        media_type(&headers).clone_into(&mut self.media_type);
        self.headers = headers;
        self.body = body;
        self
    }

    /// Adds the place in the document.
    #[must_use]
    pub fn with_path(mut self, path: Option<String>) -> Self {
        self.path = path;
        self
    }

    /// Returns the operation.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// Returns the status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the media type of the response without its parameters; empty if it has none.
    #[must_use]
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// Returns the place in the document, such as `redirect_uris[0]`; [`None`] for the document as
    /// a whole.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// Returns the problem and what was expected. It never quotes the body.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// Returns the headers. They may hold secrets.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the body as far as it arrived. It may hold secrets.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Returns the attempts that failed before this one, the oldest first.
    #[must_use]
    pub fn failed_attempts(&self) -> &[FailedAttempt] {
        &self.failed_attempts
    }

    pub(crate) fn after(mut self, attempts: Vec<FailedAttempt>) -> Self {
        self.failed_attempts = attempts;
        self
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: cannot read the response {}",
            self.operation, self.status
        )?;
        if let Some(path) = &self.path {
            write!(f, " at `{}`", clip(path))?;
        }
        write!(f, ": {}", self.problem)?;
        if !self.media_type.is_empty() {
            write!(f, " (content type {:?})", clip(&self.media_type))?;
        }
        if !self.operation.is_safe() {
            f.write_str("; the server may have processed the request")?;
        }
        Ok(())
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodeError")
            .field("operation", &self.operation)
            .field("status", &self.status)
            .field("media_type", &clip(&self.media_type))
            .field("path", &self.path.as_deref().map(clip))
            .field("problem", &self.problem)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl std::error::Error for DecodeError {}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{CONTENT_TYPE, HeaderValue, LOCATION, SET_COOKIE};

    const READ: Operation = Operation::new("readThing", "GET", "/things/{id}");
    const CHANGE: Operation = Operation::new("changeThing", "PUT", "/things/{id}");

    /// Returns an error whose body and headers hold a secret.
    fn error(operation: Operation) -> DecodeError {
        let mut headers = HeaderMap::new();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/html; token=hush"),
        );
        headers.insert(SET_COOKIE, HeaderValue::from_static("hush"));
        headers.insert(LOCATION, HeaderValue::from_static("/?token=hush"));
        DecodeError::new(operation, StatusCode::OK, "expected a string")
            .with_response(headers, Bytes::from("hush"))
            .with_path(Some("redirect_uris[0]".to_owned()))
    }

    #[test]
    fn message_names_operation_status_path_problem_and_media_type() {
        assert_eq!(
            error(READ).to_string(),
            "GET /things/{id}: cannot read the response 200 OK at `redirect_uris[0]`: \
             expected a string (content type \"text/html\")"
        );
        let bare = DecodeError::new(READ, StatusCode::OK, "the body is empty");
        assert_eq!(
            bare.to_string(),
            "GET /things/{id}: cannot read the response 200 OK: the body is empty"
        );
    }

    #[test]
    fn message_warns_that_a_change_may_have_been_made() {
        let warning = "; the server may have processed the request";
        assert!(error(CHANGE).to_string().ends_with(warning));
        assert!(!error(READ).to_string().contains(warning));
    }

    #[test]
    fn body_and_headers_are_returned_and_never_shown() {
        let error = error(READ);
        assert_eq!(error.body(), "hush".as_bytes());
        assert_eq!(error.headers()[SET_COOKIE], "hush");
        assert_eq!(error.media_type(), "text/html");
        for shown in [
            format!("{error}"),
            format!("{error:?}"),
            format!("{error:#?}"),
        ] {
            assert!(!shown.contains("hush"), "{shown}");
        }
        assert!(format!("{error:?}").contains("bytes: 4"), "{error:?}");
    }

    #[test]
    fn long_paths_and_media_types_are_shown_shortened() {
        let long = "x".repeat(5_000);
        let value = HeaderValue::try_from(&long).expect("the header is ASCII");
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, value)]);
        let error = DecodeError::new(READ, StatusCode::OK, "expected a string")
            .with_response(headers, Bytes::new())
            .with_path(Some(long));
        for shown in [error.to_string(), format!("{error:?}")] {
            assert!(shown.len() < 1_000, "{} bytes", shown.len());
        }
    }
}
