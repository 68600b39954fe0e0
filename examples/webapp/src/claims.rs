//! Claims, as people read them.

use ory_oidc::userinfo::UserInfo;
use serde_json::{Map, Value};
use std::time::SystemTime;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// The claims that are seconds since 1970 (RFC 7519 §2, OpenID Connect Core §2 and §5.1, and Ory's).
const TIMES: &[&str] = &["auth_time", "exp", "iat", "nbf", "rat", "updated_at"];

/// A claim about the user.
pub(crate) struct Claim {
    pub(crate) name: String,
    pub(crate) value: ClaimValue,
}

pub(crate) enum ClaimValue {
    Text(String),
    Time(Time),
    List(Vec<String>),
    /// An object or a list, as indented JSON.
    Json(String),
}

/// A point in time, in UTC.
pub(crate) struct Time {
    /// For programs: RFC 3339.
    pub(crate) machine: String,
    /// For people.
    pub(crate) text: String,
}

impl Time {
    /// Returns [`None`] for a time beyond the year 9999.
    pub(crate) fn new(time: OffsetDateTime) -> Option<Self> {
        let people =
            format_description!("[day padding:none] [month repr:long] [year], [hour]:[minute] UTC");
        Some(Self {
            machine: time.replace_nanosecond(0).ok()?.format(&Rfc3339).ok()?,
            text: time.format(people).ok()?,
        })
    }

    pub(crate) fn of(time: SystemTime) -> Option<Self> {
        Self::new(time.into())
    }
}

/// Returns all claims about a user, by name.
pub(crate) fn all(userinfo: &UserInfo) -> Vec<Claim> {
    let claims: Map<String, Value> = userinfo.claims().unwrap_or_default();
    let claims = claims.into_iter();
    let mut claims: Vec<_> = claims
        .map(|(name, value)| Claim {
            value: show(&name, value),
            name,
        })
        .collect();
    claims.sort_by(|one, other| one.name.cmp(&other.name));
    claims
}

fn show(name: &str, value: Value) -> ClaimValue {
    if TIMES.contains(&name)
        && let Some(seconds) = value.as_i64()
        && let Ok(time) = OffsetDateTime::from_unix_timestamp(seconds)
        && let Some(time) = Time::new(time)
    {
        return ClaimValue::Time(time);
    }
    match value {
        Value::Array(items) if items.iter().all(|item| !is_nested(item)) => {
            ClaimValue::List(items.into_iter().map(text).collect())
        }
        // `Display` of `Value` with `#` is indented JSON.
        Value::Array(_) | Value::Object(_) => ClaimValue::Json(format!("{value:#}")),
        other => ClaimValue::Text(text(other)),
    }
}

fn is_nested(value: &Value) -> bool {
    value.is_array() || value.is_object()
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
