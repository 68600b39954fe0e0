//! A key set in memory (RFC 7517 §5).

use super::key::{Algorithm, Key};
use ory_oidc_gen::models::JsonWebKeySet;

/// A key set and its keys that can verify signatures.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) fields: JsonWebKeySet,
    usable: Vec<Key>,
}

/// The result of verifying a signature with a key set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    Verified,
    /// The key did not make this signature.
    BadSignature,
    /// The key with this id is not for the algorithm.
    WrongKey,
    /// The set has no key with this id.
    UnknownKey,
}

impl Keys {
    pub(crate) fn new(fields: JsonWebKeySet) -> Self {
        let keys = fields.keys.iter().flatten();
        let usable = keys.filter_map(Key::new).collect();
        Self { fields, usable }
    }

    /// Verifies a signature by the key with this id, or by any key if the token has no key id.
    pub(crate) fn verify(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Outcome {
        let by_any = |keys: &mut dyn Iterator<Item = &Key>| {
            let mut suitable = keys.filter(|key| key.suits(algorithm));
            suitable.any(|key| key.verify(algorithm, message, signature))
        };
        let Some(kid) = kid else {
            let verified = by_any(&mut self.usable.iter());
            return if verified {
                Outcome::Verified
            } else {
                Outcome::BadSignature
            };
        };
        let named = || self.usable.iter().filter(|key| key.id() == Some(kid));
        if named().next().is_none() {
            // A key without an id may have made the signature.
            let mut nameless = self.usable.iter().filter(|key| key.id().is_none());
            let verified = by_any(&mut nameless);
            return if verified {
                Outcome::Verified
            } else {
                Outcome::UnknownKey
            };
        }
        if !named().any(|key| key.suits(algorithm)) {
            return Outcome::WrongKey;
        }
        if by_any(&mut named()) {
            Outcome::Verified
        } else {
            Outcome::BadSignature
        }
    }
}
