//! Texts that are safe to print.

/// The longest text that a message shows, in characters.
const MAX_LENGTH: usize = 300;

/// Replaces control characters, and cuts a text to a length that suits a log.
pub(crate) fn clip(text: &str) -> String {
    let mut clipped: String = text
        .chars()
        .take(MAX_LENGTH)
        .map(|c| {
            if c.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect();
    if text.chars().nth(MAX_LENGTH).is_some() {
        clipped.push('…');
    }
    clipped
}
