//! The texts of an error body.

use crate::json::object;
use crate::number::in_range;
use serde_json::{Map, Value};

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
