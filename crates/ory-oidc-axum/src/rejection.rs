//! The response to a request that is refused.

use crate::challenge;
use crate::reason::Reason;
use axum::http::HeaderValue;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use ory_oidc::Error;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A refused request. It is the rejection of the extractor [`User`](crate::User), and converts into
/// the response: the status, the challenge (RFC 6750 §3), `Retry-After`, and a sentence as the body.
///
/// Neither the response nor [`Debug`](fmt::Debug) contains the token. Set the body with
/// [`BearerAuthBuilder::rejection_body`](crate::BearerAuthBuilder::rejection_body).
///
/// ```
/// use axum::http::StatusCode;
/// use ory_oidc_axum::{Reason, Rejection, User};
///
/// // Take a `Result` to handle a rejection yourself.
/// async fn greet(user: Result<User, Rejection>) -> Result<String, Rejection> {
///     match user {
///         Ok(user) => Ok(format!("Hello {}", user.sub())),
///         Err(rejection) if rejection.reason() == Reason::NoToken => Ok("Hello guest".to_owned()),
///         Err(rejection) => Err(rejection),
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Rejection {
    inner: Box<Inner>,
}

#[derive(Clone)]
struct Inner {
    reason: Reason,
    description: Cow<'static, str>,
    scope: Option<Arc<str>>,
    retry_after: Option<Duration>,
    error: Option<Arc<Error>>,
    presentation: Arc<Presentation>,
}

/// The settings for the responses to all refused requests.
#[derive(Default)]
pub(crate) struct Presentation {
    pub(crate) realm: Option<String>,
    /// The scopes that a client should request, separated by spaces.
    pub(crate) scope: Option<String>,
    /// The scopes that every token must have.
    pub(crate) required_scopes: Vec<String>,
    /// The URL of the protected resource metadata (RFC 9728 §5.1).
    pub(crate) resource_metadata: Option<String>,
    pub(crate) body: Option<RejectionBody>,
}

pub(crate) type RejectionBody = Box<dyn Fn(&Rejection) -> Response + Send + Sync>;

impl Rejection {
    pub(crate) fn new(reason: Reason, presentation: &Arc<Presentation>) -> Self {
        Self {
            inner: Box::new(Inner {
                reason,
                description: reason.description().into(),
                scope: None,
                retry_after: None,
                error: None,
                presentation: Arc::clone(presentation),
            }),
        }
    }

    pub(crate) fn with_description(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.inner.description = description.into();
        self
    }

    /// Sets the scope of the challenge. A text that is not a list of scopes is left out.
    pub(crate) fn with_scope(mut self, scope: Option<&str>) -> Self {
        self.inner.scope = scope
            .filter(|scope| challenge::is_scope_list(scope))
            .map(Arc::from);
        self
    }

    pub(crate) fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.inner.retry_after = retry_after;
        self
    }

    pub(crate) fn with_error(mut self, error: Option<Arc<Error>>) -> Self {
        self.inner.error = error;
        self
    }

    /// Returns the reason.
    ///
    /// ```
    /// use ory_oidc_axum::{Reason, Rejection};
    ///
    /// fn is_outage(rejection: &Rejection) -> bool {
    ///     matches!(rejection.reason(), Reason::Unavailable | Reason::RateLimited)
    /// }
    /// ```
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.inner.reason
    }

    /// Returns the sentence that the body has by default.
    ///
    /// ```
    /// use ory_oidc_axum::Rejection;
    ///
    /// fn page(rejection: &Rejection) -> String {
    ///     format!("Sorry: {}.", rejection.description())
    /// }
    /// ```
    #[must_use]
    pub fn description(&self) -> &str {
        &self.inner.description
    }

    /// Returns the time that `Retry-After` asks the client to wait.
    ///
    /// ```
    /// use ory_oidc_axum::Rejection;
    ///
    /// fn log(rejection: &Rejection) {
    ///     if let Some(wait) = rejection.retry_after() {
    ///         eprintln!("{rejection}; the client should wait for {wait:?}");
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// Returns Ory's error, if a request was sent to Ory. It is for your logs; clients do not see it. If
    /// Ory or a gateway quotes the token in the error, this is [`None`].
    ///
    /// ```
    /// use ory_oidc_axum::Rejection;
    ///
    /// fn log(rejection: &Rejection) {
    ///     if let Some(error) = rejection.error() {
    ///         eprintln!("{rejection}: {error} (request {:?})", error.request_id());
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        self.inner.error.as_deref()
    }

    fn challenge(&self) -> Option<HeaderValue> {
        let Inner {
            reason,
            scope,
            presentation,
            ..
        } = &*self.inner;
        if !reason.has_challenge() {
            return None;
        }
        let error = reason.error_code();
        let scope = scope.as_deref().or(presentation.scope.as_deref());
        Some(challenge::bearer([
            ("realm", presentation.realm.as_deref()),
            ("error", error),
            ("error_description", error.map(|_| reason.description())),
            ("scope", scope.filter(|_| *reason != Reason::InvalidRequest)),
            (
                "resource_metadata",
                presentation.resource_metadata.as_deref(),
            ),
        ]))
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let mut response = match &self.inner.presentation.body {
            Some(body) => body(&self),
            None => self.inner.description.clone().into_response(),
        };
        *response.status_mut() = self.inner.reason.status();
        response.extensions_mut().insert(self.inner.reason);
        if let Some(challenge) = self.challenge() {
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(wait) = self.inner.retry_after {
            let seconds = wait.as_millis().div_ceil(1000).max(1).to_string();
            let seconds = HeaderValue::try_from(seconds).expect("a number fits a header");
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
        response
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejection")
            .field("reason", &self.inner.reason)
            .field("description", &self.inner.description)
            .field("retry_after", &self.inner.retry_after)
            .field("error", &self.inner.error)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.description)
    }
}

impl std::error::Error for Rejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error().map(|error| error as _)
    }
}
