//! The members of client metadata that Ory knows: what it accepts for each, and how its replies
//! show one that is not set.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::duration;
use crate::ordered::Ordered;

/// The type of a member, and with it what stands in a reply when the member is not set.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// A string; `""`.
    Text,
    /// A string; left out.
    OptionalText,
    /// A list of strings; `null` in the reply to the request that left it out, `[]` once it has
    /// been stored.
    List,
    /// A list of strings; `[]`.
    FilledList,
    /// A list of strings; left out.
    OptionalList,
    /// A boolean; `false`.
    Flag,
    /// A boolean; left out.
    OptionalFlag,
    /// A boolean or `null`; `null`.
    NullableFlag,
    /// An integer; `0`, whatever was asked for.
    Zero,
    /// A Go duration; `null`.
    Lifespan,
    /// A JSON Web Key Set; `{}`.
    KeySet,
    /// A point in time; left out, but the double always sets it.
    Time,
    /// Any JSON; `{}`, and never read back.
    Metadata,
    /// A string that Ory does not know, and the double only on request; left out.
    Unknown,
}

/// Every member, in the order of Ory's replies. Anything else in a request is dropped without a
/// word.
const MEMBERS: &[(&str, Kind)] = &[
    ("client_id", Kind::Text),
    ("client_name", Kind::Text),
    ("client_secret", Kind::OptionalText),
    ("redirect_uris", Kind::List),
    ("grant_types", Kind::List),
    ("response_types", Kind::List),
    ("scope", Kind::Text),
    ("audience", Kind::FilledList),
    ("owner", Kind::Text),
    ("policy_uri", Kind::Text),
    ("allowed_cors_origins", Kind::FilledList),
    ("tos_uri", Kind::Text),
    ("client_uri", Kind::Text),
    ("logo_uri", Kind::Text),
    ("contacts", Kind::List),
    ("client_secret_expires_at", Kind::Zero),
    ("subject_type", Kind::Text),
    ("sector_identifier_uri", Kind::OptionalText),
    ("jwks_uri", Kind::OptionalText),
    ("jwks", Kind::KeySet),
    ("token_endpoint_auth_method", Kind::OptionalText),
    ("token_endpoint_auth_signing_alg", Kind::OptionalText),
    ("request_uris", Kind::OptionalList),
    ("request_object_signing_alg", Kind::OptionalText),
    ("userinfo_signed_response_alg", Kind::OptionalText),
    ("id_token_signed_response_alg", Kind::Unknown),
    ("created_at", Kind::Time),
    ("updated_at", Kind::Time),
    ("frontchannel_logout_uri", Kind::OptionalText),
    ("frontchannel_logout_session_required", Kind::OptionalFlag),
    ("post_logout_redirect_uris", Kind::OptionalList),
    ("backchannel_logout_uri", Kind::OptionalText),
    ("backchannel_logout_session_required", Kind::OptionalFlag),
    ("metadata", Kind::Metadata),
    ("registration_access_token", Kind::OptionalText),
    ("registration_client_uri", Kind::OptionalText),
    ("access_token_strategy", Kind::OptionalText),
    ("skip_consent", Kind::Flag),
    ("skip_logout_consent", Kind::NullableFlag),
    (
        "authorization_code_grant_access_token_lifespan",
        Kind::Lifespan,
    ),
    ("authorization_code_grant_id_token_lifespan", Kind::Lifespan),
    (
        "authorization_code_grant_refresh_token_lifespan",
        Kind::Lifespan,
    ),
    (
        "client_credentials_grant_access_token_lifespan",
        Kind::Lifespan,
    ),
    ("implicit_grant_access_token_lifespan", Kind::Lifespan),
    ("implicit_grant_id_token_lifespan", Kind::Lifespan),
    ("jwt_bearer_grant_access_token_lifespan", Kind::Lifespan),
    ("refresh_token_grant_id_token_lifespan", Kind::Lifespan),
    ("refresh_token_grant_access_token_lifespan", Kind::Lifespan),
    ("refresh_token_grant_refresh_token_lifespan", Kind::Lifespan),
    (
        "device_authorization_grant_id_token_lifespan",
        Kind::Lifespan,
    ),
    (
        "device_authorization_grant_access_token_lifespan",
        Kind::Lifespan,
    ),
    (
        "device_authorization_grant_refresh_token_lifespan",
        Kind::Lifespan,
    ),
];

/// When the metadata is shown: at once to the one who sent it, or later to one who reads it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum View {
    Written,
    Read,
}

/// The members of one client that are set, each of the right type. `null` is the same as not set,
/// but for `metadata`.
#[derive(Clone, Default)]
pub(crate) struct Metadata(BTreeMap<&'static str, Value>);

impl Metadata {
    /// Takes the known members from a request's body.
    ///
    /// The error is the text Go's JSON decoder has for a member of the wrong type.
    pub(crate) fn decode(body: Value) -> Result<Self, String> {
        let mut given = match body {
            Value::Object(members) => members,
            Value::Null => Map::new(),
            other => {
                return Err(format!(
                    "json: cannot unmarshal {} into Go value of type client.Client",
                    go_type(&other)
                ));
            }
        };
        let mut metadata = Self::default();
        for (name, kind) in MEMBERS {
            match given.remove(*name) {
                None => {}
                Some(Value::Null) if *kind != Kind::Metadata => {}
                Some(value) if *kind == Kind::Unknown && !value.is_string() => {}
                Some(value) => metadata.set(name, decode(name, *kind, value)?),
            }
        }
        Ok(metadata)
    }

    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        self.0.insert(name, value.into());
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A string member, `""` when it is not set.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A list member, empty when it is not set.
    pub(crate) fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// The object that Ory's replies show.
    pub(crate) fn render(&self, view: View) -> Ordered {
        MEMBERS
            .iter()
            .filter_map(|(name, kind)| {
                let value = match self.get(name) {
                    Some(value) if !(is_empty(value) && kind.is_left_out_when_empty()) => {
                        Some(value.clone())
                    }
                    _ => kind.default_in(view),
                };
                value
                    .filter(|_| !(*kind == Kind::Metadata && view == View::Read))
                    .map(|value| (*name, value))
            })
            .collect()
    }
}

impl Kind {
    fn is_left_out_when_empty(self) -> bool {
        matches!(
            self,
            Self::OptionalText | Self::OptionalList | Self::OptionalFlag | Self::Unknown
        )
    }

    fn default_in(self, view: View) -> Option<Value> {
        match self {
            Self::OptionalText
            | Self::OptionalList
            | Self::OptionalFlag
            | Self::Time
            | Self::Unknown => None,
            Self::Text => Some(json!("")),
            Self::List if view == View::Written => Some(Value::Null),
            Self::List | Self::FilledList => Some(json!([])),
            Self::Flag => Some(json!(false)),
            Self::NullableFlag | Self::Lifespan => Some(Value::Null),
            Self::Zero => Some(json!(0)),
            Self::KeySet | Self::Metadata => Some(json!({})),
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Bool(flag) => !flag,
        _ => false,
    }
}

fn decode(name: &str, kind: Kind, value: Value) -> Result<Value, String> {
    let mismatch = |value: &Value, wanted: &str| {
        Err(format!(
            "json: cannot unmarshal {} into Go struct field Client.{name} of type {wanted}",
            go_type(value)
        ))
    };
    match (kind, &value) {
        (Kind::Text | Kind::OptionalText, Value::String(_))
        | (Kind::Flag | Kind::OptionalFlag | Kind::NullableFlag, Value::Bool(_))
        | (Kind::Metadata | Kind::Unknown, _) => Ok(value),
        (Kind::Text | Kind::OptionalText, _) => mismatch(&value, "string"),
        (Kind::List | Kind::FilledList | Kind::OptionalList, Value::Array(items)) => {
            match items
                .iter()
                .find(|item| !item.is_string() && !item.is_null())
            {
                Some(item) => mismatch(item, "string"),
                None => Ok(items
                    .iter()
                    .map(|item| item.as_str().unwrap_or_default())
                    .collect()),
            }
        }
        (Kind::List | Kind::FilledList | Kind::OptionalList, _) => {
            mismatch(&value, "sqlxx.StringSliceJSONFormat")
        }
        (Kind::Flag | Kind::OptionalFlag, _) => mismatch(&value, "bool"),
        (Kind::NullableFlag, _) => Err(format!(
            "json: cannot unmarshal {} into Go value of type bool",
            go_type(&value)
        )),
        (Kind::Zero, Value::Number(number)) if number.is_i64() => Ok(json!(0)),
        (Kind::Zero, Value::Number(number)) => Err(format!(
            "json: cannot unmarshal number {number} into Go struct field Client.{name} of type int"
        )),
        (Kind::Zero, _) => mismatch(&value, "int"),
        (Kind::Lifespan, Value::String(text)) => duration::normalise(text).map(Value::from),
        (Kind::Lifespan, _) => Err(format!(
            "json: cannot unmarshal {} into Go value of type string",
            go_type(&value)
        )),
        (Kind::KeySet, Value::Object(set)) => key_set(set),
        (Kind::KeySet, _) => mismatch(&value, "x.JoseJSONWebKeySet"),
        (Kind::Time, Value::String(text)) => match OffsetDateTime::parse(text, &Rfc3339) {
            Ok(_) => Ok(value),
            Err(_) => Err(format!(
                "parsing time {text:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse {text:?} as \"2006\""
            )),
        },
        (Kind::Time, _) => Err("Time.UnmarshalJSON: input is not a JSON string".to_owned()),
    }
}

/// A key set keeps its keys and nothing else; one without `keys` is no key set.
fn key_set(set: &Map<String, Value>) -> Result<Value, String> {
    let Some(keys) = set.get("keys") else {
        return Ok(json!({}));
    };
    for key in keys.as_array().into_iter().flatten() {
        let kty = key["kty"].as_str().unwrap_or_default();
        let required: &[&str] = match kty {
            "RSA" => &["n", "e"],
            "EC" => &["crv", "x", "y"],
            "OKP" => &["crv", "x"],
            "oct" => &["k"],
            _ => {
                return Err(format!(
                    "go-jose/go-jose: unknown json web key type '{kty}'"
                ));
            }
        };
        if required.iter().any(|name| !key[*name].is_string()) {
            return Err(format!(
                "go-jose/go-jose: invalid {kty} key, missing {} values",
                required.join("/")
            ));
        }
    }
    Ok(json!({ "keys": keys }))
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::{Metadata, View};
    use serde_json::{Value, json};

    fn shown(body: Value, view: View) -> Value {
        let metadata = Metadata::decode(body).expect("the body is accepted");
        serde_json::to_value(metadata.render(view)).expect("the reply is JSON")
    }

    #[test]
    fn a_list_that_was_left_out_is_null_when_written_and_empty_when_read() {
        assert_eq!(
            shown(json!({}), View::Written)["redirect_uris"],
            Value::Null
        );
        assert_eq!(shown(json!({}), View::Read)["redirect_uris"], json!([]));
        assert_eq!(
            shown(json!({"redirect_uris": []}), View::Written)["redirect_uris"],
            json!([])
        );
    }

    #[test]
    fn a_null_member_is_the_same_as_none() {
        assert_eq!(
            shown(json!({"scope": null, "jwks": null}), View::Read),
            shown(json!({}), View::Read)
        );
    }

    #[test]
    fn a_key_set_with_a_broken_key_is_refused() {
        let refused = |key: Value| Metadata::decode(json!({"jwks": {"keys": [key]}})).err();
        assert_eq!(
            refused(json!({"kty": "?"})).as_deref(),
            Some("go-jose/go-jose: unknown json web key type '?'")
        );
        assert_eq!(
            refused(json!({"kty": "RSA", "n": "AQ"})).as_deref(),
            Some("go-jose/go-jose: invalid RSA key, missing n/e values")
        );
        assert_eq!(refused(json!({"kty": "oct", "k": "AQ"})), None);
    }
}
