//! Random identifiers, tokens and secrets.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system provides random bytes");
    bytes
}

/// Returns a random UUID (version 4). Hydra uses them as ids of clients, keys and sessions.
pub(crate) fn uuid() -> String {
    let bits = u128::from_be_bytes(bytes());
    let versioned = bits & !(0xf << 76) & !(0b11 << 62) | (0x4 << 76) | (0b10 << 62);
    let hex = format!("{versioned:032x}");
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

/// The prefix of opaque access tokens and of registration access tokens.
pub(crate) const ACCESS_TOKEN_PREFIX: &str = "ory_at_";

/// Returns an access token or registration access token in Hydra's format: a prefix, a key and a
/// signature.
pub(crate) fn access_token() -> String {
    token("ory_at")
}

/// Returns a token or code in Hydra's format.
pub(crate) fn token(prefix: &str) -> String {
    format!("{prefix}_{}.{}", opaque(), opaque())
}

pub(crate) fn client_secret() -> String {
    opaque()[..26].to_owned()
}

/// Returns an opaque value for a cookie, a challenge or a verifier.
pub(crate) fn opaque() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_uuid_has_version_4_and_the_rfc_9562_variant() {
        let id = super::uuid();
        assert_eq!(id.len(), 36);
        assert_eq!(&id[14..15], "4");
        assert!("89ab".contains(&id[19..20]), "{id}");
        assert_ne!(id, super::uuid());
    }
}
