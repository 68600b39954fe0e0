//! A token in the compact form (RFC 7515 §7.1), before its signature is looked at.
//!
//! The input is a header and a payload, a line each, which are encoded; or, on one line, a token.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use ory_oidc::TokenKind;
use ory_oidc::fuzzing::{CompactToken, compact_token};
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
        // A logout token may say that it is one; that is all the difference.
        if let Ok(read) = for_logout {
            let typ = well_formed(token, &read).remove("typ");
            let typ = typ.as_ref().and_then(Value::as_str).unwrap_or_default();
            assert!(typ.to_ascii_lowercase().ends_with("logout+jwt"));
        }
        return;
    };
    well_formed(token, &read);
    assert!(
        for_logout.is_ok(),
        "what any token may be, a logout token may be"
    );
}

/// The header of a token that was accepted, once it is seen to be harmless.
fn well_formed(token: &str, read: &CompactToken<'_>) -> Map<String, Value> {
    // One reading: encoded again, it is the same token to the letter.
    let (header, payload) = read.message.split_once('.').expect("header and payload");
    let [encoded_payload, signature] =
        [&read.payload, &read.signature].map(|part| URL_SAFE_NO_PAD.encode(part));
    assert_eq!(payload, encoded_payload);
    assert_eq!(token, format!("{}.{signature}", read.message));

    let header = URL_SAFE_NO_PAD.decode(header).expect("base64url");
    let header: Map<String, Value> = serde_json::from_slice(&header).expect("an object");
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
