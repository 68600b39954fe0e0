//! The endpoint at `/oauth2/revoke` (RFC 7009).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::client_authentication::authenticate;
use crate::grants::Tokens;
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
        Err(OAuthError::unknown_request())
    } else {
        authenticate(&state, &headers, &form).map(|(id, _)| id.to_owned())
    };
    let client_id = client_id.map_err(OAuthError::without_details)?;
    if let Some(token) = form.get("token") {
        revoke_token(&mut state.tokens, token, &client_id);
    }
    let mut response = StatusCode::OK.into_response();
    forbid_caching(&mut response);
    Ok(response)
}

/// Revokes a token and all others of its grant. Does nothing if the token is unknown or was issued
/// to another client (RFC 7009, section 2.2).
fn revoke_token(tokens: &mut Tokens, token: &str, client_id: &str) {
    let refresh = tokens.refresh.get(token).map(|found| &found.grant);
    let grant = refresh.or_else(|| tokens.access_token(token).map(|found| &found.grant));
    if let Some(grant) = grant.filter(|grant| grant.client_id == client_id) {
        let id = grant.id.clone();
        tokens.revoke_grant(&id);
    }
}
