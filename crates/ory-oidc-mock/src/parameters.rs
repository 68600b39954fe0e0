//! Reads the parameters and the bearer token of a request.

use std::collections::HashMap;

use axum::http::{HeaderMap, Uri, header};

/// Returns the parameters of the form body and of the query. The form takes precedence.
pub(crate) fn parameters(uri: &Uri, headers: &HeaderMap, body: &[u8]) -> HashMap<String, String> {
    let mut parameters = form(headers, body);
    for (name, value) in query(uri) {
        parameters.entry(name).or_insert(value);
    }
    parameters
}

/// Returns the parameters of the query.
pub(crate) fn query(uri: &Uri) -> HashMap<String, String> {
    decode(uri.query().unwrap_or_default().as_bytes())
}

/// Returns the parameters of the form body.
pub(crate) fn form(headers: &HeaderMap, body: &[u8]) -> HashMap<String, String> {
    let is_form = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value
                .trim_start()
                .to_ascii_lowercase()
                .starts_with("application/x-www-form-urlencoded")
        });
    decode(if is_form { body } else { &[] })
}

/// Decodes parameters. The first of several values counts.
fn decode(encoded: &[u8]) -> HashMap<String, String> {
    let mut parameters = HashMap::new();
    for (name, value) in form_urlencoded::parse(encoded) {
        parameters
            .entry(name.into_owned())
            .or_insert_with(|| value.into_owned());
    }
    parameters
}

/// Returns the bearer token of the `Authorization` header, or else the parameter `access_token`, or
/// else an empty string.
pub(crate) fn bearer_token(uri: &Uri, headers: &HeaderMap, body: &[u8]) -> String {
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    match authorization.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.to_owned(),
        _ => parameters(uri, headers, body)
            .remove("access_token")
            .unwrap_or_default(),
    }
}
