//! Decoding gives for any object what a slow and simple reference gives, also beside known metadata.

use crate::properties::any_json;
use ory_oidc::raw::core::Secret;
use ory_oidc::raw::core::member::Member;
use ory_oidc::raw::core::response::Decode;
use ory_oidc::raw::models::{JsonWebKeySet, OAuth2Client};
use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Converts a value to the type of a member and back to JSON.
type Convert = fn(Value) -> Result<Value, Value>;

fn convert<T: Member + Serialize>(value: Value) -> Result<Value, Value> {
    T::from_value(value).map(|value| serde_json::to_value(value).expect("a member is JSON"))
}

/// Described members of each type.
const DESCRIBED: [(&str, Convert); 9] = [
    ("client_name", convert::<String>),
    ("updated_at", convert::<String>),
    ("client_secret", convert::<Secret>),
    ("contacts", convert::<Vec<String>>),
    ("redirect_uris", convert::<Vec<String>>),
    ("skip_consent", convert::<bool>),
    ("client_secret_expires_at", convert::<i64>),
    ("jwks", convert::<JsonWebKeySet>),
    ("metadata", convert::<Value>),
];

/// A member as it is written: its name, its value, and whether its texts are written with escapes.
type Written = (String, Value, bool);

fn any_name() -> impl Strategy<Value = String> {
    let names: Vec<_> = DESCRIBED.iter().map(|(name, _)| *name).collect();
    let described = proptest::sample::select(names).prop_map(str::to_owned);
    // Some of them are near to described names.
    let others = vec!["client_nam", "client_name ", "client_mame", "", "é", "x"];
    let others = proptest::sample::select(others).prop_map(str::to_owned);
    prop_oneof![6 => described, 1 => others, 1 => any::<String>()]
}

/// Generates values that some member accepts, and any others.
fn any_value() -> impl Strategy<Value = Value> {
    let plain = vec![
        json!(null),
        json!(""),
        json!({}),
        json!([]),
        json!("a"),
        json!("b"),
        json!(["a"]),
        json!(["a", "b"]),
        json!(["a", null, "b", ""]),
        json!(["a", 1, null]),
        json!([null, null]),
        json!(true),
        json!("true"),
        json!("False"),
        json!(0),
        json!("17"),
        json!(1.5),
        json!(1.7e9),
        json!(u64::MAX),
        json!({"keys": [{"kty": "RSA", "n": 1}, null]}),
        json!({"keys": [{}, 7]}),
    ];
    prop_oneof![3 => proptest::sample::select(plain), 1 => any_json()]
}

fn any_members() -> impl Strategy<Value = Vec<Written>> {
    proptest::collection::vec((any_name(), any_value(), any::<bool>()), 0..7)
}

/// Generates two objects. The second one has some members of the first one, as they are or changed.
fn any_two_objects() -> impl Strategy<Value = (Vec<Written>, Vec<Written>)> {
    let fates = proptest::collection::vec((0..5, any_value(), any::<bool>()), 7);
    (any_members(), any_members(), fates).prop_map(|(first, more, fates)| {
        let kept = first.iter().zip(fates).filter_map(|(member, fate)| {
            let (name, value, _) = member.clone();
            match fate {
                (0, ..) => None,
                (1, other, escaped) => Some((name, other, escaped)),
                (_, _, escaped) => Some((name, value, escaped)),
            }
        });
        let more = more.into_iter().take(2);
        (first.clone(), kept.chain(more).collect())
    })
}

/// Writes a text with or without escapes.
fn write_text(text: &str, escaped: bool) -> String {
    if !escaped {
        return Value::from(text).to_string();
    }
    let mut written = String::from("\"");
    for unit in text.encode_utf16() {
        write!(written, "\\u{unit:04x}").expect("a string can be written to");
    }
    written + "\""
}

fn write(members: &[Written]) -> String {
    let members = members.iter().map(|(name, value, escaped)| {
        let value = match value {
            Value::String(text) => write_text(text, *escaped),
            Value::Array(items) if *escaped && items.iter().all(Value::is_string) => {
                let texts = items.iter().filter_map(Value::as_str);
                let texts: Vec<_> = texts.map(|text| write_text(text, true)).collect();
                format!("[{}]", texts.join(" , "))
            }
            other => other.to_string(),
        };
        format!("{} : {value}", write_text(name, *escaped))
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// What an object decodes to: its members that are set as JSON, and the names of those of an unexpected
/// type.
#[derive(Debug, PartialEq)]
struct Expected {
    members: Map<String, Value>,
    unexpected: Vec<String>,
}

/// Decodes an object slowly: [`None`] if a name occurs twice.
fn reference(object: &[Written]) -> Option<Expected> {
    let mut members = Map::new();
    let (mut names, mut unexpected) = (Vec::new(), Vec::new());
    for (name, value, _) in object {
        if names.contains(&name) {
            return None;
        }
        names.push(name);
        let described = DESCRIBED.iter().find(|(described, _)| described == name);
        let is_unset = [json!(null), json!(""), json!({})].contains(value);
        let value = match described {
            None => value.clone(),
            Some(_) if is_unset => continue,
            Some((_, convert)) => convert(value.clone()).unwrap_or_else(|value| {
                unexpected.push(name.clone());
                value
            }),
        };
        members.insert(name.clone(), value);
    }
    unexpected.sort();
    Some(Expected {
        members,
        unexpected,
    })
}

fn outcome(client: &OAuth2Client) -> Expected {
    let unexpected = client.unexpected_members().into_iter();
    let mut unexpected: Vec<_> = unexpected.map(str::to_owned).collect();
    unexpected.sort();
    Expected {
        members: client.to_members(),
        unexpected,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_object_decodes_as_the_reference_says(object in any_members()) {
        let decoded = OAuth2Client::decode(write(&object).as_bytes()).ok();
        prop_assert_eq!(decoded.as_ref().map(outcome), reference(&object));
    }

    #[test]
    fn any_object_changes_what_is_known_as_the_reference_says((first, second) in any_two_objects()) {
        let Ok(mut known) = OAuth2Client::decode(write(&first).as_bytes()) else {
            return Ok(());
        };
        let before = outcome(&known);
        let changes = OAuth2Client::decode_beside(write(&second).as_bytes(), Some(&known));
        let Some(expected) = reference(&second) else {
            prop_assert!(changes.is_err());
            return Ok(());
        };
        let mut omitted = changes.expect("no name occurs twice").apply(&mut known);
        omitted.sort();

        let is_named = |name: &String| second.iter().any(|(named, ..)| named == name);
        let Expected { mut members, mut unexpected } = expected;
        let mut left = Vec::new();
        for (name, value) in before.members.into_iter().filter(|(name, _)| !is_named(name)) {
            left.push(name.clone());
            members.insert(name, value);
        }
        left.sort();
        unexpected.extend(before.unexpected.into_iter().filter(|name| !is_named(name)));
        unexpected.sort();
        prop_assert_eq!(outcome(&known), Expected { members, unexpected });
        prop_assert_eq!(omitted, left);
    }
}
