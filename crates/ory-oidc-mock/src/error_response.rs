//! Error responses in Hydra's words.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::ordered::Ordered;
use crate::reply;

const CONTENT_TYPE: &str = "application/json";

/// An error response with the members `error` and `error_description`.
#[derive(Debug)]
pub(crate) struct ErrorResponse {
    pub(crate) status: StatusCode,
    pub(crate) error: &'static str,
    pub(crate) description: String,
}

impl ErrorResponse {
    pub(crate) fn bad_request(description: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "The request was malformed or contained invalid parameters",
            description,
        )
    }

    pub(crate) fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    /// `hint` may be empty.
    pub(crate) fn invalid_client_metadata(hint: &str) -> Self {
        let general = "The value of one of the Client Metadata fields is invalid and the server has rejected this request. Note that an Authorization Server MAY choose to substitute a valid value for any requested parameter of a Client's Metadata.";
        let separator = if hint.is_empty() { "" } else { " " };
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid_client_metadata",
            format!("{general}{separator}{hint}"),
        )
    }

    pub(crate) fn invalid_redirect_uri(hint: &str) -> Self {
        let general = "The value of one or more redirect_uris is invalid.";
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid_redirect_uri",
            format!("{general} {hint}"),
        )
    }

    pub(crate) fn secret_not_allowed(status: StatusCode) -> Self {
        let error = match status {
            StatusCode::FORBIDDEN => "The requested action was forbidden",
            _ => "The request was malformed or contained invalid parameters",
        };
        Self::new(
            status,
            error,
            "It is not allowed to choose your own OAuth2 Client secret.",
        )
    }

    /// The error for an unknown client and for a wrong registration access token.
    pub(crate) fn client_unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "The request could not be authorized",
            "The requested OAuth 2.0 client does not exist or you provided incorrect credentials.",
        )
    }

    /// The error for an invalid access token.
    pub(crate) fn request_unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "request_unauthorized",
            "The request could not be authorized. Check that you provided valid credentials in the right format.",
        )
    }

    /// The admin API's error for an unknown client.
    pub(crate) fn client_not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Unable to locate the resource", "")
    }

    /// The admin API's error for a `client_id` that is taken.
    pub(crate) fn client_exists() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "Unable to insert or update resource because a resource with that value exists already",
            "",
        )
    }

    /// The admin API's error for an unknown challenge of a login, consent or logout.
    pub(crate) fn challenge_not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Not Found",
            "Unable to locate the requested resource",
        )
    }

    /// Hydra's error for everything that it has no error for.
    pub(crate) fn unrecognizable() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "error",
            "The error is unrecognizable",
        )
    }

    /// The error while the database is locked.
    pub(crate) fn concurrent_update(status: StatusCode) -> Self {
        Self::new(
            status,
            "Unable to serialize access due to a concurrent update in another session",
            "",
        )
    }

    /// The error if the signing keys cannot be read from the database.
    pub(crate) fn signing_keys_unavailable() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            "The authorization server encountered an unexpected condition that prevented it from fulfilling the request. Could not ensure that signing keys for 'hydra.openid.id-token' exists.",
        )
    }

    /// Returns the same error with another status.
    pub(crate) fn at(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn registration_disabled() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "The requested resource could not be found",
            "Dynamic registration is not enabled.",
        )
    }

    pub(crate) fn new(
        status: StatusCode,
        error: &'static str,
        description: impl Into<String>,
    ) -> Self {
        // Hydra replaces quotation marks in descriptions.
        Self {
            status,
            error,
            description: description.into().replace('"', "'"),
        }
    }

    /// Returns the response without the line break that usually ends the body.
    pub(crate) fn without_line_break(&self) -> Response {
        reply::respond(self.status, CONTENT_TYPE, self.body())
    }

    /// Returns the response of an endpoint that needs an access token (RFC 6750, section 3).
    pub(crate) fn with_challenge(self) -> Response {
        let Self {
            error, description, ..
        } = Self::request_unauthorized();
        self.with_challenge_of(error, &description)
    }

    /// Returns the response with a challenge that says the same as the body.
    pub(crate) fn with_own_challenge(self) -> Response {
        let (error, description) = (self.error, self.description.clone());
        self.with_challenge_of(error, &description)
    }

    /// Returns the response with a challenge that may say something else than the body.
    pub(crate) fn with_challenge_of(self, error: &str, description: &str) -> Response {
        let challenge = format!("Bearer error=\"{error}\",error_description=\"{description}\"");
        let mut response = self.into_response();
        reply::set(&mut response, header::WWW_AUTHENTICATE, &challenge);
        response
    }

    fn body(&self) -> String {
        let mut body = Ordered::default();
        body.push("error", self.error);
        body.push("error_description", self.description.as_str());
        reply::to_json(&body)
    }
}

impl IntoResponse for ErrorResponse {
    fn into_response(self) -> Response {
        reply::respond(self.status, CONTENT_TYPE, self.body() + "\n")
    }
}
