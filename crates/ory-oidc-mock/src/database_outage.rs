//! Responses of Hydra while its database is unavailable.

use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::error_response::ErrorResponse;
use crate::location::error_page;
use crate::oauth_error::OAuthError;
use crate::reply;

/// Returns the response to a request during a database outage. `None` means that the request does
/// not need the database.
pub(crate) fn answer(method: &Method, path: &str) -> Option<Response> {
    let path = path.trim_end_matches('/');
    let below = |parent: &str| {
        path.strip_prefix(parent)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let response = match path {
        "/.well-known/openid-configuration" => {
            ErrorResponse::signing_keys_unavailable().into_response()
        }
        "/.well-known/jwks.json" => {
            ErrorResponse::concurrent_update(StatusCode::BAD_REQUEST).into_response()
        }
        "/userinfo" => ErrorResponse::concurrent_update(StatusCode::UNAUTHORIZED).with_challenge(),
        // Hydra takes a client that it cannot load for one that does not exist.
        "/oauth2/auth" => {
            let error =
                OAuthError::invalid_client("The requested OAuth 2.0 Client does not exist.");
            reply::redirect(StatusCode::FOUND, method, &error_page("", &error))
        }
        "/oauth2/revoke" | "/oauth2/token" if *method == Method::POST => {
            OAuthError::invalid_client("").into_response()
        }
        "/oauth2/register" => ErrorResponse::unrecognizable().into_response(),
        _ if below("/oauth2/register") => ErrorResponse::client_unauthorized().into_response(),
        _ if below("/admin") => ErrorResponse::unrecognizable().into_response(),
        _ => return None,
    };
    Some(response)
}
