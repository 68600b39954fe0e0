//! `/userinfo`, and the tokens that open it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::algorithm::Algorithm;
use crate::reply::{self, Refusal};
use crate::state::{AccessToken, Shared, unix_now};
use crate::{bearer, random};

/// The audience of a token that was issued to no client in particular.
const ANY_CLIENT: &str = "ory-oidc-mock";

pub(crate) async fn userinfo(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let token = bearer::token(&uri, &headers, &body);
    let mut state = shared.state();
    let Some(AccessToken { client_id, claims }) = state.access_tokens.get(&token) else {
        return unauthorized();
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

/// Makes an access token whose userinfo has these claims, beside the ones Ory adds.
pub(crate) fn issue(
    shared: &Shared,
    client_id: Option<&str>,
    claims: Map<String, Value>,
) -> String {
    let token = random::access_token();
    let now = unix_now();
    let mut all = Map::from_iter([
        ("aud".to_owned(), json!([client_id.unwrap_or(ANY_CLIENT)])),
        ("auth_time".to_owned(), json!(now)),
        ("iat".to_owned(), json!(now)),
        ("iss".to_owned(), json!(shared.config.issuer)),
        ("rat".to_owned(), json!(now)),
    ]);
    all.extend(claims);
    all.sort_keys(); // Ory's are in order, whatever `serde_json` was built to keep
    let access_token = AccessToken {
        client_id: client_id.map(str::to_owned),
        claims: all,
    };
    shared
        .state()
        .access_tokens
        .insert(token.clone(), access_token);
    token
}

fn unauthorized() -> Response {
    let refusal = Refusal {
        status: StatusCode::UNAUTHORIZED,
        error: "request_unauthorized",
        description: "The request could not be authorized. Check that you provided valid credentials in the right format."
            .to_owned(),
    };
    let challenge = format!(
        "Bearer error=\"{}\",error_description=\"{}\"",
        refusal.error, refusal.description
    );
    let mut response = axum::response::IntoResponse::into_response(refusal);
    reply::set(&mut response, header::WWW_AUTHENTICATE, &challenge);
    response
}
