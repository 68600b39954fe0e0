//! Decodes optional members. Ory writes `null`, `""` or `{}` for a member that is not set.

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde_with::DeserializeAs;
use std::fmt;
use std::marker::PhantomData;

/// Decodes an [`Option`] and turns `null`, an empty string and an empty object into [`None`].
///
/// ```
/// use ory_oidc_core::absent::Absent;
/// use serde::Deserialize;
/// use serde_with::As;
///
/// #[derive(Deserialize)]
/// struct Model {
///     #[serde(default, deserialize_with = "As::<Absent>::deserialize")]
///     name: Option<String>,
/// }
///
/// assert_eq!(serde_json::from_str::<Model>(r#"{"name": ""}"#)?.name, None);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug)]
pub struct Absent;

impl<'de, T: Deserialize<'de>> DeserializeAs<'de, Option<T>> for Absent {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(AbsentVisitor(PhantomData))
    }
}

/// Decodes like [`Absent`], and accepts `"true"` and `"false"` for a boolean.
#[derive(Debug)]
pub struct AbsentBool;

impl<'de> DeserializeAs<'de, Option<bool>> for AbsentBool {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
        let lenient: Option<Lenient> = Absent::deserialize_as(deserializer)?;
        Ok(lenient.map(|Lenient(value)| value))
    }
}

struct Lenient(bool);

impl<'de> Deserialize<'de> for Lenient {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LenientVisitor;

        impl Visitor<'_> for LenientVisitor {
            type Value = Lenient;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a boolean")
            }

            fn visit_bool<E: Error>(self, v: bool) -> Result<Lenient, E> {
                Ok(Lenient(v))
            }

            fn visit_str<E: Error>(self, v: &str) -> Result<Lenient, E> {
                match v {
                    "true" => Ok(Lenient(true)),
                    "false" => Ok(Lenient(false)),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(v), &self)),
                }
            }
        }

        deserializer.deserialize_any(LenientVisitor)
    }
}

struct AbsentVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for AbsentVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or nothing")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, v: bool) -> Result<Self::Value, E> {
        T::deserialize(v.into_deserializer()).map(Some)
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<Self::Value, E> {
        T::deserialize(v.into_deserializer()).map(Some)
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<Self::Value, E> {
        T::deserialize(v.into_deserializer()).map(Some)
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<Self::Value, E> {
        T::deserialize(v.into_deserializer()).map(Some)
    }

    fn visit_str<E: Error>(self, v: &str) -> Result<Self::Value, E> {
        if v.is_empty() {
            return Ok(None);
        }
        T::deserialize(v.into_deserializer()).map(Some)
    }

    fn visit_string<E: Error>(self, v: String) -> Result<Self::Value, E> {
        if v.is_empty() {
            return Ok(None);
        }
        T::deserialize(v.into_deserializer()).map(Some)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        T::deserialize(SeqAccessDeserializer::new(seq)).map(Some)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some(first) = map.next_key::<String>()? else {
            return Ok(None);
        };
        let map = Peeked {
            first: Some(first),
            map,
        };
        T::deserialize(MapAccessDeserializer::new(map)).map(Some)
    }
}

/// A map whose first key was already read to see whether there is one.
struct Peeked<A> {
    first: Option<String>,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Peeked<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(first) => seed.deserialize(first.into_deserializer()).map(Some),
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}
