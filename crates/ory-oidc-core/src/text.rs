//! Makes text from a server safe to print.

use std::fmt::{self, Write as _};

/// The longest text that a message shows, in characters.
const LIMIT: usize = 300;

/// Stands for what a message does not show.
const REMOVED: &str = "…";

/// The most entries of a list that a message shows.
pub const ENTRIES: usize = 4;

/// Returns the text shortened to 300 characters. Characters that are invisible or change how other
/// text is shown, such as control and bidirectional characters, are replaced.
///
/// ```
/// assert_eq!(ory_oidc_core::text::clip("a\nb\u{202e}c"), "a\u{fffd}b\u{fffd}c");
/// ```
#[must_use]
pub fn clip(text: &str) -> String {
    let mut clipped = Clipped::default();
    // Writing stops at the limit.
    let _ = clipped.write_str(text);
    clipped.text
}

/// Removes the query of a URL, which may hold a secret, from a message of others about a request. They
/// may have encoded the query again, or cut it.
#[cfg_attr(not(any(feature = "tower", target_arch = "wasm32")), allow(dead_code))]
pub(crate) fn without_query(message: &str, query: Option<&str>) -> String {
    let message = match query {
        Some(query) if !query.is_empty() => message.replace(query, REMOVED),
        _ => message.to_owned(),
    };
    let mut parts = message.split('?');
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // Characters that no query has.
        let end = part.find(|c: char| c.is_whitespace() || "\"'<>#".contains(c));
        let (queried, rest) = part.split_at(end.unwrap_or(part.len()));
        let queried = match queried {
            "" => "",
            queried if queried.starts_with(REMOVED) => queried,
            _ => REMOVED,
        };
        kept.extend(["?", queried, rest]);
    }
    kept
}

/// Shows a value as its [`Debug`](fmt::Debug) does, but not more than [`clip`] returns.
///
/// ```
/// use ory_oidc_core::text::Clip;
///
/// let shown = format!("{:?}", Clip(&"x".repeat(1_000_000)));
/// assert!(shown.len() < 400);
/// ```
pub struct Clip<'a>(pub &'a dyn fmt::Debug);

impl fmt::Debug for Clip<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut clipped = Clipped::default();
        // Writing stops at the limit.
        let _ = write!(clipped, "{:?}", self.0);
        f.write_str(&clipped.text)
    }
}

#[derive(Default)]
struct Clipped {
    text: String,
    characters: usize,
}

impl fmt::Write for Clipped {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            if self.characters == LIMIT {
                self.text.push('…');
                self.characters += 1;
            }
            if self.characters > LIMIT {
                return Err(fmt::Error);
            }
            let shown = if is_deceptive(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            };
            self.text.push(shown);
            self.characters += 1;
        }
        Ok(())
    }
}

/// Whether a character is invisible or changes how other text is shown: control characters, line
/// separators, and the format characters of Unicode.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut() {
        assert_eq!(clip(&"ä".repeat(300)), "ä".repeat(300));
        let cut = format!("{}…", "ä".repeat(300));
        assert_eq!(clip(&"ä".repeat(301)), cut);
        assert_eq!(clip(&"ä".repeat(100_000)), cut);
    }

    #[test]
    fn control_bidirectional_and_invisible_characters_are_replaced() {
        assert_eq!(clip("a\u{1b}[31mb\nc"), "a\u{fffd}[31mb\u{fffd}c");
        for hidden in [
            '\0',
            '\u{7f}',
            '\u{85}',
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200e}',
            '\u{2028}',
            '\u{202a}',
            '\u{202e}',
            '\u{2066}',
            '\u{2069}',
            '\u{feff}',
            '\u{e0041}',
        ] {
            assert_eq!(clip(&format!("a{hidden}b")), "a\u{fffd}b", "{hidden:?}");
        }
        for shown in ["é", "私", "👍", "مرحبا", "a b"] {
            assert_eq!(clip(shown), shown);
        }
    }

    #[test]
    fn debug_of_a_long_value_is_cut() {
        #[derive(Debug)]
        #[allow(dead_code)] // only shown
        struct Long {
            name: String,
            values: Vec<String>,
        }

        let short = Some("a\u{202e}");
        assert_eq!(format!("{:?}", Clip(&short)), format!("{short:?}"));
        let long = Long {
            name: "x".repeat(1_000),
            values: vec!["y".repeat(1_000); 1_000],
        };
        let shown = format!("{:?}", Clip(&long));
        assert!(shown.starts_with("Long { name: \"xxx"), "{shown}");
        assert_eq!(shown.chars().count(), LIMIT + 1);
    }

    #[test]
    fn message_loses_the_query_in_any_form() {
        let query = Some("token=a%20zebra");
        for (message, expected) in [
            (
                "GET https://a.example/x?token=a%20zebra failed",
                "GET https://a.example/x?… failed",
            ),
            (
                "cannot send (https://a.example/x?token=a%20zebra)",
                "cannot send (https://a.example/x?…)",
            ),
            (
                "the parameters token=a%20zebra are wrong",
                "the parameters … are wrong",
            ),
            (
                "GET \"https://a.example/x?token=a+zebra\" failed",
                "GET \"https://a.example/x?…\" failed",
            ),
            ("https://a.example/x?token=a%20zeb", "https://a.example/x?…"),
            (
                "https://a.example/x?one=1?two=2#part",
                "https://a.example/x?…?…#part",
            ),
            (
                "is the server there? it is silent?",
                "is the server there? it is silent?",
            ),
            ("fetch failed", "fetch failed"),
        ] {
            assert_eq!(without_query(message, query), expected);
        }
        assert_eq!(without_query("fetch failed", Some("")), "fetch failed");
        assert_eq!(without_query("/x?y=1", None), "/x?…");
    }
}
