//! Decodes the members of a model. A value of an unexpected type is kept as raw JSON.

use crate::secret::Secret;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;
use std::marker::PhantomData;

/// A type that a member of a model can have.
pub trait Member: Sized {
    /// Converts a JSON value.
    ///
    /// # Errors
    /// Returns the value unchanged if it has another type.
    fn from_value(value: Value) -> Result<Self, Value>;

    /// Whether [`from_value`](Self::from_value) converts the value.
    #[must_use]
    fn accepts(value: &Value) -> bool {
        Self::from_value(value.clone()).is_ok()
    }

    /// Converts a JSON list.
    ///
    /// # Errors
    /// The outer error is that of the format. The inner one is the list, if it has another type.
    fn from_seq<'de, A: SeqAccess<'de>>(seq: A) -> Result<Result<Self, Value>, A::Error> {
        let items = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
        Ok(Self::from_value(Value::Array(items)))
    }

    /// Converts a JSON list whose items have this type.
    ///
    /// # Errors
    /// As for [`from_seq`](Self::from_seq).
    fn list_from_seq<'de, A: SeqAccess<'de>>(seq: A) -> Result<Result<Vec<Self>, Value>, A::Error> {
        let items = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
        Ok(Vec::from_value(Value::Array(items)))
    }
}

impl Member for Value {
    fn from_value(value: Value) -> Result<Self, Value> {
        Ok(value)
    }
}

impl Member for String {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::String(text) => Ok(text),
            other => Err(other),
        }
    }

    fn accepts(value: &Value) -> bool {
        value.is_string()
    }

    // Most lists contain only texts, which need no copy as values.
    fn list_from_seq<'de, A: SeqAccess<'de>>(
        mut seq: A,
    ) -> Result<Result<Vec<Self>, Value>, A::Error> {
        // Bounded, because a format may announce any length.
        let mut texts = Vec::with_capacity(seq.size_hint().unwrap_or(8).min(64));
        while let Some(item) = seq.next_element()? {
            match item {
                Value::String(text) => texts.push(text),
                other => {
                    let mut items: Vec<_> = texts.into_iter().map(Value::String).collect();
                    items.push(other);
                    while let Some(item) = seq.next_element()? {
                        items.push(item);
                    }
                    return Ok(Vec::from_value(Value::Array(items)));
                }
            }
        }
        Ok(Ok(texts))
    }
}

impl Member for Secret {
    fn from_value(value: Value) -> Result<Self, Value> {
        String::from_value(value).map(Self::from)
    }
}

/// Accepts the texts `true` and `false`, too.
impl Member for bool {
    fn from_value(value: Value) -> Result<Self, Value> {
        match &value {
            Value::Bool(flag) => Ok(*flag),
            Value::String(text) => text.parse().map_err(|_| value),
            _ => Err(value),
        }
    }
}

/// Accepts a whole number as a text, too.
impl Member for i64 {
    fn from_value(value: Value) -> Result<Self, Value> {
        let number = match &value {
            Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        number.ok_or(value)
    }
}

/// Returns a number without a fraction, such as `1.7e9`.
fn whole(number: f64) -> Option<i64> {
    // Every whole number below this is exact.
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    #[allow(clippy::cast_possible_truncation)] // checked
    (number.fract() == 0.0 && number.abs() < LIMIT).then_some(number as i64)
}

impl Member for Number {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Number(number) => Ok(number),
            other => Err(other),
        }
    }
}

/// Items that are `null` are skipped.
impl<T: Member> Member for Vec<T> {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            // Checked first, so that the items need no copy and a refused list is unchanged.
            Value::Array(items) if items.iter().all(|item| item.is_null() || T::accepts(item)) => {
                let items = items.into_iter().filter(|item| !item.is_null());
                Ok(items.filter_map(|item| T::from_value(item).ok()).collect())
            }
            other => Err(other),
        }
    }

    fn from_seq<'de, A: SeqAccess<'de>>(seq: A) -> Result<Result<Self, Value>, A::Error> {
        T::list_from_seq(seq)
    }
}

/// Decodes an optional member of a model, the next value of `map`, into its field. Returns a value
/// of an unexpected type. `null`, an empty text and an empty object leave the field unset.
///
/// # Errors
/// The error of the format.
pub fn optional<'de, T: Member, A: MapAccess<'de>>(
    field: &mut Option<T>,
    map: &mut A,
) -> Result<Option<Value>, A::Error> {
    Ok(match map.next_value_seed(Seed(PhantomData))? {
        None => None,
        Some(Ok(value)) => {
            *field = Some(value);
            None
        }
        Some(Err(unexpected)) => Some(unexpected),
    })
}

/// Decodes a required member of a model, the next value of `map`, into its field.
///
/// # Errors
/// The error of the format, also for a value of another type.
pub fn required<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    field: &mut T,
    map: &mut A,
) -> Result<Option<Value>, A::Error> {
    *field = map.next_value()?;
    Ok(None)
}

/// Decodes a value; [`None`] if it means "not set".
struct Seed<T>(PhantomData<T>);

type Decoded<T> = Option<Result<T, Value>>;

impl<'de, T: Member> DeserializeSeed<'de> for Seed<T> {
    type Value = Decoded<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Decoded<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Member> Visitor<'de> for Seed<T> {
    type Value = Decoded<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Decoded<T>, E> {
        Ok(None)
    }

    fn visit_none<E>(self) -> Result<Decoded<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<Decoded<T>, D::Error> {
        value.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Decoded<T>, E> {
        Ok(Some(T::from_value(value.into())))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Decoded<T>, E> {
        Ok(Some(T::from_value(value.into())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Decoded<T>, E> {
        Ok(Some(T::from_value(value.into())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Decoded<T>, E> {
        Ok(Some(T::from_value(value.into())))
    }

    fn visit_str<E>(self, value: &str) -> Result<Decoded<T>, E> {
        Ok((!value.is_empty()).then(|| T::from_value(value.into())))
    }

    fn visit_string<E>(self, value: String) -> Result<Decoded<T>, E> {
        Ok((!value.is_empty()).then(|| T::from_value(value.into())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Decoded<T>, A::Error> {
        T::from_seq(seq).map(Some)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Decoded<T>, A::Error> {
        let members = Map::deserialize(MapAccessDeserializer::new(map))?;
        Ok((!members.is_empty()).then(|| T::from_value(members.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Decodes a value as an optional member.
    fn decode<T: Member>(value: &Value) -> Decoded<T> {
        let seed = Seed(PhantomData);
        let text = value.to_string();
        let decoded = seed.deserialize(&mut serde_json::Deserializer::from_str(&text));
        decoded.expect("the text is JSON")
    }

    #[test]
    fn null_an_empty_text_and_an_empty_object_mean_not_set() {
        for value in [json!(null), json!(""), json!({})] {
            assert_eq!(decode::<String>(&value), None, "{value}");
            assert_eq!(decode::<bool>(&value), None, "{value}");
            assert_eq!(decode::<i64>(&value), None, "{value}");
            assert_eq!(decode::<Vec<String>>(&value), None, "{value}");
            assert_eq!(decode::<Value>(&value), None, "{value}");
        }
        assert_eq!(decode::<Vec<String>>(&json!([])), Some(Ok(Vec::new())));
    }

    #[test]
    fn value_of_an_unexpected_type_is_returned_unchanged() {
        for value in [json!(7), json!(true), json!(["a"]), json!({"a": 1})] {
            assert_eq!(decode::<String>(&value), Some(Err(value)));
        }
        for value in [json!(1), json!("yes"), json!("True"), json!([true])] {
            assert_eq!(decode::<bool>(&value), Some(Err(value)));
        }
        for value in [json!(1.5), json!("1.5"), json!("a"), json!(u64::MAX)] {
            assert_eq!(decode::<i64>(&value), Some(Err(value)));
        }
        for value in [
            json!("a"),
            json!(["a", 7]),
            json!([7, "a"]),
            json!(["a", null, {}]),
            json!([["a"]]),
        ] {
            assert_eq!(decode::<Vec<String>>(&value), Some(Err(value)));
        }
    }

    #[test]
    fn texts_of_booleans_and_whole_numbers_are_read() {
        assert_eq!(decode(&json!("true")), Some(Ok(true)));
        assert_eq!(decode(&json!("false")), Some(Ok(false)));
        for (value, number) in [
            (json!(0), 0),
            (json!("0"), 0),
            (json!("1700000000"), 1_700_000_000),
            (json!("-1"), -1),
            (json!(1.7e9), 1_700_000_000),
            (json!(0.0), 0),
        ] {
            assert_eq!(decode(&value), Some(Ok(number)), "{value}");
        }
    }

    #[test]
    fn null_in_a_list_is_skipped_and_an_empty_text_is_kept() {
        for (value, list) in [
            (json!(["a", null, "b"]), vec!["a", "b"]),
            (json!([null]), vec![]),
            (json!(["", null]), vec![""]),
        ] {
            let list = list.into_iter().map(str::to_owned).collect();
            assert_eq!(decode::<Vec<String>>(&value), Some(Ok(list)), "{value}");
        }
        assert_eq!(decode(&json!([1, null, "2"])), Some(Ok(vec![1_i64, 2])));
    }
}
