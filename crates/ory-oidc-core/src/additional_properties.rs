//! Members of a JSON object that the description does not name.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use std::ops::{Deref, DerefMut};

/// The members of a JSON object that the description does not name. They are kept and
/// sent back unchanged.
///
/// [`Debug`](fmt::Debug) shows their names only, since any of them may be a secret.
///
/// ```
/// use ory_oidc_core::AdditionalProperties;
///
/// let members: AdditionalProperties = serde_json::from_str(r#"{"groups": ["a"]}"#)?;
/// assert_eq!(members["groups"][0], "a");
/// assert_eq!(format!("{members:?}"), r#"{"groups"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AdditionalProperties(pub Map<String, Value>);

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

impl fmt::Debug for AdditionalProperties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
