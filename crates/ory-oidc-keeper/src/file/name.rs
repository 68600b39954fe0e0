//! The file name of a registration.

use crate::checksum::Checksum;
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
        // The file names its key, so a collision is noticed.
        let sum = Checksum::of(name.as_bytes()).value();
        // Names that are not cut contain no plus sign, so they never collide with this one.
        name.truncate(KEPT_LENGTH);
        let _ = write!(name, "+{sum:032x}");
    }
    name + ".json"
}

/// What a file name says about its registration.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum FileName {
    /// The key.
    Complete(StoreKey),
    /// The name was cut: the key is in the file.
    Cut,
}

/// Parses a file name that [`of`] returned; [`None`] for all others.
pub(super) fn parse(file_name: &str) -> Option<FileName> {
    let name = file_name.strip_suffix(".json")?;
    if name.as_bytes().get(KEPT_LENGTH) == Some(&b'+') {
        let sum = &name[KEPT_LENGTH + 1..];
        let is_sum = sum.len() == 32 && sum.bytes().all(|byte| byte.is_ascii_hexdigit());
        return is_sum.then_some(FileName::Cut);
    }
    let (name, issuer) = name.split_once('@')?;
    let key = StoreKey::new(decode(issuer)?, decode(name)?);
    (of(&key) == file_name).then_some(FileName::Complete(key))
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, others)) = rest.split_first() {
        rest = others;
        if first == b'%' {
            let (digits, others) = rest.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?);
            rest = others;
        } else {
            bytes.push(first);
        }
    }
    String::from_utf8(bytes).ok()
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
    fn a_file_name_is_parsed_if_it_is_the_name_of_a_key() {
        for (issuer, name) in [
            ("https://ory.example/", "my-app"),
            ("", ""),
            ("i", "a/b\0@A%+é"),
        ] {
            let key = StoreKey::new(issuer, name);
            assert_eq!(parse(&of(&key)), Some(FileName::Complete(key)));
        }
        let long = of(&StoreKey::new("https://ory.example", "é".repeat(1000)));
        assert_eq!(parse(&long), Some(FileName::Cut));
        for other in [
            "",
            ".lock",
            ".new",
            "app.json",
            "app@i",
            "App@i.json",
            "a%2@i.json",
            "a%2F@i.json",
            "a%ff@i.json",
            "a@i@i.json",
            "a@i.damaged",
            &long.replace('+', "-"),
            &long.replace(".json", "0.json"),
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
