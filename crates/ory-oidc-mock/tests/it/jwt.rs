//! Taking JWTs apart, and verifying them with the keys that the double publishes.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
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
    RsaPublicKeyComponents {
        n: number("n"),
        e: number("e"),
    }
    .verify(
        &RSA_PKCS1_2048_8192_SHA256,
        message.as_bytes(),
        &decode(signature),
    )
    .ok()?;
    Some(payload)
}
