//! The endpoint at `/userinfo`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use time::OffsetDateTime;

use crate::access_tokens::{self, Fault};
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
    let text = bearer_token(&method, &uri, &headers, &body);
    let mut state = shared.state();
    let AccessToken { grant, claims, .. } = match access_tokens::verify(&shared, &state, &text) {
        Ok(token) => token,
        Err(fault) => {
            let now = shared.clock.unix_now();
            let is_refresh_token = state.tokens.valid_refresh_token(&text, now).is_some();
            return refusal(&fault, is_refresh_token);
        }
    };
    let client = state.clients.get(&grant.client_id);
    let registered = client.map_or("none", |client| {
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

/// Returns the response to a token that is not accepted, in Hydra's words.
fn refusal(fault: &Fault, is_refresh_token: bool) -> Response {
    if is_refresh_token {
        let description = "Only access tokens are allowed in the authorization header.";
        let response = ErrorResponse::unrecognizable().at(StatusCode::UNAUTHORIZED);
        return response.with_challenge_of("invalid_token", description);
    }
    let invalid_token =
        |status, description: &str| ErrorResponse::new(status, "invalid_token", description);
    match fault {
        Fault::Unknown => ErrorResponse::request_unauthorized().with_challenge(),
        Fault::Expired(time) => {
            let hint = time.map_or("The token expired.".to_owned(), |time| {
                format!("Access token expired at '{}'.", go_time(time))
            });
            let description = format!("Token expired. {hint}");
            invalid_token(StatusCode::UNAUTHORIZED, &description).with_own_challenge()
        }
        Fault::Claims => ErrorResponse::new(
            StatusCode::UNAUTHORIZED,
            "token_claim",
            "The token failed validation due to a claim mismatch. One or more token claims failed validation.",
        )
        .with_own_challenge(),
        Fault::Format => invalid_token(
            StatusCode::BAD_REQUEST,
            "Invalid token format. Check that you provided a valid token in the right format.",
        )
        .into_response(),
        Fault::Signature => ErrorResponse::new(
            StatusCode::BAD_REQUEST,
            "token_signature_mismatch",
            "Token signature mismatch. Check that you provided  a valid token in the right format.",
        )
        .into_response(),
        Fault::Unrecognizable => ErrorResponse::unrecognizable().into_response(),
    }
}

/// Formats a time in seconds as Go's `time.Time` does.
fn go_time(time: OffsetDateTime) -> String {
    let (date, (hour, minute, second)) = (time.date(), time.to_hms());
    format!("{date} {hour:02}:{minute:02}:{second:02} +0000 UTC")
}
