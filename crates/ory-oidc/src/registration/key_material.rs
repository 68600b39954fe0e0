//! Finds private and symmetric keys in a JWK Set.

use super::json::is_empty;
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
        // A PEM block, or a key that was serialized to a text.
        Value::String(text) if text.contains("PRIVATE KEY-----") => Some(place.to_owned()),
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
            find_secret(&serde_json::from_str(text).ok()?, place)
        }
        _ => None,
    }
}

fn is_oct(kty: &str) -> bool {
    kty.eq_ignore_ascii_case("oct")
}
