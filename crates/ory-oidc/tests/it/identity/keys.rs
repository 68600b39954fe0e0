//! Which keys verify (RFC 7517), and when they are looked for.

use super::{CLIENT, FOREVER, Provider, problem};
use ory_oidc::{CachePolicy, Error, MemoryReplayGuard, Operation, RelyingParty, TokenProblem};
use ory_oidc_mock::Fault;
use serde_json::{Value, json};

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
    assert_eq!(error.operation(), Some(Operation::Keys));
    assert!(error.is_retryable());
    // In the pause after it, nobody asks again.
    let error = provider
        .userinfo(&token)
        .await
        .expect_err("there are no keys");
    assert_eq!(error.operation(), Some(Operation::Keys));
    assert_eq!(provider.key_requests(), 1);
}

#[tokio::test]
async fn keys_without_names_are_looked_for_anew_when_none_fits() {
    let provider = Provider::with(CachePolicy::new().at_least(FOREVER)).await;
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
        assert!(matches!(error, Error::Unreadable(_)), "{body}: {error:?}");
        assert_eq!(error.operation(), Some(Operation::Keys));
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
        assert_eq!(error.operation(), Some(Operation::Keys));
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
