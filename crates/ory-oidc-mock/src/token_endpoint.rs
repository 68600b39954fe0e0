//! The endpoint at `/oauth2/token` (RFC 6749, section 3.2).

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Extract;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::authorization_request::check_audience;
use crate::client_authentication::authenticate;
use crate::grants::Grant;
use crate::issue::issue;
use crate::metadata::Metadata;
use crate::oauth_error::{self, OAuthError};
use crate::parameters::form;
use crate::state::{Shared, State};
use crate::{pkce, random, reply, scopes};

type Form = HashMap<String, String>;

pub(crate) async fn token(
    Extract(shared): Extract<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let form = form(&headers, &body);
    if form.is_empty() {
        return Err(OAuthError::invalid_request(
            "The POST body can not be empty.",
        ));
    }
    let grant_type = parameter(&form, "grant_type");
    if grant_type.is_empty() {
        return Err(OAuthError::invalid_request(
            "Request parameter 'grant_type' is missing",
        ));
    }
    let redeem = match grant_type {
        "authorization_code" => redeem_code,
        "refresh_token" => redeem_refresh_token,
        "client_credentials" => client_credentials,
        _ => return Err(OAuthError::unknown_request()),
    };

    let mut state = shared.state();
    let (id, client) = authenticate(&state, &headers, &form)?;
    let (id, client) = (id.to_owned(), client.metadata.clone());
    let mut allowed = client.list("grant_types").peekable();
    let is_allowed = if allowed.peek().is_none() {
        grant_type == "authorization_code"
    } else {
        allowed.any(|kind| kind == grant_type)
    };
    if !is_allowed {
        return Err(OAuthError::new(
            "unauthorized_client",
            &format!(
                "The OAuth 2.0 Client is not allowed to use authorization grant '{grant_type}'."
            ),
        ));
    }
    let now = shared.clock.unix_now();
    let grant = redeem(&mut state, &id, &client, &form, now)?;
    let tokens = issue(&shared, &mut state, &client, &grant, grant_type);
    let body = reply::to_json(&tokens);
    let mut response = reply::respond(StatusCode::OK, oauth_error::JSON, body);
    oauth_error::forbid_caching(&mut response);
    Ok(response)
}

/// Redeems an authorization code (RFC 6749, section 4.1.3). A second attempt revokes all tokens of
/// the grant.
fn redeem_code(
    state: &mut State,
    client_id: &str,
    _: &Metadata,
    form: &Form,
    now: i64,
) -> Result<Arc<Grant>, OAuthError> {
    let invalid = |hint: &str| Err(OAuthError::invalid_grant(hint));
    let Some(code) = state.tokens.codes.get_mut(parameter(form, "code")) else {
        return invalid("");
    };
    let grant = Arc::clone(&code.grant);
    if code.used {
        state.tokens.revoke_grant(&grant.id);
        return invalid("The authorization code has already been used.");
    }
    if code.expires_at <= now {
        return invalid("");
    }
    if grant.client_id != client_id {
        return invalid(
            "The OAuth 2.0 Client ID from this request does not match the one from the authorize request.",
        );
    }
    if !code.redirect_uri.is_empty() && code.redirect_uri != parameter(form, "redirect_uri") {
        return invalid(
            "The 'redirect_uri' from this request does not match the one from the authorize request.",
        );
    }
    pkce::verify(code.challenge.as_ref(), parameter(form, "code_verifier"))?;
    code.used = true;
    Ok(grant)
}

/// Redeems a refresh token (RFC 6749, section 6), which invalidates it and the access tokens of its
/// grant. A second attempt revokes the whole grant.
fn redeem_refresh_token(
    state: &mut State,
    client_id: &str,
    client: &Metadata,
    form: &Form,
    now: i64,
) -> Result<Arc<Grant>, OAuthError> {
    let invalid = |hint: &str| Err(OAuthError::invalid_grant(hint));
    let Some(token) = state
        .tokens
        .refresh
        .get_mut(parameter(form, "refresh_token"))
    else {
        return invalid("The refresh token is malformed or not valid.");
    };
    let grant = Arc::clone(&token.grant);
    if token.used {
        state.tokens.revoke_grant(&grant.id);
        return invalid("The refresh token was already used.");
    }
    if token.expires_at <= now {
        return invalid("The refresh token expired.");
    }
    if grant.client_id != client_id {
        return invalid(
            "The OAuth 2.0 Client ID from this request does not match the ID during the initial token issuance.",
        );
    }
    check_scopes(client, &grant.scopes)?;
    token.used = true;
    state.tokens.revoke_access_of_grant(&grant.id);
    Ok(grant)
}

/// Grants access to the client itself (RFC 6749, section 4.4).
fn client_credentials(
    _: &mut State,
    client_id: &str,
    client: &Metadata,
    form: &Form,
    _: i64,
) -> Result<Arc<Grant>, OAuthError> {
    let scopes = scopes::split(parameter(form, "scope"));
    let audience = scopes::split(parameter(form, "audience"));
    check_scopes(client, &scopes)?;
    check_audience(client, &audience)?;
    if client.text("token_endpoint_auth_method") == "none" {
        return Err(OAuthError::invalid_grant(
            "The OAuth 2.0 Client is marked as public and is thus not allowed to use authorization grant 'client_credentials'.",
        ));
    }
    Ok(Arc::new(Grant {
        id: random::uuid(),
        client_id: client_id.to_owned(),
        subject: client_id.to_owned(),
        scopes,
        audience,
        login: None,
        access_token_claims: serde_json::Map::new(),
    }))
}

fn check_scopes(client: &Metadata, requested: &[String]) -> Result<(), OAuthError> {
    match scopes::forbidden(client.text("scope"), requested) {
        None => Ok(()),
        Some(scope) => Err(OAuthError::new(
            "invalid_scope",
            &format!("The OAuth 2.0 Client is not allowed to request scope '{scope}'."),
        )),
    }
}

fn parameter<'a>(form: &'a Form, name: &str) -> &'a str {
    form.get(name).map(String::as_str).unwrap_or_default()
}
