//! Takes the credentials out of a response that cannot be used otherwise.

use ory_oidc_core::Secret;
use ory_oidc_core::json::readable_members;
use ory_oidc_gen::models::OAuth2Client;
use serde_json::Value;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The length of Ory's tokens: `ory_at_`, and two parts of 43 characters with a dot in between.
pub(super) const ORY_TOKEN_LENGTH: usize = 94;

const CREDENTIALS: [&str; 4] = [
    "client_id",
    "client_secret",
    "registration_access_token",
    "registration_client_uri",
];

/// Returns the client id and the credentials in a body, as far as it arrived and can be read.
///
/// A token is complete if its closing quote arrived, or if it has the expected length.
pub(super) fn rescue(body: &[u8], token_length: usize) -> OAuth2Client {
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    let mut found = read(body);
    if found.registration_access_token.is_none() {
        let closed = read(&[body, b"\""].concat());
        let is_complete = |token: &Secret| token.expose().len() == token_length;
        found.registration_access_token = closed.registration_access_token.filter(is_complete);
    }
    found
}

fn read(body: &[u8]) -> OAuth2Client {
    let mut members = readable_members(body, &CREDENTIALS);
    let mut text = |name| match members.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    let mut found = OAuth2Client::default();
    found.client_id = text("client_id");
    found.client_secret = text("client_secret").map(Secret::from);
    found.registration_access_token = text("registration_access_token").map(Secret::from);
    found.registration_client_uri = text("registration_client_uri");
    found
}
