//! Decodes the claims of an ID token. Verifies nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ory_oidc_core::json;
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
    json::object(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
