//! Tests of JWT access tokens. The expected responses were observed at a real Hydra.

use std::time::Duration;

use ory_oidc_mock::OryMock;
use serde_json::{Value, json};

use crate::http::{Response, bearer, get, send};
use crate::jwt;

async fn userinfo(ory: &OryMock, token: &str) -> Response {
    bearer(ory, "GET", "/userinfo", token, None).await
}

async fn introspection(ory: &OryMock, token: &str) -> Value {
    let url = format!("{}/admin/oauth2/introspect", ory.admin_url());
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = Some(format!("token={token}"));
    send(ory, "POST", &url, &form, body).await.json()
}

fn is_jwt(token: &str) -> bool {
    token.split('.').count() == 3
}

/// Creates a client that gets JWT access tokens.
fn client(ory: &OryMock) -> String {
    ory.create_client(json!({"access_token_strategy": "jwt"}))
}

#[tokio::test]
async fn it_has_the_claims_of_hydra_and_a_key_of_its_own() {
    let ory = OryMock::builder().issuer_trailing_slash(true).start().await;
    let app = client(&ory);
    let user = json!({"sub": "ann", "email": "ann@app.example"});
    let token = ory.issue_access_token_with_scopes(&app, ["openid", "report:read"], user);
    let claims = jwt::verified(&ory, &token).await;
    let mut claims = claims.expect("a published key verifies the signature");
    let claims = claims.as_object_mut().expect("the claims are an object");
    assert!(claims.remove("jti").is_some());
    let time = |value: Option<Value>| value.and_then(|time| time.as_i64()).expect("a time");
    let issued_at = time(claims.remove("iat"));
    assert_eq!(time(claims.remove("nbf")), issued_at);
    assert_eq!(time(claims.remove("exp")), issued_at + 3600);
    let expected = json!({
        "aud": [], "client_id": app, "ext": {}, "iss": ory.issuer(),
        "scp": ["openid", "report:read"], "sub": "ann",
    });
    assert_eq!(json!(claims), expected);

    let header = jwt::parts(&token).0;
    assert_eq!(
        (&header["alg"], &header["typ"]),
        (&json!("RS256"), &json!("JWT"))
    );
    let id_token = ory.issue_id_token(&app, "ann");
    assert_ne!(jwt::parts(&id_token).0["kid"], header["kid"]);
    let keys = get(&ory, "/.well-known/jwks.json").await.json();
    assert_ne!(keys["keys"][0]["n"], keys["keys"][1]["n"]);
}

#[tokio::test]
async fn the_strategy_of_the_client_takes_precedence_over_that_of_the_server() {
    for by_default in [false, true] {
        let ory = OryMock::builder()
            .jwt_access_tokens(by_default)
            .start()
            .await;
        assert_eq!(
            is_jwt(&ory.issue_access_token(json!({"sub": "ann"}))),
            by_default
        );
        for (strategy, expected) in [("", by_default), ("jwt", true), ("opaque", false)] {
            let app = ory.create_client(json!({"access_token_strategy": strategy}));
            let token = ory.issue_access_token_for(&app, json!({"sub": "ann"}));
            assert_eq!(is_jwt(&token), expected, "{strategy} {by_default}");
            assert_eq!(userinfo(&ory, &token).await.text("sub"), "ann");
        }
    }
}

#[tokio::test]
async fn it_ends_by_expiry_by_revocation_and_with_its_client() {
    let ory = OryMock::start().await;
    let app = client(&ory);
    let issue = || ory.issue_access_token_with_scopes(&app, ["openid"], json!({"sub": "ann"}));
    let (expired, revoked) = (issue(), issue());
    let active = introspection(&ory, &expired).await;
    assert_eq!(
        (&active["active"], &active["scope"]),
        (&json!(true), &json!("openid"))
    );
    ory.revoke_access_token(&revoked);
    assert_eq!(
        userinfo(&ory, &revoked).await.text("error"),
        "request_unauthorized"
    );
    ory.advance_time(Duration::from_secs(3600));
    let response = userinfo(&ory, &expired).await;
    assert_eq!(response.status, 401);
    let description = "Token expired. The token expired.";
    assert_eq!(response.text("error_description"), description);
    let challenge = format!("Bearer error=\"invalid_token\",error_description=\"{description}\"");
    assert_eq!(response.header("www-authenticate"), Some(&*challenge));
    let orphan = issue();
    ory.delete_client(&app);
    for token in [expired, revoked, orphan] {
        assert_eq!(userinfo(&ory, &token).await.status, 401);
        assert_eq!(introspection(&ory, &token).await, json!({"active": false}));
    }
}

#[tokio::test]
async fn a_client_may_have_a_lifespan_of_its_own() {
    let ory = OryMock::start().await;
    let lifespan = "authorization_code_grant_access_token_lifespan";
    let app = ory.create_client(json!({"access_token_strategy": "jwt", lifespan: "5m"}));
    let token = ory.issue_access_token_for(&app, json!({"sub": "ann"}));
    let claims = jwt::parts(&token).1;
    let seconds = claims["exp"].as_i64().zip(claims["iat"].as_i64());
    assert_eq!(seconds.map(|(end, start)| end - start), Some(300));
}

#[tokio::test]
async fn a_new_key_makes_earlier_tokens_invalid_although_the_old_key_is_published() {
    let ory = OryMock::start().await;
    let app = client(&ory);
    let old = ory.issue_access_token_for(&app, json!({"sub": "ann"}));
    ory.rotate_access_token_keys();
    let response = userinfo(&ory, &old).await;
    assert_eq!(response.status, 400);
    assert_eq!(response.text("error"), "token_signature_mismatch");
    assert!(jwt::verified(&ory, &old).await.is_some());
    let new = ory.issue_access_token_for(&app, json!({"sub": "ann"}));
    assert_eq!(userinfo(&ory, &new).await.status, 200);
    ory.drop_old_keys();
    assert!(jwt::verified(&ory, &old).await.is_none());
    assert!(jwt::verified(&ory, &new).await.is_some());
}

#[tokio::test]
async fn a_refresh_token_is_not_an_access_token() {
    let ory = crate::login::start().await;
    let tokens = crate::login::log_in(&ory).await;
    let response = userinfo(&ory, &tokens.text("refresh_token")).await;
    assert_eq!(response.status, 401);
    let challenge = response.header("www-authenticate");
    assert!(
        challenge.is_some_and(|challenge| challenge.contains("Only access tokens are allowed"))
    );
}
