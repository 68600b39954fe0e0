//! Tokens of one kind are not accepted as another (RFC 8725 §2.8, §3.12).

use super::{CLIENT, Provider, now, problem};
use ory_oidc::token::TokenProblem;
use serde_json::{Value, json};

/// Returns claims that are valid for userinfo or a logout token, with one more.
fn with(mut claims: Value, name: &str, value: &Value) -> Value {
    claims[name] = value.clone();
    claims
}

#[tokio::test]
async fn claims_of_other_kinds_are_refused() {
    let provider = Provider::start().await;
    let sign = |claims| provider.mock.sign_jwt(json!({"alg": "RS256"}), claims);
    for (name, value) in [
        ("nonce", json!("n-1")),
        ("at_hash", json!("x")),
        ("c_hash", json!("x")),
        ("s_hash", json!("x")),
        ("client_id", json!(CLIENT)),
        ("client_id", json!("another-app")),
        ("scp", json!(["openid"])),
        ("scope", json!("openid")),
    ] {
        let refused = TokenProblem::ClaimForbidden(name);
        let userinfo = sign(with(provider.claims(), name, &value));
        let userinfo = provider.userinfo(&userinfo).await;
        assert_eq!(problem(userinfo), refused, "userinfo {name} {value}");
        let logout = sign(with(provider.logout_claims(), name, &value));
        let logout = provider.logout(&logout).await;
        assert_eq!(problem(logout), refused, "logout token {name} {value}");
    }
    let logout = provider.userinfo(&sign(provider.logout_claims())).await;
    assert_eq!(problem(logout), TokenProblem::ClaimForbidden("events"));
}

#[tokio::test]
async fn real_tokens_of_other_kinds_are_not_userinfo() {
    let provider = Provider::start().await;
    let id_token = provider.mock.issue_id_token(CLIENT, "user-1");
    assert!(matches!(
        problem(provider.userinfo(&id_token).await),
        TokenProblem::ClaimForbidden(_)
    ));
    let logout_token = provider.mock.issue_logout_token(CLIENT, "user-1");
    assert_eq!(
        problem(provider.userinfo(&logout_token).await),
        TokenProblem::ClaimForbidden("events")
    );
    // A JWT access token of another client that names this one as its audience.
    let access_token = json!({
        "iss": provider.mock.issuer(), "aud": [CLIENT], "sub": "user-1", "client_id": "another-app",
        "iat": now(), "nbf": now(), "exp": now() + 3600, "jti": "1", "scp": ["openid"], "ext": {},
    });
    let access_token = provider
        .mock
        .sign_jwt(json!({"alg": "RS256"}), access_token);
    assert_eq!(
        problem(provider.userinfo(&access_token).await),
        TokenProblem::ClaimForbidden("client_id")
    );
}
