//! Error responses of the OAuth 2.0 endpoints, in the words of Hydra's OAuth 2.0 library (RFC 6749,
//! section 5.2).

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::ordered::Ordered;
use crate::reply;

/// An error of the token, revocation or authorization endpoint.
#[derive(Clone, Debug)]
pub(crate) struct OAuthError {
    status: StatusCode,
    error: String,
    description: String,
    hint: String,
}

impl OAuthError {
    pub(crate) fn invalid_request(hint: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed.",
            hint,
        )
    }

    pub(crate) fn invalid_client(hint: &str) -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "Client authentication failed (e.g., unknown client, no client authentication included, or unsupported authentication method).",
            hint,
        )
    }

    fn new(status: StatusCode, error: &str, description: &str, hint: &str) -> Self {
        Self {
            status,
            error: error.to_owned(),
            description: description.to_owned(),
            hint: hint.to_owned(),
        }
    }

    /// Replaces the hint, which Hydra's revocation endpoint does.
    pub(crate) fn with_hint(mut self, hint: &str) -> Self {
        hint.clone_into(&mut self.hint);
        self
    }

    pub(crate) fn error(&self) -> &str {
        &self.error
    }

    /// Returns the description and the hint, with the quotation marks that Hydra uses.
    pub(crate) fn description(&self) -> String {
        format!("{} {}", self.description, self.hint)
            .trim_end()
            .replace('"', "'")
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let mut body = Ordered::default();
        body.push("error", self.error());
        body.push("error_description", self.description());
        let mut response = reply::respond(
            self.status,
            "application/json;charset=UTF-8",
            reply::to_json(&body),
        );
        forbid_caching(&mut response);
        response
    }
}

/// Forbids caching, as the token and revocation endpoints must (RFC 6749, section 5.1).
pub(crate) fn forbid_caching(response: &mut Response) {
    reply::set(response, header::CACHE_CONTROL, "no-store");
    reply::set(response, header::PRAGMA, "no-cache");
}
