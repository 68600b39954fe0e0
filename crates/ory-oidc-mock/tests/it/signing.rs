//! Tests of the signing algorithms that Hydra does not use.

use ory_oidc_mock::OryMock;
use serde_json::{Value, json};

use crate::http::{bearer, get, register};
use crate::jwt;

const ALL: [&str; 3] = ["RS256", "ES256", "EdDSA"];

async fn keys(ory: &OryMock) -> Vec<Value> {
    let set = get(ory, "/.well-known/jwks.json").await.json();
    set["keys"].as_array().expect("`keys` is an array").clone()
}

#[tokio::test]
async fn tokens_and_userinfo_are_signed_with_the_registered_algorithm() {
    let ory = OryMock::builder().signing_algorithms(ALL).start().await;
    for alg in ALL {
        let wanted =
            json!({"userinfo_signed_response_alg": alg, "id_token_signed_response_alg": alg});
        let client = register(&ory, wanted).await;
        let stored = bearer(&ory, "GET", &client.path, &client.token, None).await;
        assert_eq!(stored.text("id_token_signed_response_alg"), alg);
        let token = ory.issue_access_token_for(&client.id, json!({"sub": "user-1"}));
        let userinfo = bearer(&ory, "GET", "/userinfo", &token, None).await;
        assert_eq!(userinfo.header("content-type"), Some("application/jwt"));
        for signed in [
            userinfo.body,
            ory.issue_id_token(&client.id, "user-1"),
            ory.issue_logout_token(&client.id, "user-1"),
        ] {
            assert_eq!(jwt::parts(&signed).0["alg"], alg);
            let claims = jwt::verified(&ory, &signed).await;
            assert_eq!(
                claims.expect("a published key verifies the signature")["aud"],
                json!([client.id])
            );
        }
    }
}

#[tokio::test]
async fn each_algorithm_has_a_published_key_and_is_listed_in_discovery() {
    let ory = OryMock::builder().signing_algorithms(ALL).start().await;
    let published = keys(&ory).await;
    let kinds: Vec<_> = published
        .iter()
        .map(|key| (&key["kty"], &key["crv"], &key["alg"]))
        .collect();
    let none = &Value::Null;
    assert_eq!(
        kinds,
        [
            (&json!("RSA"), none, &json!("RS256")),
            (&json!("EC"), &json!("P-256"), &json!("ES256")),
            (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA")),
            (&json!("RSA"), none, &json!("RS256")), // of access tokens
        ]
    );
    assert!(published.iter().all(|key| key.get("d").is_none()));
    let discovery = get(&ory, "/.well-known/openid-configuration").await.json();
    assert_eq!(
        discovery["id_token_signing_alg_values_supported"],
        json!(ALL)
    );
    assert_eq!(
        discovery["userinfo_signing_alg_values_supported"],
        json!(["none", "RS256", "ES256", "EdDSA"])
    );
}

#[tokio::test]
async fn a_client_without_an_id_token_algorithm_gets_the_first_one() {
    let ory = OryMock::builder()
        .signing_algorithms(["EdDSA", "ES256"])
        .start()
        .await;
    let client = register(&ory, json!({})).await;
    let stored = bearer(&ory, "GET", &client.path, &client.token, None).await;
    assert_eq!(stored.text("id_token_signed_response_alg"), "EdDSA");
    let token = ory.issue_id_token(&client.id, "user-1");
    assert!(jwt::verified(&ory, &token).await.is_some());
}

#[tokio::test]
async fn id_token_signed_response_alg_is_dropped_by_default() {
    let ory = OryMock::start().await;
    let client = register(&ory, json!({"id_token_signed_response_alg": "ES256"})).await;
    let stored = bearer(&ory, "GET", &client.path, &client.token, None).await;
    assert_eq!(stored.json().get("id_token_signed_response_alg"), None);
    let token = ory.issue_id_token(&client.id, "user-1");
    assert_eq!(jwt::parts(&token).0["alg"], "RS256");
}

#[tokio::test]
async fn old_keys_verify_until_they_are_dropped() {
    let ory = OryMock::builder().signing_algorithms(ALL).start().await;
    let client = ory.create_client(json!({"id_token_signed_response_alg": "ES256"}));
    let old = ory.issue_id_token(&client, "user-1");
    ory.rotate_keys();
    let new = ory.issue_id_token(&client, "user-1");
    assert_ne!(jwt::parts(&old).0["kid"], jwt::parts(&new).0["kid"]);
    // One more is for access tokens.
    assert_eq!(keys(&ory).await.len(), 6 + 1);
    assert!(jwt::verified(&ory, &old).await.is_some());
    ory.drop_old_keys();
    assert_eq!(keys(&ory).await.len(), 3 + 1);
    assert!(jwt::verified(&ory, &old).await.is_none());
    assert!(jwt::verified(&ory, &new).await.is_some());
}

#[test]
#[should_panic(expected = "unsupported signing algorithm \"HS256\"")]
fn an_unsupported_signing_algorithm_panics() {
    let _ = OryMock::builder().signing_algorithms(["HS256"]);
}
