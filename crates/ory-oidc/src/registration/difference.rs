//! The differences between wanted and granted metadata.

use super::lifespan::nanoseconds;
use super::metadata::ClientMetadata;
use ory_oidc_core::text::clip;
use ory_oidc_gen::models::OAuth2Client;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt;

/// A member that the server granted differently. Ory drops and adds members silently, which RFC 7591
/// §3.2.1 permits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Difference {
    /// The member was requested and not granted.
    Dropped {
        /// The name of the member.
        member: String,
        /// The requested value.
        asked: Value,
    },
    /// The member was granted with another value.
    Changed {
        /// The name of the member.
        member: String,
        /// The requested value.
        asked: Value,
        /// The granted value.
        granted: Value,
    },
    /// The member was granted without being requested.
    Added {
        /// The name of the member.
        member: String,
        /// The granted value.
        granted: Value,
    },
}

impl Difference {
    /// Returns the name of the member.
    #[must_use]
    pub fn member(&self) -> &str {
        match self {
            Self::Dropped { member, .. }
            | Self::Changed { member, .. }
            | Self::Added { member, .. } => member,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |value: &Value| clip(&value.to_string());
        match self {
            Self::Dropped { member, asked } => {
                write!(
                    f,
                    "{}: requested {}, not granted",
                    clip(member),
                    show(asked)
                )
            }
            Self::Changed {
                member,
                asked,
                granted,
            } => write!(
                f,
                "{}: requested {}, granted {}",
                clip(member),
                show(asked),
                show(granted)
            ),
            Self::Added { member, granted } => {
                write!(
                    f,
                    "{}: not requested, granted {}",
                    clip(member),
                    show(granted)
                )
            }
        }
    }
}

/// Returns the differences in the order of the members' names.
pub(super) fn between(wanted: &ClientMetadata, granted: &OAuth2Client) -> Vec<Difference> {
    let mut asked = members(wanted.fields());
    let granted = members(ClientMetadata::settable_of(granted).fields());
    let mut differences = Vec::new();
    for (member, granted) in granted {
        match asked.remove(&member) {
            None => {
                // A member that is not described may be a secret.
                let described = OAuth2Client::MEMBERS.contains(&member.as_str());
                let granted = if described {
                    granted
                } else {
                    Value::from("[not shown]")
                };
                differences.push(Difference::Added { member, granted });
            }
            Some(asked) if same(&member, &asked, &granted) => {}
            Some(asked) => differences.push(Difference::Changed {
                member,
                asked,
                granted,
            }),
        }
    }
    let dropped = asked
        .into_iter()
        .map(|(member, asked)| Difference::Dropped { member, asked });
    differences.extend(dropped);
    differences.sort_by(|one, other| one.member().cmp(other.member()));
    differences
}

/// Returns the members as JSON, without the private members of keys.
fn members(fields: &OAuth2Client) -> Map<String, Value> {
    let mut fields = fields.clone();
    for key in fields
        .jwks
        .iter_mut()
        .flat_map(|set| set.keys.iter_mut().flatten())
    {
        key.clear_secrets();
    }
    // A value that is not a key set was set by name. It may hold a secret.
    fields.additional_properties.remove("jwks");
    let members = fields.to_members().into_iter();
    members.filter(|(_, value)| !is_empty(value)).collect()
}

/// Whether the value means "not set". Ory writes that in several ways.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// Whether two values mean the same. Servers normalize some of them.
fn same(member: &str, asked: &Value, granted: &Value) -> bool {
    if asked == granted {
        return true;
    }
    match (asked, granted) {
        // All lists in client metadata are sets.
        (Value::Array(asked), Value::Array(granted)) => {
            let set = |list: &[Value]| list.iter().map(Value::to_string).collect::<BTreeSet<_>>();
            set(asked) == set(granted)
        }
        (Value::String(asked), Value::String(granted)) if member == "scope" => {
            let set = |text: &str| {
                text.split_whitespace()
                    .map(str::to_owned)
                    .collect::<BTreeSet<_>>()
            };
            set(asked) == set(granted)
        }
        (Value::String(asked), Value::String(granted)) if member.ends_with("_lifespan") => {
            let (asked, granted) = (nanoseconds(asked), nanoseconds(granted));
            asked.is_some() && asked == granted
        }
        _ => false,
    }
}
