//! The endpoint at `/userinfo`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::algorithm::Algorithm;
use crate::error_response::ErrorResponse;
use crate::grants::AccessToken;
use crate::parameters::bearer_token;
use crate::state::Shared;
use crate::{random, reply};

pub(crate) async fn userinfo(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let token = bearer_token(&method, &uri, &headers, &body);
    let mut state = shared.state();
    let valid = state
        .tokens
        .valid_access_token(&token, shared.clock.unix_now());
    let Some(AccessToken {
        client_id, claims, ..
    }) = valid
    else {
        return if is_undecodable(&token, state.tokens.access.keys()) {
            ErrorResponse::unrecognizable().into_response()
        } else {
            ErrorResponse::request_unauthorized().with_challenge()
        };
    };
    let registered = client_id
        .as_ref()
        .and_then(|id| state.clients.get(id))
        .map_or("none", |client| {
            client.metadata.text("userinfo_signed_response_alg")
        });
    let Some(algorithm) = Algorithm::named(registered) else {
        return reply::json(StatusCode::OK, claims);
    };
    let mut claims = claims.clone();
    claims.entry("jti").or_insert_with(|| json!(random::uuid()));
    claims.sort_keys();
    let jwt = state.keys.sign(&claims, algorithm);
    reply::respond(StatusCode::OK, "application/jwt", jwt)
}

/// Whether a token has the signature of a known token, but before it something that is not base64url.
/// Hydra finds a token by its signature.
fn is_undecodable<'a>(token: &str, mut known: impl Iterator<Item = &'a String>) -> bool {
    let Some((key, signature)) = token.rsplit_once('.') else {
        return false;
    };
    let key = key.strip_prefix("ory_at_").unwrap_or(key);
    let is_known = known.any(|known| {
        known
            .rsplit_once('.')
            .is_some_and(|(_, own)| own == signature)
    });
    is_known && !key.is_empty() && URL_SAFE_NO_PAD.decode(key).is_err()
}
