//! Makes text from a server safe to print.

/// The longest text that a message shows, in characters.
const LIMIT: usize = 300;

/// The most entries of a list that a message shows.
pub const ENTRIES: usize = 4;

/// Returns the text without control characters, shortened to 300 characters.
///
/// ```
/// assert_eq!(ory_oidc_core::text::clip("a\nb"), "a\u{fffd}b");
/// ```
#[must_use]
pub fn clip(text: &str) -> String {
    let mut clipped: String = text
        .chars()
        .take(LIMIT)
        .map(|c| {
            if c.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect();
    if text.chars().nth(LIMIT).is_some() {
        clipped.push('…');
    }
    clipped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_and_control_characters_are_replaced() {
        assert_eq!(clip("a\u{1b}[31mb\nc"), "a\u{fffd}[31mb\u{fffd}c");
        assert_eq!(clip(&"ä".repeat(400)).chars().count(), LIMIT + 1);
    }
}
