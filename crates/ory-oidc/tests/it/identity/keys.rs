//! The keys that verify a token (RFC 7517), and when they are fetched.

use super::{CLIENT, LONGER_THAN_A_TEST, Provider, problem};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaEncoding};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ory_oidc::cache::CachePolicy;
use ory_oidc::operation;
use ory_oidc::token::{MemoryReplayGuard, RelyingParty, TokenProblem};
use ory_oidc::{AccessToken, Client, Error, Subject};
use ory_oidc_mock::Fault;
use serde_json::{Value, json};
use std::sync::Arc;

/// Serves this key set from now on.
fn serve(provider: &Provider, keys: &Value) {
    let response = Fault::answer(200)
        .header("content-type", "application/json")
        .body(json!({"keys": keys}).to_string())
        .on("GET", "/.well-known/jwks.json")
        .times(1000);
    provider.mock.fail_next(response);
}

/// Returns the keys of the mock server without that of access tokens, the RSA key last.
async fn own_keys(provider: &Provider) -> Vec<Value> {
    let keys = provider.ory.keys().await.expect("the mock server has keys");
    let keys = serde_json::to_value(keys.fields()).expect("a model serializes as JSON");
    let mut keys = keys["keys"]
        .as_array()
        .cloned()
        .expect("the keys are a list");
    keys.pop(); // of access tokens
    let (rsa, mut others): (Vec<_>, Vec<_>) = keys.into_iter().partition(|key| key["kty"] == "RSA");
    others.extend(rsa);
    others
}

/// Verifies a valid RS256 token while the provider serves changed keys.
async fn verify_with_keys(change: impl Fn(&mut Vec<Value>)) -> Result<(), Error> {
    verify_header_with_keys(json!({"alg": "RS256"}), change).await
}

/// Verifies a valid token with this header while the provider serves changed keys.
async fn verify_header_with_keys(
    header: Value,
    change: impl Fn(&mut Vec<Value>),
) -> Result<(), Error> {
    let provider = Provider::start().await;
    let mut keys = own_keys(&provider).await;
    change(&mut keys);
    let fresh = ory_oidc::Client::new(provider.mock.url()).expect("the URL is valid");
    serve(&provider, &json!(keys));
    let provider = Provider {
        ory: fresh,
        ..provider
    };
    let token = provider.mock.sign_jwt(header, provider.claims());
    provider.userinfo(&token).await.map(drop)
}

fn last(keys: &mut [Value]) -> &mut Value {
    keys.last_mut().expect("there are keys")
}

#[tokio::test]
async fn key_is_found_by_its_id_among_others() {
    verify_with_keys(|_| ())
        .await
        .expect("the key is in the set");
    verify_with_keys(|keys| keys.reverse())
        .await
        .expect("the order does not matter");
    verify_with_keys(|keys| keys.insert(0, json!({"kty": "future", "kid": "x", "v": 1})))
        .await
        .expect("keys of unknown kinds are ignored");
    verify_with_keys(|keys| {
        keys.insert(
            0,
            json!({"kty": "RSA", "kid": "broken", "n": "*", "e": "AQAB"}),
        );
    })
    .await
    .expect("malformed keys are ignored");
}

#[tokio::test]
async fn right_key_is_found_among_several_without_an_id() {
    let without_ids = |keys: &mut Vec<Value>| {
        for key in keys.iter_mut() {
            key.as_object_mut().map(|key| key.remove("kid"));
        }
        // Another RSA key, before the right one.
        let mut other = last(keys).clone();
        let n = other["n"]
            .as_str()
            .expect("an RSA key has a modulus")
            .to_owned();
        other["n"] = json!(format!("3{}", &n[1..]));
        keys.insert(0, other);
    };
    verify_with_keys(without_ids)
        .await
        .expect("a token with a key id verifies");
    let header = json!({"alg": "RS256", "kid": null});
    verify_header_with_keys(header, without_ids)
        .await
        .expect("a token without a key id verifies");
}

#[tokio::test]
async fn token_without_a_key_id_is_verified_by_a_key_with_one() {
    let header = json!({"alg": "ES256", "kid": null});
    verify_header_with_keys(header, |_| ())
        .await
        .expect("the EC key verifies the token");
}

#[tokio::test]
async fn encryption_key_never_verifies() {
    let encryption = |keys: &mut Vec<Value>| last(keys)["use"] = json!("enc");
    assert_eq!(
        problem(verify_with_keys(encryption).await),
        TokenProblem::UnknownKey
    );
    let header = json!({"alg": "RS256", "kid": null});
    let outcome = verify_header_with_keys(header, encryption).await;
    assert_eq!(problem(outcome), TokenProblem::BadSignature);
}

#[tokio::test]
async fn key_for_another_operation_or_algorithm_does_not_verify() {
    let only_signs = |keys: &mut Vec<Value>| last(keys)["key_ops"] = json!(["sign", "decrypt"]);
    assert_eq!(
        problem(verify_with_keys(only_signs).await),
        TokenProblem::UnknownKey
    );
    let verifies = |keys: &mut Vec<Value>| last(keys)["key_ops"] = json!(["verify"]);
    verify_with_keys(verifies)
        .await
        .expect("key_ops permits verification");
    let other_alg = |keys: &mut Vec<Value>| last(keys)["alg"] = json!("PS256");
    assert_eq!(
        problem(verify_with_keys(other_alg).await),
        TokenProblem::WrongKey
    );
}

#[tokio::test]
async fn rsa_key_that_is_too_short_does_not_verify() {
    // 1024 bits, which an attacker can factor.
    let short = |keys: &mut Vec<Value>| last(keys)["n"] = json!("w".repeat(171));
    assert_eq!(
        problem(verify_with_keys(short).await),
        TokenProblem::BadSignature
    );
}

#[tokio::test]
async fn failed_key_fetch_is_an_error_of_the_keys_operation() {
    let provider = Provider::start().await;
    let token = provider
        .mock
        .sign_jwt(json!({"alg": "RS256"}), provider.claims());
    provider
        .mock
        .fail_next(Fault::answer(503).on("GET", "/.well-known/jwks.json"));
    let error = provider
        .userinfo(&token)
        .await
        .expect_err("the keys cannot be fetched");
    assert_eq!(error.operation(), Some(operation::KEYS));
    assert!(error.is_retryable());
    // No fetch is sent during the pause after a failure.
    let error = provider
        .userinfo(&token)
        .await
        .expect_err("the keys cannot be fetched");
    assert_eq!(error.operation(), Some(operation::KEYS));
    assert_eq!(provider.key_requests(), 1);
}

#[tokio::test]
async fn keys_are_refetched_if_none_verifies_a_token_without_a_key_id() {
    let provider = Provider::with(CachePolicy::new().min_ttl(LONGER_THAN_A_TEST)).await;
    let sign = |provider: &Provider| {
        let header = json!({"alg": "RS256", "kid": null});
        provider.mock.sign_jwt(header, provider.claims())
    };
    provider
        .userinfo(&sign(&provider))
        .await
        .expect("the first key verifies");
    provider.mock.rotate_keys();
    provider.mock.drop_old_keys();
    provider
        .userinfo(&sign(&provider))
        .await
        .expect("the new key verifies");
    assert_eq!(provider.key_requests(), 2);
}

#[tokio::test]
async fn withdrawn_key_does_not_verify_after_the_next_fetch() {
    let provider = Provider::start().await;
    let old = provider.mock.issue_logout_token(CLIENT, "user-1");
    provider.logout(&old).await.expect("the key is published");
    provider.mock.rotate_keys();
    provider.mock.drop_old_keys();
    let new = provider.mock.issue_logout_token(CLIENT, "user-1");
    provider.logout(&new).await.expect("the new key is found");
    assert_eq!(
        problem(provider.logout(&old).await),
        TokenProblem::UnknownKey
    );
}

#[tokio::test]
async fn malformed_keys_do_not_affect_the_others() {
    for malformed in [
        json!({"kid": "no-kty"}),
        json!({"kty": "RSA", "kid": 7}),
        json!({"kty": "NEW", "x": [1]}),
        json!({"kty": "RSA", "x5c": "no list"}),
        json!(null),
        json!("text"),
    ] {
        let with_malformed = |keys: &mut Vec<Value>| keys.insert(0, malformed.clone());
        verify_with_keys(with_malformed)
            .await
            .unwrap_or_else(|error| panic!("{malformed}: {error}"));
    }
    let null = |keys: &mut Vec<Value>| last(keys)["key_ops"] = Value::Null;
    verify_with_keys(null).await.expect("null is absent");
}

#[tokio::test]
async fn key_whose_restriction_has_an_unexpected_type_does_not_verify() {
    for (member, value) in [
        ("use", json!(["enc"])),
        ("use", json!(7)),
        ("alg", json!({"RS256": true})),
        ("kid", json!(5)),
    ] {
        let odd = |keys: &mut Vec<Value>| last(keys)[member] = value.clone();
        let outcome = verify_with_keys(odd).await;
        outcome.expect_err("without the member, the key would be trusted for more");
    }
    let certificate = |keys: &mut Vec<Value>| last(keys)["x5c"] = json!("MIIB");
    let outcome = verify_with_keys(certificate).await;
    outcome.expect("a certificate does not restrict the key");
}

#[tokio::test]
async fn body_that_is_not_a_key_set_is_a_decode_error() {
    for body in [
        "{}",
        "[]",
        r#"{"keys": {}}"#,
        "null",
        "<!doctype html>",
        r#"{"keys": [], "keys": [{"kty": "RSA"}]}"#,
        r#"{"keys": [{"kty": "RSA", "kid": "a", "kid": "b"}]}"#,
    ] {
        let provider = Provider::start().await;
        let response = Fault::answer(200)
            .header("content-type", "application/json")
            .body(body);
        let response = response.on("GET", "/.well-known/jwks.json");
        provider.mock.fail_next(response);
        let error = provider.ory.keys().await.expect_err(body);
        assert!(matches!(error, Error::Decode(_)), "{body}: {error:?}");
        assert_eq!(error.operation(), Some(operation::KEYS));
    }
}

#[tokio::test]
async fn redirect_of_the_jwks_uri_is_not_followed() {
    let (provider, elsewhere) = (Provider::start().await, Provider::start().await);
    let target = format!("{}/.well-known/jwks.json", elsewhere.mock.url());
    let response = Fault::answer(302).header("location", &target);
    let response = response.on("GET", "/.well-known/jwks.json");
    provider.mock.fail_next(response);
    provider
        .ory
        .keys()
        .await
        .expect_err("a redirect is not a key set");
    assert_eq!(elsewhere.key_requests(), 0);
}

#[tokio::test]
async fn new_key_during_an_outage_is_a_fetch_error_and_not_a_token_error() {
    let provider = Provider::start().await;
    let old = provider.mock.issue_logout_token(CLIENT, "user-1");
    provider.logout(&old).await.expect("the key is published");
    provider.mock.rotate_keys();
    let new = provider.mock.issue_logout_token(CLIENT, "user-1");
    let down = Fault::answer(503).on("GET", "/.well-known/jwks.json");
    provider.mock.fail_next(down.times(1000));
    for _ in 0..100 {
        let error = provider
            .logout(&new)
            .await
            .expect_err("the new key cannot be fetched");
        assert_eq!(error.operation(), Some(operation::KEYS));
        assert!(error.is_retryable());
    }
    // The first fetch, and one for the new key per pause and cool-down.
    assert_eq!(provider.key_requests(), 2);
}

#[tokio::test]
async fn empty_registered_algorithm_means_that_none_is_registered() {
    let provider = Provider::start().await;
    let token = provider.mock.issue_logout_token(CLIENT, "user-1");
    let party = RelyingParty::new(CLIENT)
        .id_token_signed_response_alg("")
        .userinfo_signed_response_alg("");
    let guard = MemoryReplayGuard::new();
    let logout = provider
        .ory
        .verify_logout_token(&token, party, &guard)
        .await;
    logout.expect("an advertised algorithm is accepted");
}

type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Returns an RSA key as a JWK, and the function that signs with it.
fn rsa(pair: &Arc<RsaKeyPair>, encoding: &'static dyn RsaEncoding) -> (Value, Sign) {
    let pair = Arc::clone(pair);
    let public = pair.public_key();
    let n = public.modulus().big_endian_without_leading_zero();
    let e = public.exponent().big_endian_without_leading_zero();
    let key = json!({"kty": "RSA", "n": encode(n), "e": encode(e)});
    let sign = move |message: &[u8]| {
        let mut signature = vec![0; pair.public_modulus_len()];
        let signed = pair.sign(encoding, &SystemRandom::new(), message, &mut signature);
        signed.expect("the message can be signed");
        signature
    };
    (key, Box::new(sign))
}

/// Generates a key on this curve, with coordinates of `length` bytes. Returns it as a JWK, and the
/// function that signs with it.
fn ec(
    curve: &str,
    length: usize,
    algorithm: &'static signature::EcdsaSigningAlgorithm,
) -> (Value, Sign) {
    let pair = EcdsaKeyPair::generate(algorithm).expect("a key can be generated");
    // Uncompressed: the octet 4, then both coordinates.
    let (x, y) = pair.public_key().as_ref()[1..].split_at(length);
    let key = json!({"kty": "EC", "crv": curve, "x": encode(x), "y": encode(y)});
    let sign = move |message: &[u8]| {
        let signature = pair.sign(&SystemRandom::new(), message);
        signature
            .expect("the message can be signed")
            .as_ref()
            .to_vec()
    };
    (key, Box::new(sign))
}

fn ed25519() -> (Value, Sign) {
    let pair = Ed25519KeyPair::generate().expect("a key can be generated");
    let key = json!({"kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key())});
    (
        key,
        Box::new(move |message| pair.sign(message).as_ref().to_vec()),
    )
}

/// Returns every supported algorithm, each with a key.
fn supported_algorithms() -> [(&'static str, (Value, Sign)); 10] {
    // Generating an RSA key is slow.
    let pair = Arc::new(RsaKeyPair::generate(KeySize::Rsa2048).expect("a key can be generated"));
    [
        ("RS256", rsa(&pair, &signature::RSA_PKCS1_SHA256)),
        ("RS384", rsa(&pair, &signature::RSA_PKCS1_SHA384)),
        ("RS512", rsa(&pair, &signature::RSA_PKCS1_SHA512)),
        ("PS256", rsa(&pair, &signature::RSA_PSS_SHA256)),
        ("PS384", rsa(&pair, &signature::RSA_PSS_SHA384)),
        ("PS512", rsa(&pair, &signature::RSA_PSS_SHA512)),
        (
            "ES256",
            ec("P-256", 32, &signature::ECDSA_P256_SHA256_FIXED_SIGNING),
        ),
        (
            "ES384",
            ec("P-384", 48, &signature::ECDSA_P384_SHA384_FIXED_SIGNING),
        ),
        (
            "ES512",
            ec("P-521", 66, &signature::ECDSA_P521_SHA512_FIXED_SIGNING),
        ),
        ("EdDSA", ed25519()),
    ]
}

#[tokio::test]
async fn signature_of_each_supported_algorithm_verifies_until_one_bit_changes() {
    let provider = Provider::start().await;
    let algorithms = supported_algorithms();
    let keys = algorithms.iter().map(|(alg, (key, _))| {
        let mut key = key.clone();
        key["kid"] = json!(format!("key for {alg}"));
        key
    });
    serve(&provider, &keys.collect());
    for (alg, (_, sign)) in &algorithms {
        let header = json!({"alg": alg, "kid": format!("key for {alg}")});
        let claims = provider.claims();
        let [header, claims] = [header, claims].map(|part| encode(part.to_string()));
        let message = format!("{header}.{claims}");
        let good = sign(message.as_bytes());
        let verify = |signature: &[u8], registered| {
            let compact = format!("{message}.{}", encode(signature));
            userinfo_signed_with(&provider, compact, registered)
        };
        let verified = verify(&good, alg).await;
        verified.unwrap_or_else(|error| panic!("{alg}: {error}"));
        for at in [0, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            let refused = problem(verify(&bad, alg).await);
            // The keys are fetched again for the first one only.
            assert!(
                matches!(
                    refused,
                    TokenProblem::BadSignature | TokenProblem::UnknownSigner
                ),
                "{alg}, byte {at}"
            );
        }
        // A registered algorithm takes precedence over the advertised ones.
        let other = if *alg == "RS256" { "ES256" } else { "RS256" };
        let refused = problem(verify(&good, other).await);
        assert_eq!(refused, TokenProblem::AlgorithmNotAllowed, "{alg}");
    }
}

/// Requests userinfo for a client that registered this algorithm. The mock server responds with this
/// JWT.
async fn userinfo_signed_with(
    provider: &Provider,
    compact: String,
    registered: &str,
) -> Result<(), Error> {
    let response = Fault::answer(200)
        .header("content-type", "application/jwt")
        .body(compact);
    provider.mock.fail_next(response.on("GET", "/userinfo"));
    let ory: &Client = &provider.ory;
    let party = RelyingParty::new(CLIENT).userinfo_signed_response_alg(registered);
    let token = AccessToken::new("ory_at_x");
    let userinfo = ory.userinfo(&token, Subject::Expect("user-1"));
    userinfo.relying_party(party).await.map(drop)
}
