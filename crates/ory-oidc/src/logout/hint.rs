//! Decodes the claims of an ID token. Verifies nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// The unverified claims of an ID token: for explanations, never for decisions.
#[derive(Debug)]
pub(super) struct Hint(Map<String, Value>);

impl Hint {
    /// Decodes the compact form of a signed JWT (RFC 7515 §3.1). Returns the reason if it is not one.
    pub(super) fn decode(token: &str) -> Result<Self, &'static str> {
        let parts: Vec<_> = token.split('.').take(6).collect();
        let [header, claims, signature] = parts[..] else {
            return Err(match parts.len() {
                5 => "it is encrypted",
                _ => "it does not have three parts",
            });
        };
        let header = object(header).ok_or("its header is not base64url of a JSON object")?;
        let unsigned = signature.is_empty() || header.get("alg").is_some_and(|alg| alg == "none");
        let claims = object(claims).ok_or("its claims are not base64url of a JSON object")?;
        if unsigned {
            return Err("it is not signed");
        }
        Ok(Self(claims))
    }

    /// Returns a text claim that is not empty.
    pub(super) fn text(&self, claim: &str) -> Option<&str> {
        let text = self.0.get(claim)?.as_str()?;
        (!text.is_empty()).then_some(text)
    }

    /// Returns `aud`: one text or a list of texts (RFC 7519 §4.1.3).
    pub(super) fn audiences(&self) -> Vec<&str> {
        match self.0.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Returns `iat`, in seconds since 1970-01-01T00:00:00Z.
    pub(super) fn issued_at(&self) -> Option<f64> {
        self.0.get("iat")?.as_f64()
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Returns a token with these claims and an invalid signature.
    pub(in crate::logout) fn token(claims: &Value) -> String {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let header = encode(r#"{"alg":"RS256","kid":"k"}"#);
        format!("{header}.{}.c2lnbmVk", encode(&claims.to_string()))
    }

    #[test]
    fn claims_of_a_signed_token_are_read() {
        let claims = serde_json::json!({"iss": "i", "sid": "", "sub": 7, "aud": "c", "iat": 1.5});
        let hint = Hint::decode(&token(&claims)).expect("the token is well formed");
        assert_eq!(hint.text("iss"), Some("i"));
        assert_eq!((hint.text("sid"), hint.text("sub")), (None, None));
        assert_eq!(hint.audiences(), ["c"]);
        assert_eq!(hint.issued_at(), Some(1.5));
        let claims = serde_json::json!({"aud": ["a", 7, "c"], "iat": "1"});
        let hint = Hint::decode(&token(&claims)).expect("the token is well formed");
        assert_eq!(hint.audiences(), ["a", "c"]);
        assert_eq!(hint.issued_at(), None);
    }

    #[test]
    fn token_that_is_not_a_signed_jwt_is_refused_with_its_reason() {
        let good = token(&serde_json::json!({}));
        let parts: Vec<_> = good.split('.').collect();
        for (token, reason) in [
            ("", "three parts"),
            ("abc", "three parts"),
            ("ory_at_example.signature", "three parts"),
            ("a.b.c.d.e", "encrypted"),
            ("a.b.c.d.e.f", "three parts"),
            ("!.e30.c2ln", "header"),
            ("W10.e30.c2ln", "header"),
            ("e30.e30=.c2ln", "claims"),
            ("e30.NQ.c2ln", "claims"),
            ("e30.e30.", "not signed"),
            // {"alg":"none"}
            ("eyJhbGciOiJub25lIn0.e30.c2ln", "not signed"),
            (&parts[..2].join("."), "three parts"),
        ] {
            let error = Hint::decode(token).expect_err(token);
            assert!(error.contains(reason), "{token}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_token_makes_the_decoder_panic(
            token in any::<String>(),
            parts in proptest::collection::vec(any::<Vec<u8>>(), 0..7),
        ) {
            let _ = Hint::decode(&token);
            let parts: Vec<_> = parts.iter().map(|part| URL_SAFE_NO_PAD.encode(part)).collect();
            let _ = Hint::decode(&parts.join("."));
        }
    }
}
