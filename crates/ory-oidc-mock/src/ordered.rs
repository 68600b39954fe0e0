//! A JSON object that preserves the order of its members, as Hydra's responses do.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// A JSON object that serializes its members in insertion order.
///
/// The `preserve_order` feature of `serde_json` would do the same, but Cargo unifies features: it
/// would also change the maps of the application under test.
#[derive(Debug, Default)]
pub(crate) struct Ordered(Vec<(&'static str, Value)>);

impl Ordered {
    pub(crate) fn push(&mut self, name: &'static str, value: impl Into<Value>) {
        self.0.push((name, value.into()));
    }
}

impl FromIterator<(&'static str, Value)> for Ordered {
    fn from_iter<I: IntoIterator<Item = (&'static str, Value)>>(members: I) -> Self {
        Self(members.into_iter().collect())
    }
}

impl Serialize for Ordered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
