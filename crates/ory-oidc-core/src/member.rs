//! Decodes the members of a model. A value of an unexpected type is kept as raw JSON.

use crate::decoded::Decoded;
use crate::secret::Secret;
use crate::texts::texts_from_seq;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

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

    /// Decodes a text. It needs no copy if it equals the known value.
    #[must_use]
    fn from_text(text: &str, _known: Option<&Self>) -> Decoded<Self> {
        Decoded::of(Self::from_value(text.into()))
    }

    /// Decodes a JSON list. It needs no copy if it equals the known value.
    ///
    /// # Errors
    /// The error of the format.
    fn from_seq<'de, A: SeqAccess<'de>>(
        seq: A,
        _known: Option<&Self>,
    ) -> Result<Decoded<Self>, A::Error> {
        let items = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
        Ok(Decoded::of(Self::from_value(Value::Array(items))))
    }

    /// Decodes a JSON list whose items have this type, for [`from_seq`](Self::from_seq).
    ///
    /// # Errors
    /// The error of the format.
    fn list_from_seq<'de, A: SeqAccess<'de>>(
        seq: A,
        _known: Option<&Vec<Self>>,
    ) -> Result<Decoded<Vec<Self>>, A::Error> {
        let items = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
        Ok(Decoded::of(Vec::from_value(Value::Array(items))))
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

    fn from_text(text: &str, known: Option<&Self>) -> Decoded<Self> {
        match known {
            Some(known) if known == text => Decoded::Same,
            _ => Decoded::Value(text.to_owned()),
        }
    }

    fn list_from_seq<'de, A: SeqAccess<'de>>(
        seq: A,
        known: Option<&Vec<Self>>,
    ) -> Result<Decoded<Vec<Self>>, A::Error> {
        // Most lists contain only texts, which need no copy as values.
        Ok(match texts_from_seq(seq, known)? {
            Decoded::Unexpected(list) => Decoded::of(Vec::from_value(*list)),
            texts => texts,
        })
    }
}

impl Member for Secret {
    fn from_value(value: Value) -> Result<Self, Value> {
        String::from_value(value).map(Self::from)
    }

    fn from_text(text: &str, _known: Option<&Self>) -> Decoded<Self> {
        Decoded::Value(text.into())
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

    fn from_seq<'de, A: SeqAccess<'de>>(
        seq: A,
        known: Option<&Self>,
    ) -> Result<Decoded<Self>, A::Error> {
        T::list_from_seq(seq, known)
    }
}

/// Decodes an optional member of a model, the next value of `map`, into its field, unless the value
/// equals the known one. `null`, an empty text and an empty object mean that the member is not set.
///
/// # Errors
/// The error of the format.
pub fn optional<'de, T: Member, A: MapAccess<'de>>(
    field: &mut Option<T>,
    known: Option<&Option<T>>,
    map: &mut A,
) -> Result<Decoded<()>, A::Error> {
    let known = known.and_then(Option::as_ref);
    map.next_value_seed(Field { field, known })
}

/// Decodes a required member of a model, the next value of `map`, into its field.
///
/// # Errors
/// The error of the format, also for a value of another type.
pub fn required<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    field: &mut T,
    map: &mut A,
) -> Result<Decoded<()>, A::Error> {
    *field = map.next_value()?;
    Ok(Decoded::Value(()))
}

/// Decodes a value into a field, which is unset before.
struct Field<'a, T> {
    field: &'a mut Option<T>,
    known: Option<&'a T>,
}

impl<T: Member> Field<'_, T> {
    fn set(self, value: Decoded<T>) -> Decoded<()> {
        match value {
            Decoded::Value(value) => {
                *self.field = Some(value);
                Decoded::Value(())
            }
            Decoded::Same => Decoded::Same,
            Decoded::Unexpected(unexpected) => Decoded::Unexpected(unexpected),
        }
    }

    fn convert(self, value: Value) -> Decoded<()> {
        self.set(Decoded::of(T::from_value(value)))
    }

    /// Leaves the field unset.
    fn unset(self) -> Decoded<()> {
        match self.known {
            Some(_) => Decoded::Value(()),
            None => Decoded::Same,
        }
    }
}

impl<'de, T: Member> DeserializeSeed<'de> for Field<'_, T> {
    type Value = Decoded<()>;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Decoded<()>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Member> Visitor<'de> for Field<'_, T> {
    type Value = Decoded<()>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Decoded<()>, E> {
        Ok(self.unset())
    }

    fn visit_none<E>(self) -> Result<Decoded<()>, E> {
        Ok(self.unset())
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<Decoded<()>, D::Error> {
        value.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Decoded<()>, E> {
        Ok(self.convert(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Decoded<()>, E> {
        Ok(self.convert(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Decoded<()>, E> {
        Ok(self.convert(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Decoded<()>, E> {
        Ok(self.convert(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Decoded<()>, E> {
        if value.is_empty() {
            return Ok(self.unset());
        }
        let value = T::from_text(value, self.known);
        Ok(self.set(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Decoded<()>, E> {
        if value.is_empty() {
            return Ok(self.unset());
        }
        Ok(self.convert(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Decoded<()>, A::Error> {
        let value = T::from_seq(seq, self.known)?;
        Ok(self.set(value))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Decoded<()>, A::Error> {
        let members = Map::deserialize(MapAccessDeserializer::new(map))?;
        if members.is_empty() {
            return Ok(self.unset());
        }
        Ok(self.convert(members.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Decodes a value as an optional member: [`None`] if it means "not set".
    fn decode<T: Member>(value: &Value) -> Option<Result<T, Value>> {
        let mut field = None;
        let seed = Field {
            field: &mut field,
            known: None,
        };
        let text = value.to_string();
        let decoded = seed.deserialize(&mut serde_json::Deserializer::from_str(&text));
        match decoded.expect("the text is JSON") {
            Decoded::Value(()) | Decoded::Same => field.map(Ok),
            Decoded::Unexpected(unexpected) => Some(Err(*unexpected)),
        }
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
