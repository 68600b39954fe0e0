//! Fuzzes the decoding of tokens in the compact serialization (RFC 7515 §7.1), before signatures are
//! verified.
//!
//! The input is a header and a payload, one per line, which the target encodes. A single line is a
//! whole token.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use ory_oidc::fuzzing::{CompactToken, compact_token};
use ory_oidc::token::TokenKind;
use serde_json::{Map, Value};

fuzz_target!(|input: &str| {
    let Some((header, payload)) = input.split_once('\n') else {
        check(input);
        return;
    };
    let [header, payload] = [header, payload].map(|part| URL_SAFE_NO_PAD.encode(part));
    for signature in ["c2lnbmF0dXJl", ""] {
        check(&format!("{header}.{payload}.{signature}"));
    }
});

fn check(token: &str) {
    let for_logout = compact_token(token, TokenKind::Logout);
    let Ok(read) = compact_token(token, TokenKind::UserInfo) else {
        // The only difference: a logout token may have the `typ` of one.
        if let Ok(read) = for_logout {
            let typ = checked_header(token, &read).remove("typ");
            let typ = typ.as_ref().and_then(Value::as_str).unwrap_or_default();
            assert!(typ.to_ascii_lowercase().ends_with("logout+jwt"));
        }
        return;
    };
    checked_header(token, &read);
    assert!(
        for_logout.is_ok(),
        "every accepted userinfo token is accepted as a logout token"
    );
}

/// Returns the header of an accepted token after checking that it has no dangerous members.
fn checked_header(token: &str, read: &CompactToken<'_>) -> Map<String, Value> {
    // The token has only one decoding: encoding the parts again returns the same token.
    let (header, payload) = read
        .message
        .split_once('.')
        .expect("the signing input is a header and a payload");
    let [encoded_payload, signature] =
        [&read.payload, &read.signature].map(|part| URL_SAFE_NO_PAD.encode(part));
    assert_eq!(payload, encoded_payload);
    assert_eq!(token, format!("{}.{signature}", read.message));

    let header = URL_SAFE_NO_PAD
        .decode(header)
        .expect("an accepted header is base64url");
    let header: Map<String, Value> =
        serde_json::from_slice(&header).expect("an accepted header is a JSON object");
    assert_eq!(header["alg"], read.algorithm);
    assert_eq!(
        header.get("kid").and_then(Value::as_str),
        read.kid.as_deref()
    );
    let algorithm = read.algorithm.to_ascii_uppercase();
    assert!(algorithm != "NONE" && !algorithm.starts_with("HS"));
    for name in ["jwk", "jku", "x5u", "x5c", "crit", "b64", "zip"] {
        assert!(!header.contains_key(name), "{name}");
    }
    header
}
