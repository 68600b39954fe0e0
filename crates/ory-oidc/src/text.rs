//! Texts from a server, made safe to print.

/// The most of a server's text that a message shows, in characters.
const LIMIT: usize = 300;

/// The most entries of a server's list that a message shows.
pub(crate) const ENTRIES: usize = 4;

/// The text without control characters and cut to a length that a log can bear.
pub(crate) fn clip(text: &str) -> String {
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
    fn a_long_text_is_cut_and_an_escape_sequence_is_disarmed() {
        assert_eq!(clip("a\u{1b}[31mb\nc"), "a\u{fffd}[31mb\u{fffd}c");
        assert_eq!(clip(&"ä".repeat(400)).chars().count(), LIMIT + 1);
    }
}
