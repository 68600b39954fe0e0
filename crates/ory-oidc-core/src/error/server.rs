//! The server returned an error response.

use crate::challenge::Challenge;
use crate::error::attempt::FailedAttempt;
use crate::error::kind::ErrorKind;
use crate::error::texts::{ErrorTexts, without_preamble};
use crate::error_code::ErrorCode;
use crate::headers::{request_id, retry_after};
use crate::operation::Operation;
use crate::rate_limit::RateLimit;
use crate::text::{ENTRIES, clip};
use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use std::fmt;
use std::time::Duration;

/// How the sentence begins that Ory returns, with 400 or 401, when its database aborted a transaction
/// because of another one.
const CONFLICT: &str = "Unable to serialize access";

/// How the sentences begin that Ory returns with 401, although its database failed.
const DATABASE_FAILURES: [&str; 2] = [CONFLICT, "Unable to locate the table"];

/// Ory's code for a token whose parts do not match, or which a key signed that has been replaced.
const TOKEN_SIGNATURE_MISMATCH: &str = "token_signature_mismatch";

/// An error response of the server: its status, error texts, challenges, headers and body.
///
/// Ory sends error bodies in two formats: that of OAuth, in which `error` is a text, and its own. An
/// object in Ory's own format is the whole body or the value of `error`. Each accessor tries the
/// columns of this table from left to right, and skips empty texts.
///
/// | accessor | OAuth's format (RFC 6749 §5.2) | Ory's own format | `Bearer` challenge |
/// |---|---|---|---|
/// | [`code`](Self::code) | `error` | `id`, else `message` | `error` |
/// | [`description`](Self::description) | `error_description` | `reason`, else `message` if it is not the code | `error_description` |
/// | [`hint`](Self::hint) | `error_hint` | | |
/// | [`request_id`](Self::request_id), after the headers | | `request` | |
/// | [`Error::required_scope`](crate::Error::required_scope) | | | `scope` |
///
/// Branch on [`Error::kind`](crate::Error::kind), not on the code, because Ory often sends a
/// sentence instead of a code. Internal details of the server (`error_debug`, `debug`, `details`)
/// are only in [`body`](Self::body).
///
/// ```
/// # fn example(error: &ory_oidc_core::error::ServerError) {
/// println!("{}: {:?}: {:?}", error.status(), error.code(), error.description());
/// # }
/// ```
#[derive(Clone)]
pub struct ServerError {
    operation: Operation,
    status: StatusCode,
    code: Option<ErrorCode>,
    description: Option<String>,
    hint: Option<String>,
    request_id: Option<String>,
    challenges: Vec<Challenge>,
    headers: HeaderMap,
    body: Bytes,
    outcome_unknown: bool,
    failed_attempts: Vec<FailedAttempt>,
}

impl ServerError {
    /// Reads an error response.
    #[must_use]
    pub fn new(operation: Operation, status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        let challenges = Challenge::in_headers(&headers);
        let bearer = challenges.iter().find(|challenge| challenge.is_bearer());
        let texts = ErrorTexts::from_body(&body);
        let from_challenge = |name| {
            bearer
                .and_then(|challenge| challenge.parameter(name))
                .map(str::to_owned)
        };
        let request_id = request_id(&headers).map(str::to_owned);
        Self {
            operation,
            status,
            code: texts
                .error
                .or_else(|| from_challenge("error"))
                .map(ErrorCode::from),
            description: texts
                .description
                .or_else(|| from_challenge("error_description")),
            hint: texts.hint,
            request_id: request_id.or(texts.request),
            challenges,
            headers,
            body,
            outcome_unknown: false,
            failed_attempts: Vec::new(),
        }
    }

    /// Marks the outcome of the call as unknown: there is evidence that the server processed the
    /// request although it returned this error.
    #[must_use]
    pub fn with_unknown_outcome(mut self) -> Self {
        self.outcome_unknown = true;
        self
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

    /// Returns the error code, or the sentence that Ory sends instead.
    #[must_use]
    pub fn code(&self) -> Option<&ErrorCode> {
        self.code.as_ref()
    }

    /// Returns the server's description of the error, which is meant for developers.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Returns Ory's hint.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Returns the challenges of `WWW-Authenticate` (RFC 9110 §11.6.1).
    #[must_use]
    pub fn challenges(&self) -> &[Challenge] {
        &self.challenges
    }

    /// Returns the headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the unchanged body. It may hold secrets and is untrusted.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Returns how long the server asks to wait, at most a day: `Retry-After` (RFC 9110 §10.2.3), or,
    /// for 429, the reset of its rate limit (`RateLimit`, `RateLimit-Reset`, Ory Network's
    /// `X-RateLimit-Reset`). Zero for a time in the past.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after(self.status, &self.headers)
    }

    /// Returns the rate limit that the server reports.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        RateLimit::from_headers(&self.headers)
    }

    /// Returns the server's id of the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
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
        match self.status.as_u16() {
            _ if self.outcome_unknown => ErrorKind::OutcomeUnknown,
            401 | 403 if self.lacks_scope() => ErrorKind::InsufficientScope,
            // The request is invalid, not the token (RFC 6750 §3.1).
            401 if self.bearer_error() == Some("invalid_request") => ErrorKind::ErrorResponse,
            401 if !self.is_failure() => ErrorKind::Unauthorized,
            403 => ErrorKind::Forbidden,
            404 => ErrorKind::NotFound,
            429 => ErrorKind::RateLimited,
            // Only a refusal shows that nothing was changed. A gateway may report a failure, or that
            // somebody stopped waiting (408, 460, 499), although the server made the change.
            ..=399 | 401 | 408 | 460 | 499.. if !self.operation.is_safe() => {
                ErrorKind::OutcomeUnknown
            }
            401 | 500..=599 => ErrorKind::Unavailable,
            400 if self.is_conflict() => ErrorKind::Unavailable,
            400 if self.operation.is_safe() && self.refuses_token() => ErrorKind::Unauthorized,
            _ => ErrorKind::ErrorResponse,
        }
    }

    /// Whether the error is about the token, although the status is not 401. Ory Hydra answers so if it
    /// finds a token by its last part, and the rest is malformed or does not match.
    fn refuses_token(&self) -> bool {
        match &self.code {
            Some(ErrorCode::InvalidToken) => true,
            Some(ErrorCode::Other(code)) => code == TOKEN_SIGNATURE_MISMATCH,
            _ => false,
        }
    }

    /// Whether the database aborted the transaction, so that nothing was changed.
    fn is_conflict(&self) -> bool {
        self.begins_with(&[CONFLICT])
    }

    /// Whether the server failed and only its status claims that it refused the token.
    fn is_failure(&self) -> bool {
        let code = self.code.as_ref();
        matches!(
            code,
            Some(ErrorCode::ServerError | ErrorCode::TemporarilyUnavailable)
        ) || self.begins_with(&DATABASE_FAILURES)
    }

    /// Whether the error is one of these sentences: as the code, or as what explains a code of no
    /// standard.
    fn begins_with(&self, sentences: &[&str]) -> bool {
        let Some(ErrorCode::Other(code)) = &self.code else {
            return false;
        };
        let mut texts = self.description.iter().chain([code]);
        texts.any(|text| sentences.iter().any(|sentence| text.starts_with(sentence)))
    }

    /// Returns the error code of the challenge, or else of the body.
    fn bearer_error(&self) -> Option<&str> {
        let challenged = self.bearer().find_map(Challenge::error);
        challenged.or(self.code.as_ref().map(ErrorCode::as_str))
    }

    fn lacks_scope(&self) -> bool {
        self.code == Some(ErrorCode::InsufficientScope) || self.bearer().any(demands_scope)
    }

    /// Returns the scope of the challenge with `insufficient_scope`, or else of any challenge.
    pub(super) fn required_scope(&self) -> Option<&str> {
        if self.kind() != ErrorKind::InsufficientScope {
            return None;
        }
        let mut demanding = self.bearer().filter(|challenge| demands_scope(challenge));
        let scope = demanding.find_map(Challenge::scope);
        let scope = scope.or_else(|| self.bearer().find_map(Challenge::scope));
        scope.filter(|scope| !scope.is_empty())
    }

    fn bearer(&self) -> impl Iterator<Item = &Challenge> {
        let challenges = self.challenges.iter();
        challenges.filter(|challenge| challenge.is_bearer())
    }

    pub(super) fn is_retryable(&self) -> bool {
        match self.status.as_u16() {
            _ if self.outcome_unknown => false,
            429 => true,
            // The server will never support the request (501, 505, 506, 510), finds no end (508), or is
            // not reachable without a login to the network (511).
            501 | 505 | 506 | 508 | 510 | 511 => false,
            // Also the trouble that gateways and CDNs report: 507, 520 to 530.
            500..=599 => self.operation.is_safe(),
            400 => self.is_conflict(),
            401 => self.is_failure() && self.operation.is_safe(),
            _ => false,
        }
    }
}

fn demands_scope(challenge: &Challenge) -> bool {
    challenge.error() == Some(ErrorCode::InsufficientScope.as_str())
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: the server returned {}", self.operation, self.status)?;
        if self.kind() == ErrorKind::InsufficientScope {
            match self.required_scope() {
                Some(scope) => write!(f, "; the access token lacks the scope {:?}", clip(scope))?,
                None => f.write_str("; the access token lacks a scope")?,
            }
        }
        if let Some(code) = &self.code {
            write!(f, ": {}", clip(code.as_str()))?;
        }
        if let Some(description) = &self.description {
            write!(f, ": {}", clip(without_preamble(description)))?;
        }
        if let Some(hint) = &self.hint {
            write!(f, " ({})", clip(hint))?;
        }
        Ok(())
    }
}

impl fmt::Debug for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let challenges = self.challenges.iter().take(ENTRIES);
        f.debug_struct("ServerError")
            .field("operation", &self.operation)
            .field("status", &self.status)
            .field("code", &self.code.as_ref().map(|code| clip(code.as_str())))
            .field("description", &self.description.as_deref().map(clip))
            .field("hint", &self.hint.as_deref().map(clip))
            .field("challenges", &challenges.collect::<Vec<_>>())
            .field("request_id", &self.request_id.as_deref().map(clip))
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl std::error::Error for ServerError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::texts::PREAMBLES;
    use reqwest::header::{HeaderName, HeaderValue, SET_COOKIE};

    const READ: Operation = Operation::new("readThing", "GET", "/things/{id}");

    fn error(headers: &[(&'static str, &str)], body: &str) -> ServerError {
        let headers = headers.iter().map(|(name, value)| {
            let value = HeaderValue::try_from(*value).expect("the header is ASCII");
            (HeaderName::from_static(name), value)
        });
        let (headers, body) = (headers.collect(), Bytes::from(body.to_owned()));
        ServerError::new(READ, StatusCode::BAD_REQUEST, headers, body)
    }

    /// Returns code, description, hint and request id.
    fn texts(error: &ServerError) -> [Option<&str>; 4] {
        [
            error.code().map(ErrorCode::as_str),
            error.description(),
            error.hint(),
            error.request_id(),
        ]
    }

    #[test]
    fn oauth_form_is_read() {
        for (body, expected) in [
            (
                r#"{"error": "invalid_request", "error_description": "why", "error_hint": "how"}"#,
                [Some("invalid_request"), Some("why"), Some("how"), None],
            ),
            (
                r#"{"error": "access_denied"}"#,
                [Some("access_denied"), None, None, None],
            ),
            (
                r#"{"error": "", "error_description": "", "error_hint": null}"#,
                [None; 4],
            ),
            (r#"{"error": 7, "error_description": ["x"]}"#, [None; 4]),
        ] {
            assert_eq!(texts(&error(&[], body)), expected, "{body}");
        }
    }

    #[test]
    fn own_form_of_ory_is_read_bare_and_as_the_value_of_error() {
        for (body, expected) in [
            (
                r#"{"id": "gone", "message": "m", "reason": "why", "request": "r1", "code": 400}"#,
                [Some("gone"), Some("why"), None, Some("r1")],
            ),
            // `message` replaces what is missing.
            (
                r#"{"id": "gone", "message": "m"}"#,
                [Some("gone"), Some("m"), None, None],
            ),
            (
                r#"{"message": "m", "reason": "why"}"#,
                [Some("m"), Some("why"), None, None],
            ),
            (r#"{"message": "m"}"#, [Some("m"), None, None, None]),
            (
                r#"{"reason": "why", "request": "r1"}"#,
                [None, Some("why"), None, Some("r1")],
            ),
            ("{}", [None; 4]),
        ] {
            assert_eq!(texts(&error(&[], body)), expected, "{body}");
            let nested = format!(r#"{{"error": {body}}}"#);
            assert_eq!(texts(&error(&[], &nested)), expected, "{nested}");
        }
    }

    #[test]
    fn body_that_is_not_an_object_has_no_texts() {
        for body in ["", "null", "[]", r#""text""#, "<!doctype html>", "{"] {
            let error = error(&[], body);
            assert_eq!(texts(&error), [None; 4], "{body}");
            assert_eq!(error.body(), body.as_bytes());
        }
    }

    #[test]
    fn bearer_challenge_provides_texts_that_the_body_lacks() {
        let challenge = r#"Bearer error="invalid_token", error_description="expired""#;
        for (header, body, code, description) in [
            (challenge, "", Some("invalid_token"), Some("expired")),
            (
                challenge,
                r#"{"error": "invalid_request"}"#,
                Some("invalid_request"),
                Some("expired"),
            ),
            (
                challenge,
                r#"{"error": "invalid_request", "error_description": "why"}"#,
                Some("invalid_request"),
                Some("why"),
            ),
            (r#"Basic error="invalid_token""#, "", None, None),
        ] {
            let error = error(&[("www-authenticate", header)], body);
            let expected = [code, description, None, None];
            assert_eq!(texts(&error), expected, "{header} {body}");
            assert_eq!(error.challenges().len(), 1);
        }
    }

    #[test]
    fn headers_take_precedence_for_the_request_id() {
        let body = r#"{"message": "m", "request": "body"}"#;
        for (headers, expected) in [
            (&[("x-correlation-id", "c"), ("x-request-id", "a")][..], "a"),
            (&[("x-correlation-id", "c"), ("x-ory-request-id", "b")], "b"),
            (&[("x-correlation-id", "c")], "c"),
            (&[("x-other", "d")], "body"),
        ] {
            assert_eq!(error(headers, body).request_id(), Some(expected));
        }
    }

    #[test]
    fn message_begins_the_explanation_with_the_reason() {
        let long = format!(" {} is invalid.", "x".repeat(280));
        for preamble in PREAMBLES {
            for (reason, shown) in [
                (
                    " Fields jwks and jwks_uri cannot both be set.",
                    "Fields jwks",
                ),
                (&long, long.trim_start()),
                ("", preamble),
            ] {
                let body = serde_json::json!({
                    "error": "invalid_client_metadata",
                    "error_description": format!("{preamble}{reason}"),
                });
                let message = error(&[], &body.to_string()).to_string();
                let start = format!(": invalid_client_metadata: {shown}");
                assert!(message.contains(&start), "{message}");
            }
        }
    }

    #[test]
    fn message_holds_the_explanation_and_nothing_else_of_the_body() {
        let body = r#"{"error": "invalid_request", "error_description": "why",
            "error_hint": "how", "error_debug": "hush", "x": "hush"}"#;
        let error = error(&[("set-cookie", "hush"), ("location", "/?code=hush")], body);
        assert_eq!(
            error.to_string(),
            "GET /things/{id}: the server returned 400 Bad Request: invalid_request: why (how)"
        );
        for shown in [
            format!("{error}"),
            format!("{error:?}"),
            format!("{error:#?}"),
        ] {
            assert!(!shown.contains("hush"), "{shown}");
        }
        assert_eq!(error.headers()[SET_COOKIE], "hush");
    }
}
