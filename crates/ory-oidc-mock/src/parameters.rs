//! Reads the parameters and the bearer token of a request.

use std::collections::HashMap;

use axum::http::{HeaderMap, Method, Uri, header};

use crate::multipart;

/// The parameters of a request, as Go's `http.Request.ParseForm` reads them.
pub(crate) struct Parameters {
    values: HashMap<String, String>,
    /// Whether all parameters are well-formed.
    pub(crate) are_valid: bool,
}

impl Parameters {
    /// Reads the form body, if the method has one, and the query. The form takes precedence.
    pub(crate) fn of(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Self {
        let has_form = [Method::POST, Method::PUT, Method::PATCH].contains(method);
        let encoded = if has_form {
            encoded_form(headers, body)
        } else {
            &[]
        };
        let query = uri.query().unwrap_or_default().as_bytes();
        let mut values = decode(encoded);
        for (name, value) in decode(query) {
            values.entry(name).or_insert(value);
        }
        Self {
            values,
            are_valid: [encoded, query].into_iter().flat_map(pairs).all(is_valid),
        }
    }

    /// Returns all parameters, sorted by name.
    pub(crate) fn pairs(&self) -> Vec<(&str, &str)> {
        let pairs = self.values.iter();
        let mut pairs: Vec<_> = pairs
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        pairs.sort_unstable();
        pairs
    }

    /// Returns a parameter, or `""` if it is missing.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.values
            .get(name)
            .map(String::as_str)
            .unwrap_or_default()
    }
}

/// Returns the parameters of the query.
pub(crate) fn query(uri: &Uri) -> HashMap<String, String> {
    decode(uri.query().unwrap_or_default().as_bytes())
}

/// Returns the parameters of the form body.
pub(crate) fn form(headers: &HeaderMap, body: &[u8]) -> HashMap<String, String> {
    decode(encoded_form(headers, body))
}

fn encoded_form<'a>(headers: &HeaderMap, body: &'a [u8]) -> &'a [u8] {
    match content_type(headers).as_str() {
        "application/x-www-form-urlencoded" => body,
        _ => &[],
    }
}

fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok());
    let media_type = value.unwrap_or_default().split(';').next();
    media_type.unwrap_or_default().trim().to_ascii_lowercase()
}

/// Decodes parameters. The first of several values counts. What is not well-formed is left out.
fn decode(encoded: &[u8]) -> HashMap<String, String> {
    let mut parameters = HashMap::new();
    for (name, value) in pairs(encoded)
        .filter(|pair| is_valid(pair))
        .flat_map(form_urlencoded::parse)
    {
        parameters
            .entry(name.into_owned())
            .or_insert_with(|| value.into_owned());
    }
    parameters
}

fn pairs(encoded: &[u8]) -> impl Iterator<Item = &[u8]> {
    encoded.split(|byte| *byte == b'&')
}

/// Whether Go accepts a parameter: without semicolons, and with two digits after each `%`.
fn is_valid(pair: &[u8]) -> bool {
    let is_escape = |rest: &[u8]| {
        let digits = rest.get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    let mut escapes = pair.split(|byte| *byte == b'%').skip(1);
    !pair.contains(&b';') && escapes.all(is_escape)
}

/// Returns the bearer token of the `Authorization` header, or else the parameter `access_token`, or
/// else an empty string.
pub(crate) fn bearer_token(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> String {
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    match authorization.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.to_owned(),
        _ if content_type(headers) == "multipart/form-data" => {
            let in_part = multipart::parameter(headers, body, "access_token");
            in_part.unwrap_or_default()
        }
        _ => {
            let parameters = Parameters::of(method, uri, headers, body);
            parameters.get("access_token").to_owned()
        }
    }
}
