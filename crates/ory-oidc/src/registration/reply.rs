//! Decodes the responses of the registration endpoint.

use ory_oidc_core::changes::Changes;
use ory_oidc_core::error::Error;
use ory_oidc_core::number::in_range;
use ory_oidc_core::response::{Decode, Response};
use ory_oidc_gen::models::OAuth2Client;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// The members that the caller's safety depends on. Each must be a text and occur once.
const CREDENTIALS: [&str; 3] = ["client_id", "client_secret", "registration_access_token"];

/// Decodes a response beside the metadata known before. If it names a member twice, the last one counts,
/// except for a credential.
///
/// # Errors
/// [`Error::Decode`] if the body is not a JSON object, or if a credential is not a text or occurs
/// twice.
pub(crate) fn decode(
    response: &Response<OAuth2Client>,
    known: Option<&OAuth2Client>,
) -> Result<Changes<OAuth2Client>, Error> {
    let mut client = response
        .decode_beside(known)
        .or_else(|error| last_members(response.body(), known).ok_or(error))?;
    let unexpected = client.model().unexpected_members();
    match CREDENTIALS
        .into_iter()
        .find(|name| unexpected.contains(name))
    {
        None => Ok(client),
        Some(name) => {
            let error = response.decode_error("expected a string");
            Err(error.with_path(Some(name.to_owned())).into())
        }
    }
}

/// Decodes an object that has several members of one name, of which the last one counts.
fn last_members(body: &[u8], known: Option<&OAuth2Client>) -> Option<Changes<OAuth2Client>> {
    let readable = in_range(body);
    let body = readable.as_deref().unwrap_or(body);
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let members = deserializer.deserialize_map(Members).ok()?;
    deserializer.end().ok()?;
    let body = Value::Object(members).to_string();
    OAuth2Client::decode_beside(body.as_bytes(), known).ok()
}

/// Reads the members of an object. Refuses a credential that occurs twice.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut read = Map::new();
        while let Some((name, value)) = members.next_entry::<String, Value>()? {
            let is_credential = CREDENTIALS.contains(&name.as_str());
            if read.insert(name, value).is_some() && is_credential {
                return Err(A::Error::custom("a credential occurs twice"));
            }
        }
        Ok(read)
    }
}
