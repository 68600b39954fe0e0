//! Which keys verify (RFC 7517), and when they are looked for.

use super::{CLIENT, FOREVER, Provider, problem};
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
    let answer = Fault::answer(200)
        .header("content-type", "application/json")
        .body(json!({"keys": keys}).to_string())
        .on("GET", "/.well-known/jwks.json")
        .times(1000);
    provider.double.fail_next(answer);
}

/// The double's own keys: those of the other kinds first, the RSA key last.
async fn own_keys(provider: &Provider) -> Vec<Value> {
    let keys = provider.ory.keys().await.expect("the double has keys");
    let keys = serde_json::to_value(keys.fields()).expect("a model is JSON");
    let keys = keys["keys"].as_array().cloned().expect("a list");
    let (rsa, mut others): (Vec<_>, Vec<_>) = keys.into_iter().partition(|key| key["kty"] == "RSA");
    others.extend(rsa);
    others
}

/// What becomes of a good token where these are the keys, made of the double's own.
async fn outcome(change: impl Fn(&mut Vec<Value>)) -> Result<(), Error> {
    outcome_of(json!({"alg": "RS256"}), change).await
}

async fn outcome_of(header: Value, change: impl Fn(&mut Vec<Value>)) -> Result<(), Error> {
    let provider = Provider::start().await;
    let mut keys = own_keys(&provider).await;
    change(&mut keys);
    let fresh = ory_oidc::Client::new(provider.double.url()).expect("a client");
    serve(&provider, &json!(keys));
    let provider = Provider {
        ory: fresh,
        ..provider
    };
    let token = provider.double.sign_jwt(header, provider.claims());
    provider.userinfo(&token).await.map(drop)
}

fn last(keys: &mut [Value]) -> &mut Value {
    keys.last_mut().expect("there are keys")
}

#[tokio::test]
async fn a_key_is_found_by_its_name_among_others() {
    outcome(|_| ()).await.expect("the double's own keys");
    outcome(|keys| keys.reverse())
        .await
        .expect("the order does not matter");
    outcome(|keys| keys.insert(0, json!({"kty": "future", "kid": "x", "v": 1})))
        .await
        .expect("keys of unknown kinds are passed over");
    outcome(|keys| {
        keys.insert(
            0,
            json!({"kty": "RSA", "kid": "broken", "n": "*", "e": "AQAB"}),
        );
    })
    .await
    .expect("so are broken ones");
}

#[tokio::test]
async fn among_several_keys_without_a_name_the_right_one_is_found() {
    let nameless = |keys: &mut Vec<Value>| {
        for key in keys.iter_mut() {
            key.as_object_mut().map(|key| key.remove("kid"));
        }
        // Another RSA key, before the right one.
        let mut other = last(keys).clone();
        let n = other["n"].as_str().expect("a modulus").to_owned();
        other["n"] = json!(format!("3{}", &n[1..]));
        keys.insert(0, other);
    };
    outcome(nameless).await.expect("a token with a name");
    let header = json!({"alg": "RS256", "kid": null});
    outcome_of(header, nameless).await.expect("a token without");
}

#[tokio::test]
async fn a_token_without_a_name_finds_a_named_key() {
    let header = json!({"alg": "ES256", "kid": null});
    outcome_of(header, |_| ())
        .await
        .expect("there is one EC key");
}

#[tokio::test]
async fn a_key_for_encryption_never_verifies() {
    let encryption = |keys: &mut Vec<Value>| last(keys)["use"] = json!("enc");
    assert_eq!(problem(outcome(encryption).await), TokenProblem::UnknownKey);
    let header = json!({"alg": "RS256", "kid": null});
    let nameless = outcome_of(header, encryption).await;
    assert_eq!(problem(nameless), TokenProblem::BadSignature);
}

#[tokio::test]
async fn a_key_that_is_for_something_else_does_not_verify() {
    let only_signs = |keys: &mut Vec<Value>| last(keys)["key_ops"] = json!(["sign", "decrypt"]);
    assert_eq!(problem(outcome(only_signs).await), TokenProblem::UnknownKey);
    let verifies = |keys: &mut Vec<Value>| last(keys)["key_ops"] = json!(["verify"]);
    outcome(verifies).await.expect("it says that it verifies");
    let other_alg = |keys: &mut Vec<Value>| last(keys)["alg"] = json!("PS256");
    assert_eq!(problem(outcome(other_alg).await), TokenProblem::WrongKey);
}

#[tokio::test]
async fn a_key_that_is_too_short_verifies_nothing() {
    // 1024 bits, for which a private key can be had for money.
    let short = |keys: &mut Vec<Value>| last(keys)["n"] = json!("w".repeat(171));
    assert_eq!(problem(outcome(short).await), TokenProblem::BadSignature);
}

#[tokio::test]
async fn a_key_set_that_cannot_be_had_is_an_error_of_its_own() {
    let provider = Provider::start().await;
    let token = provider
        .double
        .sign_jwt(json!({"alg": "RS256"}), provider.claims());
    provider
        .double
        .fail_next(Fault::answer(503).on("GET", "/.well-known/jwks.json"));
    let error = provider
        .userinfo(&token)
        .await
        .expect_err("there are no keys");
    assert_eq!(error.operation(), Some(operation::KEYS));
    assert!(error.is_retryable());
    // In the pause after it, nobody asks again.
    let error = provider
        .userinfo(&token)
        .await
        .expect_err("there are no keys");
    assert_eq!(error.operation(), Some(operation::KEYS));
    assert_eq!(provider.key_requests(), 1);
}

#[tokio::test]
async fn keys_without_names_are_looked_for_anew_when_none_fits() {
    let provider = Provider::with(CachePolicy::new().min_ttl(FOREVER)).await;
    let sign = |provider: &Provider| {
        let header = json!({"alg": "RS256", "kid": null});
        provider.double.sign_jwt(header, provider.claims())
    };
    provider
        .userinfo(&sign(&provider))
        .await
        .expect("the first key");
    provider.double.rotate_keys();
    provider.double.drop_old_keys();
    provider
        .userinfo(&sign(&provider))
        .await
        .expect("the new key");
    assert_eq!(provider.key_requests(), 2);
}

#[tokio::test]
async fn a_key_that_was_withdrawn_verifies_no_longer_once_the_set_is_fetched() {
    let provider = Provider::start().await;
    let old = provider.double.issue_logout_token(CLIENT, "user-1");
    provider.logout(&old).await.expect("the key is published");
    provider.double.rotate_keys();
    provider.double.drop_old_keys();
    let new = provider.double.issue_logout_token(CLIENT, "user-1");
    provider.logout(&new).await.expect("the new key is found");
    assert_eq!(
        problem(provider.logout(&old).await),
        TokenProblem::UnknownKey
    );
}

#[tokio::test]
async fn keys_that_cannot_be_read_do_not_cost_the_others() {
    for odd in [
        json!({"kid": "no-kty"}),
        json!({"kty": "RSA", "kid": 7}),
        json!({"kty": "NEW", "x": [1]}),
        json!({"kty": "RSA", "x5c": "no list"}),
        json!(null),
        json!("text"),
    ] {
        let with_odd = |keys: &mut Vec<Value>| keys.insert(0, odd.clone());
        outcome(with_odd)
            .await
            .unwrap_or_else(|error| panic!("{odd}: {error}"));
    }
    let null = |keys: &mut Vec<Value>| last(keys)["key_ops"] = Value::Null;
    outcome(null).await.expect("null is absent");
}

#[tokio::test]
async fn what_is_no_key_set_is_unreadable() {
    for body in ["{}", "[]", r#"{"keys": {}}"#, "null", "<!doctype html>"] {
        let provider = Provider::start().await;
        let answer = Fault::answer(200)
            .header("content-type", "application/json")
            .body(body);
        let answer = answer.on("GET", "/.well-known/jwks.json");
        provider.double.fail_next(answer);
        let error = provider.ory.keys().await.expect_err(body);
        assert!(matches!(error, Error::Decode(_)), "{body}: {error:?}");
        assert_eq!(error.operation(), Some(operation::KEYS));
    }
}

#[tokio::test]
async fn a_key_set_that_redirects_is_not_followed() {
    let (provider, elsewhere) = (Provider::start().await, Provider::start().await);
    let target = format!("{}/.well-known/jwks.json", elsewhere.double.url());
    let answer = Fault::answer(302).header("location", &target);
    let answer = answer.on("GET", "/.well-known/jwks.json");
    provider.double.fail_next(answer);
    provider
        .ory
        .keys()
        .await
        .expect_err("a redirect is no key set");
    assert_eq!(elsewhere.key_requests(), 0);
}

#[tokio::test]
async fn a_new_key_while_the_set_cannot_be_had_is_an_outage_and_not_a_bad_token() {
    let provider = Provider::start().await;
    let old = provider.double.issue_logout_token(CLIENT, "user-1");
    provider.logout(&old).await.expect("the key is published");
    provider.double.rotate_keys();
    let new = provider.double.issue_logout_token(CLIENT, "user-1");
    let down = Fault::answer(503).on("GET", "/.well-known/jwks.json");
    provider.double.fail_next(down.times(1000));
    for _ in 0..100 {
        let error = provider
            .logout(&new)
            .await
            .expect_err("there is no way to know");
        assert_eq!(error.operation(), Some(operation::KEYS));
        assert!(error.is_retryable());
    }
    // The first, and one look for the new key in a pause or a cool-down.
    assert_eq!(provider.key_requests(), 2);
}

#[tokio::test]
async fn an_empty_registered_algorithm_is_none() {
    let provider = Provider::start().await;
    let token = provider.double.issue_logout_token(CLIENT, "user-1");
    let party = RelyingParty::new(CLIENT)
        .id_token_signed_response_alg("")
        .userinfo_signed_response_alg("");
    let guard = MemoryReplayGuard::new();
    let logout = provider
        .ory
        .verify_logout_token(&token, party, &guard)
        .await;
    logout.expect("what is advertised will do");
}

type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// An RSA key and how it signs.
fn rsa(pair: &Arc<RsaKeyPair>, encoding: &'static dyn RsaEncoding) -> (Value, Sign) {
    let pair = Arc::clone(pair);
    let public = pair.public_key();
    let n = public.modulus().big_endian_without_leading_zero();
    let e = public.exponent().big_endian_without_leading_zero();
    let key = json!({"kty": "RSA", "n": encode(n), "e": encode(e)});
    let sign = move |message: &[u8]| {
        let mut signature = vec![0; pair.public_modulus_len()];
        let signed = pair.sign(encoding, &SystemRandom::new(), message, &mut signature);
        signed.expect("a signature");
        signature
    };
    (key, Box::new(sign))
}

/// A new key on this curve, whose coordinates have so many bytes.
fn ec(
    curve: &str,
    length: usize,
    algorithm: &'static signature::EcdsaSigningAlgorithm,
) -> (Value, Sign) {
    let pair = EcdsaKeyPair::generate(algorithm).expect("a key");
    // Uncompressed: the octet 4, then both coordinates.
    let (x, y) = pair.public_key().as_ref()[1..].split_at(length);
    let key = json!({"kty": "EC", "crv": curve, "x": encode(x), "y": encode(y)});
    let sign = move |message: &[u8]| {
        let signature = pair.sign(&SystemRandom::new(), message);
        signature.expect("a signature").as_ref().to_vec()
    };
    (key, Box::new(sign))
}

fn ed25519() -> (Value, Sign) {
    let pair = Ed25519KeyPair::generate().expect("a key");
    let key = json!({"kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key())});
    (
        key,
        Box::new(move |message| pair.sign(message).as_ref().to_vec()),
    )
}

/// Each algorithm that the README promises, with a key for it.
fn promised() -> [(&'static str, (Value, Sign)); 10] {
    // To make one takes long.
    let pair = Arc::new(RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"));
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
async fn a_signature_by_each_promised_algorithm_verifies_and_one_with_another_bit_does_not() {
    let provider = Provider::start().await;
    let algorithms = promised();
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
        let outcome = |signature: &[u8], registered| {
            let compact = format!("{message}.{}", encode(signature));
            userinfo_signed_with(&provider, compact, registered)
        };
        let verified = outcome(&good, alg).await;
        verified.unwrap_or_else(|error| panic!("{alg}: {error}"));
        for at in [0, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            let refused = problem(outcome(&bad, alg).await);
            assert_eq!(refused, TokenProblem::BadSignature, "{alg}, byte {at}");
        }
        // What the provider advertises does not count where something was registered.
        let other = if *alg == "RS256" { "ES256" } else { "RS256" };
        let refused = problem(outcome(&good, other).await);
        assert_eq!(refused, TokenProblem::AlgorithmNotAllowed, "{alg}");
    }
}

/// What becomes of this userinfo answer to a client that registered this algorithm.
async fn userinfo_signed_with(
    provider: &Provider,
    compact: String,
    registered: &str,
) -> Result<(), Error> {
    let answer = Fault::answer(200)
        .header("content-type", "application/jwt")
        .body(compact);
    provider.double.fail_next(answer.on("GET", "/userinfo"));
    let ory: &Client = &provider.ory;
    let party = RelyingParty::new(CLIENT).userinfo_signed_response_alg(registered);
    let token = AccessToken::new("ory_at_x");
    let userinfo = ory.userinfo(&token, Subject::Expect("user-1"));
    userinfo.relying_party(party).await.map(drop)
}
