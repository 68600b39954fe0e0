//! Error responses of the OAuth 2.0 endpoints, in the words of Hydra's OAuth 2.0 library (RFC 6749,
//! sections 4.1.2.1 and 5.2).

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::ordered::Ordered;
use crate::reply;

/// The errors with their status and their description.
const ERRORS: [(&str, u16, &str); 14] = [
    (
        "invalid_request",
        400,
        "The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed.",
    ),
    (
        "invalid_client",
        401,
        "Client authentication failed (e.g., unknown client, no client authentication included, or unsupported authentication method).",
    ),
    (
        "invalid_grant",
        400,
        "The provided authorization grant (e.g., authorization code, resource owner credentials) or refresh token is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.",
    ),
    (
        "unauthorized_client",
        400,
        "The client is not authorized to request a token using this method.",
    ),
    (
        "invalid_scope",
        400,
        "The requested scope is invalid, unknown, or malformed.",
    ),
    (
        "access_denied",
        403,
        "The resource owner or authorization server denied the request.",
    ),
    (
        "login_required",
        400,
        "The Authorization Server requires End-User authentication.",
    ),
    (
        "consent_required",
        400,
        "The Authorization Server requires End-User consent.",
    ),
    (
        "invalid_state",
        400,
        "The state is missing or does not have enough characters and is therefore considered too weak.",
    ),
    (
        "unsupported_response_type",
        400,
        "The authorization server does not support obtaining a token using this method.",
    ),
    (
        "unsupported_response_mode",
        400,
        "The authorization server does not support obtaining a response using this response mode.",
    ),
    (
        "registration_not_supported",
        400,
        "The OP does not support use of the registration parameter.",
    ),
    (
        "request_not_supported",
        400,
        "The OP does not support use of the request parameter.",
    ),
    ("error", 500, "The error is unrecognizable"),
];

/// The hint of an `invalid_request` without details.
const GENERAL_ADVICE: &str = "Make sure that the various parameters are correct, be aware of case sensitivity and trim your parameters. Make sure that the client you are using has exactly whitelisted the redirect_uri you specified.";

/// An error of the token, revocation or authorization endpoint.
#[derive(Clone, Debug)]
pub(crate) struct OAuthError {
    status: StatusCode,
    error: String,
    description: String,
    hint: String,
}

impl OAuthError {
    /// # Panics
    /// If the error is not one of [`ERRORS`].
    pub(crate) fn new(error: &str, hint: &str) -> Self {
        let (name, status, description) = ERRORS
            .into_iter()
            .find(|(name, ..)| *name == error)
            .expect("the error is in the table");
        Self {
            status: StatusCode::from_u16(status).expect("statuses in the table are valid"),
            error: name.to_owned(),
            description: description.to_owned(),
            hint: hint.to_owned(),
        }
    }

    pub(crate) fn invalid_request(hint: &str) -> Self {
        Self::new("invalid_request", hint)
    }

    pub(crate) fn invalid_client(hint: &str) -> Self {
        Self::new("invalid_client", hint)
    }

    pub(crate) fn invalid_grant(hint: &str) -> Self {
        Self::new("invalid_grant", hint)
    }

    /// The error of a request that no handler recognizes.
    pub(crate) fn unknown_request() -> Self {
        Self::invalid_request(GENERAL_ADVICE)
    }

    /// The error of a login app that rejects a request.
    pub(crate) fn rejected(error: &str, description: &str, hint: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error: error.to_owned(),
            description: description.to_owned(),
            hint: hint.to_owned(),
        }
    }

    /// Replaces the details of the error by general advice, as Hydra's revocation endpoint does.
    pub(crate) fn without_details(mut self) -> Self {
        let advice = if self.error == "invalid_request" {
            GENERAL_ADVICE
        } else {
            ""
        };
        advice.clone_into(&mut self.hint);
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
        let mut response = reply::respond(self.status, JSON, reply::to_json(&body));
        forbid_caching(&mut response);
        response
    }
}

/// The content type of Hydra's OAuth 2.0 endpoints.
pub(crate) const JSON: &str = "application/json;charset=UTF-8";

/// Forbids caching, as the token and revocation endpoints must (RFC 6749, section 5.1).
pub(crate) fn forbid_caching(response: &mut Response) {
    reply::set(response, header::CACHE_CONTROL, "no-store");
    reply::set(response, header::PRAGMA, "no-cache");
}
