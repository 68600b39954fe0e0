//! The endpoint at `/userinfo`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use serde_json::json;

use crate::algorithm::Algorithm;
use crate::error_response::ErrorResponse;
use crate::parameters::bearer_token;
use crate::state::{AccessToken, Shared};
use crate::{random, reply};

pub(crate) async fn userinfo(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let token = bearer_token(&uri, &headers, &body);
    let mut state = shared.state();
    let now = shared.clock.unix_now();
    let valid = state
        .access_tokens
        .get(&token)
        .filter(|token| token.expires_at > now);
    let Some(AccessToken {
        client_id, claims, ..
    }) = valid
    else {
        return ErrorResponse::request_unauthorized().with_challenge();
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
