//! The metadata of one client.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::go_type::go_type;
use crate::hydra_version::HydraVersion;
use crate::member::{self, Kind, View};
use crate::ordered::Ordered;

/// The members of one client that are set, each of the right type. `null` means not set, except for
/// `metadata`.
#[derive(Clone)]
pub(crate) struct Metadata {
    version: HydraVersion,
    members: BTreeMap<&'static str, Value>,
}

impl Metadata {
    /// Decodes the supported members of a request body.
    ///
    /// The error is the message of Go's JSON decoder for a member of the wrong type.
    pub(crate) fn decode(body: Value, version: HydraVersion) -> Result<Self, String> {
        let mut given = match body {
            Value::Object(members) => members,
            Value::Null => Map::new(),
            other => {
                return Err(format!(
                    "json: cannot unmarshal {} into Go value of type client.Client",
                    go_type(&other)
                ));
            }
        };
        let mut metadata = Self {
            version,
            members: BTreeMap::new(),
        };
        for (name, kind) in member::of(version) {
            match take(&mut given, name) {
                None => {}
                Some(Value::Null) if kind != Kind::Metadata => {}
                Some(value) if kind == Kind::NotInHydra && !value.is_string() => {}
                Some(value) => metadata.set(name, member::decode(name, kind, value)?),
            }
        }
        Ok(metadata)
    }

    /// Returns the version of Hydra whose rules apply.
    pub(crate) fn version(&self) -> HydraVersion {
        self.version
    }

    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        self.members.insert(name, value.into());
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.members.remove(name);
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// Returns a string member, or `""` if it is not set.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns the strings of a list member. There are none if it is not set.
    pub(crate) fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
    }

    /// Returns a boolean member, or `false` if it is not set.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// Returns the JSON object for a response.
    pub(crate) fn render(&self, view: View) -> Ordered {
        member::of(self.version)
            .filter_map(|(name, kind)| {
                let value = match self.get(name) {
                    Some(value) if !(member::is_empty(value) && kind.is_omitted_when_empty()) => {
                        Some(value.clone())
                    }
                    _ => kind.default_in(view),
                };
                value
                    .filter(|_| !(kind == Kind::Metadata && view == View::Read))
                    .map(|value| (name, value))
            })
            .collect()
    }
}

/// Removes a member. As in Go, a member whose name differs in case counts if there is no other.
fn take(members: &mut Map<String, Value>, name: &str) -> Option<Value> {
    members.remove(name).or_else(|| {
        let found = members.keys().find(|key| key.eq_ignore_ascii_case(name));
        let found = found?.clone();
        members.remove(&found)
    })
}

#[cfg(test)]
mod tests {
    use super::Metadata;
    use crate::hydra_version::HydraVersion;
    use crate::member::View;
    use serde_json::{Value, json};

    fn response(body: Value, view: View) -> Value {
        let metadata =
            Metadata::decode(body, HydraVersion::Head).expect("the members have the right types");
        serde_json::to_value(metadata.render(view)).expect("metadata can be serialized")
    }

    #[test]
    fn a_missing_list_is_null_when_written_and_empty_when_read() {
        assert_eq!(
            response(json!({}), View::Written)["redirect_uris"],
            Value::Null
        );
        assert_eq!(response(json!({}), View::Read)["redirect_uris"], json!([]));
        assert_eq!(
            response(json!({"redirect_uris": []}), View::Written)["redirect_uris"],
            json!([])
        );
    }

    #[test]
    fn a_null_member_is_not_set() {
        assert_eq!(
            response(json!({"scope": null, "jwks": null}), View::Read),
            response(json!({}), View::Read)
        );
    }

    #[test]
    fn the_case_of_a_members_name_does_not_matter() {
        let body = json!({"CLIENT_NAME": "App", "Scope": "a", "scope": "b"});
        let response = response(body, View::Read);
        assert_eq!(
            (&response["client_name"], &response["scope"]),
            (&json!("App"), &json!("b"))
        );
    }
}
