//! Attacks on tokens: each is refused for its own reason.

use super::{CLIENT, Provider, now, problem};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ory_oidc::cache::CachePolicy;
use ory_oidc::token::TokenProblem;
use serde_json::{Value, json};
use std::time::Duration;

fn encode(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// Replaces the header or the claims of a token and keeps its signature.
fn replace(token: &str, header: Option<&str>, claims: Option<&str>) -> String {
    let parts: Vec<_> = token.split('.').collect();
    let header = header.map_or_else(|| parts[0].to_owned(), encode);
    let claims = claims.map_or_else(|| parts[1].to_owned(), encode);
    format!("{header}.{claims}.{}", parts[2])
}

/// An attack: its name, the token, and why it is refused.
type Attack = (&'static str, String, TokenProblem);

/// Returns attacks on these claims by the algorithm and the key of the header.
fn by_key(provider: &Provider, claims: &Value) -> Vec<Attack> {
    let sign = |header: Value| provider.mock.sign_jwt(header, claims.clone());
    let good = sign(json!({"alg": "RS256"}));
    let rsa_kid = header_of(&good)["kid"].clone();
    let ec_kid = header_of(&sign(json!({"alg": "ES256"})))["kid"].clone();
    let evil_key = json!({"kty": "oct", "k": "c2VjcmV0"});
    vec![
        ("none", sign(json!({"alg": "none"})), TokenProblem::Unsigned),
        ("NoNe", sign(json!({"alg": "NoNe"})), TokenProblem::Unsigned),
        (
            "HS256 with the public key as the secret",
            sign(json!({"alg": "HS256", "kid": rsa_kid})),
            TokenProblem::Symmetric,
        ),
        (
            "the RSA key for ES256",
            sign(json!({"alg": "ES256", "kid": rsa_kid})),
            TokenProblem::WrongKey,
        ),
        (
            "the EC key for RS256",
            sign(json!({"alg": "RS256", "kid": ec_kid})),
            TokenProblem::WrongKey,
        ),
        (
            "an algorithm that is not advertised",
            sign(json!({"alg": "RS512"})),
            TokenProblem::AlgorithmNotAllowed,
        ),
        (
            "an unknown algorithm",
            sign(json!({"alg": "XX256"})),
            TokenProblem::AlgorithmNotAllowed,
        ),
        (
            "a key in the header",
            sign(json!({"alg": "RS256", "jwk": evil_key})),
            TokenProblem::EmbeddedKey,
        ),
        (
            "a key URL in the header",
            sign(json!({"alg": "RS256", "jku": "https://evil.example/jwks"})),
            TokenProblem::EmbeddedKey,
        ),
        (
            "a certificate in the header",
            sign(json!({"alg": "RS256", "x5c": ["MIIB"]})),
            TokenProblem::EmbeddedKey,
        ),
        (
            "a key id that is a path",
            sign(json!({"alg": "RS256", "kid": "../../../../dev/null"})),
            TokenProblem::UnknownKey,
        ),
        (
            "a key id that is a URL",
            sign(json!({"alg": "RS256", "kid": "https://evil.example/key?a=b#c"})),
            TokenProblem::UnknownKey,
        ),
        (
            "a key id that is an SQL injection",
            sign(json!({"alg": "RS256", "kid": "x' UNION SELECT 'k"})),
            TokenProblem::UnknownKey,
        ),
        (
            "a key id that is not a text",
            sign(json!({"alg": "RS256", "kid": ["a"]})),
            TokenProblem::Malformed,
        ),
    ]
}

/// Returns attacks by other members of the header.
fn by_header(provider: &Provider, claims: &Value) -> Vec<Attack> {
    let sign = |header: Value| provider.mock.sign_jwt(header, claims.clone());
    let good = sign(json!({"alg": "RS256"}));
    let long = "x".repeat(1024 * 1024);
    vec![
        (
            "a critical extension",
            sign(json!({"alg": "RS256", "crit": ["exp"]})),
            TokenProblem::CriticalHeader,
        ),
        (
            "an unencoded payload",
            sign(json!({"alg": "RS256", "b64": false})),
            TokenProblem::CriticalHeader,
        ),
        (
            "a header of a megabyte",
            sign(json!({"alg": "RS256", "x": long})),
            TokenProblem::TooLarge,
        ),
        (
            "a header of nine kilobytes",
            sign(json!({"alg": "RS256", "x": &long[..9 * 1024]})),
            TokenProblem::TooLarge,
        ),
        (
            "a nested token, by its header",
            sign(json!({"alg": "RS256", "cty": "JWT"})),
            TokenProblem::Nested,
        ),
        (
            "an access token",
            sign(json!({"alg": "RS256", "typ": "at+jwt"})),
            TokenProblem::WrongType,
        ),
        (
            "a duplicate member in the header",
            replace(&good, Some(r#"{"alg":"RS256","alg":"RS256"}"#), None),
            TokenProblem::DuplicateMember,
        ),
        (
            "a duplicate member with an escaped name",
            replace(&good, Some(r#"{"alg":"none","\u0061lg":"RS256"}"#), None),
            TokenProblem::DuplicateMember,
        ),
        (
            "a header without algorithm",
            replace(&good, Some("{}"), None),
            TokenProblem::Malformed,
        ),
        (
            "a header that is a list",
            replace(&good, Some("[]"), None),
            TokenProblem::Malformed,
        ),
    ]
}

/// Returns attacks by the form of the token, and by changes to its claims or signature.
fn by_form(provider: &Provider, claims: &Value) -> Vec<Attack> {
    let good = provider
        .mock
        .sign_jwt(json!({"alg": "RS256"}), claims.clone());
    let parts: Vec<_> = good.split('.').collect();
    let mut other = claims.clone();
    other["sub"] = json!("admin");
    vec![
        (
            "changed claims",
            replace(&good, None, Some(&other.to_string())),
            TokenProblem::BadSignature,
        ),
        (
            "a nested token, by its claims",
            replace(&good, None, Some(&good)),
            TokenProblem::Nested,
        ),
        (
            "no signature",
            format!("{}.{}.", parts[0], parts[1]),
            TokenProblem::BadSignature,
        ),
        (
            "a truncated signature",
            good[..good.len() - 2].to_owned(),
            TokenProblem::BadSignature,
        ),
        (
            "two parts",
            format!("{}.{}", parts[0], parts[1]),
            TokenProblem::Malformed,
        ),
        ("five parts", format!("{good}.a.b"), TokenProblem::Encrypted),
        (
            "six parts",
            format!("{good}.a.b.c"),
            TokenProblem::Malformed,
        ),
        ("padding", format!("{good}=="), TokenProblem::Malformed),
        (
            "a line break",
            format!("{}\n.{}.{}", parts[0], parts[1], parts[2]),
            TokenProblem::Malformed,
        ),
        ("an empty text", String::new(), TokenProblem::Malformed),
        ("only dots", "..".to_owned(), TokenProblem::Malformed),
        (
            "two megabytes",
            "a".repeat(2 * 1024 * 1024),
            TokenProblem::TooLarge,
        ),
        (
            "deeply nested brackets",
            replace(&good, Some(&"[".repeat(2000)), None),
            TokenProblem::Malformed,
        ),
    ]
}

/// Returns tokens with invalid claims that the provider signed.
fn by_claims(provider: &Provider, claims: &Value) -> Vec<Attack> {
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        provider.mock.sign_jwt(json!({"alg": "RS256"}), claims)
    };
    let without = |name: &str| {
        let mut claims = claims.clone();
        claims.as_object_mut().map(|claims| claims.remove(name));
        provider.mock.sign_jwt(json!({"alg": "RS256"}), claims)
    };
    let (long_ago, soon) = (now() - 3600, now() + 3600);
    vec![
        (
            "no issuer",
            without("iss"),
            TokenProblem::ClaimMissing("iss"),
        ),
        (
            "another issuer",
            with("iss", json!("https://evil.example")),
            TokenProblem::WrongIssuer,
        ),
        (
            "an issuer with an extra slash",
            with("iss", json!(format!("{}/", provider.mock.issuer()))),
            TokenProblem::WrongIssuer,
        ),
        (
            "an issuer that is not a text",
            with("iss", json!([])),
            TokenProblem::ClaimMalformed("iss"),
        ),
        (
            "no audience",
            without("aud"),
            TokenProblem::ClaimMissing("aud"),
        ),
        (
            "another audience",
            with("aud", json!("another-app")),
            TokenProblem::WrongAudience,
        ),
        (
            "other audiences",
            with("aud", json!(["a", "b"])),
            TokenProblem::WrongAudience,
        ),
        (
            "an empty audience",
            with("aud", json!([])),
            TokenProblem::WrongAudience,
        ),
        (
            "an audience that is a number",
            with("aud", json!(1)),
            TokenProblem::ClaimMalformed("aud"),
        ),
        (
            "expired",
            with("exp", json!(long_ago)),
            TokenProblem::Expired,
        ),
        (
            "an expiry that is a text",
            with("exp", json!("never")),
            TokenProblem::ClaimMalformed("exp"),
        ),
        (
            "not yet valid",
            with("nbf", json!(soon)),
            TokenProblem::NotYetValid,
        ),
        (
            "issued in the future",
            with("iat", json!(soon)),
            TokenProblem::IssuedInTheFuture,
        ),
    ]
}

/// Starts a provider whose keys are fetched again for each bad signature.
async fn without_cool_down() -> Provider {
    Provider::with(CachePolicy::new().unknown_key_cool_down(Duration::ZERO)).await
}

#[tokio::test]
async fn each_attack_on_signed_userinfo_is_refused_for_its_own_reason() {
    let provider = without_cool_down().await;
    let claims = provider.claims();
    let mut attacks = by_key(&provider, &claims);
    attacks.extend(by_header(&provider, &claims));
    attacks.extend(by_form(&provider, &claims));
    attacks.extend(by_claims(&provider, &claims));
    let logout = provider.logout_claims();
    let logout = |header| provider.mock.sign_jwt(header, logout.clone());
    attacks.push((
        "a logout token",
        logout(json!({"alg": "RS256"})),
        TokenProblem::ClaimForbidden("events"),
    ));
    let typed = logout(json!({"alg": "RS256", "typ": "logout+jwt"}));
    attacks.push(("a typed logout token", typed, TokenProblem::WrongType));
    for (name, token, expected) in attacks {
        // Longer tokens exceed the limit for bodies.
        if token.len() < 1_000_000 {
            assert_eq!(problem(provider.userinfo(&token).await), expected, "{name}");
        }
    }
    let good = provider.mock.sign_jwt(json!({"alg": "RS256"}), claims);
    let user = provider
        .userinfo(&good)
        .await
        .expect("a valid token still verifies");
    assert_eq!(user.sub(), "user-1");
}

#[tokio::test]
async fn each_attack_on_a_logout_token_is_refused_for_its_own_reason() {
    let provider = without_cool_down().await;
    let claims = provider.logout_claims();
    let mut attacks = by_key(&provider, &claims);
    attacks.extend(by_header(&provider, &claims));
    attacks.extend(by_form(&provider, &claims));
    attacks.extend(by_claims(&provider, &claims));
    for (name, token, expected) in attacks {
        assert_eq!(problem(provider.logout(&token).await), expected, "{name}");
    }
    let good = provider.mock.sign_jwt(json!({"alg": "RS256"}), claims);
    provider
        .logout(&good)
        .await
        .expect("a valid token still verifies");
}

#[tokio::test]
async fn signed_claims_with_a_duplicate_member_are_refused() {
    // The mock server cannot write duplicate members, so the test signs its own claims.
    let provider = Provider::start().await;
    let key = aws_lc_rs::signature::EcdsaKeyPair::generate(
        &aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING,
    )
    .expect("a key can be generated");
    let public = aws_lc_rs::signature::KeyPair::public_key(&key)
        .as_ref()
        .to_vec();
    let jwks = json!({"keys": [{
        "kty": "EC", "crv": "P-256", "kid": "k",
        "x": URL_SAFE_NO_PAD.encode(&public[1..33]), "y": URL_SAFE_NO_PAD.encode(&public[33..]),
    }]});
    let keys = ory_oidc_mock::Fault::answer(200)
        .header("content-type", "application/json")
        .body(jwks.to_string())
        .on("GET", "/.well-known/jwks.json");
    provider.mock.fail_next(keys);
    let sign = |claims: &str| {
        let message = format!(
            "{}.{}",
            encode(r#"{"alg":"ES256","kid":"k"}"#),
            encode(claims)
        );
        let random = aws_lc_rs::rand::SystemRandom::new();
        let signature = key
            .sign(&random, message.as_bytes())
            .expect("the message can be signed");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    };
    let issuer = provider.mock.issuer();
    let good = format!(r#"{{"iss":"{issuer}","aud":"{CLIENT}","sub":"user-1"}}"#);
    provider
        .userinfo(&sign(&good))
        .await
        .expect("the key verifies");
    for duplicate in [
        good.replace(r#""sub""#, r#""sub":"admin","sub""#),
        good.replace(r#""sub""#, r#""a":[{"b":1,"b":2}],"sub""#),
    ] {
        let outcome = provider.userinfo(&sign(&duplicate)).await;
        assert_eq!(
            problem(outcome),
            TokenProblem::DuplicateMember,
            "{duplicate}"
        );
    }
    let outcome = provider.userinfo(&sign("[1]")).await;
    assert_eq!(problem(outcome), TokenProblem::Malformed);
}

pub(super) fn header_of(token: &str) -> Value {
    let header = token.split('.').next().expect("a token has a header");
    let header = URL_SAFE_NO_PAD
        .decode(header)
        .expect("the header is base64url");
    serde_json::from_slice(&header).expect("the header is JSON")
}
