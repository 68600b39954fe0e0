//! The file name of a registration.

use crate::store::StoreKey;
use std::fmt::Write as _;

/// The longest name that is not cut, in bytes. Encrypting file systems allow names of 143 bytes,
/// others 255.
const MAX_LENGTH: usize = 138;
/// How many bytes of a longer name are kept.
const KEPT_LENGTH: usize = 60;

/// Returns a file name of the characters `a-z0-9-_.%@+`. It is unique for each key, except for the
/// checksum of long names. It is part of the format: a change would lose entries.
pub(super) fn of(key: &StoreKey) -> String {
    let mut name = encode(key.name());
    name.push('@');
    name.push_str(&encode(key.issuer()));
    if name.len() > MAX_LENGTH {
        let sum = checksum(name.as_bytes());
        // Names that are not cut contain no plus sign, so they never collide with this one.
        name.truncate(KEPT_LENGTH);
        let _ = write!(name, "+{sum:032x}");
    }
    name + ".json"
}

/// Percent-encodes a text, capitals included: some file systems treat `App` and `app` as one name.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => encoded.push(byte.into()),
            _ => {
                let _ = write!(encoded, "%{byte:02x}");
            }
        }
    }
    encoded
}

/// FNV-1a with 128 bits: small, and the same on every platform. It does not resist a search for
/// collisions, and need not: the file names its key.
fn checksum(bytes: &[u8]) -> u128 {
    bytes
        .iter()
        .fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |sum, byte| {
            (sum ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(issuer: &str, name: &str) -> String {
        of(&StoreKey::new(issuer, name))
    }

    #[test]
    fn short_names_are_percent_encoded() {
        assert_eq!(
            name("https://ory.example/", "my-app"),
            "my-app@https%3a%2f%2fory.example%2f.json"
        );
        assert_eq!(name("", ""), "@.json");
        assert_eq!(name("i", ".."), "..@i.json");
        assert_eq!(name("i", "a/b\0@A%+é"), "a%2fb%00%40%41%25%2b%c3%a9@i.json");
    }

    #[test]
    fn long_names_are_cut_and_end_in_a_checksum() {
        let a = "a";
        assert_eq!(name(a, &a.repeat(136)).len(), 138 + 5);
        let (one, other) = (name(a, &a.repeat(137)), name(a, &a.repeat(138)));
        assert_eq!(one.len(), 60 + 1 + 32 + 5);
        assert_eq!(one[..61], other[..61]);
        assert_ne!(one, other);
        assert!(name(&a.repeat(10_000), "b").starts_with("b@aaa"));
    }

    #[test]
    fn the_checksum_is_fnv_1a() {
        // The test vectors of the function's authors.
        assert_eq!(checksum(b""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(checksum(b"a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
        assert_eq!(
            checksum(b"foobar"),
            0x343e_1662_793c_64bf_6f0d_3597_ba44_6f18
        );
    }
}
