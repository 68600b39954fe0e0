//! JSON values, and JSON objects that are kept as text: their members are decoded when they are asked for.

use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess,
    SeqAccess, Visitor,
};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// Checks that a text is a JSON object and that, at any depth, no object has two members of one
/// name, since readers differ about which one counts (RFC 8259 §4, RFC 7519 §4).
///
/// ```
/// use ory_oidc_core::json::check_object;
///
/// assert!(check_object(br#"{"sub": "a", "address": {"country": "NL"}}"#).is_ok());
/// assert!(check_object(br#"{"sub": "a", "sub": "b"}"#).is_err());
/// assert!(check_object(b"[]").is_err());
/// ```
///
/// # Errors
/// The error is [`is_data`](serde_json::Error::is_data) for two members of one name and for JSON
/// that is not an object.
pub fn check_object(json: &[u8]) -> Result<(), serde_json::Error> {
    check(json, None).map(|_| ())
}

/// Does the same as [`check_object`], and returns a member if it is a text.
///
/// ```
/// use ory_oidc_core::json::check_object_with_text;
///
/// let sub = check_object_with_text(br#"{"sub": "a", "level": 1}"#, "sub")?;
/// assert_eq!(sub.as_deref(), Some("a"));
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
/// As for [`check_object`].
pub fn check_object_with_text(
    json: &[u8],
    name: &str,
) -> Result<Option<String>, serde_json::Error> {
    check(json, Some(name))
}

/// Checks an object, and returns the named member if it is a text.
pub(crate) fn check(json: &[u8], kept: Option<&str>) -> Result<Option<String>, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(utf8(json)?);
    let text = json.deserialize_map(UniqueObject { kept })?;
    json.end().map(|()| text)
}

/// Returns JSON as a text. To check it as a whole is faster than to check each string in it.
///
/// # Errors
/// The error of the first text that is not UTF-8.
pub(crate) fn utf8(json: &[u8]) -> Result<&str, serde_json::Error> {
    // The second reader only finds the place, so that nothing else is compiled for bytes, too.
    str::from_utf8(json).map_err(|error| match serde_json::from_slice::<Value>(json) {
        Ok(_) => serde_json::Error::custom(error),
        Err(error) => error,
    })
}

/// Decodes JSON to a value. It is compiled once, in this crate.
///
/// ```
/// assert_eq!(ory_oidc_core::json::value(b"[1]")?[0], 1);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
/// The text is not JSON.
pub fn value(json: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(json)
}

/// Decodes a JSON object to its members. The last of two members of one name counts; see
/// [`check_object`].
///
/// ```
/// use ory_oidc_core::json::object;
///
/// assert_eq!(object(br#"{"sub": "a"}"#)?["sub"], "a");
/// assert!(object(b"[]").is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
/// The text is not a JSON object.
pub fn object(json: &[u8]) -> Result<Map<String, Value>, serde_json::Error> {
    match value(json)? {
        Value::Object(members) => Ok(members),
        _ => Err(serde_json::Error::custom("expected an object")),
    }
}

/// Returns some members of a JSON object, as far as it can be read: an error ends the reading. The
/// last of two members of one name counts.
///
/// ```
/// use ory_oidc_core::json::readable_members;
///
/// let members = readable_members(br#"{"id": "a", "size": 1, "name": "b"#, &["id", "name"]);
/// assert_eq!(members.len(), 1);
/// assert_eq!(members["id"], "a");
/// ```
#[must_use]
pub fn readable_members(json: &[u8], names: &[&str]) -> Map<String, Value> {
    let mut found = Map::new();
    let members = &mut found;
    let mut json = serde_json::Deserializer::from_slice(json);
    let _ = json.deserialize_map(Readable { names, members });
    found
}

struct Readable<'a> {
    names: &'a [&'a str],
    members: &'a mut Map<String, Value>,
}

impl<'de> Visitor<'de> for Readable<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if self.names.contains(&&*name) {
                self.members.insert(name, map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// Removes the members for which `keep` returns false. It is compiled once, in this crate.
///
/// ```
/// use ory_oidc_core::json::{is_empty, object, retain};
///
/// let mut members = object(br#"{"sub": "a", "name": ""}"#)?;
/// retain(&mut members, &|_, value| !is_empty(value));
/// assert_eq!(members.len(), 1);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn retain(members: &mut Map<String, Value>, keep: &dyn Fn(&str, &Value) -> bool) {
    members.retain(|name, value| keep(name, value));
}

/// Whether a value means "not set". Ory writes that in several ways.
///
/// ```
/// use ory_oidc_core::json::is_empty;
/// use serde_json::json;
///
/// assert!([json!(null), json!(""), json!([]), json!({})].iter().all(is_empty));
/// assert!(!is_empty(&json!(false)));
/// ```
#[must_use]
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// Decodes one member of a JSON object; [`None`] if there is no such member. Other members are
/// skipped.
///
/// ```
/// use ory_oidc_core::json::member;
///
/// let groups: Option<Vec<String>> = member(br#"{"sub": "a", "groups": ["b"]}"#, "groups")?;
/// assert_eq!(groups.as_deref(), Some(&["b".to_owned()][..]));
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
/// The member has another type, or the text is not a JSON object.
pub fn member<T: DeserializeOwned>(
    object: &[u8],
    name: &str,
) -> Result<Option<T>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(object);
    deserializer.deserialize_map(Find {
        name,
        found: PhantomData,
    })
}

struct Find<'a, T> {
    name: &'a str,
    found: PhantomData<T>,
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Find<'_, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<T>, A::Error> {
        let mut found = None;
        while let Some(Name(name)) = map.next_key()? {
            if name == self.name {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// The name of a member, borrowed from the text unless it contains escapes.
#[derive(Eq, Ord, PartialEq, PartialOrd)]
struct Name<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a member")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(NameVisitor)
    }
}

/// An object in which, at any depth, the members of each object have unique names. Its value is the
/// member of the name `kept` if that is a text.
struct UniqueObject<'a> {
    kept: Option<&'a str>,
}

impl<'de> Visitor<'de> for UniqueObject<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Option<String>, A::Error> {
        // Enough for most objects, so that the list does not grow.
        unique_members(map, &mut Vec::with_capacity(24), self.kept)
    }
}

/// Reads the members of an object. `names` has the names in the objects around it, so that all objects
/// share one list.
fn unique_members<'de, A: MapAccess<'de>>(
    mut map: A,
    names: &mut Vec<Name<'de>>,
    kept: Option<&str>,
) -> Result<Option<String>, A::Error> {
    let first = names.len();
    let mut text = None;
    while let Some(name) = map.next_key::<Name<'_>>()? {
        let keep = kept.is_some_and(|kept| name.0 == kept);
        names.push(name);
        let value = map.next_value_seed(Unique { names, keep })?;
        if keep {
            text = value;
        }
    }
    let own = &mut names[first..];
    own.sort_unstable();
    if own.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(A::Error::custom("duplicate member"));
    }
    names.truncate(first);
    Ok(text)
}

/// Any JSON in which the members of each object have unique names. Its value is a text to `keep`.
struct Unique<'a, 'de> {
    names: &'a mut Vec<Name<'de>>,
    keep: bool,
}

impl<'de> DeserializeSeed<'de> for Unique<'_, 'de> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique<'_, 'de> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.keep.then(|| text.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let names = self.names;
        let keep = false;
        while seq.next_element_seed(Unique { names, keep })?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        unique_members(map, self.names, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_at_any_depth() {
        for json in [
            "{}",
            r#"{"a": 1, "b": {"a": [{"a": 1}, {"a": 2.5}]}, "c": [true, null, -1]}"#,
        ] {
            assert!(check_object(json.as_bytes()).is_ok(), "{json}");
        }
        for json in [
            r#"{"a": 1, "a": 1}"#,
            r#"{"a": 1, "b": 2, "\u0061": 3}"#,
            r#"{"b": {"a": 1, "c": 2, "a": 3}}"#,
            r#"{"b": [[{"a": 1, "a": null}]]}"#,
        ] {
            let error = check_object(json.as_bytes()).expect_err(json);
            assert!(error.is_data(), "{json}: {error}");
        }
    }

    #[test]
    fn text_of_the_object_itself_is_kept_by_its_decoded_name() {
        for (json, expected) in [
            (r#"{"a": {"sub": "b"}, "sub": "a", "z": "c"}"#, Some("a")),
            (r#"{"s\u0075b": "\u0061"}"#, Some("a")),
            (r#"{"sub": ""}"#, Some("")),
            (r#"{"sub": {"sub": "a"}}"#, None),
            (r#"{"sub": ["a"], "a": [{"sub": "b"}]}"#, None),
            (r#"{"sub": null}"#, None),
            (r#"{"sub": 1, "Sub": "a"}"#, None),
            ("{}", None),
        ] {
            let text = check_object_with_text(json.as_bytes(), "sub").expect(json);
            assert_eq!(text.as_deref(), expected, "{json}");
        }
        for json in [
            r#"{"sub": "a", "sub": "a"}"#,
            r#"{"sub": {"a": 1, "a": 2}}"#,
            r#"{"sub": "a", "b": {"a": 1, "a": 2}}"#,
            r#"["sub"]"#,
        ] {
            let error = check_object_with_text(json.as_bytes(), "sub").expect_err(json);
            assert!(error.is_data(), "{json}: {error}");
        }
    }

    #[test]
    fn last_of_many_members_is_compared_with_the_first() {
        let members = (0..1000).map(|index| format!(r#""n{index}": {{"n0": {index}}}"#));
        let members = members.collect::<Vec<_>>().join(",");
        assert!(check_object(format!("{{{members}}}").as_bytes()).is_ok());
        let repeated = format!(r#"{{{members}, "\u006e0": 1}}"#);
        assert!(check_object(repeated.as_bytes()).is_err());
    }

    #[test]
    fn what_is_accepted_is_not_too_deep_to_be_decoded() {
        for depth in 120..135 {
            for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
                let (open, close) = (open.repeat(depth), close.repeat(depth));
                let json = format!(r#"{{"a":{open}1{close}}}"#);
                let is_decoded = serde_json::from_str::<Value>(&json).is_ok();
                let is_accepted = check_object(json.as_bytes()).is_ok();
                assert_eq!(is_accepted, is_decoded, "{depth}");
            }
        }
    }

    #[test]
    fn text_that_is_not_utf_8_is_refused() {
        for json in [&b"{\"a\": \"\xff\"}"[..], b"{\"\xff\": 1}", b"{}\xff"] {
            assert!(check_object(json).is_err(), "{json:?}");
        }
    }

    #[test]
    fn text_that_is_not_an_object_of_unicode_is_refused() {
        let lone_surrogates = [r#"{"a": "\ud800"}"#, r#"{"\udc00": 1}"#];
        let others = ["", "{", "[]", "1", "null", "\"{}\"", "{} {}", "{}x"];
        for json in others.into_iter().chain(lone_surrogates) {
            assert!(check_object(json.as_bytes()).is_err(), "{json}");
        }
    }

    #[test]
    fn member_is_found_by_its_decoded_name() {
        let json = br#"{"x": {"a": 1}, "\u0061": "found", "b": null}"#;
        assert_eq!(member(json, "a").ok(), Some(Some("found".to_owned())));
        assert_eq!(member::<String>(json, "c").ok(), Some(None));
        assert_eq!(member::<Option<String>>(json, "b").ok(), Some(Some(None)));
        assert!(member::<String>(json, "x").is_err());
    }
}
