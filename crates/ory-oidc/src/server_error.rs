//! What a server says when it will not.

use crate::{Challenge, Condition, Operation, text};
use ory_oidc_gen::Response;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::{Map, Value};
use std::fmt;
use std::time::{Duration, SystemTime};

/// The answer of a server that refuses a request, with all that it said.
///
/// Ory answers in two forms, both read here: OAuth's (`error`,
/// `error_description`, RFC 6749 §5.2) and its own (`message`, `reason`).
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
    body: Vec<u8>,
}

impl ServerError {
    pub(crate) fn new(operation: Operation, response: Response<()>) -> Self {
        let (status, headers, body) = response.into_parts();
        let challenges = Challenge::in_headers(&headers);
        let bearer = challenges.iter().find(|challenge| challenge.is_bearer());
        let said = Said::in_body(&body);
        let from_header = |name| {
            bearer
                .and_then(|b: &Challenge| b.parameter(name))
                .map(str::to_owned)
        };
        let request_id = ["x-request-id", "x-ory-request-id", "x-correlation-id"]
            .iter()
            .find_map(|name| headers.get(*name))
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        Self {
            operation,
            status,
            code: said
                .error
                .or_else(|| from_header("error"))
                .map(ErrorCode::from),
            description: said
                .description
                .or_else(|| from_header("error_description")),
            hint: said.hint,
            request_id: request_id.or(said.request),
            challenges,
            headers,
            body: body.into(),
        }
    }

    /// One that says nothing but its status.
    #[cfg(test)]
    pub(crate) fn bare(operation: Operation, status: StatusCode) -> Self {
        Self {
            operation,
            status,
            code: None,
            description: None,
            hint: None,
            request_id: None,
            challenges: Vec::new(),
            headers: HeaderMap::new(),
            body: Vec::new(),
        }
    }

    /// The operation that was refused.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// `error` of the body or, where the body has none, of the `Bearer` challenge.
    #[must_use]
    pub fn code(&self) -> Option<&ErrorCode> {
        self.code.as_ref()
    }

    /// `error_description` likewise: a sentence for developers.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// `error_hint`: what Ory thinks might help.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The challenges of `WWW-Authenticate` (RFC 9110 §11.6.1).
    #[must_use]
    pub fn challenges(&self) -> &[Challenge] {
        &self.challenges
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body as it came. It is hostile until checked and may hold anything.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// How long the server asks to wait (RFC 9110 §10.2.3); zero for a date that is past.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let value = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = httpdate::parse_http_date(value).ok()?;
        Some(date.duration_since(SystemTime::now()).unwrap_or_default())
    }

    /// The server's name for the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    pub(crate) fn condition(&self) -> Option<Condition> {
        let registration = self.operation.is_registration();
        let says = |words| {
            self.description
                .as_deref()
                .is_some_and(|text| text.contains(words))
        };
        let bearer = self
            .challenges
            .iter()
            .filter(|challenge| challenge.is_bearer());
        let mut challenged = bearer.filter_map(Challenge::error);
        let scope = ErrorCode::InsufficientScope;
        match self.status.as_u16() {
            404 if registration => Some(Condition::RegistrationDisabled),
            401 if self.operation == Operation::Register => None,
            401 if registration => Some(Condition::TokenInvalidOrClientGone),
            401 if self.operation == Operation::UserInfo => Some(Condition::AccessTokenInvalid),
            403 if self.code.as_ref() == Some(&scope)
                || challenged.any(|e| e == scope.as_str()) =>
            {
                Some(Condition::InsufficientScope)
            }
            400 | 403 if registration && says("choose your own") => {
                Some(Condition::SecretNotAllowed)
            }
            429 => Some(Condition::RateLimited),
            // A gateway says these of a server that may have done the work.
            500..=599 if self.operation.changes_something() => Some(Condition::OutcomeUnknown),
            _ => None,
        }
    }

    pub(crate) fn is_retryable(&self) -> bool {
        match self.status.as_u16() {
            429 => true,
            500 | 502 | 503 | 504 => !self.operation.changes_something(),
            _ => false,
        }
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: answered {}", self.operation, self.status)?;
        if let Some(code) = &self.code {
            write!(f, ": {}", text::clip(code.as_str()))?;
        }
        if let Some(description) = &self.description {
            write!(f, ": {}", text::clip(description))?;
        }
        if let Some(hint) = &self.hint {
            write!(f, " ({})", text::clip(hint))?;
        }
        Ok(())
    }
}

impl fmt::Debug for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerError")
            .field("operation", &self.operation)
            .field("status", &self.status)
            .field(
                "code",
                &self.code.as_ref().map(|code| text::clip(code.as_str())),
            )
            .field("description", &self.description.as_deref().map(text::clip))
            .field("hint", &self.hint.as_deref().map(text::clip))
            .field("challenges", &self.challenges)
            .field("request_id", &self.request_id)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl std::error::Error for ServerError {}

/// What the body of an error says, in either of Ory's forms.
#[derive(Default)]
struct Said {
    error: Option<String>,
    description: Option<String>,
    hint: Option<String>,
    request: Option<String>,
}

impl Said {
    fn in_body(body: &[u8]) -> Self {
        let Ok(Value::Object(mut body)) = serde_json::from_slice(body) else {
            return Self::default();
        };
        // Ory's own form comes bare or as the value of `error`.
        let mut body = match body.remove("error") {
            Some(Value::Object(inner)) => inner,
            Some(error) => {
                body.insert("error".to_owned(), error);
                body
            }
            None => body,
        };
        Self {
            error: take(&mut body, "error").or_else(|| take(&mut body, "message")),
            description: take(&mut body, "error_description").or_else(|| take(&mut body, "reason")),
            hint: take(&mut body, "error_hint"),
            request: take(&mut body, "request"),
        }
    }
}

fn take(body: &mut Map<String, Value>, name: &str) -> Option<String> {
    match body.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// `error` in an answer: a code of RFC 6749 §5.2, RFC 6750 §3.1 or RFC 7591 §3.2.2,
/// or whatever else the server wrote. Ory often writes a sentence.
///
/// ```
/// use ory_oidc::ErrorCode;
///
/// assert_eq!(ErrorCode::from("invalid_token"), ErrorCode::InvalidToken);
/// assert_eq!(ErrorCode::from("teapot").as_str(), "teapot");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ErrorCode {
    /// `invalid_request`
    InvalidRequest,
    /// `invalid_token`
    InvalidToken,
    /// `insufficient_scope`
    InsufficientScope,
    /// `invalid_redirect_uri`
    InvalidRedirectUri,
    /// `invalid_client_metadata`
    InvalidClientMetadata,
    /// `invalid_software_statement`
    InvalidSoftwareStatement,
    /// `unapproved_software_statement`
    UnapprovedSoftwareStatement,
    /// `invalid_client`
    InvalidClient,
    /// `access_denied`
    AccessDenied,
    /// `request_unauthorized`, which Ory uses for a missing or wrong access token
    RequestUnauthorized,
    /// `server_error`
    ServerError,
    /// `temporarily_unavailable`
    TemporarilyUnavailable,
    /// Another code, or a sentence.
    Other(String),
}

const CODES: [(&str, ErrorCode); 12] = [
    ("invalid_request", ErrorCode::InvalidRequest),
    ("invalid_token", ErrorCode::InvalidToken),
    ("insufficient_scope", ErrorCode::InsufficientScope),
    ("invalid_redirect_uri", ErrorCode::InvalidRedirectUri),
    ("invalid_client_metadata", ErrorCode::InvalidClientMetadata),
    (
        "invalid_software_statement",
        ErrorCode::InvalidSoftwareStatement,
    ),
    (
        "unapproved_software_statement",
        ErrorCode::UnapprovedSoftwareStatement,
    ),
    ("invalid_client", ErrorCode::InvalidClient),
    ("access_denied", ErrorCode::AccessDenied),
    ("request_unauthorized", ErrorCode::RequestUnauthorized),
    ("server_error", ErrorCode::ServerError),
    ("temporarily_unavailable", ErrorCode::TemporarilyUnavailable),
];

impl ErrorCode {
    /// The text that the server wrote.
    #[must_use]
    pub fn as_str(&self) -> &str {
        if let Self::Other(text) = self {
            return text;
        }
        CODES
            .iter()
            .find(|(_, code)| code == self)
            .map_or("", |(text, _)| text)
    }
}

impl From<&str> for ErrorCode {
    fn from(text: &str) -> Self {
        let known = CODES.iter().find(|(known, _)| *known == text);
        known.map_or_else(|| Self::Other(text.to_owned()), |(_, code)| code.clone())
    }
}

impl From<String> for ErrorCode {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
