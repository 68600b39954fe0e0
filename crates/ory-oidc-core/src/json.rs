//! JSON objects that are kept as text: their members are decoded when they are asked for.

use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
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
    serde_json::from_slice(json).map(|UniqueObject| ())
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

/// An object whose members have unique names.
struct UniqueObject;

impl<'de> Deserialize<'de> for UniqueObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self)
    }
}

impl<'de> Visitor<'de> for UniqueObject {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self, A::Error> {
        Unique.visit_map(map).map(|Unique| self)
    }
}

/// Any JSON in which the members of each object have unique names.
struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self, A::Error> {
        while seq.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = map.next_key::<Name<'_>>()? {
            if names.is_empty() {
                // Enough for most objects, so that the list does not grow.
                names.reserve(24);
            }
            names.push(name);
            map.next_value::<Self>()?;
        }
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(A::Error::custom("duplicate member"));
        }
        Ok(self)
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
    fn text_that_is_not_an_object_is_refused() {
        for json in ["", "{", "[]", "1", "null", "\"{}\"", "{} {}"] {
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
