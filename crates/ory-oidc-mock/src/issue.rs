//! Issues the tokens of a grant.

use std::sync::Arc;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::access_token_strategy::AccessTokenStrategy;
use crate::algorithm::Algorithm;
use crate::grants::{AccessToken, Grant, LoginOfGrant, RefreshToken};
use crate::metadata::Metadata;
use crate::ordered::Ordered;
use crate::state::{Shared, State};
use crate::{lifespans, random};

/// The event in a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.4).
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Issues the tokens of a grant. Returns the body of the token response (RFC 6749, section 5.1).
pub(crate) fn issue(
    shared: &Shared,
    state: &mut State,
    client: &Metadata,
    grant: &Arc<Grant>,
    grant_type: &str,
) -> Ordered {
    let now = shared.clock.unix_now();
    let lifespan = |token: &str| lifespans::of(client, grant_type, token);
    let expires_in = lifespan("access_token");
    let claims = userinfo_claims(shared, grant, now);
    let access_token = issue_access_token(shared, state, grant, claims, now, expires_in);

    let mut body = Ordered::default();
    body.push("access_token", access_token.as_str());
    body.push("expires_in", expires_in);
    if let Some(login) = grant.login.as_ref().filter(|_| grant.has_scope("openid")) {
        let algorithm = id_token_algorithm(shared, client);
        let mut claims = id_token_claims(shared, grant, login, now, now + lifespan("id_token"));
        claims.insert(
            "at_hash".to_owned(),
            at_hash(&access_token, algorithm).into(),
        );
        claims.sort_keys();
        body.push("id_token", state.keys.sign(&claims, algorithm));
    }
    let refreshes = client
        .list("grant_types")
        .any(|kind| kind == "refresh_token");
    if refreshes && grant.is_offline() && grant.login.is_some() {
        let token = random::token("ory_rt");
        body.push("refresh_token", token.as_str());
        let refresh_token = RefreshToken {
            grant: Arc::clone(grant),
            issued_at: now,
            expires_at: now + lifespan("refresh_token"),
            used: false,
        };
        state.tokens.refresh.insert(token, refresh_token);
    }
    body.push("scope", grant.scopes.join(" "));
    body.push("token_type", "bearer");
    body
}

/// Issues an access token: a JWT or an opaque one, as the client's strategy says. `claims` are those of
/// userinfo, `lifespan` is in seconds.
pub(crate) fn issue_access_token(
    shared: &Shared,
    state: &mut State,
    grant: &Arc<Grant>,
    claims: Map<String, Value>,
    now: i64,
    lifespan: i64,
) -> String {
    let client = state.clients.get(&grant.client_id);
    let client = client.map(|client| &client.metadata);
    let expires_at = now + lifespan;
    let text = match AccessTokenStrategy::of(client, shared.config.access_tokens) {
        AccessTokenStrategy::Jwt => {
            let claims = access_token_claims(shared, grant, now, expires_at);
            let algorithm = Algorithm::default_of(&shared.config.algorithms);
            state.access_token_keys.sign(&claims, algorithm)
        }
        AccessTokenStrategy::Opaque => random::access_token(),
    };
    state.tokens.insert_access_token(AccessToken {
        text: text.clone(),
        grant: Arc::clone(grant),
        claims,
        issued_at: now,
        expires_at,
    });
    text
}

/// Issues a logout token for a session.
///
/// # Panics
/// If no client has this id.
pub(crate) fn logout_token(
    shared: &Shared,
    state: &mut State,
    client_id: &str,
    session_id: &str,
) -> String {
    let algorithm = id_token_algorithm(shared, &state.clients[client_id].metadata);
    let claims = logout_token_claims(shared, client_id, session_id);
    state.keys.sign(&claims, algorithm)
}

/// Returns the claims of a logout token in Hydra's way: it has neither `sub` nor `exp`.
pub(crate) fn logout_token_claims(
    shared: &Shared,
    client_id: &str,
    session_id: &str,
) -> Map<String, Value> {
    object(json!({
        "aud": [client_id],
        "events": {LOGOUT_EVENT: {}},
        "iat": shared.clock.unix_now(),
        "iss": shared.config.issuer,
        "jti": random::uuid(),
        "sid": session_id,
    }))
}

/// Returns the algorithm of a client's ID tokens and logout tokens (Back-Channel Logout 1.0,
/// section 2.6).
pub(crate) fn id_token_algorithm(shared: &Shared, client: &Metadata) -> Algorithm {
    let registered = client.text("id_token_signed_response_alg");
    Algorithm::named(registered).unwrap_or_else(|| Algorithm::default_of(&shared.config.algorithms))
}

fn access_token_claims(
    shared: &Shared,
    grant: &Grant,
    now: i64,
    expires_at: i64,
) -> Map<String, Value> {
    object(json!({
        "aud": grant.audience,
        "client_id": grant.client_id,
        "exp": expires_at,
        "ext": grant.access_token_claims,
        "iat": now,
        "iss": shared.config.issuer,
        "jti": random::uuid(),
        "nbf": now,
        "scp": grant.scopes,
        "sub": grant.subject,
    }))
}

fn id_token_claims(
    shared: &Shared,
    grant: &Grant,
    login: &LoginOfGrant,
    now: i64,
    expires_at: i64,
) -> Map<String, Value> {
    let mut claims = userinfo_claims(shared, grant, now);
    claims.extend(object(json!({
        "exp": expires_at,
        "jti": random::uuid(),
        "sid": login.session_id,
    })));
    if !login.nonce.is_empty() {
        claims.insert("nonce".to_owned(), json!(login.nonce));
    }
    claims
}

fn userinfo_claims(shared: &Shared, grant: &Grant, now: i64) -> Map<String, Value> {
    let mut claims = Map::new();
    if let Some(login) = &grant.login {
        claims.clone_from(&login.claims);
        claims.insert("auth_time".to_owned(), json!(login.authenticated_at));
        claims.insert("rat".to_owned(), json!(login.requested_at));
        claims.insert("sub".to_owned(), json!(grant.subject));
    }
    claims.insert("aud".to_owned(), json!([grant.client_id]));
    claims.insert("iat".to_owned(), json!(now));
    claims.insert("iss".to_owned(), json!(shared.config.issuer));
    // Hydra sorts the claims. With its feature `preserve_order`, `serde_json` does not.
    claims.sort_keys();
    claims
}

/// Returns the hash of an access token (OpenID Connect Core 1.0, section 3.1.3.6).
fn at_hash(access_token: &str, algorithm: Algorithm) -> String {
    let hash = match algorithm {
        Algorithm::EdDsa => &digest::SHA512,
        _ => &digest::SHA256,
    };
    let digest = digest::digest(hash, access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(&digest.as_ref()[..digest.as_ref().len() / 2])
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
