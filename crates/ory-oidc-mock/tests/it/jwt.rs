//! Taking JWTs apart, and verifying them with the keys that the double publishes.

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
    URL_SAFE_NO_PAD.decode(part).expect("base64url")
}

/// Header and payload, unverified.
pub(crate) fn parts(token: &str) -> (Value, Value) {
    let json =
        |part: Option<&str>| serde_json::from_slice(&decode(part.expect("a part"))).expect("JSON");
    let mut parts = token.split('.');
    (json(parts.next()), json(parts.next()))
}

/// The payload, if one of the double's published keys verifies the signature.
pub(crate) async fn verified(ory: &OryMock, token: &str) -> Option<Value> {
    let (header, payload) = parts(token);
    let keys = get(ory, "/.well-known/jwks.json").await.json();
    let key = keys["keys"]
        .as_array()?
        .iter()
        .find(|key| key["kid"] == header["kid"])?
        .clone();
    let number = |name: &str| decode(key[name].as_str().expect("a number"));
    let (message, signature) = token.rsplit_once('.')?;
    let (message, signature) = (message.as_bytes(), decode(signature));
    // The key says how it is used, as it must: a header is anybody's.
    match key["alg"].as_str()? {
        alg if header["alg"] != alg => return None,
        "RS256" => RsaPublicKeyComponents {
            n: number("n"),
            e: number("e"),
        }
        .verify(&RSA_PKCS1_2048_8192_SHA256, message, &signature),
        "ES256" => UnparsedPublicKey::new(
            &ECDSA_P256_SHA256_FIXED,
            [vec![4], number("x"), number("y")].concat(),
        )
        .verify(message, &signature),
        "EdDSA" => UnparsedPublicKey::new(&ED25519, number("x")).verify(message, &signature),
        _ => return None,
    }
    .ok()?;
    Some(payload)
}
