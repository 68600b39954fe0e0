//! Tests of access tokens, ID tokens and userinfo.

use ory_oidc_mock::OryMock;
use serde_json::json;

use crate::http::{bearer, get, send};
use crate::jwt;

#[tokio::test]
async fn given_claims_replace_the_default_claims() {
    let ory = OryMock::start().await;
    let token =
        ory.issue_access_token(json!({"iss": "https://evil.example", "email_verified": "true"}));
    let claims = bearer(&ory, "GET", "/userinfo", &token, None).await.json();
    assert_eq!(claims["iss"], "https://evil.example");
    assert_eq!(claims["email_verified"], "true");
    assert!(claims["iat"].is_i64());
    assert!(claims.get("sub").is_none());
}

#[tokio::test]
async fn userinfo_accepts_the_access_token_in_a_form_body() {
    let ory = OryMock::start().await;
    let token = ory.issue_access_token(json!({"sub": "user-1"}));
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let response = send(
        &ory,
        "POST",
        "/userinfo",
        &form,
        Some(format!("access_token={token}")),
    )
    .await;
    assert_eq!(response.text("sub"), "user-1");
}

#[tokio::test]
async fn userinfo_rejects_a_revoked_token_and_the_token_of_a_deleted_client() {
    let ory = OryMock::start().await;
    let client = ory.create_client(json!({}));
    let (revoked, orphan) = (
        ory.issue_access_token(json!({"sub": "a"})),
        ory.issue_access_token_for(&client, json!({"sub": "b"})),
    );
    assert_eq!(
        bearer(&ory, "GET", "/userinfo", &orphan, None).await.status,
        200
    );
    ory.revoke_access_token(&revoked);
    ory.delete_client(&client);
    for token in [revoked, orphan] {
        assert_eq!(
            bearer(&ory, "GET", "/userinfo", &token, None).await.status,
            401
        );
    }
}

#[tokio::test]
async fn signed_userinfo_has_a_kid_and_no_exp() {
    let ory = OryMock::start().await;
    let client = ory.create_client(json!({"userinfo_signed_response_alg": "RS256"}));
    let token = ory.issue_access_token_for(&client, json!({"sub": "user-1"}));
    let before = bearer(&ory, "GET", "/userinfo", &token, None).await.body;
    ory.rotate_keys();
    let after = bearer(&ory, "GET", "/userinfo", &token, None).await.body;
    assert_ne!(jwt::parts(&before).0["kid"], jwt::parts(&after).0["kid"]);
    for signed in [before, after] {
        let claims = jwt::verified(&ory, &signed)
            .await
            .expect("a published key verifies the signature");
        assert_eq!(
            (&claims["aud"], &claims["iss"]),
            (&json!([client]), &json!(ory.issuer()))
        );
        assert!(claims.get("exp").is_none());
    }
    assert_eq!(
        get(&ory, "/.well-known/jwks.json").await.json()["keys"]
            .as_array()
            .map(Vec::len),
        Some(3) // of two generations, and one of access tokens
    );
}

#[tokio::test]
async fn an_id_token_verifies_with_the_published_keys_and_accepts_other_claims() {
    let ory = OryMock::start().await;
    let client = ory.create_client(json!({}));
    let token = ory.issue_id_token_with(&client, "user-1", json!({"nonce": "n", "exp": 1}));
    let claims = jwt::verified(&ory, &token)
        .await
        .expect("a published key verifies the signature");
    assert_eq!(
        (&claims["nonce"], &claims["exp"], &claims["sub"]),
        (&json!("n"), &json!(1), &json!("user-1"))
    );
    assert!(claims["sid"].is_string());
}

#[test]
#[should_panic(expected = "no client has the id \"unknown\"")]
fn an_id_token_for_an_unknown_client_panics() {
    let _ = OryMock::start_blocking().issue_id_token("unknown", "user-1");
}
