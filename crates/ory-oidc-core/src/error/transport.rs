//! No complete response arrived.

#[cfg(target_arch = "wasm32")]
mod fetch;
#[cfg(all(feature = "tower", not(target_arch = "wasm32")))]
mod service;

use crate::error::attempt::FailedAttempt;
use crate::error::kind::ErrorKind;
use crate::operation::Operation;
use crate::platform::is_connect;
use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use std::fmt;
use std::sync::Arc;

/// The error of a call without a complete response.
///
/// ```
/// use ory_oidc_core::error::TransportError;
///
/// fn report(error: &TransportError) {
///     match error.status() {
///         Some(status) => eprintln!("a response {status} began and was cut"),
///         None if error.is_connect() => eprintln!("nothing was sent"),
///         None => eprintln!("no response; timed out: {}", error.is_timeout()),
///     }
/// }
/// ```
#[derive(Clone)]
pub struct TransportError {
    operation: Operation,
    failure: Failure,
    partial: Option<Partial>,
    /// Whether a service of the caller sent the request, perhaps more than once.
    through_service: bool,
    failed_attempts: Vec<FailedAttempt>,
    /// The error of the HTTP client; [`None`] if this crate stopped waiting.
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Failure {
    Connect,
    Timeout,
    Closed,
    /// A service of the caller or a JavaScript runtime failed in its own way, which the text names.
    #[cfg_attr(not(any(feature = "tower", target_arch = "wasm32")), allow(dead_code))]
    Other(&'static str),
}

/// The part of a response that arrived.
#[derive(Clone)]
struct Partial {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Failure {
    fn of(source: &reqwest::Error) -> Self {
        if is_connect(source) {
            Self::Connect
        } else if source.is_timeout() {
            Self::Timeout
        } else {
            Self::Closed
        }
    }
}

impl TransportError {
    /// Wraps the error of the HTTP client, without its URL.
    #[must_use]
    pub fn new(operation: Operation, source: reqwest::Error) -> Self {
        Self {
            operation,
            failure: Failure::of(&source),
            partial: None,
            through_service: false,
            failed_attempts: Vec::new(),
            source: Some(Arc::new(source.without_url())),
        }
    }

    /// Creates the error of a call whose caller stopped waiting for the response.
    #[must_use]
    pub fn gave_up(operation: Operation) -> Self {
        Self {
            operation,
            failure: Failure::Timeout,
            partial: None,
            through_service: false,
            failed_attempts: Vec::new(),
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

    /// Whether no connection could be opened, so that nothing was sent. Always `false` in WebAssembly,
    /// where that cannot be told.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        // A service may have sent the request before, and failed to connect when it repeated it.
        self.failure == Failure::Connect && (self.operation.is_safe() || !self.through_service)
    }

    /// Returns the attempts that failed before this one, the oldest first.
    #[must_use]
    pub fn failed_attempts(&self) -> &[FailedAttempt] {
        &self.failed_attempts
    }

    pub(super) fn after(mut self, attempts: Vec<FailedAttempt>) -> Self {
        self.failed_attempts = attempts;
        self
    }

    pub(super) fn kind(&self) -> ErrorKind {
        match self.failure {
            _ if self.is_connect() => ErrorKind::Connect,
            _ if !self.operation.is_safe() => ErrorKind::OutcomeUnknown,
            Failure::Timeout => ErrorKind::Timeout,
            Failure::Closed => ErrorKind::ConnectionClosed,
            Failure::Connect | Failure::Other(_) => ErrorKind::Unavailable,
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
            (Failure::Timeout, Some(_)) => "timed out in the middle of the response",
            (Failure::Timeout, None) => "timed out waiting for the response",
            (Failure::Closed, Some(_)) => "the connection closed in the middle of the response",
            (Failure::Closed, None) => "the connection closed before a response arrived",
            (Failure::Other(text), _) => text,
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

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderValue, SET_COOKIE};
    use std::error::Error as _;
    use std::io::Read as _;
    use std::net::{SocketAddr, TcpListener};
    use std::time::Duration;

    const READ: Operation = Operation::new("readThing", "GET", "/things/{id}");
    const CHANGE: Operation = Operation::new("changeThing", "PUT", "/things/{id}");

    /// A time-out for requests that fail before it.
    const LONG_TIMEOUT: Duration = Duration::from_secs(60);

    fn listen() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let address = listener.local_addr().expect("a listener has an address");
        (listener, address)
    }

    /// Sends a request whose URL holds a secret, and returns its error.
    async fn request_error(address: SocketAddr, timeout: Duration) -> reqwest::Error {
        let client = reqwest::Client::builder().no_proxy().timeout(timeout);
        let client = client.build().expect("the HTTP client can be built");
        let url = format!("http://user:hush@{address}/hush?token=hush#hush");
        let response = client.get(url).send().await;
        response.expect_err("the server does not respond")
    }

    /// Returns the error of a port on which nothing listens.
    async fn refused() -> reqwest::Error {
        let (listener, address) = listen();
        drop(listener);
        request_error(address, LONG_TIMEOUT).await
    }

    /// Returns the error of a server that never responds.
    async fn stalled() -> reqwest::Error {
        let (_listener, address) = listen();
        request_error(address, Duration::from_millis(200)).await
    }

    /// Returns the error of a server that reads the request and closes the connection.
    async fn closed() -> reqwest::Error {
        let (listener, address) = listen();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("the client connects");
            let _ = stream.read(&mut [0; 1024]);
        });
        let error = request_error(address, LONG_TIMEOUT).await;
        server.join().expect("the server does not panic");
        error
    }

    fn shown(error: &TransportError) -> String {
        let mut shown = format!("{error} {error:?} {error:#?}");
        let mut source = error.source();
        while let Some(error) = source {
            shown = format!("{shown} {error} {error:?}");
            source = error.source();
        }
        shown
    }

    #[tokio::test]
    async fn each_failure_has_its_kind_and_its_message() {
        use ErrorKind::{Connect, ConnectionClosed, OutcomeUnknown, Timeout};

        for (error, kind, of_change, message) in [
            (
                TransportError::new(READ, refused().await),
                Connect,
                Connect,
                "could not connect to the server",
            ),
            (
                TransportError::new(READ, stalled().await),
                Timeout,
                OutcomeUnknown,
                "timed out waiting for the response",
            ),
            (
                TransportError::gave_up(READ),
                Timeout,
                OutcomeUnknown,
                "timed out waiting for the response",
            ),
            (
                TransportError::new(READ, closed().await),
                ConnectionClosed,
                OutcomeUnknown,
                "the connection closed before a response arrived",
            ),
        ] {
            assert_eq!(error.kind(), kind, "{error:?}");
            assert!(error.is_retryable(), "{error:?}");
            assert_eq!(error.is_connect(), kind == Connect, "{error:?}");
            assert_eq!(error.is_timeout(), kind == Timeout, "{error:?}");
            assert_eq!(error.to_string(), format!("GET /things/{{id}}: {message}"));

            let change = TransportError {
                operation: CHANGE,
                ..error
            };
            assert_eq!(change.kind(), of_change, "{change:?}");
            assert_eq!(change.is_retryable(), of_change == Connect, "{change:?}");
            let warning = match of_change {
                OutcomeUnknown => "; the server may have processed the request",
                _ => "",
            };
            let expected = format!("PUT /things/{{id}}: {message}{warning}");
            assert_eq!(change.to_string(), expected);
        }
    }

    #[tokio::test]
    async fn url_is_never_shown() {
        for source in [refused().await, stalled().await, closed().await] {
            let url = source.url().map(ToString::to_string).unwrap_or_default();
            assert!(url.contains("hush"), "the HTTP client knows the URL");
            let shown = shown(&TransportError::new(READ, source));
            assert!(!shown.contains("hush"), "{shown}");
            assert!(!shown.contains("http://"), "{shown}");
        }
    }

    #[tokio::test]
    async fn partial_response_is_returned_and_never_shown() {
        let error = TransportError::new(READ, closed().await);
        assert_eq!(
            (error.status(), error.headers(), error.body()),
            (None, None, None)
        );
        let headers = HeaderMap::from_iter([(SET_COOKIE, HeaderValue::from_static("hush"))]);
        let body = Bytes::from("hush");
        let error = error.with_partial_response(StatusCode::OK, headers.clone(), body.clone());
        assert_eq!(error.status(), Some(StatusCode::OK));
        assert_eq!(error.headers(), Some(&headers));
        assert_eq!(error.body(), Some(&body));
        assert_eq!(
            error.to_string(),
            "GET /things/{id}: the connection closed in the middle of the response"
        );
        let shown = shown(&error);
        assert!(!shown.contains("hush"), "{shown}");
        assert!(shown.contains("bytes: Some(4)"), "{shown}");
    }

    #[tokio::test]
    async fn error_of_the_http_client_is_the_source() {
        assert!(TransportError::gave_up(READ).source().is_none());
        let error = TransportError::new(READ, stalled().await);
        let source = error.source().and_then(|source| source.downcast_ref());
        let source: &reqwest::Error = source.expect("the source is the HTTP client's");
        assert!(source.is_timeout());
    }
}
