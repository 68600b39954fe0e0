//! The differences between wanted and granted metadata.

use super::lifespan::nanoseconds;
use super::metadata::ClientMetadata;
use ory_oidc_core::json::{is_empty, retain};
use ory_oidc_core::text::clip;
use ory_oidc_gen::models::OAuth2Client;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// A member that the server granted differently. Ory drops and adds members silently, which RFC 7591
/// §3.2.1 permits.
///
/// [`Debug`](fmt::Debug) and [`Display`](fmt::Display) do not show the values of `jwks` and of
/// members that this crate does not know, since they may be secrets. The fields hold all values, and
/// so does the serialized form.
///
/// ```
/// use ory_oidc::registration::Difference;
///
/// fn report(difference: &Difference) {
///     match difference {
///         Difference::Dropped { member, .. } => eprintln!("the server does not support {member}"),
///         other => eprintln!("{}: {other}", other.member()),
///     }
/// }
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
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
        let show = |value| Shown::new(self.member(), value);
        write!(f, "{}: ", clip(self.member()))?;
        match self {
            Self::Dropped { asked, .. } => write!(f, "requested {}, not granted", show(asked)),
            Self::Changed { asked, granted, .. } => {
                write!(f, "requested {}, granted {}", show(asked), show(granted))
            }
            Self::Added { granted, .. } => write!(f, "not requested, granted {}", show(granted)),
        }
    }
}

impl fmt::Debug for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, asked, granted) = match self {
            Self::Dropped { asked, .. } => ("Dropped", Some(asked), None),
            Self::Changed { asked, granted, .. } => ("Changed", Some(asked), Some(granted)),
            Self::Added { granted, .. } => ("Added", None, Some(granted)),
        };
        let mut shown = f.debug_struct(name);
        shown.field("member", &clip(self.member()));
        for (name, value) in [("asked", asked), ("granted", granted)] {
            if let Some(value) = value {
                shown.field(name, &format_args!("{}", Shown::new(self.member(), value)));
            }
        }
        shown.finish()
    }
}

/// A value as a message shows it: not at all if it may be a secret.
struct Shown<'a>(Option<&'a Value>);

impl<'a> Shown<'a> {
    fn new(member: &str, value: &'a Value) -> Self {
        // A translation has the name of its member and a language (RFC 7591 §2.2).
        let (name, _) = member.split_once('#').unwrap_or((member, ""));
        let is_known = name != "jwks" && OAuth2Client::SETTABLE.contains(&name);
        let is_public = match value {
            Value::Object(_) => false,
            Value::Array(items) => items.iter().all(Value::is_string),
            _ => true,
        };
        Self(Some(value).filter(|_| is_known && is_public))
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(value) => f.write_str(&clip(&value.to_string())),
            None => f.write_str("[not shown]"),
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
            None => differences.push(Difference::Added { member, granted }),
            Some(asked) if same(&member, &asked, &granted) => {}
            Some(asked) => differences.push(Difference::Changed {
                member,
                asked,
                granted,
            }),
        }
    }
    for (member, asked) in asked {
        let place = differences.partition_point(|other: &Difference| other.member() < &*member);
        differences.insert(place, Difference::Dropped { member, asked });
    }
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
    let mut members = fields.to_members();
    retain(&mut members, &|_, value| !is_empty(value));
    // With its feature `preserve_order`, `serde_json` does not sort them.
    members.sort_keys();
    members
}

/// Whether two values mean the same. Servers normalize some of them.
fn same(member: &str, asked: &Value, granted: &Value) -> bool {
    if asked == granted {
        return true;
    }
    match (asked, granted) {
        // All lists in client metadata are sets.
        (Value::Array(asked), Value::Array(granted)) => same_set(asked, granted),
        (Value::String(asked), Value::String(granted)) if member == "scope" => {
            let asked: Vec<_> = asked.split_whitespace().collect();
            let granted: Vec<_> = granted.split_whitespace().collect();
            same_set(&asked, &granted)
        }
        (Value::String(asked), Value::String(granted)) if member.ends_with("_lifespan") => {
            let (asked, granted) = (nanoseconds(asked), nanoseconds(granted));
            asked.is_some() && asked == granted
        }
        _ => false,
    }
}

/// Whether two lists have the same items, in any order and number.
fn same_set<T: PartialEq>(one: &[T], other: &[T]) -> bool {
    let within = |one: &[T], other: &[T]| one.iter().all(|item| other.contains(item));
    within(one, other) && within(other, one)
}
