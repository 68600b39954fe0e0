//! The signing keys, which are published at `/.well-known/jwks.json`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::algorithm::Algorithm;
use crate::go_base64;
use crate::key_pair::{KeyPair, KeyUse};
use crate::ordered::Ordered;
use crate::random;

struct SigningKey {
    id: String,
    algorithm: Algorithm,
    pair: KeyPair,
}

/// The keys of one mock server for one use, newest first. Each rotation adds one key per algorithm. The
/// newest keys sign. All keys are published.
pub(crate) struct KeyRing {
    key_use: KeyUse,
    algorithms: Vec<Algorithm>,
    /// Number of generations of keys so far, including dropped ones. It makes sure that no key pair
    /// is used twice.
    generations: usize,
    keys: Vec<SigningKey>,
}

/// Why a JWT access token is not valid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum JwtFault {
    Malformed,
    /// The claims are not a JSON object.
    Claims,
    Signature,
}

impl KeyRing {
    pub(crate) fn new(key_use: KeyUse, algorithms: Vec<Algorithm>) -> Self {
        Self {
            key_use,
            algorithms,
            generations: 0,
            keys: Vec::new(),
        }
    }

    pub(crate) fn rotate(&mut self) {
        self.ensure_keys();
        self.add_generation();
    }

    pub(crate) fn drop_old(&mut self) {
        self.ensure_keys();
        self.keys.truncate(self.algorithms.len());
    }

    /// Returns the public keys as JSON Web Keys.
    pub(crate) fn public(&mut self) -> Vec<Ordered> {
        self.ensure_keys();
        self.keys
            .iter()
            .map(|key| key.pair.public(&key.id, key.algorithm))
            .collect()
    }

    /// Signs the claims as a JWT with the newest key for the algorithm.
    pub(crate) fn sign(&mut self, claims: &Map<String, Value>, algorithm: Algorithm) -> String {
        self.ensure_keys();
        let key = self
            .newest(algorithm)
            .expect("every enabled algorithm has a key");
        let header = Map::from_iter([
            ("alg".to_owned(), json!(algorithm.name())),
            ("kid".to_owned(), json!(key.id)),
            ("typ".to_owned(), json!("JWT")),
        ]);
        let message = signing_input(header, claims.clone().into());
        let signature = key.pair.sign(algorithm.name(), message.as_bytes());
        with_signature(message, &signature.unwrap_or_default())
    }

    /// Signs any header and claims. See [`OryMock::sign_jwt`](crate::OryMock::sign_jwt).
    ///
    /// # Panics
    /// If the header's `alg` needs a key of an algorithm that is not enabled.
    #[track_caller]
    pub(crate) fn sign_custom(&mut self, mut header: Map<String, Value>, claims: Value) -> String {
        self.ensure_keys();
        let alg = header.get("alg").and_then(Value::as_str).unwrap_or("RS256");
        let alg = alg.to_owned();
        let key = match Algorithm::of_key_for(&alg) {
            None => &self.keys[0],
            Some(algorithm) => self.newest(algorithm).unwrap_or_else(|| {
                let name = algorithm.name();
                panic!("no key for {alg}: add {name} to `OryMockBuilder::signing_algorithms`")
            }),
        };
        match header.get("kid") {
            None => drop(header.insert("kid".to_owned(), json!(key.id))),
            Some(Value::Null) => drop(header.remove("kid")),
            Some(_) => {}
        }
        let message = signing_input(header, claims);
        if alg.eq_ignore_ascii_case("none") {
            return with_signature(message, &[]);
        }
        let bytes = message.as_bytes();
        let signature = key
            .pair
            .sign(&alg, bytes)
            .or_else(|| key.pair.mac_with_public_key(&alg, bytes))
            .or_else(|| key.pair.sign(key.algorithm.name(), bytes));
        with_signature(message, &signature.unwrap_or_default())
    }

    /// Returns the claims of a JWT that one of the keys signed. Does not check `exp` or other times.
    /// Ignores white space, and padding after each part.
    ///
    /// The error is the message of Hydra's JOSE library.
    pub(crate) fn verify(&self, token: &str) -> Result<Map<String, Value>, String> {
        let token: String = token.chars().filter(|c| !c.is_whitespace()).collect();
        let parts = token.split('.').map(|part| part.trim_end_matches('='));
        let [header, payload, signature] = parts.collect::<Vec<_>>()[..] else {
            return Err("go-jose/go-jose: compact JWS format must have three parts".to_owned());
        };
        for part in [header, payload, signature] {
            go_base64::decode(part)?;
        }
        self.verified_claims(header, payload, signature)
            .ok_or_else(|| "go-jose/go-jose: error in cryptographic primitive".to_owned())
    }

    fn verified_claims(
        &self,
        header: &str,
        payload: &str,
        signature: &str,
    ) -> Option<Map<String, Value>> {
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let json = |part: &str| serde_json::from_slice::<Map<String, Value>>(&decode(part)?).ok();
        let fields = json(header)?;
        let key = self
            .keys
            .iter()
            .find(|key| fields.get("kid").is_some_and(|id| id == &key.id))?;
        if fields
            .get("alg")
            .is_none_or(|alg| alg != key.algorithm.name())
        {
            return None;
        }
        let message = format!("{header}.{payload}");
        if !key.pair.verifies(message.as_bytes(), &decode(signature)?) {
            return None;
        }
        json(payload)
    }

    /// Verifies a JWT access token in the order of Hydra's library, and only with the newest key: Hydra
    /// publishes older keys, but does not accept their access tokens. Returns the claims.
    pub(crate) fn verify_with_newest(&self, token: &str) -> Result<Map<String, Value>, JwtFault> {
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = parts[..] else {
            return Err(JwtFault::Malformed);
        };
        let decode = |part: &str| go_base64::decode(part).map_err(|_| JwtFault::Malformed);
        let (fields, claims, signature) = (decode(header)?, decode(payload)?, decode(signature)?);
        let fields = match fields.as_slice() {
            [] => Map::new(),
            fields => serde_json::from_slice(fields).map_err(|_| JwtFault::Malformed)?,
        };
        let claims = serde_json::from_slice(&claims).map_err(|_| JwtFault::Claims)?;
        let message = format!("{header}.{payload}");
        let is_signed = self.keys.first().is_some_and(|key| {
            fields
                .get("alg")
                .is_some_and(|alg| alg == key.algorithm.name())
                && key.pair.verifies(message.as_bytes(), &signature)
        });
        if is_signed {
            Ok(claims)
        } else {
            Err(JwtFault::Signature)
        }
    }

    fn newest(&self, algorithm: Algorithm) -> Option<&SigningKey> {
        self.keys.iter().find(|key| key.algorithm == algorithm)
    }

    fn ensure_keys(&mut self) {
        if self.keys.is_empty() {
            self.add_generation();
        }
    }

    fn add_generation(&mut self) {
        let index = self.generations;
        self.generations += 1;
        let new = self.algorithms.iter().map(|&algorithm| SigningKey {
            id: random::uuid(),
            algorithm,
            pair: KeyPair::new(algorithm, self.key_use, index),
        });
        self.keys.splice(0..0, new.collect::<Vec<_>>());
    }
}

/// Returns the JWS signing input: the encoded header and claims (RFC 7515, section 5.1).
fn signing_input(header: Map<String, Value>, claims: Value) -> String {
    [header.into(), claims]
        .map(|part| URL_SAFE_NO_PAD.encode(part.to_string()))
        .join(".")
}

fn with_signature(message: String, signature: &[u8]) -> String {
    message + "." + &URL_SAFE_NO_PAD.encode(signature)
}

#[cfg(test)]
mod tests {
    use super::{JwtFault, KeyRing, KeyUse};
    use crate::algorithm::Algorithm;
    use serde_json::{Map, json};

    fn ring() -> KeyRing {
        KeyRing::new(KeyUse::IdTokens, Algorithm::ALL.to_vec())
    }

    #[test]
    fn a_token_verifies_only_with_the_key_ring_that_signed_it() {
        let (mut ours, mut others) = (ring(), ring());
        let claims = Map::from_iter([("sub".to_owned(), json!("user-1"))]);
        let _ = others.public();
        for algorithm in Algorithm::ALL {
            let token = ours.sign(&claims, algorithm);
            assert_eq!(ours.verify(&token), Ok(claims.clone()), "{algorithm:?}");
            assert!(others.verify(&token).is_err(), "{algorithm:?}");
            assert!(
                ours.verify(&token[..token.len() - 4]).is_err(),
                "{algorithm:?}"
            );
        }
    }

    #[test]
    fn a_token_verifies_until_its_key_is_dropped() {
        let mut ring = ring();
        let token = ring.sign(&Map::new(), Algorithm::Rs256);
        ring.rotate();
        assert_eq!(ring.public().len(), 6);
        assert!(ring.verify(&token).is_ok());
        ring.drop_old();
        assert_eq!(ring.public().len(), 3);
        assert!(ring.verify(&token).is_err());
    }

    #[test]
    fn dropped_key_pairs_are_not_reused() {
        let modulus = |ring: &mut KeyRing| json!(ring.public()[0])["n"].clone();
        let mut ring = KeyRing::new(KeyUse::IdTokens, vec![Algorithm::Rs256]);
        let mut seen = vec![modulus(&mut ring)];
        for _ in 0..2 {
            ring.rotate();
            ring.drop_old();
            let new = modulus(&mut ring);
            assert!(!seen.contains(&new));
            seen.push(new);
        }
    }

    #[test]
    fn an_access_token_verifies_only_with_the_newest_key() {
        let mut ring = KeyRing::new(KeyUse::AccessTokens, vec![Algorithm::Rs256]);
        let token = ring.sign(&Map::new(), Algorithm::Rs256);
        assert_eq!(ring.verify_with_newest(&token), Ok(Map::new()));
        ring.rotate();
        assert_eq!(ring.verify_with_newest(&token), Err(JwtFault::Signature));
        assert!(
            ring.verify(&token).is_ok(),
            "the old key is still published"
        );
    }
}
