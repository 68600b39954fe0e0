//! Authentication of clients at the token and revocation endpoints (RFC 6749, section 2.3).

use std::collections::HashMap;

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::oauth_error::OAuthError;
use crate::state::{Client, State};

/// Checks that the request authenticates a client with the method that the client registered.
/// Returns its id.
pub(crate) fn authenticate<'a>(
    state: &'a State,
    headers: &HeaderMap,
    form: &HashMap<String, String>,
) -> Result<(&'a str, &'a Client), OAuthError> {
    let in_form = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let basic = basic_credentials(headers);
    let (id, secret) = match &basic {
        Some((id, secret)) => (unescape(id, "id")?, unescape(secret, "secret")?),
        None => (
            in_form("client_id").to_owned(),
            in_form("client_secret").to_owned(),
        ),
    };
    if !in_form("client_assertion_type").is_empty() {
        return Err(OAuthError::invalid_client(
            "The mock server does not support 'private_key_jwt'.",
        ));
    }
    if basic.is_none() && id.is_empty() {
        return Err(OAuthError::invalid_request(
            "Client credentials missing or malformed in both HTTP Authorization header and HTTP POST body.",
        ));
    }
    let (id, client) = state
        .clients
        .get_key_value(&id)
        .ok_or_else(|| OAuthError::invalid_client(""))?;

    let method = client.metadata.text("token_endpoint_auth_method");
    let used = if !in_form("client_id").is_empty() && !in_form("client_secret").is_empty() {
        Some("client_secret_post")
    } else if basic.is_some_and(|(_, secret)| !secret.is_empty()) {
        Some("client_secret_basic")
    } else {
        None
    };
    if let Some(used) = used.filter(|used| *used != method) {
        return Err(OAuthError::invalid_client(&format!(
            "The OAuth 2.0 Client supports client authentication method '{method}', but method '{used}' was requested. You must configure the OAuth 2.0 client's 'token_endpoint_auth_method' value to accept '{used}'."
        )));
    }
    if method == "none" || secret == client.metadata.text("client_secret") {
        Ok((id, client))
    } else {
        Err(OAuthError::invalid_client(""))
    }
}

/// Returns the user name and the password of HTTP Basic authentication, if there are any.
fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (name, password) = decoded.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

/// Decodes a form-urlencoded id or secret (RFC 6749, section 2.3.1).
fn unescape(text: &str, name: &str) -> Result<String, OAuthError> {
    let malformed = text.split('%').skip(1).any(|escape| {
        let mut digits = escape.bytes().take(2);
        digits.len() < 2 || !digits.all(|digit| digit.is_ascii_hexdigit())
    });
    if malformed {
        return Err(OAuthError::invalid_request(&format!(
            "The client {name} in the HTTP authorization header could not be decoded from 'application/x-www-form-urlencoded'."
        )));
    }
    // Escape the separators, so that the parser takes the whole text for the name of one parameter.
    let name = text.replace('&', "%26").replace('=', "%3D");
    let decoded = form_urlencoded::parse(name.as_bytes()).next();
    Ok(decoded.map_or_else(String::new, |(name, _)| name.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn a_secret_is_decoded_as_a_form_value() {
        for (text, decoded) in [
            ("s3cret%2Bx", "s3cret+x"),
            ("a+b", "a b"),
            ("a&b=c", "a&b=c"),
            ("", ""),
        ] {
            assert_eq!(unescape(text, "secret").ok().as_deref(), Some(decoded));
        }
        for malformed in ["%zz", "a%", "%4"] {
            assert!(unescape(malformed, "secret").is_err(), "{malformed}");
        }
    }
}
