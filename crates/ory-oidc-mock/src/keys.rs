//! Signing keys: what the double signs tokens and userinfo with, and publishes at
//! `/.well-known/jwks.json`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::algorithm::{Algorithm, Pair};
use crate::ordered::Ordered;
use crate::random;

struct SigningKey {
    id: String,
    algorithm: Algorithm,
    pair: Pair,
}

/// The keys of one double: one for each of its algorithms, and the older ones. The newest sign, all
/// are published, newest first.
pub(crate) struct KeyRing {
    algorithms: Vec<Algorithm>,
    /// Key sets made so far, those that were dropped included: no key pair comes back.
    made: usize,
    keys: Vec<SigningKey>,
}

impl KeyRing {
    pub(crate) fn new(algorithms: Vec<Algorithm>) -> Self {
        Self {
            algorithms,
            made: 0,
            keys: Vec::new(),
        }
    }

    pub(crate) fn rotate(&mut self) {
        self.ensure();
        self.add();
    }

    pub(crate) fn drop_old(&mut self) {
        self.ensure();
        self.keys.truncate(self.algorithms.len());
    }

    /// The public keys as a JSON Web Key Set.
    pub(crate) fn public(&mut self) -> Vec<Ordered> {
        self.ensure();
        self.keys
            .iter()
            .map(|key| key.pair.public(&key.id, key.algorithm))
            .collect()
    }

    /// Signs the claims as a JWT with the newest key for the algorithm.
    pub(crate) fn sign(&mut self, claims: &Map<String, Value>, algorithm: Algorithm) -> String {
        self.ensure();
        let key = self
            .newest(algorithm)
            .expect("clients can only register for algorithms that have a key");
        let header = Map::from_iter([
            ("alg".to_owned(), json!(algorithm.name())),
            ("kid".to_owned(), json!(key.id)),
            ("typ".to_owned(), json!("JWT")),
        ]);
        let message = message(header, claims.clone().into());
        let signature = key.pair.sign(algorithm.name(), message.as_bytes());
        with_signature(message, &signature.unwrap_or_default())
    }

    /// Signs whatever it is given as the header's `alg` says, or as well as it can.
    ///
    /// # Panics
    /// If there is no key for an algorithm that there could be a key for.
    #[track_caller]
    pub(crate) fn sign_any(&mut self, mut header: Map<String, Value>, claims: Value) -> String {
        self.ensure();
        let alg = header.get("alg").and_then(Value::as_str).unwrap_or("RS256");
        let alg = alg.to_owned();
        let key = match Algorithm::of_key_for(&alg) {
            None => &self.keys[0],
            Some(algorithm) => self.newest(algorithm).unwrap_or_else(|| {
                let name = algorithm.name();
                panic!("no key for {alg}: name {name} in `OryMockBuilder::signing_algorithms`")
            }),
        };
        match header.get("kid") {
            None => drop(header.insert("kid".to_owned(), json!(key.id))),
            Some(Value::Null) => drop(header.remove("kid")),
            Some(_) => {}
        }
        let message = message(header, claims);
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

    /// The claims of a JWT that one of the keys signed. Its times are not looked at.
    ///
    /// The error is the text Ory's JOSE library has for it.
    pub(crate) fn verify(&self, token: &str) -> Result<Map<String, Value>, &'static str> {
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = parts[..] else {
            return Err("go-jose/go-jose: compact JWS format must have three parts");
        };
        self.verified_claims(header, payload, signature)
            .ok_or("go-jose/go-jose: error in cryptographic primitive")
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

    fn newest(&self, algorithm: Algorithm) -> Option<&SigningKey> {
        self.keys.iter().find(|key| key.algorithm == algorithm)
    }

    fn ensure(&mut self) {
        if self.keys.is_empty() {
            self.add();
        }
    }

    fn add(&mut self) {
        let index = self.made;
        self.made += 1;
        let new = self.algorithms.iter().map(|&algorithm| SigningKey {
            id: random::uuid(),
            algorithm,
            pair: Pair::make(algorithm, index),
        });
        self.keys.splice(0..0, new.collect::<Vec<_>>());
    }
}

/// What is signed: header and claims, encoded.
fn message(header: Map<String, Value>, claims: Value) -> String {
    [header.into(), claims]
        .map(|part| URL_SAFE_NO_PAD.encode(part.to_string()))
        .join(".")
}

fn with_signature(message: String, signature: &[u8]) -> String {
    message + "." + &URL_SAFE_NO_PAD.encode(signature)
}

#[cfg(test)]
mod tests {
    use super::KeyRing;
    use crate::algorithm::Algorithm;
    use serde_json::{Map, json};

    fn ring() -> KeyRing {
        KeyRing::new(Algorithm::ALL.to_vec())
    }

    #[test]
    fn a_token_is_accepted_by_the_ring_that_signed_it_and_by_no_other() {
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
    fn a_token_outlives_the_rotation_of_its_key_but_not_its_removal() {
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
    fn a_key_pair_that_was_dropped_does_not_come_back() {
        let modulus = |ring: &mut KeyRing| json!(ring.public()[0])["n"].clone();
        let mut ring = KeyRing::new(vec![Algorithm::Rs256]);
        let mut seen = vec![modulus(&mut ring)];
        for _ in 0..2 {
            ring.rotate();
            ring.drop_old();
            let new = modulus(&mut ring);
            assert!(!seen.contains(&new));
            seen.push(new);
        }
    }
}
