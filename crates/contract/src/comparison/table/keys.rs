//! Registration: JSON Web Key Sets.

use serde_json::{Value, json};

use crate::comparison::case::Case;
use crate::comparison::request::{post, read};

const N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
const X: &str = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
const Y: &str = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM";
const ED: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = key_sets()
        .into_iter()
        .map(|(name, jwks)| {
            Case::new(
                format!("register: jwks with {name}"),
                [post(&json!({"jwks": jwks})), read()],
            )
        })
        .collect();
    for (name, body) in [
        (
            "jwks and jwks_uri",
            json!({"jwks": {"keys": []}, "jwks_uri": "https://app.example/jwks"}),
        ),
        (
            "an empty jwks and jwks_uri",
            json!({"jwks": {}, "jwks_uri": "https://app.example/jwks"}),
        ),
        (
            "private_key_jwt without keys",
            json!({"token_endpoint_auth_method": "private_key_jwt"}),
        ),
        (
            "private_key_jwt with an empty jwks",
            json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": {}}),
        ),
        (
            "private_key_jwt with HS256",
            json!({
                "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://app.example/jwks",
                "token_endpoint_auth_signing_alg": "HS256",
            }),
        ),
        (
            "an algorithm without private_key_jwt",
            json!({"token_endpoint_auth_signing_alg": "HS256"}),
        ),
        ("an invalid jwks_uri", json!({"jwks_uri": "nonsense"})),
    ] {
        cases.push(Case::new(
            format!("register: {name}"),
            [post(&body), read()],
        ));
    }
    cases
}

fn key_sets() -> Vec<(&'static str, Value)> {
    let one = |key: Value| json!({"keys": [key]});
    vec![
        ("no keys", json!({})),
        ("an empty list", json!({"keys": []})),
        ("null keys", json!({"keys": null})),
        ("keys as an object", json!({"keys": {}})),
        ("a null key", one(Value::Null)),
        ("a key as a text", one(json!("x"))),
        ("other members", json!({"keys": [], "x": 1})),
        (
            "an RSA key",
            one(
                json!({"kty": "RSA", "n": N, "e": "AQAB", "kid": "r", "use": "sig", "alg": "RS256"}),
            ),
        ),
        (
            "an RSA key with other members",
            one(json!({"kty": "RSA", "n": N, "e": "AQAB", "foo": "bar"})),
        ),
        (
            "an RSA key without kid",
            one(json!({"kty": "RSA", "n": N, "e": "AQAB"})),
        ),
        (
            "an RSA key without modulus",
            one(json!({"kty": "RSA", "e": "AQAB"})),
        ),
        (
            "an RSA key in invalid base64",
            one(json!({"kty": "RSA", "n": "!!", "e": "AQAB"})),
        ),
        (
            "an RSA key with padding",
            one(json!({"kty": "RSA", "n": format!("{N}=="), "e": "AQAB"})),
        ),
        (
            "an RSA key in standard base64",
            one(json!({"kty": "RSA", "n": "+/+/", "e": "AQAB"})),
        ),
        (
            "an RSA key with a number",
            one(json!({"kty": "RSA", "n": 1, "e": "AQAB"})),
        ),
        (
            "an RSA key with an empty exponent",
            one(json!({"kty": "RSA", "n": N, "e": ""})),
        ),
        (
            "an RSA key with leading zeros",
            one(json!({"kty": "RSA", "n": format!("AAAA{N}"), "e": "AAEAAQ"})),
        ),
        (
            "a small RSA key",
            one(json!({"kty": "RSA", "n": "AQ", "e": "AQAB"})),
        ),
        (
            "a private RSA key without primes",
            one(json!({"kty": "RSA", "n": N, "e": "AQAB", "d": "AQAB"})),
        ),
        (
            "an EC key",
            one(
                json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y, "kid": "e", "alg": "ES256", "use": "sig"}),
            ),
        ),
        (
            "an EC key with other members",
            one(json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y, "kid": "e", "foo": "bar"})),
        ),
        (
            "an EC key with a wrong length",
            one(json!({"kty": "EC", "crv": "P-256", "x": "AQ", "y": Y})),
        ),
        (
            "an EC key with a wrong length of y",
            one(json!({"kty": "EC", "crv": "P-256", "x": X, "y": "AQ"})),
        ),
        (
            "an EC key off the curve",
            one(json!({"kty": "EC", "crv": "P-256", "x": Y, "y": X})),
        ),
        (
            "an EC key without x",
            one(json!({"kty": "EC", "crv": "P-256", "y": Y})),
        ),
        (
            "an EC key of an unknown curve",
            one(json!({"kty": "EC", "crv": "secp256k1", "x": X, "y": Y})),
        ),
        (
            "an EC key without curve",
            one(json!({"kty": "EC", "x": X, "y": Y})),
        ),
        (
            "an OKP key",
            one(json!({"kty": "OKP", "crv": "Ed25519", "x": ED, "kid": "o"})),
        ),
        (
            "an OKP key of X25519",
            one(json!({"kty": "OKP", "crv": "X25519", "x": ED})),
        ),
        (
            "an OKP key without x",
            one(json!({"kty": "OKP", "crv": "Ed25519"})),
        ),
        (
            "a short OKP key",
            one(json!({"kty": "OKP", "crv": "Ed25519", "x": "AQ"})),
        ),
        (
            "a symmetric key",
            one(json!({"kty": "oct", "k": "c2VjcmV0"})),
        ),
        ("a symmetric key without k", one(json!({"kty": "oct"}))),
        ("a key without type", one(json!({"kid": "x"}))),
        ("an unknown type", one(json!({"kty": "?", "kid": "x"}))),
        (
            "two keys of one id",
            json!({"keys": [
                {"kty": "RSA", "n": N, "e": "AQAB", "kid": "a"},
                {"kty": "EC", "crv": "P-256", "x": X, "y": Y, "kid": "a"},
            ]}),
        ),
        (
            "a valid and an invalid key",
            json!({"keys": [
                {"kty": "RSA", "n": N, "e": "AQAB", "kid": "a"}, {"kty": "oct", "k": "AQ"},
            ]}),
        ),
        (
            "use as a number",
            one(json!({"kty": "RSA", "n": N, "e": "AQAB", "use": 1})),
        ),
        (
            "an invalid certificate",
            one(json!({"kty": "RSA", "n": N, "e": "AQAB", "x5c": ["x"]})),
        ),
        (
            "a thumbprint of a wrong size",
            one(json!({"kty": "RSA", "n": N, "e": "AQAB", "x5t": "AQ"})),
        ),
        (
            "a URL of a certificate",
            one(json!({"kty": "RSA", "n": N, "e": "AQAB", "x5u": "https://app.example/c"})),
        ),
        (
            "key_ops",
            one(json!({"kty": "RSA", "n": N, "e": "AQAB", "key_ops": ["verify"]})),
        ),
    ]
}
