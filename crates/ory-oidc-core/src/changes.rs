//! Decodes an object beside the model that is known from an earlier response.
//!
//! Most responses repeat what is known. A text or a list that equals the known one is not copied, so
//! that only new values cost memory. [`Changes::apply`] writes these to the known model and returns
//! the names of the members that the object omits.

use crate::decoded::Decoded;
use crate::member_names::{MAX_MEMBERS, MemberNames};
use crate::model::Model;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use std::fmt;

/// Decodes a model. Refuses two members of one name, since readers differ about which one counts.
///
/// # Errors
/// The error of the format, and a required member that is missing or has another type.
pub fn deserialize<'de, M: Model, D: Deserializer<'de>>(deserializer: D) -> Result<M, D::Error> {
    let mut changes = Changes::new();
    changes.read(None, deserializer)?;
    Ok(changes.model)
}

/// An object that was decoded beside a known model. The example of [`Model`] decodes and applies some.
pub struct Changes<M> {
    model: M,
    /// The state of each described member.
    states: [State; MAX_MEMBERS],
}

/// How the value of a member compares with the known one.
#[derive(Clone, Copy, Eq, PartialEq)]
enum State {
    Omitted,
    /// The value equals the known one, or both are unset. The field of the model is unset.
    Same,
    /// Any other value.
    New,
}

impl<M: fmt::Debug> fmt::Debug for Changes<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes")
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

impl<M: Model> Changes<M> {
    /// Returns the changes of an object without members.
    pub(crate) fn new() -> Self {
        Self {
            model: M::default(),
            states: [State::Omitted; MAX_MEMBERS],
        }
    }

    /// Decodes an object in place, as a model is large. After an error, the changes are incomplete.
    pub(crate) fn read<'de, D: Deserializer<'de>>(
        &mut self,
        known: Option<&M>,
        deserializer: D,
    ) -> Result<(), D::Error> {
        deserializer.deserialize_map(ModelVisitor {
            changes: self,
            known,
        })
    }

    /// Returns the model without the members that equal those of the known one.
    pub fn model(&mut self) -> &mut M {
        &mut self.model
    }

    /// Returns the model without the members that equal those of the known one. If the object was
    /// decoded beside none, the model is complete.
    #[must_use]
    pub fn into_model(self) -> M {
        self.model
    }

    /// Replaces the members that the object has in the known model, beside which it was decoded.
    /// Returns the names of the members that the known model has and the object omits.
    pub fn apply(mut self, known: &mut M) -> Vec<String> {
        let mut omitted = Vec::new();
        for ((number, name), state) in (1..).zip(M::MEMBERS).zip(self.states) {
            match state {
                State::Omitted if known.is_set(number) => omitted.push((*name).to_owned()),
                State::Omitted | State::Same => {}
                State::New => known.swap_member(number, &mut self.model),
            }
        }
        let others = std::mem::take(self.model.additional_properties());
        let states = self.states;
        let is_field =
            |name: &str| M::number(name).is_some_and(|number| states[number - 1] != State::Omitted);
        let known = known.additional_properties();
        omitted.extend(known.update(others, &is_field));
        omitted
    }
}

struct ModelVisitor<'a, M> {
    changes: &'a mut Changes<M>,
    known: Option<&'a M>,
}

impl<'de, M: Model> Visitor<'de> for ModelVisitor<'_, M> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let described = const { &MemberNames::new(M::MEMBERS) };
        let Changes { model, states } = self.changes;
        while let Some(name) = map.next_key_seed(Name(described))? {
            let (name, value) = match name {
                Ok(number) => {
                    let (name, state) = (M::MEMBERS[number - 1], &mut states[number - 1]);
                    if *state != State::Omitted {
                        return Err(A::Error::duplicate_field(name));
                    }
                    *state = State::New;
                    match model.decode_member(number, self.known, &mut map)? {
                        Decoded::Value(()) => continue,
                        Decoded::Same => {
                            *state = State::Same;
                            continue;
                        }
                        Decoded::Unexpected(unexpected) => (name.to_owned(), *unexpected),
                    }
                }
                Err(other) => (other, map.next_value()?),
            };
            model.additional_properties().insert_new(name, value)?;
        }
        for name in M::REQUIRED {
            if M::number(name).is_none_or(|number| states[number - 1] == State::Omitted) {
                return Err(A::Error::missing_field(name));
            }
        }
        Ok(())
    }
}

/// Reads the name of a member: the number of one of these, or else the name.
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

    #[inline]
    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.number(name).ok_or_else(|| name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::additional_properties::AdditionalProperties;
    use crate::member::optional;
    use serde::{Deserialize, Serialize};
    use serde_json::{Value, json};

    /// A model with a list of models.
    #[derive(Debug, Default, Serialize)]
    struct Tree {
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        branches: Option<Vec<Tree>>,
        #[serde(flatten)]
        additional_properties: AdditionalProperties,
    }

    impl Model for Tree {
        const MEMBERS: &'static [&'static str] = &["name", "branches"];
        const REQUIRED: &'static [&'static str] = &[];

        fn decode_member<'de, A: MapAccess<'de>>(
            &mut self,
            number: usize,
            known: Option<&Self>,
            map: &mut A,
        ) -> Result<Decoded<()>, A::Error> {
            match number {
                1 => optional(&mut self.name, known.map(|known| &known.name), map),
                2 => optional(&mut self.branches, known.map(|known| &known.branches), map),
                _ => map.next_value().map(Decoded::Unexpected),
            }
        }

        fn additional_properties(&mut self) -> &mut AdditionalProperties {
            &mut self.additional_properties
        }

        fn is_set(&self, number: usize) -> bool {
            match number {
                1 => self.name.is_some(),
                _ => self.branches.is_some(),
            }
        }

        fn swap_member(&mut self, number: usize, other: &mut Self) {
            match number {
                1 => std::mem::swap(&mut self.name, &mut other.name),
                _ => std::mem::swap(&mut self.branches, &mut other.branches),
            }
        }
    }

    impl<'de> Deserialize<'de> for Tree {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserialize(deserializer)
        }
    }

    fn tree(branches: &Value) -> Tree {
        let text = json!({"branches": branches}).to_string();
        serde_json::from_str(&text).expect("the text is an object")
    }

    #[test]
    fn items_of_a_list_are_models_and_null_is_skipped() {
        let tree = tree(&json!([{"name": "a"}, null, {"name": 7, "size": 1}, {}]));
        let branches = tree.branches.expect("the list has the expected type");
        let names: Vec<_> = branches
            .iter()
            .map(|branch| branch.name.as_deref())
            .collect();
        assert_eq!(names, [Some("a"), None, None]);
        assert_eq!(branches[1].additional_properties["name"], 7);
        assert_eq!(branches[1].additional_properties["size"], 1);
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
            assert!(tree.branches.is_none(), "{list}");
            assert_eq!(tree.additional_properties["branches"], list);
        }
    }
}
