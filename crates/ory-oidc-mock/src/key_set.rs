//! JSON Web Key Sets (RFC 7517) of clients, as Hydra's JOSE library `go-jose` reads and writes them.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ParsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::go_base64;
use crate::go_type::go_type;

/// The size of an Ed25519 key, in bytes.
const ED25519_SIZE: usize = 32;

/// Decodes a key set. Keeps only `keys`, and returns `{}` if they are missing.
///
/// The error is the message of Go's JSON decoder or of `go-jose`.
pub(crate) fn decode(set: &Map<String, Value>) -> Result<Value, String> {
    match set.get("keys") {
        None => Ok(json!({})),
        Some(Value::Null) => Ok(json!({"keys": null})),
        Some(Value::Array(keys)) => {
            let keys: Result<Vec<_>, _> = keys.iter().map(decode_key).collect();
            Ok(json!({"keys": keys?}))
        }
        Some(other) => Err(format!(
            "json: cannot unmarshal {} into Go struct field JoseJSONWebKeySet.jwks.JSONWebKeySet.keys of type []jose.JSONWebKey",
            go_type(other)
        )),
    }
}

/// Whether Hydra accepts every key of a decoded set.
pub(crate) fn is_accepted(set: &Value) -> bool {
    let mut keys = set["keys"].as_array().into_iter().flatten();
    keys.all(|key| match key["kty"].as_str() {
        Some("RSA") => key["e"] != "",
        Some("EC" | "OKP") => true,
        _ => false,
    })
}

fn decode_key(key: &Value) -> Result<Value, String> {
    let empty = Map::new();
    let members = match key {
        Value::Object(members) => members,
        Value::Null => &empty,
        other => {
            return Err(format!(
                "json: cannot unmarshal {} into Go value of type jose.rawJSONWebKey",
                go_type(other)
            ));
        }
    };
    let key = Key { members };
    key.check_types()?;
    if let Some(Value::Array(chain)) = members.get("x5c")
        && !chain.is_empty()
    {
        return Err(unreadable_certificate(chain));
    }
    let mut decoded = match key.text("kty") {
        "RSA" => key.rsa()?,
        "EC" => key.ec()?,
        "OKP" => key.okp()?,
        "oct" => match key.bytes("k")? {
            Some(k) => json!({"kty": "oct", "k": encode(&k)}),
            None => {
                return Err(invalid("OCT (symmetric) key, missing k value"));
            }
        },
        other => {
            return Err(format!(
                "go-jose/go-jose: unknown json web key type '{other}'"
            ));
        }
    };
    for name in ["use", "kid", "alg", "x5u"] {
        if !key.text(name).is_empty() {
            decoded[name] = json!(key.text(name));
        }
    }
    for (name, size) in [("x5t", 20), ("x5t#S256", 32)] {
        if let Some(thumbprint) = key.thumbprint(name, size)? {
            decoded[name] = json!(encode(&thumbprint));
        }
    }
    Ok(decoded)
}

/// The mock server reads no certificates.
fn unreadable_certificate(chain: &[Value]) -> String {
    let certificate = chain[0].as_str().unwrap_or_default();
    let reason = match go_base64::decode_padded(certificate) {
        Ok(_) => "x509: malformed certificate".to_owned(),
        Err(error) => error,
    };
    format!("go-jose/go-jose: failed to unmarshal x5c field: {reason}")
}

/// A key of a request.
struct Key<'a> {
    members: &'a Map<String, Value>,
}

impl Key<'_> {
    fn check_types(&self) -> Result<(), String> {
        for name in ["use", "kty", "kid", "crv", "alg", "x5u", "x5t", "x5t#S256"] {
            match self.members.get(name) {
                None | Some(Value::Null | Value::String(_)) => {}
                Some(other) => return Err(not_a_string(other)),
            }
        }
        ["k", "x", "y", "n", "e", "d", "p", "q", "dp", "dq", "qi"]
            .into_iter()
            .try_for_each(|name| self.bytes(name).map(drop))
    }

    fn text(&self, name: &str) -> &str {
        self.members
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Decodes a member in base64url. `None` means that it is missing.
    fn bytes(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        match self.members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => go_base64::decode(text.trim_end_matches('=')).map(Some),
            Some(other) => Err(not_a_string(other)),
        }
    }

    fn rsa(&self) -> Result<Value, String> {
        if self.members.get("d").is_some_and(|d| !d.is_null()) {
            let is_missing = |name: &&str| self.members.get(*name).is_none_or(Value::is_null);
            if let Some(missing) = ["n", "e", "d", "p", "q"].into_iter().find(is_missing) {
                let missing = missing.to_uppercase();
                return Err(invalid(&format!(
                    "RSA private key, missing {missing} value(s)"
                )));
            }
        }
        let (Some(_), Some(_)) = (self.bytes("n")?, self.bytes("e")?) else {
            return Err(invalid("RSA key, missing n/e values"));
        };
        let mut key = json!({"kty": "RSA"});
        for name in ["n", "e", "d", "p", "q", "dp", "dq", "qi"] {
            if let Some(number) = self.bytes(name)? {
                let start = number.iter().position(|byte| *byte != 0);
                key[name] = json!(encode(&number[start.unwrap_or(number.len())..]));
            }
        }
        Ok(key)
    }

    fn ec(&self) -> Result<Value, String> {
        let (algorithm, size) = match self.text("crv") {
            "P-256" => (&ECDSA_P256_SHA256_FIXED, 32),
            "P-384" => (&ECDSA_P384_SHA384_FIXED, 48),
            "P-521" => (&ECDSA_P521_SHA512_FIXED, 66),
            other => {
                return Err(format!(
                    "go-jose/go-jose: unsupported elliptic curve '{other}'"
                ));
            }
        };
        let d = self.bytes("d")?;
        let (kind, private) = match d {
            Some(_) => ("EC private key", "/d"),
            None => ("EC public key", ""),
        };
        let (Some(x), Some(y)) = (self.bytes("x")?, self.bytes("y")?) else {
            let kind = if d.is_some() { kind } else { "EC key" };
            return Err(invalid(&format!("{kind}, missing x/y{private} values")));
        };
        let mut key = json!({"kty": "EC", "crv": self.text("crv")});
        for (name, value) in [("x", Some(&x)), ("y", Some(&y)), ("d", d.as_ref())] {
            if let Some(value) = value {
                if value.len() != size {
                    return Err(invalid(&format!("{kind}, wrong length for {name}")));
                }
                key[name] = json!(encode(value));
            }
        }
        let point = [&[4], &x[..], &y[..]].concat();
        match ParsedPublicKey::new(algorithm, point) {
            Ok(_) => Ok(key),
            Err(_) => Err(invalid("EC key, X/Y are not on declared curve")),
        }
    }

    fn okp(&self) -> Result<Value, String> {
        let x = self.bytes("x")?.filter(|_| self.text("crv") == "Ed25519");
        let Some(x) = x else {
            return Err(format!(
                "go-jose/go-jose: unknown curve {}'",
                self.text("crv")
            ));
        };
        let sized = |mut bytes: Vec<u8>| {
            bytes.resize(ED25519_SIZE, 0);
            encode(&bytes)
        };
        let mut key = json!({"kty": "OKP", "crv": "Ed25519", "x": sized(x)});
        if let Some(d) = self.bytes("d")? {
            key["d"] = json!(sized(d));
        }
        Ok(key)
    }

    /// Decodes the thumbprint of a certificate, which may be in hexadecimal digits within base64url.
    fn thumbprint(&self, name: &str, size: usize) -> Result<Option<Vec<u8>>, String> {
        let text = self.text(name).trim_end_matches('=');
        if text.is_empty() {
            return Ok(None);
        }
        let bytes = go_base64::decode(text)
            .map_err(|_| invalid(&format!("JWK, {name} header has invalid encoding")))?;
        let digits = std::str::from_utf8(&bytes)
            .ok()
            .filter(|text| text.len() == 2 * size);
        let decoded = digits.map(|digits| {
            let pairs = (0..size).map(|index| digits.get(2 * index..2 * index + 2));
            pairs
                .map(|pair| u8::from_str_radix(pair?, 16).ok())
                .collect()
        });
        match decoded {
            Some(Some(thumbprint)) => Ok(Some(thumbprint)),
            None if bytes.len() == size => Ok(Some(bytes)),
            _ => Err(invalid(&format!("JWK, {name} header is of incorrect size"))),
        }
    }
}

fn not_a_string(value: &Value) -> String {
    let kind = go_type(value);
    format!("json: cannot unmarshal {kind} into Go value of type string")
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn invalid(what: &str) -> String {
    format!("go-jose/go-jose: invalid {what}")
}

#[cfg(test)]
mod tests {
    use super::{decode, is_accepted};
    use serde_json::{Value, json};

    const X: &str = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
    const Y: &str = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM";

    fn decoded(key: &Value) -> Result<Value, String> {
        let set = json!({"keys": [key]});
        let set = decode(set.as_object().expect("a key set is an object"))?;
        Ok(set["keys"][0].clone())
    }

    #[test]
    fn a_key_is_written_with_its_own_members_only() {
        let rsa = json!({"kty": "RSA", "n": "AAEC==", "e": "AAEAAQ", "kid": "r", "foo": "bar"});
        let written = json!({"kty": "RSA", "n": "AQI", "e": "AQAB", "kid": "r"});
        assert_eq!(decoded(&rsa), Ok(written));
        let ec = json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y, "key_ops": ["verify"]});
        let written = json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y});
        assert_eq!(decoded(&ec), Ok(written));
    }

    #[test]
    fn an_invalid_key_is_rejected_with_the_message_of_go_jose() {
        for (key, error) in [
            (
                json!({"kty": "?"}),
                "go-jose/go-jose: unknown json web key type '?'",
            ),
            (
                json!(1),
                "json: cannot unmarshal number into Go value of type jose.rawJSONWebKey",
            ),
            (
                json!({"kty": "RSA", "e": "AQAB"}),
                "go-jose/go-jose: invalid RSA key, missing n/e values",
            ),
            (
                json!({"kty": "RSA", "n": "AQ", "e": "AQAB", "d": "AQ"}),
                "go-jose/go-jose: invalid RSA private key, missing P value(s)",
            ),
            (
                json!({"kty": "RSA", "n": "!!"}),
                "illegal base64 data at input byte 0",
            ),
            (
                json!({"kty": "RSA", "n": 1}),
                "json: cannot unmarshal number into Go value of type string",
            ),
            (
                json!({"kty": "EC", "crv": "P-256", "x": "AQ", "y": Y}),
                "go-jose/go-jose: invalid EC public key, wrong length for x",
            ),
            (
                json!({"kty": "EC", "crv": "P-256", "x": Y, "y": X}),
                "go-jose/go-jose: invalid EC key, X/Y are not on declared curve",
            ),
            (
                json!({"kty": "EC", "crv": "secp256k1", "x": X, "y": Y}),
                "go-jose/go-jose: unsupported elliptic curve 'secp256k1'",
            ),
            (
                json!({"kty": "OKP", "crv": "X25519", "x": X}),
                "go-jose/go-jose: unknown curve X25519'",
            ),
            (
                json!({"kty": "RSA", "n": "AQ", "e": "AQAB", "x5t": "AQ"}),
                "go-jose/go-jose: invalid JWK, x5t header is of incorrect size",
            ),
        ] {
            assert_eq!(decoded(&key).err().as_deref(), Some(error));
        }
    }

    #[test]
    fn symmetric_keys_and_rsa_keys_without_exponent_are_not_accepted() {
        for (key, accepted) in [
            (json!({"kty": "oct", "k": "AQ"}), false),
            (json!({"kty": "RSA", "n": "AQ", "e": ""}), false),
            (json!({"kty": "RSA", "n": "AQ", "e": "AQAB"}), true),
        ] {
            let key = decoded(&key).expect("the key can be decoded");
            assert_eq!(is_accepted(&json!({"keys": [key]})), accepted, "{key}");
        }
    }
}
