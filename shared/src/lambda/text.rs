//! Text that a person typed.

/// A garde rule: no control characters and no U+FFFD, which is what a decoder leaves where bytes were not UTF-8.
///
/// # Errors
/// When the text holds such a character.
pub fn plain_text(text: &str, (): &()) -> garde::Result {
    if text.chars().any(|c| c.is_control() || c == '\u{fffd}') {
        return Err(garde::Error::new("must not contain control or replacement characters"));
    }
    Ok(())
}
