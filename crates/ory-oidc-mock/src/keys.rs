//! Signing keys: what the double signs ID tokens and userinfo with, and publishes at
//! `/.well-known/jwks.json`.

use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::ordered::Ordered;
use crate::random;

/// Key pairs made so far in this process. Making one takes a tenth of a second or more, so the nth
/// key of every double is the same pair; its key id is not.
static PAIRS: Mutex<Vec<Arc<KeyPair>>> = Mutex::new(Vec::new());

fn pair(index: usize) -> Arc<KeyPair> {
    let mut pairs = PAIRS.lock().unwrap_or_else(PoisonError::into_inner);
    while pairs.len() <= index {
        pairs.push(Arc::new(
            KeyPair::generate(KeySize::Rsa2048).expect("an RSA key of 2048 bits can be made"),
        ));
    }
    Arc::clone(&pairs[index])
}

struct SigningKey {
    id: String,
    pair: Arc<KeyPair>,
}

/// The keys of one double; the newest signs, all are published, newest first.
#[derive(Default)]
pub(crate) struct KeyRing(Vec<SigningKey>);

impl KeyRing {
    pub(crate) fn rotate(&mut self) {
        self.ensure();
        self.add();
    }

    /// The public keys as a JSON Web Key Set.
    pub(crate) fn public(&mut self) -> Vec<Ordered> {
        self.ensure();
        self.0.iter().map(SigningKey::public).collect()
    }

    /// Signs the claims as a JWT with the newest key.
    pub(crate) fn sign(&mut self, claims: &Map<String, Value>) -> String {
        self.ensure();
        let key = &self.0[0];
        let header = json!({"alg": "RS256", "kid": key.id, "typ": "JWT"});
        let encode = |part: &dyn ToString| URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!(
            "{}.{}",
            encode(&header),
            encode(&Value::from(claims.clone()))
        );
        let mut signature = vec![0; key.pair.public_modulus_len()];
        key.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message.as_bytes(),
                &mut signature,
            )
            .expect("an RSA key of 2048 bits signs with SHA-256");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
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
            .0
            .iter()
            .find(|key| fields.get("kid").is_some_and(|id| id == &key.id))?;
        if fields.get("alg").is_none_or(|alg| alg != "RS256") {
            return None;
        }
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.pair.public_key().as_ref())
            .verify(
                format!("{header}.{payload}").as_bytes(),
                &decode(signature)?,
            )
            .ok()?;
        json(payload)
    }

    fn ensure(&mut self) {
        if self.0.is_empty() {
            self.add();
        }
    }

    fn add(&mut self) {
        let pair = pair(self.0.len());
        self.0.insert(
            0,
            SigningKey {
                id: random::uuid(),
                pair,
            },
        );
    }
}

impl SigningKey {
    fn public(&self) -> Ordered {
        let public = self.pair.public_key();
        let number = |bytes: &[u8]| Value::from(URL_SAFE_NO_PAD.encode(bytes));
        let mut key = Ordered::default();
        key.push("use", "sig");
        key.push("kty", "RSA");
        key.push("kid", self.id.as_str());
        key.push("alg", "RS256");
        key.push(
            "n",
            number(public.modulus().big_endian_without_leading_zero()),
        );
        key.push(
            "e",
            number(public.exponent().big_endian_without_leading_zero()),
        );
        key
    }
}

#[cfg(test)]
mod tests {
    use super::KeyRing;
    use serde_json::{Map, json};

    #[test]
    fn a_token_is_accepted_by_the_ring_that_signed_it_and_by_no_other() {
        let (mut ours, mut others) = (KeyRing::default(), KeyRing::default());
        let claims = Map::from_iter([("sub".to_owned(), json!("user-1"))]);
        let token = ours.sign(&claims);
        let _ = others.public();
        assert_eq!(ours.verify(&token), Ok(claims));
        assert!(others.verify(&token).is_err());
        assert!(ours.verify(&token[..token.len() - 4]).is_err());
    }

    #[test]
    fn a_token_outlives_the_rotation_of_the_key_that_signed_it() {
        let mut ring = KeyRing::default();
        let token = ring.sign(&Map::new());
        ring.rotate();
        assert_eq!(ring.public().len(), 2);
        assert!(ring.verify(&token).is_ok());
    }
}
