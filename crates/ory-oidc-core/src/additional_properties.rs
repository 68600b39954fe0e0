//! Members of a JSON object that have no field in its model.

use crate::text::clip;
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;
use std::ops::{Deref, DerefMut};

/// The most names that [`Debug`](fmt::Debug) shows.
const SHOWN_NAMES: usize = 20;

/// The members of a JSON object that the description does not name, and those whose value has
/// another type than described. They are kept and sent back unchanged.
///
/// [`Debug`](fmt::Debug) shows only names, since any value may be a secret.
///
/// ```
/// use ory_oidc_core::AdditionalProperties;
///
/// let members: AdditionalProperties = serde_json::from_str(r#"{"groups": ["a"]}"#)?;
/// assert_eq!(members["groups"][0], "a");
/// assert_eq!(format!("{members:?}"), r#"{"groups"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct AdditionalProperties(pub Map<String, Value>);

impl AdditionalProperties {
    /// Adds a member while decoding. Refuses a second one of the same name.
    pub(crate) fn insert_new<E: Error>(&mut self, name: String, value: Value) -> Result<(), E> {
        match self.insert(name, value) {
            None => Ok(()),
            Some(_) => Err(E::custom("duplicate member")),
        }
    }

    /// Adds the members of another object, and removes those that it has in a field. Returns the names
    /// of the members that it omits.
    pub(crate) fn update(
        &mut self,
        mut others: Self,
        is_field: &dyn Fn(&str) -> bool,
    ) -> Vec<String> {
        let mut omitted = Vec::new();
        if !self.is_empty() {
            self.retain(|name, _| !is_field(name));
            let left = self.keys().filter(|name| !others.contains_key(*name));
            omitted.extend(left.cloned());
        }
        self.append(&mut others);
        omitted
    }

    /// Returns those of the described names that are among these members: their values have
    /// unexpected types.
    #[must_use]
    pub fn among(&self, described: &'static [&'static str]) -> Vec<&'static str> {
        if self.is_empty() {
            return Vec::new();
        }
        let described = described.iter().copied();
        described.filter(|name| self.contains_key(*name)).collect()
    }
}

impl Deref for AdditionalProperties {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for AdditionalProperties {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// Refuses two members of one name, since readers differ about which one counts.
impl<'de> Deserialize<'de> for AdditionalProperties {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = AdditionalProperties;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = AdditionalProperties::default();
                while let Some((name, value)) = map.next_entry()? {
                    members.insert_new(name, value)?;
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

impl fmt::Debug for AdditionalProperties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut set = f.debug_set();
        set.entries(self.0.keys().take(SHOWN_NAMES).map(|name| clip(name)));
        if let Some(more @ 1..) = self.0.len().checked_sub(SHOWN_NAMES) {
            set.entry(&format_args!("{more} more"));
        }
        set.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_a_bounded_number_of_bounded_names() {
        let member = |index: usize| (format!("{index:0>60000}"), Value::Null);
        let members = AdditionalProperties((0..SHOWN_NAMES + 2).map(member).collect());
        let shown = format!("{members:?}");
        assert!(shown.len() < 10_000, "{} bytes", shown.len());
        assert!(shown.ends_with("2 more}"), "{shown}");
    }
}
