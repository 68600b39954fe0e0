//! The format of a file.

use crate::store::{Content, Entry, StoreKey, Version};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The format that is written, and the only one so far.
const FORMAT: u64 = 1;

/// A file of this format. The content is a string, not a JSON value, so that it is returned
/// unchanged.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Record<'a> {
    format: u64,
    issuer: Cow<'a, str>,
    name: Cow<'a, str>,
    version: u64,
    content: Cow<'a, str>,
}

/// The member that every format has, older and newer.
#[derive(Deserialize)]
struct AnyRecord {
    format: u64,
}

/// Encodes a file. It ends with its closing brace, so that any truncation is noticed.
pub(super) fn encode(
    key: &StoreKey,
    version: Version,
    content: &Content,
) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec_pretty(&Record {
        format: FORMAT,
        issuer: key.issuer().into(),
        name: key.name().into(),
        version: version.0,
        content: content.expose().into(),
    })
}

/// Decodes a file, or says what is wrong with it. The reason never quotes the text, nor
/// `serde_json`'s message, because both may hold a secret.
pub(super) fn decode(text: &[u8], key: &StoreKey) -> Result<Entry, String> {
    let record = decode_record(text)?;
    if record.issuer != key.issuer() {
        return Err("it holds a registration at another issuer".to_owned());
    }
    if record.name != key.name() {
        return Err("it holds the registration of another name".to_owned());
    }
    let content = Content::new(record.content);
    Ok(Entry::new(Version(record.version), content))
}

/// Decodes the key of a file, or says what is wrong with the file.
pub(super) fn decode_key(text: &[u8]) -> Result<StoreKey, String> {
    let record = decode_record(text)?;
    Ok(StoreKey::new(record.issuer, record.name))
}

fn decode_record(text: &[u8]) -> Result<Record<'_>, String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    let AnyRecord { format } = serde_json::from_slice(text).map_err(|error| reason(&error))?;
    if format != FORMAT {
        return Err(format!(
            "it has format {format}, and this version reads format {FORMAT}"
        ));
    }
    serde_json::from_slice(text).map_err(|error| reason(&error))
}

fn reason(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        serde_json::error::Category::Eof => "it is truncated".to_owned(),
        serde_json::error::Category::Data => {
            format!("it is not a stored registration (line {line}, column {column})")
        }
        _ => format!("it is not JSON (line {line}, column {column})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> StoreKey {
        StoreKey::new("https://ory.example", "app")
    }

    #[test]
    fn content_is_decoded_unchanged() {
        for text in ["", "{}", "{\"a\": 1.0}\n", "\0\u{1f}\"\\/é\u{2028}😀"] {
            let content = Content::new(text);
            let file =
                encode(&key(), Version(u64::MAX), &content).expect("any text can be encoded");
            let entry = decode(&file, &key()).expect("the file is valid");
            assert_eq!(entry, Entry::new(Version(u64::MAX), content));
        }
    }

    #[test]
    fn the_reason_of_a_refusal_does_not_quote_the_file() {
        let rest = r#""issuer": "https://ory.example", "name": "app", "version": 1"#;
        let not_one = "it is not a stored registration (line 1, column ";
        let newer = "it has format 2, and this version reads format 1";
        for (text, expected) in [
            ("", "it is empty"),
            ("{", "it is truncated"),
            ("SECRET", "it is not JSON (line 1, column 1)"),
            (r#"["SECRET"]"#, not_one),
            (&format!(r#"{{"format": "SECRET", {rest}}}"#), not_one),
            (&format!(r#"{{"format": 1, {rest}}}"#), not_one),
            (&format!(r#"{{"format": 1, {rest}, "SECRET": 2}}"#), not_one),
            (
                &format!(r#"{{"format": 1, {rest}, "content": "SECRET"#),
                "it is truncated",
            ),
            (&format!(r#"{{"format": 2, "SECRET": 0, {rest}}}"#), newer),
        ] {
            let reason = decode(text.as_bytes(), &key()).expect_err("the file is invalid");
            assert!(reason.starts_with(expected), "{text}: {reason}");
            assert!(!reason.contains("SECRET"), "{text}: {reason}");
        }
    }

    #[test]
    fn the_registration_of_another_key_is_refused() {
        let file =
            encode(&key(), Version(1), &Content::new("{}")).expect("any text can be encoded");
        let other_issuer = StoreKey::new("https://other.example", "app");
        let reason = decode(&file, &other_issuer).expect_err("the issuer differs");
        assert!(reason.contains("another issuer"), "{reason}");
        let other_name = StoreKey::new("https://ory.example", "App");
        let reason = decode(&file, &other_name).expect_err("the name differs");
        assert!(reason.contains("another name"), "{reason}");
    }
}
