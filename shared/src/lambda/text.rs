//! Text that a person typed.

use icu_normalizer::ComposingNormalizerBorrowed;
use serde::{Deserialize as _, Deserializer};

/// A garde rule: no control characters, none of Unicode's noncharacters, and no U+FFFD, which is what a decoder leaves where bytes were not
/// UTF-8.
///
/// # Errors
/// When the text holds such a character.
pub fn plain_text(text: &str, (): &()) -> garde::Result {
    let odd = |c: char| c.is_control() || c == '\u{fffd}' || (u32::from(c) & 0xfffe) == 0xfffe;
    if text.chars().any(|c| odd(c) || ('\u{fdd0}'..='\u{fdef}').contains(&c)) {
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
    fn what_is_no_character_is_refused() {
        for text in ["a\u{0}", "\u{7f}", "\u{fffd}", "x\u{fffe}", "\u{ffff}", "\u{1ffff}", "\u{10fffe}", "\u{fdd0}"] {
            assert!(plain_text(text, &()).is_err(), "{text:?}");
        }
        for text in ["", "Zoë O'Neil", "茶 \u{1f375}", "\u{fffc}\u{fdf0}"] {
            assert!(plain_text(text, &()).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn two_spellings_of_a_letter_are_one_text() {
        let read = |json: &str| nfc(&mut serde_json::Deserializer::from_str(json)).unwrap();
        assert_eq!(read(r#""Zoe\u0308""#), "Zo\u{eb}");
        assert_eq!(read(r#""Zoë""#), "Zo\u{eb}");
        assert_eq!(read(r#""\ufb01""#), "\u{fb01}", "a ligature stays: that would be another text");
    }
}
