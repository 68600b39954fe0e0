//! Requests that the mock server received.

use std::fmt;

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use serde_json::Value;

/// A request that the mock server received.
///
/// `Debug` shows the method, the path, the names of query parameters and headers, and the length of
/// the body. It never shows a value that could be a token or a secret.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use ory_oidc_mock::OryMock;
///
/// let ory = OryMock::start().await;
/// reqwest::get(format!("{}/userinfo?a=b", ory.url())).await?;
///
/// let request = &ory.requests()[0];
/// assert_eq!(request.method(), "GET");
/// assert_eq!(request.path(), "/userinfo");
/// assert_eq!(request.query(), Some("a=b"));
/// assert_eq!(request.header("authorization"), None);
/// assert!(request.body().is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RecordedRequest {
    method: String,
    path: String,
    query: Option<String>,
    headers: HeaderMap,
    body: Bytes,
}

impl RecordedRequest {
    pub(crate) fn new(parts: &Parts, body: Bytes) -> Self {
        Self {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            headers: parts.headers.clone(),
            body,
        }
    }

    /// Returns the method in upper case.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Returns the path as it was sent, without percent-decoding.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the query as it was sent, without the `?`.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// Returns the first header with this name if its value is visible ASCII. The name is
    /// case-insensitive.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Parses the body as JSON.
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// # let ory = OryMock::start_blocking();
    /// for registration in ory.requests_to("POST", "/oauth2/register") {
    ///     assert_eq!(registration.json()["client_name"], "My app");
    /// }
    /// ```
    ///
    /// # Panics
    /// If the body is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(body) => body,
            Err(error) => panic!(
                "the body of {} {} is not JSON: {error}",
                self.method, self.path
            ),
        }
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query = self.query.as_deref().unwrap_or_default();
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field(
                "query",
                &form_urlencoded::parse(query.as_bytes())
                    .map(|(name, _)| name)
                    .collect::<Vec<_>>(),
            )
            .field(
                "headers",
                &self
                    .headers
                    .keys()
                    .map(axum::http::HeaderName::as_str)
                    .collect::<Vec<_>>(),
            )
            .field("body_length", &self.body.len())
            .finish()
    }
}
