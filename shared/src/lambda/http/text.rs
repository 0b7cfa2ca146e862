//! Text that a person typed and that other people see.
//!
//! Unicode has characters that show nothing, that end a line without being control characters, and
//! that change the direction of the text around them. In a name they only serve to deceive: a name
//! that nobody sees, extra lines in a mail, a price that is read backwards. Characters that a
//! writing system needs are allowed: joiners (Persian, Indic scripts, emoji), variation selectors,
//! soft hyphens.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::{
    CodePointSetData,
    props::{BidiControl, DefaultIgnorableCodePoint, GraphemeExtend},
};
use serde::{Deserialize as _, Deserializer};

/// Characters that show nothing although no property says so: a Braille cell without dots, marks of
/// annotations, the place of a missing object, a musical note without a head.
const BLANK: [char; 6] = ['\u{2800}', '\u{fff9}', '\u{fffa}', '\u{fffb}', '\u{fffc}', '\u{1d159}'];

/// A garde rule for text that is typed: it has no control characters, no Unicode noncharacters, and
/// no U+FFFD, which a decoder writes in place of bytes that are not UTF-8.
///
/// # Errors
/// When the text holds such a character.
pub fn plain_text(text: &str, (): &()) -> garde::Result {
    let odd = |c: char| c.is_control() || c == '\u{fffd}' || (u32::from(c) & 0xfffe) == 0xfffe;
    if text.chars().any(|c| odd(c) || ('\u{fdd0}'..='\u{fdef}').contains(&c)) {
        return Err(garde::Error::new("must not contain control characters or U+FFFD"));
    }
    Ok(())
}

/// A garde rule for text that is shown: [`plain_text`] in one line, without characters that change
/// the direction of the text around them (Unicode Standard Annex 9).
///
/// # Errors
/// When the text holds such a character.
pub fn shown_text(text: &str, (): &()) -> garde::Result {
    plain_text(text, &())?;
    if text.chars().any(|c| ends_line(c) || turns(c)) {
        return Err(garde::Error::new("must be one line, without characters that change the direction of text"));
    }
    Ok(())
}

/// A garde rule for names: [`shown_text`] with at least one visible character.
///
/// # Errors
/// When the text holds a character that must not be shown, or no visible one.
pub fn name_text(text: &str, (): &()) -> garde::Result {
    shown_text(text, &())?;
    if text.chars().any(is_visible) { Ok(()) } else { Err(garde::Error::new("must have a visible character")) }
}

/// `text` as part of a line: a space replaces each character that would end the line or change its
/// direction. It is for text that was stored before [`shown_text`] was a rule, and for lines whose
/// other parts must stay as they are.
pub fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || ends_line(c) || turns(c) { ' ' } else { c }).collect()
}

fn ends_line(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

fn turns(c: char) -> bool {
    CodePointSetData::new::<BidiControl>().contains(c)
}

/// Whether a character shows something by itself: it is no space, not ignorable by Unicode's rules,
/// and no mark on another character (Grapheme_Extend).
fn is_visible(c: char) -> bool {
    let ignored = CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c);
    let extends = CodePointSetData::new::<GraphemeExtend>().contains(c);
    !(c.is_whitespace() || c.is_control() || ignored || extends || BLANK.contains(&c))
}

/// Reads a field in NFC (Unicode Standard Annex 15), before its rules are checked: `é` is one text,
/// whether a keyboard wrote it as one character or as two. For names and passwords, by
/// `#[serde(deserialize_with = "nfc")]`.
///
/// # Errors
/// When it is not text.
pub fn nfc<'de, D: Deserializer<'de>>(field: D) -> Result<String, D::Error> {
    let text = String::deserialize(field)?;
    Ok(ComposingNormalizerBorrowed::new_nfc().normalize(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Characters that show nothing, with where they come from.
    const INVISIBLE: &str = " \u{a0}\u{ad}\u{34f}\u{115f}\u{1160}\u{1680}\u{17b4}\u{180b}\u{180e}\u{2003}\u{200b}\u{200c}\
        \u{200d}\u{202f}\u{205f}\u{2060}\u{2061}\u{206a}\u{2800}\u{3000}\u{3164}\u{fe0f}\u{feff}\u{ffa0}\u{fff0}\u{fff9}\
        \u{fffb}\u{fffc}\u{1bca0}\u{1d159}\u{1d173}\u{e0001}\u{e0020}\u{e0041}\u{e007f}\u{e0100}\u{301}\u{20dd}";
    /// Those with the property Bidi_Control, and the two separators.
    const TURNING: &str =
        "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
    const ENDING: &str = "\n\r\u{b}\u{c}\u{85}\u{2028}\u{2029}";

    fn one_of(text: &'static str) -> impl Strategy<Value = char> {
        prop::sample::select(text.chars().collect::<Vec<_>>())
    }

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
    fn a_name_of_any_script_stands() {
        for name in [
            "X",
            "7",
            "茶",
            "Zoë O'Neil",
            "Jean-Luc",
            "مریم می‌خواهد",
            "क्‍ष",
            "דנה",
            "👩‍👩‍👧",
            "❤️",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "co\u{ad}operate",
            "-",
            "\u{1fadf}",
        ] {
            assert_eq!(name_text(name, &()).map_err(|e| e.to_string()), Ok(()), "{name:?}");
        }
    }

    #[test]
    fn what_is_shown_may_be_empty_and_a_name_may_not() {
        assert!(shown_text("", &()).is_ok() && shown_text(" ", &()).is_ok());
        assert!(name_text("", &()).is_err());
    }

    proptest! {
        #[test]
        fn a_name_that_nobody_sees_is_refused(name in prop::collection::vec(one_of(INVISIBLE), 0..12)) {
            let name: String = name.into_iter().collect();
            prop_assert!(name_text(&name, &()).is_err(), "{name:?}");
        }

        #[test]
        fn a_visible_character_is_enough(before in prop::collection::vec(one_of(INVISIBLE), 0..6), c in "[\\p{L}\\p{N}\\p{P}]") {
            // Some letters are fillers, and some are marks on the letter before.
            let filler = |c| CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c);
            prop_assume!(!c.chars().any(|c| filler(c) || CodePointSetData::new::<GraphemeExtend>().contains(c)));
            let name = before.into_iter().collect::<String>() + &c;
            prop_assert_eq!(name_text(&name, &()).map_err(|e| e.to_string()), Ok(()), "{:?}", name);
        }

        #[test]
        fn no_character_ends_a_line_or_turns_it_wherever_it_stands(
            before in "\\PC{0,8}", after in "\\PC{0,8}", c in prop_oneof![one_of(TURNING), one_of(ENDING)],
        ) {
            let text = format!("{before}{c}{after}");
            prop_assert!(shown_text(&text, &()).is_err() && name_text(&text, &()).is_err(), "{text:?}");
            let line = one_line(&text);
            prop_assert!(!line.contains(c) && line.chars().count() == text.chars().count(), "{line:?}");
        }

        #[test]
        fn what_is_shown_is_a_line_already(text: String) {
            if shown_text(&text, &()).is_ok() {
                prop_assert_eq!(one_line(&text), text);
            }
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
