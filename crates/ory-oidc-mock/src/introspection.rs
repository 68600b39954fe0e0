//! The endpoints of the admin API that deal with tokens: introspection (RFC 7662) and the deletion of
//! a client's access tokens.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use crate::access_tokens;
use crate::grants::Grant;
use crate::oauth_error::{self, OAuthError};
use crate::ordered::Ordered;
use crate::parameters::{form, query};
use crate::scopes;
use crate::state::Shared;
use crate::{error_response::ErrorResponse, reply};

pub(crate) async fn introspect(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let form = form(&headers, &body);
    if form.is_empty() {
        return Err(OAuthError::invalid_request(
            "The POST body can not be empty.",
        ));
    }
    let parameter = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let required = scopes::split(parameter("scope"));
    let found = find(&shared, parameter("token"))
        .filter(|found| scopes::forbidden(&found.grant.scopes.join(" "), &required).is_none());
    let mut body = Ordered::default();
    let is_active = found.is_some();
    body.push("active", is_active);
    if let Some(found) = found {
        found.describe(&shared, &mut body);
    }
    let body = reply::to_json(&body);
    let mut response = reply::respond(StatusCode::OK, oauth_error::JSON, body);
    if !is_active {
        oauth_error::forbid_caching(&mut response);
    }
    Ok(response)
}

pub(crate) async fn delete_access_tokens(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
) -> Result<Response, ErrorResponse> {
    let Some(client_id) = query(&uri).remove("client_id") else {
        return Err(ErrorResponse::bad_request(
            "Query parameter 'client_id' is not defined but it should have been.",
        ));
    };
    shared.state().tokens.revoke_access_of_client(&client_id);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// An active token.
struct Found {
    token_use: &'static str,
    grant: Arc<Grant>,
    issued_at: i64,
    expires_at: i64,
}

fn find(shared: &Shared, token: &str) -> Option<Found> {
    let (state, now) = (shared.state(), shared.clock.unix_now());
    if let Ok(found) = access_tokens::verify(shared, &state, token) {
        return Some(Found {
            token_use: "access_token",
            grant: Arc::clone(&found.grant),
            issued_at: found.issued_at,
            expires_at: found.expires_at,
        });
    }
    let found = state.tokens.valid_refresh_token(token, now)?;
    Some(Found {
        token_use: "refresh_token",
        grant: Arc::clone(&found.grant),
        issued_at: found.issued_at,
        expires_at: found.expires_at,
    })
}

impl Found {
    fn describe(self, shared: &Shared, body: &mut Ordered) {
        let grant = &self.grant;
        if !grant.scopes.is_empty() {
            body.push("scope", grant.scopes.join(" "));
        }
        body.push("client_id", grant.client_id.as_str());
        body.push("sub", grant.subject.as_str());
        body.push("exp", self.expires_at);
        body.push("iat", self.issued_at);
        body.push("nbf", self.issued_at);
        body.push("aud", json!(grant.audience));
        body.push("iss", shared.config.issuer.as_str());
        body.push("token_type", "Bearer");
        body.push("token_use", self.token_use);
        if !grant.access_token_claims.is_empty() {
            body.push("ext", grant.access_token_claims.clone());
        }
    }
}
