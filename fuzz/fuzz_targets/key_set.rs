//! Fuzzes key sets (RFC 7517) that verify a known signature: the one of RFC 8037, appendix A.4.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use ory_oidc::fuzzing::key_set_verifies;
use serde_json::Value;

const MESSAGE: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
const SIGNATURE: &str =
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
const KEY: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const OTHER_ALGORITHMS: [&str; 6] = ["RS256", "PS512", "ES256", "ES384", "ES512", "HS256"];

fuzz_target!(
    init: {
        let good = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{KEY}"}}]}}"#);
        assert_eq!(verifies(good.as_bytes(), None, "EdDSA"), Some(true));
    },
    |key_set: &[u8]| {
        for algorithm in OTHER_ALGORITHMS {
            assert_ne!(verifies(key_set, None, algorithm), Some(true), "{algorithm}");
        }
        let Some(verified) = verifies(key_set, None, "EdDSA") else {
            return;
        };
        let value: Value = serde_json::from_slice(key_set).expect("a decoded key set is JSON");
        let keys = value["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
        // Only the first suitable keys are tried.
        if keys.len() > 16 {
            return;
        }
        assert_eq!(verified, keys.iter().any(is_signing_key));
        for key in keys {
            let kid = key["kid"].as_str();
            if verifies(key_set, kid, "EdDSA") == Some(true) {
                assert!(verified, "a key that verifies by its `kid` also verifies without it");
            }
        }
    }
);

fn verifies(key_set: &[u8], kid: Option<&str>, algorithm: &str) -> Option<bool> {
    let signature = URL_SAFE_NO_PAD
        .decode(SIGNATURE)
        .expect("the signature is base64url");
    key_set_verifies(key_set, kid, algorithm, MESSAGE.as_bytes(), &signature)
}

/// Whether a key is the signing key and may verify signatures. Empty members count as absent.
fn is_signing_key(key: &Value) -> bool {
    let text = |name: &str| key[name].as_str().filter(|text| !text.is_empty());
    let restricts = |name: &str, allowed: &[&str]| match &key[name] {
        Value::Null => false,
        Value::Object(members) => !members.is_empty(),
        Value::String(text) => !text.is_empty() && !allowed.contains(&text.as_str()),
        _ => true,
    };
    let kid_is_unexpected = restricts("kid", &[]) && !key["kid"].is_string();
    text("kty") == Some("OKP")
        && text("crv") == Some("Ed25519")
        && text("x").map(|x| x.trim_end_matches('=')) == Some(KEY)
        && !kid_is_unexpected
        && !restricts("use", &["sig"])
        && !restricts("alg", &["EdDSA", "Ed25519"])
        && match &key["key_ops"] {
            Value::Null => true,
            operations => {
                let mut operations = operations.as_array().into_iter().flatten();
                operations.any(|operation| operation == "verify")
            }
        }
}
