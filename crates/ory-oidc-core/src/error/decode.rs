//! A response cannot be read.

use crate::media_type::media_type;
use crate::operation::Operation;
use crate::text::clip;
use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use std::fmt;

/// A response that means success, but that cannot be read.
///
/// The message says where the problem is and what was expected. It never quotes the body, which
/// may hold a secret.
#[derive(Clone)]
pub struct DecodeError {
    operation: Operation,
    status: StatusCode,
    media_type: String,
    path: Option<String>,
    problem: String,
    headers: HeaderMap,
    body: Bytes,
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
