//! Finds the path of a decoding error in a JSON document.
//!
//! `serde_json` reports only line and column. A decoder that tracks the path would be compiled a
//! second time for every model, only to handle invalid responses.

/// Returns the path of the innermost value at a position, such as `redirect_uris[0]`, or [`None`]
/// for the document as a whole. Line and column start at one, as in `serde_json`.
pub(crate) fn locate(body: &[u8], line: usize, column: usize) -> Option<String> {
    let mut open: Vec<Member<'_>> = Vec::new();
    let mut name_read = None;
    let mut rest = &body[..offset(body, line, column)?];
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if let Some(Member::Item(item @ None)) = open.last_mut()
            && !byte.is_ascii_whitespace()
            && byte != b']'
        {
            *item = Some(0);
        }
        match byte {
            b'{' => open.push(Member::Named(None)),
            b'[' => open.push(Member::Item(None)),
            b'}' | b']' => drop(open.pop()),
            b',' => match open.last_mut() {
                Some(Member::Item(Some(item))) => *item += 1,
                Some(member) => *member = Member::Named(None),
                None => {}
            },
            b'"' => {
                let (text, after) = split_text(rest);
                rest = after;
                name_read = Some(text);
            }
            b':' => {
                if let Some(Member::Named(name @ None)) = open.last_mut() {
                    *name = name_read.take();
                }
            }
            _ => {}
        }
    }
    let mut path = String::new();
    for member in open {
        match member {
            Member::Named(Some(name)) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&String::from_utf8_lossy(name));
            }
            Member::Item(Some(item)) => {
                path.push('[');
                path.push_str(&item.to_string());
                path.push(']');
            }
            Member::Named(None) | Member::Item(None) => {}
        }
    }
    (!path.is_empty()).then_some(path)
}

/// The member of an object or the item of an array that is being read, once it is known.
enum Member<'a> {
    Named(Option<&'a [u8]>),
    Item(Option<usize>),
}

fn offset(body: &[u8], line: usize, column: usize) -> Option<usize> {
    let mut start = 0;
    for _ in 1..line {
        start += body[start..].iter().position(|byte| *byte == b'\n')? + 1;
    }
    (line > 0).then(|| body.len().min(start + column))
}

/// Splits after the closing quote of a string: its raw text, and the rest.
fn split_text(rest: &[u8]) -> (&[u8], &[u8]) {
    let mut escaped = false;
    for (at, byte) in rest.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return (&rest[..at], &rest[at + 1..]),
            _ => {}
        }
    }
    (rest, &[])
}

#[cfg(test)]
mod tests {
    use super::locate;
    use serde::Deserialize;

    /// Has the shape of the generated models.
    #[derive(Deserialize)]
    #[allow(dead_code)] // only decoded
    struct Model {
        client_name: Option<String>,
        scope: Option<String>,
        redirect_uris: Option<Vec<String>>,
        jwks: Option<Keys>,
    }

    #[derive(Deserialize)]
    #[allow(dead_code)] // only decoded
    struct Keys {
        keys: Vec<Key>,
    }

    #[derive(Deserialize)]
    #[allow(dead_code)] // only decoded
    struct Key {
        kty: String,
        n: Option<String>,
    }

    /// Returns the path of the error that decoding reports.
    fn path(body: &str) -> Option<String> {
        let error = serde_json::from_str::<Model>(body).err()?;
        locate(body.as_bytes(), error.line(), error.column())
    }

    #[test]
    fn path_names_the_invalid_value() {
        for (body, expected) in [
            (r#"{"client_name": 1}"#, "client_name"),
            (
                r#"{"a": {"b": [1, {"c": 2}]}, "client_name": 1}"#,
                "client_name",
            ),
            (r#"{"redirect_uris": ["a", 1]}"#, "redirect_uris[1]"),
            (r#"{"redirect_uris": ["a", {}]}"#, "redirect_uris[1]"),
            // The decoder stops before the object, so the list is the closest known place.
            (r#"{"redirect_uris": [{}, "a"]}"#, "redirect_uris"),
            (r#"{"redirect_uris": {"a": "b"}}"#, "redirect_uris"),
            (r#"{"client_name": ["a"]}"#, "client_name"),
            (
                r#"{"jwks": {"keys": [{"kty": "RSA"}, {"kid": "a"}]}}"#,
                "jwks.keys[1]",
            ),
            (
                r#"{"jwks": {"keys": [{"kty": "RSA", "n": 1.5e3}]}}"#,
                "jwks.keys[0].n",
            ),
            (
                "{\n  \"client_name\": \"a \\\" , { b\",\n  \"scope\": true\n}",
                "scope",
            ),
            (r#"{"client_name": "cut"#, "client_name"),
        ] {
            assert_eq!(path(body).as_deref(), Some(expected), "{body}");
        }
    }

    #[test]
    fn error_about_the_whole_document_has_no_path() {
        for body in ["", "[]", "1", "<!doctype html>", "{", "{} {}"] {
            assert_eq!(path(body), None, "{body}");
        }
    }
}
