//! What a server says when it will not.

use crate::{Challenge, Condition, ErrorCode, Operation, text};
use ory_oidc_gen::Response;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::{Map, Value};
use std::fmt;
use std::time::{Duration, SystemTime};

/// The answer of a server that refuses a request, with all that it said.
///
/// Ory has two forms of a body. Which one came does not matter: an accessor takes the first text
/// in its row that is there and not empty. Its own form comes bare or as the value of `error`.
///
/// | accessor | OAuth's form ([`ErrorOAuth2`]) | Ory's own ([`GenericError`]) | `Bearer` challenge |
/// |---|---|---|---|
/// | [`code`](Self::code) | `error` | `id`, else `message` | `error` |
/// | [`description`](Self::description) | `error_description` | `reason`, else `message` | `error_description` |
/// | [`hint`](Self::hint) | `error_hint` | | |
/// | [`request_id`](Self::request_id), after the headers | | `request` | |
/// | [`Error::required_scope`](crate::Error::required_scope) | | | `scope` |
///
/// Decide by [`Error::condition`](crate::Error::condition), which goes by the status first: Ory
/// often writes a sentence where a code is due. `status_code`, `code` and `status` repeat the
/// status, `error_debug`, `debug` and `details` show the inside of the server; they stay in
/// [`body`](Self::body).
///
/// [`ErrorOAuth2`]: crate::raw::models::ErrorOAuth2
/// [`GenericError`]: crate::raw::models::GenericError
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

    /// The code, or the sentence that Ory writes in its place.
    #[must_use]
    pub fn code(&self) -> Option<&ErrorCode> {
        self.code.as_ref()
    }

    /// A sentence for developers.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// What Ory thinks might help.
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
        match self.status.as_u16() {
            404 if registration => Some(Condition::RegistrationDisabled),
            401 if self.operation == Operation::Register => None,
            401 if registration => Some(Condition::TokenInvalidOrClientGone),
            401 if self.operation == Operation::UserInfo => self.condition_of_token(),
            403 if self.lacks_scope() => Some(Condition::InsufficientScope),
            400 | 403 if registration && says("choose your own") => {
                Some(Condition::SecretNotAllowed)
            }
            429 => Some(Condition::RateLimited),
            // A gateway says these of a server that may have done the work.
            500..=599 if self.operation.changes_something() => Some(Condition::OutcomeUnknown),
            _ => None,
        }
    }

    /// What a 401 means for the user's access token. RFC 6750 §3.1 has other statuses for two of
    /// the codes, which not every server knows.
    fn condition_of_token(&self) -> Option<Condition> {
        if self.lacks_scope() {
            return Some(Condition::InsufficientScope);
        }
        let challenged = self.bearer().find_map(Challenge::error);
        match challenged.or(self.code.as_ref().map(ErrorCode::as_str)) {
            // The same token in a better request may do: nothing is wrong with it.
            Some("invalid_request") => None,
            _ => Some(Condition::AccessTokenInvalid),
        }
    }

    fn lacks_scope(&self) -> bool {
        self.code == Some(ErrorCode::InsufficientScope) || self.bearer().any(demands_scope)
    }

    /// The scope of the challenge that says so, or of another if only the body does.
    pub(crate) fn required_scope(&self) -> Option<&str> {
        if self.condition() != Some(Condition::InsufficientScope) {
            return None;
        }
        let mut says_so = self.bearer().filter(|challenge| demands_scope(challenge));
        let scope = says_so.find_map(Challenge::scope);
        let scope = scope.or_else(|| self.bearer().find_map(Challenge::scope));
        scope.filter(|scope| !scope.is_empty())
    }

    fn bearer(&self) -> impl Iterator<Item = &Challenge> {
        let challenges = self.challenges.iter();
        challenges.filter(|challenge| challenge.is_bearer())
    }

    pub(crate) fn is_retryable(&self) -> bool {
        match self.status.as_u16() {
            429 => true,
            500 | 502 | 503 | 504 => !self.operation.changes_something(),
            _ => false,
        }
    }
}

fn demands_scope(challenge: &Challenge) -> bool {
    challenge.error() == Some(ErrorCode::InsufficientScope.as_str())
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
        match self.condition() {
            Some(Condition::AccessTokenInvalid) => {
                f.write_str("; refresh the access token or log in again")
            }
            Some(Condition::InsufficientScope) => match self.required_scope() {
                Some(scope) => write!(
                    f,
                    "; the access token needs the scope {:?}",
                    text::clip(scope)
                ),
                None => {
                    f.write_str("; the access token needs a scope that the server does not name")
                }
            },
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let challenges = self.challenges.iter().take(text::ENTRIES);
        f.debug_struct("ServerError")
            .field("operation", &self.operation)
            .field("status", &self.status)
            .field(
                "code",
                &self.code.as_ref().map(|code| text::clip(code.as_str())),
            )
            .field("description", &self.description.as_deref().map(text::clip))
            .field("hint", &self.hint.as_deref().map(text::clip))
            .field("challenges", &challenges.collect::<Vec<_>>())
            .field("request_id", &self.request_id.as_deref().map(text::clip))
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
        let error = take(&mut body, "error").or_else(|| take(&mut body, "id"));
        let description =
            take(&mut body, "error_description").or_else(|| take(&mut body, "reason"));
        // Whichever of the two Ory's own form has no member for.
        let message = take(&mut body, "message");
        Self {
            description: description.or_else(|| error.as_ref().and(message.clone())),
            error: error.or(message),
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
