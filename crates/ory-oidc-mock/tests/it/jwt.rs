//! Decodes JWTs and verifies them with the published keys of the mock server.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ory_oidc_mock::OryMock;
use serde_json::Value;

use crate::http::get;

fn decode(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD
        .decode(part)
        .expect("the value is base64url")
}

/// Returns the header and the payload without verifying the signature.
pub(crate) fn parts(token: &str) -> (Value, Value) {
    let json = |part: Option<&str>| {
        let decoded = decode(part.expect("a JWT has a header and a payload"));
        serde_json::from_slice(&decoded).expect("the part is JSON")
    };
    let mut parts = token.split('.');
    (json(parts.next()), json(parts.next()))
}

/// Returns the payload if a published key of the mock server verifies the signature.
pub(crate) async fn verified(ory: &OryMock, token: &str) -> Option<Value> {
    let (header, payload) = parts(token);
    let keys = get(ory, "/.well-known/jwks.json").await.json();
    let key = keys["keys"]
        .as_array()?
        .iter()
        .find(|key| key["kid"] == header["kid"])?
        .clone();
    let member = |name: &str| decode(key[name].as_str().expect("the key member is a string"));
    let (message, signature) = token.rsplit_once('.')?;
    let (message, signature) = (message.as_bytes(), decode(signature));
    // The algorithm comes from the key. The header is not trusted.
    match key["alg"].as_str()? {
        alg if header["alg"] != alg => return None,
        "RS256" => RsaPublicKeyComponents {
            n: member("n"),
            e: member("e"),
        }
        .verify(&RSA_PKCS1_2048_8192_SHA256, message, &signature),
        "ES256" => UnparsedPublicKey::new(
            &ECDSA_P256_SHA256_FIXED,
            [vec![4], member("x"), member("y")].concat(),
        )
        .verify(message, &signature),
        "EdDSA" => UnparsedPublicKey::new(&ED25519, member("x")).verify(message, &signature),
        _ => return None,
    }
    .ok()?;
    Some(payload)
}
