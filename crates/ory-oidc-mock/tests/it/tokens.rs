//! Tests of logout tokens, and of tokens that no server should issue.

use ory_oidc_mock::OryMock;
use serde_json::{Value, json};

use crate::http::get;
use crate::jwt;

const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

#[tokio::test]
async fn a_logout_token_has_the_same_claims_as_in_hydra() {
    let ory = OryMock::builder().issuer_trailing_slash(true).start().await;
    let client = ory.create_client(json!({}));
    let id_token = ory.issue_id_token(&client, "user-1");
    let token = ory.issue_logout_token(&client, "user-1");
    let claims = jwt::verified(&ory, &token)
        .await
        .expect("a published key verifies the signature");
    let header = jwt::parts(&token).0;
    assert_eq!(
        (&header["alg"], &header["typ"]),
        (&json!("RS256"), &json!("JWT"))
    );
    let mut names: Vec<_> = claims
        .as_object()
        .expect("the claims are an object")
        .keys()
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["aud", "events", "iat", "iss", "jti", "sid"]);
    assert_eq!(claims["iss"], format!("{}/", ory.url()));
    assert_eq!(claims["aud"], json!([client]));
    assert_eq!(claims["events"], json!({LOGOUT_EVENT: {}}));
    assert_eq!(claims["sid"], jwt::parts(&id_token).1["sid"]);
    let another = ory.issue_logout_token(&client, "user-1");
    assert_ne!(jwt::parts(&another).1["jti"], claims["jti"]);
}

#[tokio::test]
async fn claims_of_a_logout_token_can_be_replaced_and_removed() {
    let ory = OryMock::start().await;
    let client = ory.create_client(json!({}));
    let claims = json!({"sub": "user-1", "sid": null, "nonce": "n", "exp": 1});
    let token = ory.issue_logout_token_with(&client, "user-1", claims);
    let claims = jwt::verified(&ory, &token)
        .await
        .expect("a published key verifies the signature");
    assert_eq!(claims.get("sid"), None);
    assert_eq!(
        (&claims["sub"], &claims["nonce"], &claims["exp"]),
        (&json!("user-1"), &json!("n"), &json!(1))
    );
}

#[tokio::test]
async fn a_logout_token_has_the_sid_of_the_session_that_just_ended() {
    let ory = OryMock::start().await;
    let client = ory.create_client(json!({}));
    let sid = |token: &str| jwt::parts(token).1["sid"].clone();
    let hint = ory.issue_id_token(&client, "user-1");
    let logout = format!("/oauth2/sessions/logout?id_token_hint={hint}");
    let back = ory.accept_logout(get(&ory, &logout).await.location());
    get(&ory, &back).await;
    assert!(!ory.has_session("user-1"));
    let token = ory.issue_logout_token(&client, "user-1");
    assert_eq!(sid(&token), sid(&hint));
    assert!(
        !ory.has_session("user-1"),
        "issuing a logout token starts no session"
    );

    let again = ory.issue_id_token(&client, "user-1");
    assert_ne!(sid(&again), sid(&hint));
    assert_eq!(sid(&ory.issue_logout_token(&client, "user-1")), sid(&again));
}

#[test]
#[should_panic(expected = "no client has the id \"unknown\"")]
fn a_logout_token_for_an_unknown_client_panics() {
    let _ = OryMock::start_blocking().issue_logout_token("unknown", "user-1");
}

#[tokio::test]
async fn sign_jwt_signs_any_header_and_claims_with_the_matching_key() {
    let ory = OryMock::builder()
        .signing_algorithms(["RS256", "ES256", "EdDSA"])
        .start()
        .await;
    for alg in ["RS256", "ES256", "EdDSA"] {
        let header = json!({"alg": alg, "typ": "at+jwt", "crit": ["b64"]});
        let token = ory.sign_jwt(header, json!({"sub": 7}));
        assert_eq!(
            jwt::verified(&ory, &token).await,
            Some(json!({"sub": 7})),
            "{alg}"
        );
        let signed = jwt::parts(&token).0;
        assert_eq!(
            (&signed["typ"], &signed["crit"]),
            (&json!("at+jwt"), &json!(["b64"]))
        );
    }
}

#[tokio::test]
async fn sign_jwt_adds_the_kid_unless_the_header_has_one_or_null() {
    let ory = OryMock::start().await;
    let kid = |header: Value| {
        jwt::parts(&ory.sign_jwt(header, json!({})))
            .0
            .get("kid")
            .cloned()
    };
    let keys = get(&ory, "/.well-known/jwks.json").await.json();
    assert_eq!(
        kid(json!({"alg": "RS256"})),
        Some(keys["keys"][0]["kid"].clone())
    );
    assert_eq!(
        kid(json!({"alg": "RS256", "kid": "mine"})),
        Some(json!("mine"))
    );
    assert_eq!(kid(json!({"alg": "RS256", "kid": null})), None);
}

#[tokio::test]
async fn sign_jwt_makes_the_kind_of_signature_that_alg_requires() {
    let ory = OryMock::start().await;
    let length = |alg: &str| {
        let token = ory.sign_jwt(json!({"alg": alg}), json!({}));
        token.rsplit('.').next().map(str::len)
    };
    for (alg, base64_characters) in [
        ("none", 0),
        ("NonE", 0),
        ("HS256", 43),
        ("HS512", 86),
        ("PS256", 342),
        ("RS512", 342),
        ("XY", 342),
    ] {
        assert_eq!(length(alg), Some(base64_characters), "{alg}");
    }
    // The signature is valid, but `alg` is missing or does not match the key.
    let mut token = ory.sign_jwt(json!({"typ": "JWT"}), json!({}));
    assert_eq!(jwt::parts(&token).0.get("alg"), None);
    assert!(jwt::verified(&ory, &token).await.is_none());
    token = ory.sign_jwt(json!({"alg": "RS384"}), json!({}));
    assert!(jwt::verified(&ory, &token).await.is_none());
}

#[tokio::test]
async fn sign_jwt_uses_the_newest_rsa_key_for_rsa_and_hmac() {
    let ory = OryMock::builder().signing_algorithms(["ES256", "RS256"]);
    let ory = ory.start().await;
    ory.rotate_keys();
    let keys = get(&ory, "/.well-known/jwks.json").await.json();
    let mut keys = keys["keys"].as_array().expect("`keys` is an array").iter();
    let newest = keys
        .find(|key| key["kty"] == "RSA")
        .expect("an RSA key is published");
    for alg in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] {
        let token = ory.sign_jwt(json!({"alg": alg}), json!({}));
        assert_eq!(jwt::parts(&token).0["kid"], newest["kid"], "{alg}");
        let signature = token.rsplit('.').next().map(str::len);
        assert_eq!(signature, Some(342), "{alg}");
    }
    for alg in ["HS256", "HS384", "HS512"] {
        let token = ory.sign_jwt(json!({"alg": alg}), json!({}));
        assert_eq!(jwt::parts(&token).0["kid"], newest["kid"], "{alg}");
    }
}

#[test]
#[should_panic(expected = "no key for PS256: add RS256 to")]
fn signing_with_pss_without_an_rsa_key_panics() {
    let ory = OryMock::builder().signing_algorithms(["ES256"]);
    let _ = ory
        .start_blocking()
        .sign_jwt(json!({"alg": "PS256"}), json!({}));
}

#[tokio::test]
async fn sign_jwt_can_forge_a_published_kid_with_another_key() {
    let (ory, other) = (OryMock::start().await, OryMock::start().await);
    other.rotate_keys();
    let kid = get(&ory, "/.well-known/jwks.json").await.json()["keys"][0]["kid"].clone();
    let token = other.sign_jwt(json!({"alg": "RS256", "kid": kid}), json!({}));
    assert!(jwt::verified(&ory, &token).await.is_none());
}

#[test]
#[should_panic(expected = "no key for ES256")]
fn signing_with_an_algorithm_that_is_not_enabled_panics() {
    let _ = OryMock::start_blocking().sign_jwt(json!({"alg": "ES256"}), json!({}));
}
