//! Models: JSON objects whose described members are fields.

use crate::additional_properties::AdditionalProperties;
use crate::decoded::Decoded;
use crate::member::Member;
use crate::member_names::MemberNames;
use serde::Serialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};
use serde_json::Value;
use std::fmt;
use std::marker::PhantomData;

/// A model of the description. Its members are decoded leniently: a member of an unexpected type
/// reads as absent and is kept as raw JSON in the additional properties. Only required members must
/// be present and have their types.
///
/// ```
/// use ory_oidc_core::AdditionalProperties;
/// use ory_oidc_core::changes::deserialize;
/// use ory_oidc_core::decoded::Decoded;
/// use ory_oidc_core::member::optional;
/// use ory_oidc_core::model::Model;
/// use ory_oidc_core::response::from_json;
/// use serde::de::{Deserialize, Deserializer, MapAccess};
/// use std::mem::swap;
///
/// #[derive(Default, serde::Serialize)]
/// struct Person {
///     name: Option<String>,
///     city: Option<String>,
///     #[serde(flatten)]
///     additional_properties: AdditionalProperties,
/// }
///
/// impl Model for Person {
///     const MEMBERS: &'static [&'static str] = &["name", "city"];
///     const REQUIRED: &'static [&'static str] = &[];
///
///     fn decode_member<'de, A: MapAccess<'de>>(
///         &mut self,
///         number: usize,
///         known: Option<&Self>,
///         map: &mut A,
///     ) -> Result<Decoded<()>, A::Error> {
///         match number {
///             1 => optional(&mut self.name, known.map(|known| &known.name), map),
///             2 => optional(&mut self.city, known.map(|known| &known.city), map),
///             _ => map.next_value().map(Decoded::Unexpected),
///         }
///     }
///
///     fn additional_properties(&mut self) -> &mut AdditionalProperties {
///         &mut self.additional_properties
///     }
///
///     fn is_set(&self, number: usize) -> bool {
///         match number {
///             1 => self.name.is_some(),
///             2 => self.city.is_some(),
///             _ => false,
///         }
///     }
///
///     fn swap_member(&mut self, number: usize, other: &mut Self) {
///         match number {
///             1 => swap(&mut self.name, &mut other.name),
///             2 => swap(&mut self.city, &mut other.city),
///             _ => {}
///         }
///     }
/// }
///
/// impl<'de> Deserialize<'de> for Person {
///     fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
///         deserialize(deserializer)
///     }
/// }
///
/// let mut person: Person = serde_json::from_str(r#"{"name": {"first": "Ann"}, "city": "Bonn"}"#)?;
/// assert_eq!(person.name, None);
/// assert_eq!(person.additional_properties["name"]["first"], "Ann");
///
/// // A later response has another name, and omits the city.
/// let changes = from_json(br#"{"name": "Eve"}"#, Some(&person)).expect("the body is an object");
/// let omitted = changes.apply(&mut person);
/// assert_eq!(person.name.as_deref(), Some("Eve"));
/// assert!(person.additional_properties.is_empty());
/// assert_eq!(person.city.as_deref(), Some("Bonn"));
/// assert_eq!(omitted, ["city"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub trait Model: Default + DeserializeOwned + Serialize {
    /// The names of the described members; at most 128. The number of a member is its place among
    /// them. The first one has the number 1, as the templates of the generator count.
    const MEMBERS: &'static [&'static str];

    /// The names of the members without which the object cannot be used.
    const REQUIRED: &'static [&'static str];

    /// Decodes the next value of `map` into the field of a described member, unless the value equals
    /// that of `known`, the model known before.
    ///
    /// # Errors
    /// The error of the format, and a required member of another type.
    fn decode_member<'de, A: MapAccess<'de>>(
        &mut self,
        number: usize,
        known: Option<&Self>,
        map: &mut A,
    ) -> Result<Decoded<()>, A::Error>;

    /// Returns the members that are not described or have an unexpected type.
    fn additional_properties(&mut self) -> &mut AdditionalProperties;

    /// Whether the field of a described member is set. That of a required one always is.
    fn is_set(&self, number: usize) -> bool;

    /// Exchanges the field of a described member with that of another model.
    fn swap_member(&mut self, number: usize, other: &mut Self);

    /// Returns the number of a described member.
    #[must_use]
    fn number(name: &str) -> Option<usize> {
        const { &MemberNames::new(Self::MEMBERS) }.number(name)
    }
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
        // Without required members, every object is accepted. Otherwise a copy is decoded, so that the
        // decoder is not compiled for borrowed values, too.
        value.is_object() && (Self::REQUIRED.is_empty() || Self::deserialize(value.clone()).is_ok())
    }

    // Most lists contain only usable models, which need no copy as values.
    fn list_from_seq<'de, A: SeqAccess<'de>>(
        mut seq: A,
        _known: Option<&Vec<Self>>,
    ) -> Result<Decoded<Vec<Self>>, A::Error> {
        let mut models = Vec::new();
        if Self::REQUIRED.is_empty() {
            while let Some(item) = seq.next_element()? {
                match item {
                    Item::Model(model) => models.push(model),
                    Item::Other(Value::Null) => {}
                    Item::Other(other) => {
                        return refused(models, other, seq).map(Decoded::unexpected);
                    }
                }
            }
            return Ok(Decoded::Value(models));
        }
        let items = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
        Ok(Decoded::of(Vec::from_value(Value::Array(items))))
    }
}

/// Returns a list with an item that is not an object. Members of earlier items that mean "not set"
/// are left out.
fn refused<'de, M: Model, A: SeqAccess<'de>>(
    models: Vec<M>,
    other: Value,
    mut seq: A,
) -> Result<Value, A::Error> {
    let models = models.into_iter().map(serde_json::to_value);
    let mut items = models
        .collect::<Result<Vec<_>, _>>()
        .map_err(A::Error::custom)?;
    items.push(other);
    while let Some(item) = seq.next_element()? {
        items.push(item);
    }
    Ok(Value::Array(items))
}

/// An item of a list of models.
enum Item<M> {
    Model(M),
    Other(Value),
}

impl<'de, M: Model> Deserialize<'de> for Item<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ItemVisitor(PhantomData))
    }
}

struct ItemVisitor<M>(PhantomData<M>);

impl<'de, M: Model> Visitor<'de> for ItemVisitor<M> {
    type Value = Item<M>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Item<M>, E> {
        Ok(Item::Other(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Item<M>, E> {
        Ok(Item::Other(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Item<M>, E> {
        Ok(Item::Other(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Item<M>, E> {
        Ok(Item::Other(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Item<M>, E> {
        Ok(Item::Other(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Item<M>, E> {
        Ok(Item::Other(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Item<M>, A::Error> {
        let items = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
        Ok(Item::Other(Value::Array(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Item<M>, A::Error> {
        M::deserialize(MapAccessDeserializer::new(map)).map(Item::Model)
    }
}
