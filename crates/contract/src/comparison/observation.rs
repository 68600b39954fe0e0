//! What is compared of a response.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::values::Values;
use super::wire::Response;

/// The headers that are compared.
const HEADERS: [&str; 7] = [
    "allow",
    "cache-control",
    "content-type",
    "location",
    "retry-after",
    "www-authenticate",
    "x-content-type-options",
];

/// A numeric time is masked if it is this near to now, in seconds.
const NOW: u64 = 7200;

/// The parts of a response, by their place: `status`, `header location`, `body.client_id`.
pub(super) type Observation = BTreeMap<String, String>;

pub(super) fn observe(response: &Response, values: &Values) -> Observation {
    let mut seen = Observation::new();
    seen.insert("status".to_owned(), response.status.as_str().to_owned());
    let header = |name: &str| {
        let value = response.headers.get(name)?;
        let value = values.mask(&String::from_utf8_lossy(value.as_bytes()));
        Some(without_expiry(&value))
    };
    for name in HEADERS {
        if let Some(value) = header(name) {
            seen.insert(format!("header {name}"), value);
        }
    }
    let content_type = header("content-type").unwrap_or_default();
    let body = String::from_utf8_lossy(&response.body);
    if content_type.starts_with("text/html") {
        // The mock server has its own pages.
        let is_empty = body.is_empty();
        seen.insert(
            "body".to_owned(),
            if is_empty { "" } else { "a page" }.to_owned(),
        );
    } else if content_type == "application/jwt" {
        observe_jwt("jwt", &body, values, &mut seen);
    } else if let Ok(json) = serde_json::from_str(&body) {
        observe_json("body", &json, values, &mut seen);
    } else {
        seen.insert("body".to_owned(), values.mask(&body));
    }
    seen
}

fn observe_jwt(place: &str, token: &str, values: &Values, seen: &mut Observation) {
    for (name, part) in ["header", "claims"].into_iter().zip(token.split('.')) {
        let json = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
        let json = serde_json::from_slice(&json).unwrap_or_default();
        observe_json(&format!("{place} {name}"), &json, values, seen);
    }
}

fn observe_json(place: &str, json: &Value, values: &Values, seen: &mut Observation) {
    match json {
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                observe_json(&format!("{place}.{name}"), value, values, seen);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (index, value) in items.iter().enumerate() {
                observe_json(&format!("{place}[{index}]"), value, values, seen);
            }
        }
        Value::String(token) if place.ends_with(".access_token") => {
            if token.matches('.').count() == 2 {
                observe_jwt(place, token, values, seen);
            } else {
                let prefix = token.get(..7).unwrap_or_default();
                seen.insert(place.to_owned(), format!("{prefix}…"));
            }
        }
        other => {
            let name = place.rsplit('.').next().unwrap_or_default();
            let random = masked(name, other).map(str::to_owned);
            let value = random.unwrap_or_else(|| without_expiry(&values.mask(&other.to_string())));
            seen.insert(place.to_owned(), value);
        }
    }
}

/// Removes the time from a message about an expired token.
fn without_expiry(message: &str) -> String {
    let parts = message.split_once("expired at '");
    match parts.and_then(|(before, rest)| Some((before, rest.split_once('\'')?.1))) {
        Some((before, after)) => format!("{before}expired at 'a time'{after}"),
        None => message.to_owned(),
    }
}

/// Returns what stands for a member that has a new value in each response.
fn masked(name: &str, value: &Value) -> Option<&'static str> {
    match (name, value) {
        ("created_at" | "updated_at", Value::String(time)) if time.len() > 16 => {
            let precise = time.contains('.');
            Some(if precise {
                "a time with a fraction"
            } else {
                "a time in seconds"
            })
        }
        ("iat" | "nbf" | "rat" | "auth_time" | "exp", Value::Number(time)) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
            let near = time.as_u64().is_some_and(|time| time.abs_diff(now) < NOW);
            near.then_some("about now")
        }
        // Hydra subtracts the time that it took.
        ("expires_in", Value::Number(seconds)) => {
            matches!(seconds.as_u64(), Some(3599 | 3600)).then_some("an hour")
        }
        ("jti" | "sid" | "kid", Value::String(text)) if is_uuid(text) => Some("a UUID"),
        ("n", Value::String(modulus)) if modulus.len() > 300 => Some("a modulus"),
        _ => None,
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
