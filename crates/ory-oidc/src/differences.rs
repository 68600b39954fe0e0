//! What was asked for against what was granted.

use crate::{ClientMetadata, text};
use ory_oidc_gen::models::OAuth2Client;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt;

/// One member of which the server made something else than was asked for. Ory drops
/// and fills in members without a word (RFC 7591 §3.2.1 permits it).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Difference {
    /// Asked for and not granted at all.
    Dropped {
        /// The member.
        member: String,
        /// What was asked for.
        asked: Value,
    },
    /// Granted with another value.
    Changed {
        /// The member.
        member: String,
        /// What was asked for.
        asked: Value,
        /// What was granted.
        granted: Value,
    },
    /// Granted without being asked for.
    Added {
        /// The member.
        member: String,
        /// What was granted.
        granted: Value,
    },
}

impl Difference {
    /// The member that differs.
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
        let show = |value: &Value| text::clip(&value.to_string());
        match self {
            Self::Dropped { member, asked } => {
                write!(
                    f,
                    "{}: asked for {}, not granted",
                    text::clip(member),
                    show(asked)
                )
            }
            Self::Changed {
                member,
                asked,
                granted,
            } => write!(
                f,
                "{}: asked for {}, granted {}",
                text::clip(member),
                show(asked),
                show(granted)
            ),
            Self::Added { member, granted } => {
                write!(
                    f,
                    "{}: not asked for, granted {}",
                    text::clip(member),
                    show(granted)
                )
            }
        }
    }
}

/// The differences, member by member in the order of their names.
pub(crate) fn between(wanted: &ClientMetadata, granted: &OAuth2Client) -> Vec<Difference> {
    let mut asked = members(wanted.fields());
    let granted = members(ClientMetadata::settable_of(granted).fields());
    let mut differences = Vec::new();
    for (member, granted) in granted {
        match asked.remove(&member) {
            None => {
                // Nobody knows whether a member that is not described is a secret.
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

/// The members as JSON. Private members of keys stay out: a difference is for reading.
fn members(fields: &OAuth2Client) -> Map<String, Value> {
    let mut fields = fields.clone();
    for key in fields
        .jwks
        .iter_mut()
        .flat_map(|set| set.keys.iter_mut().flatten())
    {
        key.clear_secrets();
    }
    // Something that is no key set was set by name: nobody knows what is in it.
    fields.additional_properties.remove("jwks");
    let members = fields.to_members().into_iter();
    members.filter(|(_, value)| !is_empty(value)).collect()
}

/// Ory writes "not set" in several ways.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// Whether two values mean the same, as servers normalise some.
fn same(member: &str, asked: &Value, granted: &Value) -> bool {
    if asked == granted {
        return true;
    }
    match (asked, granted) {
        // All lists of client metadata are sets.
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

/// A duration as Go writes it, `1h30m` say, in nanoseconds; Ory returns `30m` as `30m0s`.
fn nanoseconds(text: &str) -> Option<u128> {
    const UNITS: [(&str, u128); 7] = [
        ("ns", 1),
        ("us", 1_000),
        ("µs", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
    ];
    let mut rest = text;
    let mut total = 0_u128;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let end = after
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        // More than nine digits of a second's fraction are below a nanosecond.
        let fraction = fraction.get(..fraction.len().min(15))?;
        let tenth_power = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
        let whole: u128 = whole.parse().ok()?;
        let part: u128 = if fraction.is_empty() {
            0
        } else {
            fraction.parse().ok()?
        };
        let scaled = whole
            .checked_mul(*scale)?
            .checked_add(part * scale / tenth_power)?;
        total = total.checked_add(scaled)?;
        rest = after;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(json: &str) -> OAuth2Client {
        serde_json::from_str(json).expect("a client")
    }

    #[test]
    fn a_dropped_a_changed_and_an_added_member_are_told_apart() {
        let wanted = ClientMetadata::default()
            .client_name("a")
            .member("software_id", "x");
        let granted = granted(r#"{"client_name": "b", "subject_type": "public"}"#);
        let lines: Vec<_> = between(&wanted, &granted)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            lines,
            [
                r#"client_name: asked for "a", granted "b""#,
                r#"software_id: asked for "x", not granted"#,
                r#"subject_type: not asked for, granted "public""#,
            ]
        );
    }

    #[test]
    fn what_servers_normalise_is_no_difference() {
        let wanted = ClientMetadata::default()
            .scope(["email", "openid"])
            .grant_types(["refresh_token", "authorization_code"])
            .authorization_code_grant_access_token_lifespan("30m");
        let granted = granted(
            r#"{"scope": "openid email", "grant_types": ["authorization_code", "refresh_token"],
                "authorization_code_grant_access_token_lifespan": "30m0s", "contacts": []}"#,
        );
        assert_eq!(between(&wanted, &granted), []);
    }

    #[test]
    fn no_secret_is_in_a_difference() {
        let granted = granted(
            r#"{"client_secret": "hush", "registration_access_token": "hush",
                "jwks": {"keys": [{"kty": "oct", "k": "hush"}]}}"#,
        );
        let differences = format!("{:?}", between(&ClientMetadata::default(), &granted));
        assert!(differences.contains("jwks"), "{differences}");
        assert!(!differences.contains("hush"), "{differences}");
    }

    #[test]
    fn go_durations_compare_by_their_length() {
        for (one, other) in [
            ("90m", "1h30m0s"),
            ("1.5h", "5400s"),
            ("1000µs", "1ms"),
            ("0s", "0h"),
        ] {
            assert_eq!(nanoseconds(one), nanoseconds(other), "{one} {other}");
        }
        for broken in [
            "",
            "5",
            "h",
            "1x",
            "1..5h",
            "99999999999999999999999999999999999999999h",
        ] {
            assert_eq!(nanoseconds(broken), None, "{broken:?}");
        }
    }
}
