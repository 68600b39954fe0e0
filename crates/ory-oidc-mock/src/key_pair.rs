//! Key pairs: generating them, signing and verifying with them, and publishing them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
    UnparsedPublicKey, VerificationAlgorithm,
};
use aws_lc_rs::{hmac, rsa};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::algorithm::Algorithm;
use crate::ordered::Ordered;

/// The RSA key pairs of this process. Generating one takes a tenth of a second or more, so all mock
/// servers share them, under different key ids.
static RSA_PAIRS: Mutex<BTreeMap<(KeyUse, usize), Arc<rsa::KeyPair>>> = Mutex::new(BTreeMap::new());

/// What a key signs. Hydra has a key set for each.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum KeyUse {
    /// ID tokens, logout tokens and userinfo.
    IdTokens,
    /// JWT access tokens.
    AccessTokens,
}

fn rsa_pair(key_use: KeyUse, index: usize) -> Arc<rsa::KeyPair> {
    let mut pairs = RSA_PAIRS.lock().unwrap_or_else(PoisonError::into_inner);
    let pair = pairs.entry((key_use, index)).or_insert_with(|| {
        let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048);
        Arc::new(pair.expect("an RSA key pair with 2048 bits can be generated"))
    });
    Arc::clone(pair)
}

/// A key pair of the type that an algorithm needs.
pub(crate) enum KeyPair {
    Rsa(Arc<rsa::KeyPair>),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl KeyPair {
    /// Returns a new key pair, or for RSA the shared pair of this use with this index.
    pub(crate) fn new(algorithm: Algorithm, key_use: KeyUse, index: usize) -> Self {
        match algorithm {
            Algorithm::Rs256 => Self::Rsa(rsa_pair(key_use, index)),
            Algorithm::Es256 => Self::P256(
                EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
                    .expect("a P-256 key pair can be generated"),
            ),
            Algorithm::EdDsa => Self::Ed25519(
                Ed25519KeyPair::generate().expect("an Ed25519 key pair can be generated"),
            ),
        }
    }

    /// Signs a message as `alg` requires. Returns `None` if `alg` needs a key of another type.
    pub(crate) fn sign(&self, alg: &str, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        Some(match (self, alg) {
            (Self::Rsa(pair), _) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(rsa_encoding(alg)?, &random, message, &mut signature)
                    .expect("an RSA key with 2048 bits can sign every supported hash");
                signature
            }
            (Self::P256(pair), "ES256") => pair
                .sign(&random, message)
                .expect("a P-256 key can sign any message")
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

    /// Computes the HMAC of an algorithm confusion attack, which uses the public key as the shared
    /// secret. Returns `None` if `alg` is not an HMAC.
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
        let text = STANDARD.encode(
            der.expect("a generated public key can be encoded as DER")
                .as_ref(),
        );
        let mut pem = "-----BEGIN PUBLIC KEY-----\n".to_owned();
        for (index, character) in text.chars().enumerate() {
            if index > 0 && index % 64 == 0 {
                pem.push('\n');
            }
            pem.push(character);
        }
        pem + "\n-----END PUBLIC KEY-----\n"
    }

    /// Returns the public key as a JSON Web Key with its members in Hydra's order.
    pub(crate) fn public(&self, kid: &str, algorithm: Algorithm) -> Ordered {
        let base64url = |bytes: &[u8]| Value::from(URL_SAFE_NO_PAD.encode(bytes));
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
                key.push("n", base64url(modulus.big_endian_without_leading_zero()));
                key.push("e", base64url(exponent.big_endian_without_leading_zero()));
            }
            Self::P256(pair) => {
                begin("EC", Some("P-256"));
                // An uncompressed point: the octet 4, then both coordinates.
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                key.push("x", base64url(x));
                key.push("y", base64url(y));
            }
            Self::Ed25519(pair) => {
                begin("OKP", Some("Ed25519"));
                key.push("x", base64url(pair.public_key().as_ref()));
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
