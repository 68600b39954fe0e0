//! The signing algorithms (JWA, RFC 7518 and RFC 8037) that the double has keys for, and those keys.

use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
    UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::ordered::Ordered;

/// An algorithm that a client can register for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Algorithm {
    Rs256,
    Es256,
    EdDsa,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }

    /// The algorithm by which a ring knows the key that makes a header's signature, or, for an HMAC,
    /// whose public key is taken for the secret. None if there never is such a key.
    pub(crate) fn of_key_for(alg: &str) -> Option<Self> {
        match alg {
            "RS384" | "RS512" | "PS256" | "PS384" | "PS512" | "HS256" | "HS384" | "HS512" => {
                Some(Self::Rs256)
            }
            "Ed25519" => Some(Self::EdDsa),
            name => Self::named(name),
        }
    }

    /// The algorithm of ID tokens for clients that register for none: RS256 (OpenID Connect Dynamic
    /// Client Registration 1.0, section 2), or the first one where there is no RS256.
    pub(crate) fn default_of(algorithms: &[Self]) -> Self {
        match algorithms {
            [first, ..] if !algorithms.contains(&Self::Rs256) => *first,
            _ => Self::Rs256,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// RSA key pairs made so far in this process. Making one takes a tenth of a second or more, so the
/// nth RSA key of every double is the same pair; its key id is not.
static RSA_PAIRS: Mutex<Vec<Arc<KeyPair>>> = Mutex::new(Vec::new());

fn rsa_pair(index: usize) -> Arc<KeyPair> {
    let mut pairs = RSA_PAIRS.lock().unwrap_or_else(PoisonError::into_inner);
    while pairs.len() <= index {
        pairs.push(Arc::new(
            KeyPair::generate(KeySize::Rsa2048).expect("an RSA key of 2048 bits can be made"),
        ));
    }
    Arc::clone(&pairs[index])
}

/// A key pair of the type that an algorithm wants.
pub(crate) enum Pair {
    Rsa(Arc<KeyPair>),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Pair {
    /// The pair of a double's nth key for this algorithm.
    pub(crate) fn make(algorithm: Algorithm, index: usize) -> Self {
        match algorithm {
            Algorithm::Rs256 => Self::Rsa(rsa_pair(index)),
            Algorithm::Es256 => Self::P256(
                EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
                    .expect("a P-256 key can be made"),
            ),
            Algorithm::EdDsa => {
                Self::Ed25519(Ed25519KeyPair::generate().expect("an Ed25519 key can be made"))
            }
        }
    }

    /// The signature that a header's `alg` names; none if it is not for keys of this type.
    pub(crate) fn sign(&self, alg: &str, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        Some(match (self, alg) {
            (Self::Rsa(pair), _) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(rsa_encoding(alg)?, &random, message, &mut signature)
                    .expect("an RSA key of 2048 bits signs with any of the hashes");
                signature
            }
            (Self::P256(pair), "ES256") => pair
                .sign(&random, message)
                .expect("a P-256 key signs")
                .as_ref()
                .to_vec(),
            (Self::Ed25519(pair), "EdDSA" | "Ed25519") => pair.sign(message).as_ref().to_vec(),
            _ => return None,
        })
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let (algorithm, public): (&'static dyn VerificationAlgorithm, &[u8]) = match self {
            Self::Rsa(pair) => (&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref()),
            Self::P256(pair) => (&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref()),
            Self::Ed25519(pair) => (&ED25519, pair.public_key().as_ref()),
        };
        UnparsedPublicKey::new(algorithm, public)
            .verify(message, signature)
            .is_ok()
    }

    /// The MAC that an attacker makes who has the public key only, and hopes that a verifier takes
    /// it for a shared secret. None if the `alg` is no HMAC.
    pub(crate) fn mac_with_public_key(&self, alg: &str, message: &[u8]) -> Option<Vec<u8>> {
        let algorithm = match alg {
            "HS256" => hmac::HMAC_SHA256,
            "HS384" => hmac::HMAC_SHA384,
            "HS512" => hmac::HMAC_SHA512,
            _ => return None,
        };
        let key = hmac::Key::new(algorithm, self.public_pem().as_bytes());
        Some(hmac::sign(&key, message).as_ref().to_vec())
    }

    fn public_pem(&self) -> String {
        let der: Result<PublicKeyX509Der<'_>, _> = match self {
            Self::Rsa(pair) => pair.public_key().as_der(),
            Self::P256(pair) => pair.public_key().as_der(),
            Self::Ed25519(pair) => pair.public_key().as_der(),
        };
        let text = STANDARD.encode(der.expect("a public key can be written").as_ref());
        let mut pem = "-----BEGIN PUBLIC KEY-----\n".to_owned();
        for (index, character) in text.chars().enumerate() {
            if index > 0 && index % 64 == 0 {
                pem.push('\n');
            }
            pem.push(character);
        }
        pem + "\n-----END PUBLIC KEY-----\n"
    }

    /// The public key as a JSON Web Key, its members in the order of Ory's.
    pub(crate) fn public(&self, kid: &str, algorithm: Algorithm) -> Ordered {
        let number = |bytes: &[u8]| Value::from(URL_SAFE_NO_PAD.encode(bytes));
        let mut key = Ordered::default();
        key.push("use", "sig");
        let mut begin = |kty: &'static str, crv: Option<&'static str>| {
            key.push("kty", kty);
            key.push("kid", kid);
            if let Some(crv) = crv {
                key.push("crv", crv);
            }
            key.push("alg", algorithm.name());
        };
        match self {
            Self::Rsa(pair) => {
                begin("RSA", None);
                let public = pair.public_key();
                let (modulus, exponent) = (public.modulus(), public.exponent());
                key.push("n", number(modulus.big_endian_without_leading_zero()));
                key.push("e", number(exponent.big_endian_without_leading_zero()));
            }
            Self::P256(pair) => {
                begin("EC", Some("P-256"));
                // Uncompressed: the octet 4, then both coordinates.
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                key.push("x", number(x));
                key.push("y", number(y));
            }
            Self::Ed25519(pair) => {
                begin("OKP", Some("Ed25519"));
                key.push("x", number(pair.public_key().as_ref()));
            }
        }
        key
    }
}

fn rsa_encoding(alg: &str) -> Option<&'static dyn RsaEncoding> {
    Some(match alg {
        "RS256" => &RSA_PKCS1_SHA256,
        "RS384" => &RSA_PKCS1_SHA384,
        "RS512" => &RSA_PKCS1_SHA512,
        "PS256" => &RSA_PSS_SHA256,
        "PS384" => &RSA_PSS_SHA384,
        "PS512" => &RSA_PSS_SHA512,
        _ => return None,
    })
}
