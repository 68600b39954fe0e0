//! Decodes models: JSON objects whose described members are fields.

use crate::additional_properties::AdditionalProperties;
use crate::member::Member;
use crate::member_names::MemberNames;
use serde::Serialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess,
    Visitor,
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
/// use ory_oidc_core::member::optional;
/// use ory_oidc_core::model::{Model, deserialize};
/// use serde::de::{Deserialize, Deserializer, MapAccess};
/// use serde_json::Value;
///
/// #[derive(Default, serde::Serialize)]
/// struct Person {
///     name: Option<String>,
///     #[serde(flatten)]
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
pub trait Model: Default + DeserializeOwned + Serialize {
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
        // Without required members, every object is accepted. Otherwise a copy is decoded, so that the
        // decoder is not compiled for borrowed values, too.
        value.is_object() && (Self::REQUIRED.is_empty() || Self::deserialize(value.clone()).is_ok())
    }

    // Most lists contain only usable models, which need no copy as values.
    fn list_from_seq<'de, A: SeqAccess<'de>>(
        mut seq: A,
    ) -> Result<Result<Vec<Self>, Value>, A::Error> {
        let mut models = Vec::new();
        if Self::REQUIRED.is_empty() {
            while let Some(item) = seq.next_element()? {
                match item {
                    Item::Model(model) => models.push(model),
                    Item::Other(Value::Null) => {}
                    Item::Other(other) => return refused(models, other, seq).map(Err),
                }
            }
            return Ok(Ok(models));
        }
        let items = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
        Ok(Vec::from_value(Value::Array(items)))
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
        let described = const { &MemberNames::new(M::MEMBERS) };
        let mut model = M::default();
        let mut seen = 0_u128;
        while let Some(name) = map.next_key_seed(Name(described))? {
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
struct Name(&'static MemberNames);

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
        Ok(self.0.position(name).ok_or_else(|| name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::member::optional;
    use serde_json::json;

    #[derive(Debug, Default, Serialize)]
    struct Leaf {
        name: Option<String>,
        #[serde(flatten)]
        additional_properties: AdditionalProperties,
    }

    impl Model for Leaf {
        const MEMBERS: &'static [&'static str] = &["name"];
        const REQUIRED: &'static [&'static str] = &[];

        fn decode_member<'de, A: MapAccess<'de>>(
            &mut self,
            name: &str,
            map: &mut A,
        ) -> Result<Option<Value>, A::Error> {
            match name {
                "name" => optional(&mut self.name, map),
                _ => map.next_value().map(Some),
            }
        }

        fn additional_properties(&mut self) -> &mut AdditionalProperties {
            &mut self.additional_properties
        }
    }

    impl<'de> Deserialize<'de> for Leaf {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserialize(deserializer)
        }
    }

    /// A list of models, as a member of another model.
    #[derive(Debug, Default)]
    struct Tree {
        leaves: Option<Vec<Leaf>>,
        additional_properties: AdditionalProperties,
    }

    struct TreeVisitor;

    impl<'de> Visitor<'de> for TreeVisitor {
        type Value = Tree;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
            let mut tree = Tree::default();
            while let Some(name) = map.next_key::<String>()? {
                if let Some(raw) = optional(&mut tree.leaves, &mut map)? {
                    tree.additional_properties.0.insert(name, raw);
                }
            }
            Ok(tree)
        }
    }

    fn tree(leaves: &Value) -> Tree {
        let text = json!({"leaves": leaves}).to_string();
        let mut json = serde_json::Deserializer::from_str(&text);
        json.deserialize_map(TreeVisitor).expect("the text is JSON")
    }

    #[test]
    fn items_of_a_list_are_models_and_null_is_skipped() {
        let tree = tree(&json!([{"name": "a"}, null, {"name": 7, "size": 1}, {}]));
        let leaves = tree.leaves.expect("the list has the expected type");
        let names: Vec<_> = leaves.iter().map(|leaf| leaf.name.as_deref()).collect();
        assert_eq!(names, [Some("a"), None, None]);
        assert_eq!(leaves[1].additional_properties["name"], 7);
        assert_eq!(leaves[1].additional_properties["size"], 1);
        assert!(tree.additional_properties.0.is_empty());
    }

    #[test]
    fn list_with_an_item_that_is_not_an_object_is_kept_as_raw_json() {
        for other in [
            json!(7),
            json!(-7),
            json!(1.5),
            json!("a"),
            json!(true),
            json!([[{}]]),
        ] {
            let list = json!([{"name": "a", "size": 1}, other, {"name": "b"}, null]);
            let tree = tree(&list);
            assert!(tree.leaves.is_none(), "{list}");
            assert_eq!(tree.additional_properties["leaves"], list);
        }
    }
}
