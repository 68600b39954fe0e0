//! Finds private and symmetric keys in a JWK Set.

use super::private_key::{decode_base64, is_private_key};
use ory_oidc_core::json::{self, is_empty};
use serde_json::Value;

/// The members that hold private or symmetric key material (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
const SECRET_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Returns the place of the first private or symmetric key. Compares names as Ory does, without
/// regard to case.
pub(super) fn find_secret(value: &Value, place: &str) -> Option<String> {
    match value {
        Value::Object(members) => members.iter().find_map(|(name, value)| {
            let place = format!("{place}.{name}");
            let is = |other: &str| name.eq_ignore_ascii_case(other);
            let is_secret = SECRET_MEMBERS.into_iter().any(is) && !is_empty(value);
            let is_symmetric = is("kty") && value.as_str().is_some_and(is_oct);
            if is_secret || is_symmetric {
                Some(place)
            } else {
                find_secret(value, &place)
            }
        }),
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(index, item)| find_secret(item, &format!("{place}[{index}]")))
        }
        Value::String(text) => find_secret_in_text(text, place),
        _ => None,
    }
}

/// A text may be a PEM block, a key that was serialized, or one of these or a binary key in base64.
fn find_secret_in_text(text: &str, place: &str) -> Option<String> {
    if text.contains("PRIVATE KEY-----") {
        return Some(place.to_owned());
    }
    if text.trim_start().starts_with(['{', '[']) {
        return find_secret(&json::value(text.as_bytes()).ok()?, place);
    }
    let bytes = decode_base64(text)?;
    if is_private_key(&bytes) {
        return Some(place.to_owned());
    }
    // Ends, because what is decoded is shorter.
    let text = String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.is_empty())?;
    find_secret_in_text(&text, place)
}

fn is_oct(kty: &str) -> bool {
    kty.eq_ignore_ascii_case("oct")
}
