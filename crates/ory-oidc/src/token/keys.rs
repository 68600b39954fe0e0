//! A key set in memory (RFC 7517 §5).

use super::key::{Algorithm, Key, Unusable};
use ory_oidc_core::additional_properties::AdditionalProperties;
use ory_oidc_core::text::Clip;
use ory_oidc_gen::models::{JsonWebKey, JsonWebKeySet};
use serde_json::{Map, Value};
use std::fmt;

/// The maximum number of keys that are read from a set.
const MAX_KEYS: usize = 1000;

/// The maximum number of keys that are tried for a signature whose header names none of them. Anybody
/// can send a logout token, so this limits the work that one of them causes.
const MAX_TRIED: usize = 16;

/// A key set and its keys that can verify signatures.
pub(crate) struct Keys {
    /// The keys that can be decoded.
    pub(crate) fields: JsonWebKeySet,
    /// The ids of the keys for signatures that cannot be read.
    pub(crate) unreadable: Vec<String>,
    /// The number of keys beyond the limit.
    pub(crate) ignored: usize,
    usable: Vec<Key>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("usable", &self.usable.len())
            .field("unreadable", &Clip(&self.unreadable))
            .field("ignored", &self.ignored)
            .finish_non_exhaustive()
    }
}

/// The result of verifying a signature with a key set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    Verified,
    /// No key made this signature.
    BadSignature,
    /// The key with this id is not for the algorithm.
    WrongKey,
    /// The key with this id cannot be read.
    UnreadableKey,
    /// The set has no key with this id.
    UnknownKey,
}

/// Whether no member that restricts the use of a key has an unexpected type. Without the member, the
/// key would be trusted for more.
fn is_unambiguous(key: &JsonWebKey) -> bool {
    let unexpected = key.unexpected_members();
    let restricting = ["alg", "kid", "use"];
    !restricting.iter().any(|name| unexpected.contains(name))
}

impl Keys {
    /// Reads a key set. Returns [`None`] if it has no list of keys. Keys that cannot be decoded are
    /// left out (RFC 7517 §5).
    pub(crate) fn new(mut members: Map<String, Value>) -> Option<Self> {
        let Some(Value::Array(published)) = members.remove("keys") else {
            return None;
        };
        let ignored = published.len().saturating_sub(MAX_KEYS);
        let (mut decoded, mut usable, mut unreadable) = (Vec::new(), Vec::new(), Vec::new());
        for key in published.into_iter().take(MAX_KEYS) {
            let id = key.get("kid").and_then(Value::as_str).map(str::to_owned);
            let key = serde_json::from_value(key).ok().filter(is_unambiguous);
            match key.as_ref().ok_or(Unusable::Unreadable).and_then(Key::new) {
                Ok(key) => usable.push(key),
                Err(Unusable::Unreadable) => unreadable.extend(id),
                Err(Unusable::OtherUse) => {}
            }
            decoded.extend(key);
        }
        let mut fields = JsonWebKeySet::default().keys(decoded);
        fields.additional_properties = AdditionalProperties(members);
        Some(Self {
            fields,
            unreadable,
            ignored,
            usable,
        })
    }

    /// Verifies a signature by the key with this id, or by any key if the token has no key id.
    pub(crate) fn verify(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Outcome {
        let by_any = |keys: &mut dyn Iterator<Item = &Key>, otherwise| {
            let mut suitable = keys.filter(|key| key.suits(algorithm)).take(MAX_TRIED);
            if suitable.any(|key| key.verify(algorithm, message, signature)) {
                Outcome::Verified
            } else {
                otherwise
            }
        };
        let Some(kid) = kid else {
            return by_any(&mut self.usable.iter(), Outcome::BadSignature);
        };
        let named = || self.usable.iter().filter(|key| key.id() == Some(kid));
        if named().next().is_none() {
            if self.unreadable.iter().any(|id| id == kid) {
                return Outcome::UnreadableKey;
            }
            // A key without an id may have made the signature.
            let mut nameless = self.usable.iter().filter(|key| key.id().is_none());
            return by_any(&mut nameless, Outcome::UnknownKey);
        }
        if !named().any(|key| key.suits(algorithm)) {
            return Outcome::WrongKey;
        }
        // While Ory changes its keys, it signs with the new key under the id of the old one.
        let mut others = self.usable.iter().filter(|key| key.id() != Some(kid));
        match by_any(&mut named(), Outcome::BadSignature) {
            Outcome::Verified => Outcome::Verified,
            _ => by_any(&mut others, Outcome::BadSignature),
        }
    }
}
