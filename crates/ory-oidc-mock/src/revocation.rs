//! The endpoint at `/oauth2/revoke` (RFC 7009).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::client_authentication::authenticate;
use crate::oauth_error::{OAuthError, forbid_caching};
use crate::parameters::form;
use crate::state::Shared;

pub(crate) async fn revoke(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let form = form(&headers, &body);
    let mut state = shared.state();
    let client_id = if form.is_empty() {
        Err(OAuthError::invalid_request(""))
    } else {
        authenticate(&state, &headers, &form).map(|(id, _)| id.to_owned())
    };
    let client_id = client_id.map_err(without_details)?;

    // A token that is unknown, or of another client, is not an error: see RFC 7009, section 2.2.
    let token = form.get("token").map(String::as_str).unwrap_or_default();
    let is_own = |token: &crate::state::AccessToken| token.client_id.as_ref() == Some(&client_id);
    if state.access_tokens.get(token).is_some_and(is_own) {
        state.access_tokens.remove(token);
    }
    let mut response = StatusCode::OK.into_response();
    forbid_caching(&mut response);
    Ok(response)
}

/// Hydra's revocation endpoint replaces the details of an error by general advice.
fn without_details(error: OAuthError) -> OAuthError {
    let advice = match error.error() {
        "invalid_request" => {
            "Make sure that the various parameters are correct, be aware of case sensitivity and trim your parameters. Make sure that the client you are using has exactly whitelisted the redirect_uri you specified."
        }
        _ => "",
    };
    error.with_hint(advice)
}
