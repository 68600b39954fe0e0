//! Takes the credentials out of a response that cannot be used otherwise.

use ory_oidc_core::Secret;
use ory_oidc_gen::models::OAuth2Client;
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The length of Ory's tokens: `ory_at_`, and two parts of 43 characters with a dot in between.
pub(super) const ORY_TOKEN_LENGTH: usize = 94;

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
    let mut found = OAuth2Client::default();
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    // An error ends the reading. What was read before it is in `found`.
    let _ = deserializer.deserialize_map(Credentials(&mut found));
    found
}

/// Fills in the client id and the credentials.
struct Credentials<'a>(&'a mut OAuth2Client);

impl<'de> Visitor<'de> for Credentials<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let found = self.0;
        while let Some(name) = members.next_key::<String>()? {
            match name.as_str() {
                "client_id" => found.client_id = text(members.next_value()?),
                "client_secret" => {
                    found.client_secret = text(members.next_value()?).map(Secret::from);
                }
                "registration_access_token" => {
                    let token = text(members.next_value()?);
                    found.registration_access_token = token.map(Secret::from);
                }
                "registration_client_uri" => {
                    found.registration_client_uri = text(members.next_value()?);
                }
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}
