//! A public key and the algorithms that it verifies.

use aws_lc_rs::signature::{self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey};
use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use ory_oidc_gen::models::JsonWebKey;
use serde_json::Value;

/// Reads base64url with or without padding, as providers publish it.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    NO_PAD.with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A public key that verifies signatures.
#[derive(Debug)]
pub(crate) struct Key {
    id: Option<String>,
    algorithm: Option<String>,
    public: PublicKey,
}

/// The reason why a published key verifies nothing. A set may contain such keys (RFC 7517 §5).
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Unusable {
    /// The key is for another purpose.
    OtherUse,
    /// The key cannot be read, or its type is not supported.
    Unreadable,
}

impl Key {
    pub(crate) fn new(key: &JsonWebKey) -> Result<Self, Unusable> {
        if key.r#use.as_deref().is_some_and(|usage| usage != "sig") {
            return Err(Unusable::OtherUse);
        }
        let verifies = |operations: &Value| match operations {
            Value::Null => true,
            Value::Array(operations) => operations.iter().any(|known| known == "verify"),
            _ => false,
        };
        if !key
            .additional_properties
            .get("key_ops")
            .is_none_or(verifies)
        {
            return Err(Unusable::OtherUse);
        }
        Ok(Self {
            id: key.kid.clone(),
            algorithm: key.alg.clone(),
            public: PublicKey::new(key).ok_or(Unusable::Unreadable)?,
        })
    }

    pub(crate) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    pub(crate) fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.public.verify(algorithm, message, signature)
    }

    pub(crate) fn suits(&self, algorithm: Algorithm) -> bool {
        let named = self.algorithm.as_deref();
        named.is_none_or(|named| Algorithm::named(named) == Some(algorithm))
            && self.public.suits(algorithm)
    }
}

#[derive(Debug)]
enum PublicKey {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    Ec { curve: Curve, point: Vec<u8> },
    Ed25519(Vec<u8>),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

impl PublicKey {
    /// Reads a key. The cryptographic library checks its length when it verifies.
    fn new(key: &JsonWebKey) -> Option<Self> {
        let bytes = |text: &Option<String>| BASE64URL.decode(text.as_deref()?).ok();
        let number = |text| bytes(text).map(without_leading_zeros);
        match (key.kty.as_str(), key.crv.as_deref()) {
            ("RSA", _) => Some(Self::Rsa {
                n: number(&key.n)?,
                e: number(&key.e)?,
            }),
            ("EC", Some(curve)) => {
                let (curve, length) = match curve {
                    "P-256" => (Curve::P256, 32),
                    "P-384" => (Curve::P384, 48),
                    "P-521" => (Curve::P521, 66),
                    _ => return None,
                };
                let x = with_length(&number(&key.x)?, length)?;
                let y = with_length(&number(&key.y)?, length)?;
                Some(Self::Ec {
                    curve,
                    point: [&[4], &x[..], &y[..]].concat(),
                })
            }
            ("OKP", Some("Ed25519")) => Some(Self::Ed25519(bytes(&key.x)?)),
            _ => None,
        }
    }

    fn suits(&self, algorithm: Algorithm) -> bool {
        match (self, algorithm) {
            (Self::Rsa { .. }, Algorithm::Rsa(_)) | (Self::Ed25519(_), Algorithm::EdDsa) => true,
            (Self::Ec { curve, .. }, Algorithm::Ecdsa(wanted)) => *curve == wanted,
            _ => false,
        }
    }

    fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let verified = match (self, algorithm) {
            (Self::Rsa { n, e }, Algorithm::Rsa(rsa)) => {
                RsaPublicKeyComponents { n, e }.verify(rsa.parameters(), message, signature)
            }
            (Self::Ec { point, .. }, Algorithm::Ecdsa(curve)) => {
                let curve = match curve {
                    Curve::P256 => &signature::ECDSA_P256_SHA256_FIXED,
                    Curve::P384 => &signature::ECDSA_P384_SHA384_FIXED,
                    Curve::P521 => &signature::ECDSA_P521_SHA512_FIXED,
                };
                UnparsedPublicKey::new(curve, point).verify(message, signature)
            }
            (Self::Ed25519(key), Algorithm::EdDsa) => {
                UnparsedPublicKey::new(&signature::ED25519, key).verify(message, signature)
            }
            _ => return false,
        };
        verified.is_ok()
    }
}

/// Removes the zeros that some providers put before a number. RFC 7518 §2 forbids them.
fn without_leading_zeros(mut bytes: Vec<u8>) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.drain(..zeros);
    bytes
}

/// Adds the zeros that a coordinate must have (RFC 7518 §6.2.1.2) and that some providers leave out.
fn with_length(number: &[u8], length: usize) -> Option<Vec<u8>> {
    let missing = length.checked_sub(number.len())?;
    Some([&vec![0; missing], number].concat())
}

/// The supported signature algorithms (RFC 7518 §3, RFC 8037 §3.1): those with public keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Algorithm {
    Rsa(Rsa),
    Ecdsa(Curve),
    EdDsa,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Rsa {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
}

impl Algorithm {
    /// Returns the algorithm with a registered name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "RS256" => Self::Rsa(Rsa::Rs256),
            "RS384" => Self::Rsa(Rsa::Rs384),
            "RS512" => Self::Rsa(Rsa::Rs512),
            "PS256" => Self::Rsa(Rsa::Ps256),
            "PS384" => Self::Rsa(Rsa::Ps384),
            "PS512" => Self::Rsa(Rsa::Ps512),
            "ES256" => Self::Ecdsa(Curve::P256),
            "ES384" => Self::Ecdsa(Curve::P384),
            "ES512" => Self::Ecdsa(Curve::P521),
            // RFC 9864 adds the second name.
            "EdDSA" | "Ed25519" => Self::EdDsa,
            _ => return None,
        })
    }
}

impl Rsa {
    fn parameters(self) -> &'static RsaParameters {
        match self {
            Self::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Self::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Self::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
            Self::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
            Self::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
            Self::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
        }
    }
}
