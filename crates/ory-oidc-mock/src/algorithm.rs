//! The signing algorithms of the mock server (RFC 7518 and RFC 8037).

/// An algorithm that a client can register.
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

    /// Returns the algorithm whose key makes the signature for the `alg` of a header. For HMACs it
    /// is `RS256`, whose public key serves as the secret. Returns `None` if there is no such key.
    pub(crate) fn of_key_for(alg: &str) -> Option<Self> {
        match alg {
            "RS384" | "RS512" | "PS256" | "PS384" | "PS512" | "HS256" | "HS384" | "HS512" => {
                Some(Self::Rs256)
            }
            "Ed25519" => Some(Self::EdDsa),
            name => Self::named(name),
        }
    }

    /// Returns the ID token algorithm of clients that register none: `RS256` (OpenID Connect
    /// Dynamic Client Registration 1.0, section 2), or the first algorithm if `RS256` is not
    /// enabled.
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
