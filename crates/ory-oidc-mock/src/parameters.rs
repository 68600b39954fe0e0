//! Reads the parameters and the bearer token of a request.

use std::collections::HashMap;

use axum::http::{HeaderMap, Uri, header};

/// Returns the parameters of the form body and of the query. The form takes precedence.
pub(crate) fn parameters(uri: &Uri, headers: &HeaderMap, body: &[u8]) -> HashMap<String, String> {
    let is_form = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value
                .trim_start()
                .to_ascii_lowercase()
                .starts_with("application/x-www-form-urlencoded")
        });
    let form = if is_form { body } else { &[] };
    let mut parameters = HashMap::new();
    for (name, value) in form_urlencoded::parse(form).chain(form_urlencoded::parse(
        uri.query().unwrap_or_default().as_bytes(),
    )) {
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
