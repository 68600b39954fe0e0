//! Decodes models: JSON objects whose described members are fields.

use crate::additional_properties::AdditionalProperties;
use crate::member::Member;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;
use std::marker::PhantomData;

/// A model of the description. Its members are decoded leniently: a member of an unexpected type
/// reads as absent and is kept as raw JSON in the additional properties. Only required members must
/// be present and have their types.
///
/// ```
/// use ory_oidc_core::AdditionalProperties;
/// use ory_oidc_core::member::optional;
/// use ory_oidc_core::model::{Model, deserialize};
/// use serde::de::{Deserialize, Deserializer, MapAccess};
/// use serde_json::Value;
///
/// #[derive(Default)]
/// struct Person {
///     name: Option<String>,
///     additional_properties: AdditionalProperties,
/// }
///
/// impl Model for Person {
///     const MEMBERS: &'static [&'static str] = &["name"];
///     const REQUIRED: &'static [&'static str] = &[];
///
///     fn decode_member<'de, A: MapAccess<'de>>(
///         &mut self,
///         name: &str,
///         map: &mut A,
///     ) -> Result<Option<Value>, A::Error> {
///         match name {
///             "name" => optional(&mut self.name, map),
///             _ => map.next_value().map(Some),
///         }
///     }
///
///     fn additional_properties(&mut self) -> &mut AdditionalProperties {
///         &mut self.additional_properties
///     }
/// }
///
/// impl<'de> Deserialize<'de> for Person {
///     fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
///         deserialize(deserializer)
///     }
/// }
///
/// let person: Person = serde_json::from_str(r#"{"name": {"first": "Ann"}}"#)?;
/// assert_eq!(person.name, None);
/// assert_eq!(person.additional_properties["name"]["first"], "Ann");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub trait Model: Default + DeserializeOwned {
    /// The names of the described members; at most 128.
    const MEMBERS: &'static [&'static str];

    /// The names of the members without which the object cannot be used.
    const REQUIRED: &'static [&'static str];

    /// Decodes the next value of `map` into the field of a described member. Returns a value of an
    /// unexpected type.
    ///
    /// # Errors
    /// The error of the format, and a required member of another type.
    fn decode_member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut A,
    ) -> Result<Option<Value>, A::Error>;

    /// Returns the members that are not described or have an unexpected type.
    fn additional_properties(&mut self) -> &mut AdditionalProperties;
}

/// A model as a member of another one. It has an unexpected type if a required member is missing.
impl<M: Model> Member for M {
    fn from_value(value: Value) -> Result<Self, Value> {
        if Self::accepts(&value) {
            // An accepted value is decoded, so that its texts need no copy.
            Self::deserialize(value).map_err(|_| Value::Null)
        } else {
            Err(value)
        }
    }

    fn accepts(value: &Value) -> bool {
        // Without required members, every object is accepted.
        value.is_object() && (Self::REQUIRED.is_empty() || Self::deserialize(value).is_ok())
    }
}

/// Decodes a model. Refuses two members of one name, since readers differ about which one counts.
///
/// # Errors
/// The error of the format, and a required member that is missing or has another type.
pub fn deserialize<'de, M: Model, D: Deserializer<'de>>(deserializer: D) -> Result<M, D::Error> {
    deserializer.deserialize_map(ModelVisitor(PhantomData))
}

struct ModelVisitor<M>(PhantomData<M>);

impl<'de, M: Model> Visitor<'de> for ModelVisitor<M> {
    type Value = M;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<M, A::Error> {
        const { assert!(M::MEMBERS.len() <= u128::BITS as usize) };
        let mut model = M::default();
        let mut seen = 0_u128;
        while let Some(name) = map.next_key_seed(Name(M::MEMBERS))? {
            let (name, value) = match name {
                Ok(described) => {
                    let name = M::MEMBERS[described];
                    if seen & 1 << described != 0 {
                        return Err(A::Error::duplicate_field(name));
                    }
                    seen |= 1 << described;
                    match model.decode_member(name, &mut map)? {
                        Some(unexpected) => (name.to_owned(), unexpected),
                        None => continue,
                    }
                }
                Err(other) => (other, map.next_value()?),
            };
            model.additional_properties().insert_new(name, value)?;
        }
        for (index, name) in M::MEMBERS.iter().enumerate() {
            if seen & 1 << index == 0 && M::REQUIRED.contains(name) {
                return Err(A::Error::missing_field(name));
            }
        }
        Ok(model)
    }
}

/// Reads the name of a member: its index among these, or else the name.
struct Name(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Result<usize, String>;

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<Self::Value, D::Error> {
        name.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Result<usize, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        let described = self.0.iter().position(|known| *known == name);
        Ok(described.ok_or_else(|| name.to_owned()))
    }
}
