//! Text that a person typed.

use icu_normalizer::ComposingNormalizerBorrowed;
use serde::{Deserialize as _, Deserializer};

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

/// A field that is read in NFC (Unicode Standard Annex 15), before its rules are checked: `é` is one text, whether a keyboard wrote it
/// as one character or as two, in a name as in a password. For `#[serde(deserialize_with = "nfc")]`.
///
/// # Errors
/// When it is no text.
pub fn nfc<'de, D: Deserializer<'de>>(field: D) -> Result<String, D::Error> {
    let text = String::deserialize(field)?;
    Ok(ComposingNormalizerBorrowed::new_nfc().normalize(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_of_a_letter_are_one_text() {
        let read = |json: &str| nfc(&mut serde_json::Deserializer::from_str(json)).unwrap();
        assert_eq!(read(r#""Zoe\u0308""#), "Zo\u{eb}");
        assert_eq!(read(r#""Zoë""#), "Zo\u{eb}");
        assert_eq!(read(r#""\ufb01""#), "\u{fb01}", "a ligature stays: that would be another text");
    }
}
