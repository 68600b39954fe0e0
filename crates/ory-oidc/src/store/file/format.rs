//! What is written in a file.

use super::super::{Content, Entry, StoreKey, Version};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The format that is written, and the only one so far.
const FORMAT: u64 = 1;

/// A file of this format. The content is a string, not a value, so that it comes back to the letter.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Record<'a> {
    format: u64,
    issuer: Cow<'a, str>,
    name: Cow<'a, str>,
    version: u64,
    content: Cow<'a, str>,
}

/// What every format, older and newer, can be asked.
#[derive(Deserialize)]
struct AnyRecord {
    format: u64,
}

/// The text of a file. It ends with its closing brace, so that any shorter text is noticed.
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

/// The entry in a file, or what is wrong with it: never with a piece of the text, as the message
/// of `serde_json` may hold a secret.
pub(super) fn decode(text: &[u8], key: &StoreKey) -> Result<Entry, String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    let AnyRecord { format } = serde_json::from_slice(text).map_err(|error| reason(&error))?;
    if format != FORMAT {
        return Err(format!(
            "it is written in format {format}, and this program reads format {FORMAT}"
        ));
    }
    let record: Record<'_> = serde_json::from_slice(text).map_err(|error| reason(&error))?;
    if record.issuer != key.issuer() {
        return Err("it holds a registration at another issuer".to_owned());
    }
    if record.name != key.name() {
        return Err("it holds the registration of another name".to_owned());
    }
    let content = Content::new(record.content);
    Ok(Entry::new(Version(record.version), content))
}

fn reason(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        serde_json::error::Category::Eof => "it is cut short".to_owned(),
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
    fn a_text_comes_back_to_the_letter() {
        for text in ["", "{}", "{\"a\": 1.0}\n", "\0\u{1f}\"\\/é\u{2028}😀"] {
            let content = Content::new(text);
            let file = encode(&key(), Version(u64::MAX), &content).expect("it is sound");
            let entry = decode(&file, &key()).expect("it is sound");
            assert_eq!(entry, Entry::new(Version(u64::MAX), content));
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_text() {
        let rest = r#""issuer": "https://ory.example", "name": "app", "version": 1"#;
        let not_one = "it is not a stored registration (line 1, column ";
        let newer = "it is written in format 2, and this program reads format 1";
        for (text, expected) in [
            ("", "it is empty"),
            ("{", "it is cut short"),
            ("SECRET", "it is not JSON (line 1, column 1)"),
            (r#"["SECRET"]"#, not_one),
            (&format!(r#"{{"format": "SECRET", {rest}}}"#), not_one),
            (&format!(r#"{{"format": 1, {rest}}}"#), not_one),
            (&format!(r#"{{"format": 1, {rest}, "SECRET": 2}}"#), not_one),
            (
                &format!(r#"{{"format": 1, {rest}, "content": "SECRET"#),
                "it is cut short",
            ),
            (&format!(r#"{{"format": 2, "SECRET": 0, {rest}}}"#), newer),
        ] {
            let reason = decode(text.as_bytes(), &key()).expect_err("it is refused");
            assert!(reason.starts_with(expected), "{text}: {reason}");
            assert!(!reason.contains("SECRET"), "{text}: {reason}");
        }
    }

    #[test]
    fn the_registration_of_another_key_is_refused() {
        let file = encode(&key(), Version(1), &Content::new("{}")).expect("it is sound");
        let elsewhere = StoreKey::new("https://other.example", "app");
        let other = StoreKey::new("https://ory.example", "App");
        assert!(
            decode(&file, &elsewhere)
                .expect_err("it is refused")
                .contains("issuer")
        );
        assert!(
            decode(&file, &other)
                .expect_err("it is refused")
                .contains("name")
        );
    }
}
