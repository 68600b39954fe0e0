//! The members of client metadata that Hydra supports: their types, and their values in responses
//! when they are not set.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::go_duration;
use crate::go_type::go_type;
use crate::hydra_version::HydraVersion;
use crate::key_set;

/// The type of a member. It determines how responses show the member when it is not set.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// A string. If not set: `""`.
    Text,
    /// A string. If not set: omitted.
    OptionalText,
    /// A list of strings. If not set: `null` in the response to the request without it, `[]` in
    /// later responses.
    List,
    /// A list of strings. If not set: `[]`.
    NonNullList,
    /// A list of strings. If not set: omitted.
    OptionalList,
    /// A boolean. If not set: `false`.
    Flag,
    /// A boolean. If not set: omitted.
    OptionalFlag,
    /// A boolean or `null`. If not set: `null`.
    NullableFlag,
    /// An integer. Always `0`, whatever the request contains.
    Zero,
    /// A Go duration. If not set: `null`.
    Lifespan,
    /// A JSON Web Key Set. If not set: `{}`.
    KeySet,
    /// A point in time. If not set: omitted. The mock server always sets it.
    Time,
    /// Any JSON value. If not set: `{}`. Omitted when the client is read.
    Metadata,
    /// A string that Hydra does not support, and that the mock server supports only if configured.
    /// If not set: omitted.
    NotInHydra,
}

/// Returns the members that a version supports, in the order of Hydra's responses. Other members of a
/// request are silently dropped.
pub(crate) fn of(version: HydraVersion) -> impl Iterator<Item = (&'static str, Kind)> {
    let is_supported = move |name: &str| {
        version != HydraVersion::V2_3_0 || !name.starts_with("device_authorization_grant_")
    };
    let members = MEMBERS.iter().copied();
    members.filter(move |(name, _)| is_supported(name))
}

/// All members.
const MEMBERS: &[(&str, Kind)] = &[
    ("client_id", Kind::Text),
    ("client_name", Kind::Text),
    ("client_secret", Kind::OptionalText),
    ("redirect_uris", Kind::List),
    ("grant_types", Kind::List),
    ("response_types", Kind::List),
    ("scope", Kind::Text),
    ("audience", Kind::NonNullList),
    ("owner", Kind::Text),
    ("policy_uri", Kind::Text),
    ("allowed_cors_origins", Kind::NonNullList),
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
    ("id_token_signed_response_alg", Kind::NotInHydra),
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

/// The kind of response that shows the metadata.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum View {
    /// The response to a POST or PUT, which sets the metadata.
    Written,
    /// The response to a GET.
    Read,
    /// The response of the admin API to a GET or a PATCH.
    Administered,
}

impl Kind {
    pub(crate) fn is_omitted_when_empty(self) -> bool {
        matches!(
            self,
            Self::OptionalText | Self::OptionalList | Self::OptionalFlag | Self::NotInHydra
        )
    }

    /// Returns the value in responses when the member is not set. `None` omits the member.
    pub(crate) fn default_in(self, view: View) -> Option<Value> {
        match self {
            Self::OptionalText
            | Self::OptionalList
            | Self::OptionalFlag
            | Self::Time
            | Self::NotInHydra => None,
            Self::Text => Some(json!("")),
            Self::List if view == View::Written => Some(Value::Null),
            Self::List | Self::NonNullList => Some(json!([])),
            Self::Flag => Some(json!(false)),
            Self::NullableFlag | Self::Lifespan => Some(Value::Null),
            Self::Zero => Some(json!(0)),
            Self::KeySet | Self::Metadata => Some(json!({})),
        }
    }
}

/// Whether Go's `omitempty` omits a value.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Bool(flag) => !flag,
        _ => false,
    }
}

/// Decodes a member.
///
/// The error is the message of Go's JSON decoder.
pub(crate) fn decode(name: &str, kind: Kind, value: Value) -> Result<Value, String> {
    let mismatch = |value: &Value, wanted: &str| {
        Err(format!(
            "json: cannot unmarshal {} into Go struct field Client.{name} of type {wanted}",
            go_type(value)
        ))
    };
    match (kind, &value) {
        (Kind::Text | Kind::OptionalText, Value::String(_))
        | (Kind::Flag | Kind::OptionalFlag | Kind::NullableFlag, Value::Bool(_))
        | (Kind::Metadata | Kind::NotInHydra, _) => Ok(value),
        (Kind::Text | Kind::OptionalText, _) => mismatch(&value, "string"),
        (Kind::List | Kind::NonNullList | Kind::OptionalList, Value::Array(items)) => {
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
        (Kind::List | Kind::NonNullList | Kind::OptionalList, _) => {
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
        (Kind::Lifespan, Value::String(text)) => go_duration::normalize(text).map(Value::from),
        (Kind::Lifespan, _) => Err(format!(
            "json: cannot unmarshal {} into Go struct field Client.Lifespans.{name} of type string",
            go_type(&value)
        )),
        (Kind::KeySet, Value::Object(set)) => key_set::decode(set),
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
