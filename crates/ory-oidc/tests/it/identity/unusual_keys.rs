//! Keys and signatures as providers publish and make them, also while they change their keys.

use super::attacks::header_of;
use super::{CLIENT, LONGER_THAN_A_TEST, Provider, problem};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use ory_oidc::cache::CachePolicy;
use ory_oidc::token::TokenProblem;
use ory_oidc::{Client, Error};
use ory_oidc_mock::Fault;
use serde_json::{Value, json};

/// Returns the keys that the provider publishes now.
async fn published(provider: &Provider) -> Vec<Value> {
    let ory = Client::new(provider.mock.url()).expect("the URL is valid");
    let keys = ory.keys().await.expect("there are keys");
    let keys = serde_json::to_value(keys.fields()).expect("a model serializes as JSON");
    let keys = keys["keys"].as_array().cloned();
    keys.expect("the keys are a list")
}

/// Serves these keys a number of times, and then the mock server's own.
fn serve(provider: &Provider, keys: &[Value], times: usize) {
    let response = Fault::answer(200)
        .header("content-type", "application/json")
        .body(json!({"keys": keys}).to_string());
    let response = response.on("GET", "/.well-known/jwks.json").times(times);
    provider.mock.fail_next(response);
}

/// Verifies a token of each algorithm while the provider publishes changed keys.
async fn verify_all(change: impl Fn(&mut Value)) {
    let provider = Provider::start().await;
    let mut keys = published(&provider).await;
    keys.iter_mut().for_each(change);
    serve(&provider, &keys, 100);
    let fresh = Client::new(provider.mock.url()).expect("the URL is valid");
    let provider = Provider {
        ory: fresh,
        ..provider
    };
    for alg in ["RS256", "ES256", "EdDSA"] {
        let token = provider
            .mock
            .sign_jwt(json!({"alg": alg}), provider.logout_claims());
        let verified = provider.logout(&token).await;
        verified.unwrap_or_else(|error| panic!("{alg}: {error}"));
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().expect("the number is a text");
    URL_SAFE_NO_PAD
        .decode(text)
        .expect("the number is base64url")
}

/// Changes the numbers of RSA and EC keys.
fn change_numbers(key: &mut Value, change: impl Fn(Vec<u8>) -> Vec<u8>) {
    let names: &[&str] = match key["kty"].as_str() {
        Some("RSA") => &["n", "e"],
        Some("EC") => &["x", "y"],
        _ => return,
    };
    for name in names {
        key[name] = json!(URL_SAFE_NO_PAD.encode(change(bytes(&key[name]))));
    }
}

#[tokio::test]
async fn leading_zeros_of_a_number_do_not_matter() {
    for zeros in 1..4 {
        verify_all(|key| {
            change_numbers(key, |number| [vec![0; zeros], number].concat());
        })
        .await;
    }
}

#[tokio::test]
async fn missing_leading_zeros_of_a_coordinate_do_not_matter() {
    let algorithm = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
    // A coordinate of one key in 128 begins with a zero.
    let (pair, x, y) = loop {
        let pair = EcdsaKeyPair::generate(algorithm).expect("a key can be generated");
        // Uncompressed: the octet 4, then both coordinates.
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        if x[0] == 0 || y[0] == 0 {
            let (x, y) = (x.to_owned(), y.to_owned());
            break (pair, x, y);
        }
    };
    let shortened = |number: Vec<u8>| {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        URL_SAFE_NO_PAD.encode(&number[zeros..])
    };
    let provider = Provider::start().await;
    let (x, y) = (shortened(x), shortened(y));
    let key = json!({"kty": "EC", "crv": "P-256", "kid": "short", "x": x, "y": y});
    serve(&provider, &[key], 100);
    let header = json!({"alg": "ES256", "kid": "short"});
    let parts = [header, provider.logout_claims()];
    let parts = parts.map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    let message = parts.join(".");
    let signature = pair.sign(&SystemRandom::new(), message.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(signature.expect("the message can be signed"));
    let verified = provider.logout(&format!("{message}.{signature}")).await;
    verified.expect("the key made the signature");
}

#[tokio::test]
async fn padding_of_base64url_does_not_matter() {
    verify_all(|key| {
        for name in ["n", "e", "x", "y"] {
            if key[name].is_string() {
                key[name] = json!(URL_SAFE.encode(bytes(&key[name])));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn token_of_a_key_that_cannot_be_read_says_so_and_causes_no_fetch() {
    for (name, value) in [
        ("n", json!("*")),
        ("n", json!(7)),
        ("e", Value::Null),
        ("kty", json!("NEW")),
        ("kty", json!("EC")),
    ] {
        let provider = Provider::start().await;
        let mut keys = published(&provider).await;
        let rsa = keys
            .iter_mut()
            .find(|key| key["kty"] == "RSA")
            .expect("there is an RSA key");
        rsa[name] = value.clone();
        let id = rsa["kid"].as_str().expect("the key has an id").to_owned();
        serve(&provider, &keys, 100);
        let ory = Client::new(provider.mock.url()).expect("the URL is valid");
        let before = provider.key_requests();
        let provider = Provider { ory, ..provider };
        for _ in 0..2 {
            let token = provider.mock.issue_logout_token(CLIENT, "user-1");
            let error = provider
                .logout(&token)
                .await
                .expect_err("the key is unreadable");
            assert!(!error.is_retryable(), "{name} {value}");
            assert_eq!(
                problem::<()>(Err(error)),
                TokenProblem::UnreadableKey,
                "{name} {value}"
            );
        }
        assert_eq!(provider.key_requests(), before + 1, "{name} {value}");
        let keys = provider.ory.keys().await.expect("the set is readable");
        assert_eq!(keys.unreadable_key_ids().collect::<Vec<_>>(), [id]);
        let es256 = provider
            .mock
            .sign_jwt(json!({"alg": "ES256"}), provider.logout_claims());
        provider
            .logout(&es256)
            .await
            .expect("the other keys are usable");
    }
}

#[tokio::test]
async fn large_key_set_is_read_up_to_a_limit_that_is_reported() {
    for (others, ignored) in [(105, 0), (999, 2), (1500, 503)] {
        let provider = Provider::start().await;
        let mut keys: Vec<_> = (0..others)
            .map(|n| json!({"kty": "OKP", "crv": "X", "kid": format!("other-{n}")}))
            .collect();
        let mut own = published(&provider).await;
        own.pop(); // of access tokens
        let position = keys.len().min(997);
        keys.splice(position..position, own);
        serve(&provider, &keys, 100);
        let ory = Client::new(provider.mock.url()).expect("the URL is valid");
        let provider = Provider { ory, ..provider };
        let set = provider.ory.keys().await.expect("the set is readable");
        assert_eq!(set.ignored_keys(), ignored, "{others}");
        let token = provider.mock.issue_logout_token(CLIENT, "user-1");
        provider
            .logout(&token)
            .await
            .expect("the key is in the set");
    }
}

/// Ory signs with a new key under the id of the old one for a moment.
#[tokio::test]
async fn signature_by_another_published_key_under_the_old_id_is_valid() {
    let provider = Provider::with(CachePolicy::new().min_ttl(LONGER_THAN_A_TEST)).await;
    let old = header_of(&provider.mock.issue_logout_token(CLIENT, "user-1"));
    published(&provider).await;
    provider.mock.rotate_keys();
    let misnamed = || {
        provider
            .mock
            .sign_jwt(old.clone(), provider.logout_claims())
    };
    let fetched = provider.key_requests();
    provider
        .logout(&misnamed())
        .await
        .expect("the newest key made the signature");
    assert_eq!(
        provider.key_requests(),
        fetched + 1,
        "the keys are fetched again"
    );
    provider
        .logout(&misnamed())
        .await
        .expect("the keys are known now");
    assert_eq!(provider.key_requests(), fetched + 1);
}

#[tokio::test]
async fn signature_of_a_new_key_during_the_cool_down_is_retryable() {
    let policy = CachePolicy::new().unknown_key_cool_down(LONGER_THAN_A_TEST);
    let provider = Provider::with(policy.min_ttl(LONGER_THAN_A_TEST)).await;
    let old = header_of(&provider.mock.issue_logout_token(CLIENT, "user-1"));
    let unknown = provider
        .mock
        .sign_jwt(json!({"alg": "RS256", "kid": "x"}), provider.claims());
    assert_eq!(
        problem(provider.logout(&unknown).await),
        TokenProblem::UnknownKey
    );
    provider.mock.rotate_keys();
    let misnamed = provider.mock.sign_jwt(old, provider.logout_claims());
    let error = provider
        .logout(&misnamed)
        .await
        .expect_err("the keys were just fetched");
    assert!(error.is_retryable());
    assert_eq!(problem::<()>(Err(error)), TokenProblem::UnknownSigner);
}

#[tokio::test]
async fn new_key_under_the_id_of_an_old_one_is_found() {
    let provider = Provider::with(CachePolicy::new().min_ttl(LONGER_THAN_A_TEST)).await;
    let old = header_of(&provider.mock.issue_logout_token(CLIENT, "user-1"));
    let keys = published(&provider).await;
    provider.mock.rotate_keys();
    provider.mock.drop_old_keys();
    let fresh = Provider {
        ory: Client::new(provider.mock.url()).expect("the URL is valid"),
        ..provider
    };
    let mut renamed = published(&fresh).await;
    for key in &mut renamed {
        let same_kind = keys.iter().find(|old| old["kty"] == key["kty"]);
        key["kid"] = same_kind.expect("the kinds are the same")["kid"].clone();
    }
    // A client that knows the old keys meets the new one under the same id.
    serve(&fresh, &keys, 1);
    let policy = CachePolicy::new().min_ttl(LONGER_THAN_A_TEST);
    let ory = Client::builder(fresh.mock.url()).keys_cache(policy).build();
    let provider = Provider {
        ory: ory.expect("the URL is valid"),
        ..fresh
    };
    provider
        .ory
        .keys()
        .await
        .expect("the old keys are published");
    serve(&provider, &renamed, 100);
    let token = provider.mock.sign_jwt(old, provider.logout_claims());
    provider
        .logout(&token)
        .await
        .expect("the new key is fetched");
}

#[tokio::test]
async fn forged_signature_is_final_after_the_keys_were_fetched_again() {
    let provider = Provider::start().await;
    let good = provider.mock.issue_logout_token(CLIENT, "user-1");
    let mut parts: Vec<_> = good.split('.').map(str::to_owned).collect();
    parts[2] = URL_SAFE_NO_PAD.encode([7; 256]);
    let refused: Result<_, Error> = provider.logout(&parts.join(".")).await;
    let error = refused.expect_err("the signature is forged");
    assert!(!error.is_retryable());
    assert_eq!(problem::<()>(Err(error)), TokenProblem::BadSignature);
    assert_eq!(provider.key_requests(), 2);
}
