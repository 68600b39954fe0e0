//! Parses the compact form of a signed token (RFC 7515 §7.1). Verifies nothing.

use super::error::{TokenKind, TokenProblem};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ory_oidc_core::json::{self, check_object};
use serde_json::{Map, Value};

/// The largest token, in bytes.
const MAX_TOKEN_BYTES: usize = 1024 * 1024;

/// The largest header, in bytes of base64url.
const MAX_HEADER_BYTES: usize = 8 * 1024;

/// A parsed token whose header contains nothing that is forbidden.
pub(crate) struct Compact<'a> {
    pub(crate) algorithm: String,
    pub(crate) kid: Option<String>,
    /// The signed text: the encoded header and payload.
    pub(crate) message: &'a str,
    pub(crate) payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

impl<'a> Compact<'a> {
    pub(crate) fn parse(token: &'a str, made_for: TokenKind) -> Result<Self, TokenProblem> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenProblem::TooLarge);
        }
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(signature)) =
            (parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenProblem::Malformed);
        };
        match parts.count() {
            0 => {}
            2 => return Err(TokenProblem::Encrypted),
            _ => return Err(TokenProblem::Malformed),
        }
        if header.len() > MAX_HEADER_BYTES {
            return Err(TokenProblem::TooLarge);
        }
        let message = &token[..header.len() + 1 + payload.len()];
        let header = object(&decode(header)?)?;
        let (algorithm, kid) = check(&header, made_for)?;
        let payload = decode(payload)?;
        // A nested token may have another signer.
        if payload.starts_with(b"eyJ") {
            return Err(TokenProblem::Nested);
        }
        Ok(Self {
            algorithm,
            kid,
            message,
            payload,
            signature: decode(signature)?,
        })
    }
}

/// Checks a header and returns its algorithm and key id.
fn check(
    header: &Map<String, Value>,
    made_for: TokenKind,
) -> Result<(String, Option<String>), TokenProblem> {
    let text = |name: &str| match header.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(TokenProblem::Malformed),
    };
    let algorithm = text("alg")?.ok_or(TokenProblem::Malformed)?;
    if algorithm.eq_ignore_ascii_case("none") {
        return Err(TokenProblem::Unsigned);
    }
    if algorithm
        .get(..2)
        .is_some_and(|start| start.eq_ignore_ascii_case("HS"))
    {
        return Err(TokenProblem::Symmetric);
    }
    // A forged token could contain its own key.
    if ["jwk", "jku", "x5u", "x5c"]
        .iter()
        .any(|name| header.contains_key(*name))
    {
        return Err(TokenProblem::EmbeddedKey);
    }
    // No extension is supported (RFC 7515 §4.1.11).
    if ["crit", "b64", "zip"]
        .iter()
        .any(|name| header.contains_key(*name))
    {
        return Err(TokenProblem::CriticalHeader);
    }
    if text("cty")?.is_some_and(|cty| media_type(cty).ends_with("jwt")) {
        return Err(TokenProblem::Nested);
    }
    // A token of another type (RFC 8725 §3.11).
    match text("typ")?.map(media_type).as_deref() {
        None | Some("jwt") => {}
        Some("logout+jwt") if made_for == TokenKind::Logout => {}
        Some(_) => return Err(TokenProblem::WrongType),
    }
    Ok((algorithm.to_owned(), text("kid")?.map(str::to_owned)))
}

/// Normalizes a media type of a header (RFC 7515 §4.1.9).
fn media_type(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    text.strip_prefix("application/")
        .unwrap_or(&text)
        .to_owned()
}

fn decode(part: &str) -> Result<Vec<u8>, TokenProblem> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| TokenProblem::Malformed)
}

/// Parses a JSON object. Refuses duplicate members at any depth (RFC 7515 §4, RFC 7519 §4).
pub(crate) fn object(json: &[u8]) -> Result<Map<String, Value>, TokenProblem> {
    let members = json::object(json).map_err(|_| TokenProblem::Malformed)?;
    check_object(json).map_err(|_| TokenProblem::DuplicateMember)?;
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>(), parts in "[A-Za-z0-9_-]{0,40}(\\.[A-Za-z0-9_-]{0,40}){0,4}") {
            for token in [&text, &parts] {
                let _ = Compact::parse(token, TokenKind::UserInfo);
            }
        }

        #[test]
        fn every_written_token_is_parsed(
            kid in proptest::option::of(any::<String>()),
            payload in any::<Vec<u8>>(),
            signature in any::<Vec<u8>>(),
        ) {
            prop_assume!(!payload.starts_with(b"eyJ"));
            let mut header = json!({"alg": "RS256"});
            if let Some(kid) = &kid {
                header["kid"] = json!(kid);
            }
            let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
            let message = format!("{}.{}", encode(header.to_string().as_bytes()), encode(&payload));
            let token = format!("{message}.{}", encode(&signature));
            let read = Compact::parse(&token, TokenKind::Logout).expect("the token is well formed");
            prop_assert_eq!(read.algorithm, "RS256");
            prop_assert_eq!(read.kid, kid);
            prop_assert_eq!(read.message, message);
            prop_assert_eq!(read.payload, payload);
            prop_assert_eq!(read.signature, signature);
        }
    }
}
