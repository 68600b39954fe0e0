//! Identifiers, tokens and secrets.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system hands out random bytes");
    bytes
}

/// A random UUID (version 4), the form of Ory's client, key and session identifiers.
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

/// An access or registration access token, in the form Ory gives them: a prefix, a key and a
/// signature.
pub(crate) fn access_token() -> String {
    format!("ory_at_{}.{}", opaque(), opaque())
}

/// A client secret.
pub(crate) fn client_secret() -> String {
    opaque()[..26].to_owned()
}

/// A value without structure: a cookie, a challenge, a verifier.
pub(crate) fn opaque() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_uuid_is_of_version_four_and_of_the_standard_variant() {
        let id = super::uuid();
        assert_eq!(id.len(), 36);
        assert_eq!(&id[14..15], "4");
        assert!("89ab".contains(&id[19..20]), "{id}");
        assert_ne!(id, super::uuid());
    }
}
