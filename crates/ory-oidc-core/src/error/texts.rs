//! The texts of an error body.

use crate::json::object;
use crate::number::in_range;
use serde_json::{Map, Value};

/// What Ory puts before the reason for refusing metadata or a request.
pub(super) const PREAMBLES: [&str; 2] = [
    "The value of one of the Client Metadata fields is invalid and the server has rejected this \
     request. Note that an Authorization Server MAY choose to substitute a valid value for any \
     requested parameter of a Client's Metadata.",
    "The request is missing a required parameter, includes an invalid parameter value, includes a \
     parameter more than once, or is otherwise malformed.",
];

/// The texts of an error body, in either of Ory's forms.
#[derive(Default)]
pub(super) struct ErrorTexts {
    pub(super) error: Option<String>,
    pub(super) description: Option<String>,
    pub(super) hint: Option<String>,
    pub(super) request: Option<String>,
}

impl ErrorTexts {
    pub(super) fn from_body(body: &[u8]) -> Self {
        let readable = in_range(body);
        let body = readable.as_deref().unwrap_or(body);
        let Ok(mut body) = object(body) else {
            return Self::default();
        };
        // Ory's own form comes bare or as the value of `error`.
        let mut body = match body.remove("error") {
            Some(Value::Object(inner)) => inner,
            Some(error) => {
                body.insert("error".to_owned(), error);
                body
            }
            None => body,
        };
        let error = take(&mut body, "error").or_else(|| take(&mut body, "id"));
        let description =
            take(&mut body, "error_description").or_else(|| take(&mut body, "reason"));
        // `message` replaces the code or the description, whichever is missing.
        let message = take(&mut body, "message");
        Self {
            description: description.or_else(|| error.as_ref().and(message.clone())),
            error: error.or(message),
            hint: take(&mut body, "error_hint"),
            request: take(&mut body, "request"),
        }
    }
}

fn take(body: &mut Map<String, Value>, name: &str) -> Option<String> {
    match body.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// Removes what Ory puts before a reason, unless there is no reason after it.
pub(super) fn without_preamble(description: &str) -> &str {
    let mut reasons = PREAMBLES
        .iter()
        .filter_map(|preamble| description.strip_prefix(preamble));
    let reason = reasons.next().map(str::trim_start);
    reason
        .filter(|reason| !reason.is_empty())
        .unwrap_or(description)
}
